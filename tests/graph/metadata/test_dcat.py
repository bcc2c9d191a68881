"""The DCAT description holds what DCAT-AP 3 makes mandatory, and says of a version what its files are."""

from collections.abc import Iterable
from pathlib import Path

import pytest
import rdflib
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple, parse, serialize

import shapes.validation
from graph.exports import dumps
from graph.exports.dumps import DumpFile
from graph.metadata import dcat, description
from graph.metadata.dcat import PublishedVersion
from graph.versions.version import Version
from ontology import iris
from ontology.terms import DCAT, DCTERMS, OPSC, SCHEMA, SH, SPDX, VOID, XSD

SHAPES = Path(__file__).parent / "shapes" / "dcat-ap.ttl"
ADDRESS = "https://example.org/graph/"
RELEASE = Version("a" * 64, None, None, "2026-01-01T00:00:00.000Z", "release", 5, 0)
LATER = Version("b" * 64, "a" * 64, 3, "2026-01-02T00:00:00.000Z", "contribution", 2, 1)
FILES = tuple(DumpFile(suffix, 10 + size, f"{size:064x}", Path()) for size, suffix in enumerate(dumps.DUMP_FORMATS))


@pytest.fixture(scope="module")
def in_release(quads: list[Quad]) -> list[Triple]:
    return [quad.triple for quad in quads if quad.graph_name == description.GRAPH]


@pytest.fixture(scope="module")
def whole(in_release: list[Triple]) -> list[Triple]:
    """The description of a release with one contribution on top of it."""
    return [*in_release, *dcat.describe_versions([LATER, RELEASE], PublishedVersion(LATER, FILES), ADDRESS)]


def objects(triples: Iterable[Triple], subject: NamedNode, predicate: NamedNode) -> list[str]:
    return [str(getattr(t.object, "value", "")) for t in triples if (t.subject, t.predicate) == (subject, predicate)]


def report(triples: Iterable[Triple]) -> list[object]:
    data = [Quad(triple.subject, triple.predicate, triple.object) for triple in triples]
    return list(shapes.validation.validate(data, parse(path=SHAPES, format=RdfFormat.TURTLE)).results)


def test_a_release_has_the_mandatory_properties(in_release: list[Triple]) -> None:
    assert report(in_release) == []


def test_a_served_version_has_the_mandatory_properties(whole: list[Triple]) -> None:
    assert report(whole) == []


@pytest.mark.parametrize(
    "predicate",
    [
        DCTERMS.title,
        DCTERMS.description,
        DCTERMS.publisher,
        DCAT.accessURL,
        DCAT.endpointURL,
        DCAT.byteSize,
        SPDX.checksum,
        SPDX.algorithm,
        SPDX.checksumValue,
    ],
    ids=lambda predicate: predicate.value,
)
def test_the_shapes_find_what_is_missing(whole: list[Triple], predicate: NamedNode) -> None:
    assert report(triple for triple in whole if triple.predicate != predicate)


def test_a_version_names_the_one_before_it_and_the_dataset(whole: list[Triple]) -> None:
    later = dcat.version_iri(LATER.id)
    assert objects(whole, later, DCAT.previousVersion) == [dcat.version_iri(RELEASE.id).value]
    assert objects(whole, later, DCTERMS.isVersionOf) == [iris.DATASET.value]
    assert objects(whole, later, DCAT.version) == [LATER.id]
    assert set(objects(whole, iris.DATASET, DCAT.hasVersion)) == {
        dcat.version_iri(one.id).value for one in (LATER, RELEASE)
    }
    assert objects(whole, iris.DATASET, DCAT.hasCurrentVersion) == [later.value]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.suffix)
def test_a_distribution_has_address_length_checksum_and_media_types(whole: list[Triple], file: DumpFile) -> None:
    node = dcat.distribution_iri(LATER.id, file)
    assert node.value in objects(whole, dcat.version_iri(LATER.id), DCAT.distribution)
    assert objects(whole, node, DCAT.downloadURL) == [f"{ADDRESS}dataset/{LATER.id}.{file.suffix}"]
    assert objects(whole, node, DCAT.byteSize) == [str(file.size)]
    (checksum,) = objects(whole, node, SPDX.checksum)
    assert objects(whole, NamedNode(checksum), SPDX.checksumValue) == [file.sha256]
    compressed = objects(whole, node, DCAT.compressFormat)
    assert bool(compressed) == file.suffix.endswith(".gz")
    (media_type,) = objects(whole, node, DCAT.mediaType)
    assert media_type.endswith(dumps.DUMP_FORMATS[file.suffix].format.media_type)
    assert f"{ADDRESS}dataset/{LATER.id}.{file.suffix}" in objects(whole, iris.DATASET, VOID.dataDump)


def test_only_a_version_with_contributions_says_that_they_have_licences_of_their_own(whole: list[Triple]) -> None:
    assert objects(whole, dcat.version_iri(LATER.id), DCTERMS.rights)
    assert not objects(whole, dcat.version_iri(RELEASE.id), DCTERMS.rights)


def test_coverage_is_that_of_the_actions(in_release: list[Triple], quads: list[Quad]) -> None:
    actions = {q.subject for q in quads if q.object == OPSC.ParticipationAction}
    days = sorted(
        q.object.value
        for q in quads
        if q.subject in actions and q.predicate == OPSC.dateEarliest and isinstance(q.object, Literal)
    )
    period = NamedNode(f"{iris.DATASET.value}/period")
    assert objects(in_release, period, DCAT.startDate) == [days[0]]
    assert objects(in_release, period, DCAT.endDate) == [days[-1]]
    places = objects(in_release, iris.DATASET, DCTERMS.spatial)
    assert "http://publications.europa.eu/resource/authority/country/NOR" in places
    assert len(places) == len(set(places)) > 150


def test_every_example_query_is_described_with_its_target_and_prefixes(in_release: list[Triple]) -> None:
    selects = [triple.subject for triple in in_release if triple.predicate == SH.select]
    assert len(selects) > 60
    for query in selects:
        assert isinstance(query, NamedNode)
        assert objects(in_release, query, SCHEMA.target) == [dcat.ENDPOINT.value]
        assert objects(in_release, query, SH.prefixes) == [iris.DATASET.value]


def test_rdflib_reads_the_description_and_its_numbers(whole: list[Triple]) -> None:
    graph = rdflib.Graph()
    graph.parse(serialize(whole, format=RdfFormat.TURTLE), format="turtle")
    assert len(graph) == len(set(whole))
    sizes = list(graph.objects(None, rdflib.URIRef(DCAT.byteSize.value)))
    assert sorted(int(str(size)) for size in sizes) == [file.size for file in FILES]
    assert {size.datatype for size in sizes if isinstance(size, rdflib.Literal)} == {
        rdflib.URIRef(XSD.nonNegativeInteger.value)
    }
