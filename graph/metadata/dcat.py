"""The DCAT 3 description of the dataset (https://www.w3.org/TR/vocab-dcat-3/), conforming to DCAT-AP 3.

A release contains the part that is the same in all versions: catalogue, dataset, data service, and the coverage of the
data. The description of a version (its distributions with sizes and checksums) cannot be part of the data that the
version identifies; :func:`describe_version` and :func:`describe_versions` return it for the server.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode, Store, Triple

from graph.exports.changelog import PROJECT
from graph.exports.dumps import DUMP_FORMATS, DumpFile
from graph.metadata.void import select
from graph.versions.version import Version
from ontology import iris
from ontology.iris import DATASET, dataset_part
from ontology.terms import DCAT, DCTERMS, FOAF, OPSC, RDF, RDFS, SKOS, SPDX, VOID, XSD

ENDPOINT: Final = NamedNode(f"{iris.BASE}sparql")
CATALOGUE: Final = dataset_part("catalogue")
PUBLISHER: Final = dataset_part("publisher")
LICENCE: Final = NamedNode("https://creativecommons.org/licenses/by/4.0/")
TITLE: Final = "OPSC graph"
ABOUT: Final = (
    "Linked data on the Optional Protocol to the Convention on the Rights of the Child on the sale of children, child "
    "prostitution and child pornography: its provisions, offences, obligations and participation, each with its source."
)

_EU: Final = "http://publications.europa.eu/resource/authority/"
_IANA: Final = "https://www.iana.org/assignments/media-types/"
_PERIOD: Final = f"""
SELECT (MIN(?day) AS ?first) (MAX(?day) AS ?last) WHERE {{
  ?action a {OPSC.ParticipationAction} ; {OPSC.dateEarliest} ?day
}}"""
_PLACES: Final = f"""
SELECT DISTINCT ?place WHERE {{
  ?action a {OPSC.ParticipationAction} ; {OPSC.participant}/{SKOS.exactMatch} ?place
  FILTER(STRSTARTS(STR(?place), '{_EU}country/'))
}}"""
_LANGUAGES: Final = f"SELECT DISTINCT ?l WHERE {{ ?s {SKOS.prefLabel} ?name BIND(LANG(?name) AS ?l) FILTER(?l != '') }}"
_AUTHORITY_LANGUAGES: Final = {"ar": "ARA", "en": "ENG", "es": "SPA", "fr": "FRA", "ru": "RUS", "zh": "ZHO"}


@dataclass(frozen=True)
class PublishedVersion:
    """A version and its download files."""

    version: Version
    files: tuple[DumpFile, ...] = ()


def describe(dataset: Store) -> Iterator[Triple]:
    """Yield the description of catalogue, dataset and data service for a release of ``dataset``."""
    yield from _agent()
    yield from _catalogue()
    yield from _dataset()
    yield from _coverage(dataset)
    yield from _service()


def describe_version(published: PublishedVersion, address: str) -> Iterator[Triple]:
    """Yield the description of one version, with download URLs below ``address``, the base URL of a server."""
    version = published.version
    node = version_iri(version.id)
    yield Triple(node, RDF.type, DCAT.Dataset)
    yield Triple(node, DCTERMS.title, _english(f"{TITLE}, version {version.id[:12]}"))
    yield Triple(node, DCTERMS.description, _english(f"{ABOUT} This is a single, immutable version."))
    yield Triple(node, DCTERMS.identifier, Literal(version.id))
    yield Triple(node, DCTERMS.issued, Literal(version.when, datatype=XSD.dateTime))
    yield Triple(node, DCTERMS.publisher, PUBLISHER)
    yield Triple(node, DCAT.version, Literal(version.id))
    yield Triple(node, DCTERMS.isVersionOf, DATASET)
    yield Triple(node, DCAT.landingPage, NamedNode(f"{address}dataset/{version.id}"))
    if version.parent:
        yield Triple(node, DCAT.previousVersion, version_iri(version.parent))
    yield from _rights(node, version)
    for file in published.files:
        yield Triple(node, DCAT.distribution, distribution_iri(version.id, file))
        yield from _distribution(version, file, address)


def describe_versions(versions: Iterable[Version], current: PublishedVersion, address: str) -> Iterator[Triple]:
    """Yield the versions of the dataset, and that the server at the base URL ``address`` serves ``current``."""
    for version in versions:
        yield Triple(DATASET, DCAT.hasVersion, version_iri(version.id))
        if version.id != current.version.id:
            yield from describe_version(PublishedVersion(version), address)
    served = version_iri(current.version.id)
    yield Triple(DATASET, DCAT.hasCurrentVersion, served)
    yield Triple(DATASET, DCAT.version, Literal(current.version.id))
    yield Triple(DATASET, DCTERMS.modified, Literal(current.version.when, datatype=XSD.dateTime))
    yield Triple(DATASET, VOID.sparqlEndpoint, NamedNode(f"{address}sparql"))
    yield Triple(ENDPOINT, DCAT.endpointURL, NamedNode(f"{address}sparql"))
    yield from describe_version(current, address)
    for file in current.files:
        yield Triple(DATASET, DCAT.distribution, distribution_iri(current.version.id, file))
        yield Triple(DATASET, VOID.dataDump, NamedNode(f"{address}dataset/{current.version.id}.{file.suffix}"))


def version_iri(version_id: str) -> NamedNode:
    """Return the IRI of a version."""
    return dataset_part(version_id)


def distribution_iri(version_id: str, file: DumpFile) -> NamedNode:
    """Return the IRI of the distribution of a version in one format."""
    return dataset_part(f"{version_id}.{file.suffix}")


def _english(text: str) -> Literal:
    return Literal(text, language="en")


def _titled(node: NamedNode, kind: NamedNode, title: str, description: str) -> Iterator[Triple]:
    yield Triple(node, RDF.type, kind)
    yield Triple(node, DCTERMS.title, _english(title))
    yield Triple(node, DCTERMS.description, _english(description))
    yield Triple(node, DCTERMS.license, LICENCE)
    yield Triple(node, DCTERMS.publisher, PUBLISHER)


def _agent() -> Iterator[Triple]:
    yield Triple(PUBLISHER, RDF.type, FOAF.Agent)
    yield Triple(PUBLISHER, FOAF.name, _english(PROJECT))


def _catalogue() -> Iterator[Triple]:
    about = "The dataset of the OPSC graph, its versions, and the service that answers queries on it."
    yield from _titled(CATALOGUE, DCAT.Catalog, "OPSC graph: catalogue", about)
    yield Triple(CATALOGUE, FOAF.homepage, NamedNode(iris.BASE))
    yield Triple(CATALOGUE, DCAT.dataset, DATASET)
    yield Triple(CATALOGUE, DCAT.service, ENDPOINT)


def _dataset() -> Iterator[Triple]:
    yield from _titled(DATASET, DCAT.Dataset, TITLE, ABOUT)
    yield Triple(DATASET, SKOS.prefLabel, _english(TITLE))
    yield Triple(DATASET, DCTERMS.identifier, Literal(DATASET.value))
    yield Triple(DATASET, FOAF.homepage, NamedNode(iris.BASE))
    yield Triple(DATASET, DCAT.landingPage, DATASET)
    yield Triple(DATASET, DCTERMS.accessRights, NamedNode(f"{_EU}access-right/PUBLIC"))
    yield Triple(DATASET, DCTERMS.accrualPeriodicity, NamedNode(f"{_EU}frequency/IRREG"))
    yield Triple(DATASET, DCAT.theme, NamedNode(f"{_EU}data-theme/JUST"))
    for keyword in ("rights of the child", "treaty", "Optional Protocol", "ratification", "international law"):
        yield Triple(DATASET, DCAT.keyword, _english(keyword))
    yield Triple(DATASET, DCTERMS.subject, iris.instrument("opsc"))
    yield Triple(DATASET, VOID.sparqlEndpoint, ENDPOINT)
    yield Triple(DATASET, VOID.dataDump, dataset_part("latest.nq.gz"))
    yield Triple(DATASET, VOID.exampleResource, iris.state("NOR"))
    yield Triple(DATASET, VOID.exampleResource, iris.provision("opsc", "3(1)(a)"))


def _coverage(dataset: Store) -> Iterator[Triple]:
    ((first, last),) = select(dataset, _PERIOD)
    if first and last:
        period = dataset_part("period")
        yield Triple(DATASET, DCTERMS.temporal, period)
        yield Triple(period, RDF.type, DCTERMS.PeriodOfTime)
        yield Triple(period, DCAT.startDate, Literal(first, datatype=XSD.date))
        yield Triple(period, DCAT.endDate, Literal(last, datatype=XSD.date))
    for (place,) in select(dataset, _PLACES):
        yield Triple(DATASET, DCTERMS.spatial, NamedNode(place))
    for (language,) in select(dataset, _LANGUAGES):
        if language in _AUTHORITY_LANGUAGES:
            yield Triple(DATASET, DCTERMS.language, NamedNode(f"{_EU}language/{_AUTHORITY_LANGUAGES[language]}"))


def _service() -> Iterator[Triple]:
    about = "Answers SPARQL 1.1 queries on the OPSC graph; without a query, it describes itself."
    yield from _titled(ENDPOINT, DCAT.DataService, "OPSC SPARQL endpoint", about)
    yield Triple(ENDPOINT, DCAT.endpointURL, ENDPOINT)
    yield Triple(ENDPOINT, DCAT.endpointDescription, ENDPOINT)
    yield Triple(ENDPOINT, DCAT.servesDataset, DATASET)
    yield Triple(ENDPOINT, DCTERMS.conformsTo, NamedNode("http://www.w3.org/TR/sparql11-protocol/"))


def _rights(node: NamedNode, version: Version) -> Iterator[Triple]:
    """Yield the licence of a version; contributed graphs may have others."""
    yield Triple(node, DCTERMS.license, LICENCE)
    if version.kind != "release":
        rights = dataset_part("rights")
        yield Triple(node, DCTERMS.rights, rights)
        yield Triple(rights, RDF.type, DCTERMS.RightsStatement)
        about = "Contributed graphs have the licences given in their records at /contributions."
        yield Triple(rights, RDFS.label, _english(about))


def _distribution(version: Version, file: DumpFile, address: str) -> Iterator[Triple]:
    dump = DUMP_FORMATS[file.suffix]
    node = distribution_iri(version.id, file)
    url = NamedNode(f"{address}dataset/{version.id}.{dump.suffix}")
    yield Triple(node, RDF.type, DCAT.Distribution)
    yield Triple(node, DCTERMS.title, _english(dump.title))
    yield Triple(node, DCTERMS.description, _english(dump.about))
    yield Triple(node, DCAT.accessURL, url)
    yield Triple(node, DCAT.downloadURL, url)
    yield Triple(node, DCAT.mediaType, NamedNode(_IANA + dump.format.media_type))
    yield Triple(node, DCTERMS["format"], NamedNode(f"{_EU}file-type/{dump.authority}"))
    if dump.compressed:
        yield Triple(node, DCAT.compressFormat, NamedNode(f"{_IANA}application/gzip"))
    yield Triple(node, DCAT.byteSize, Literal(str(file.size), datatype=XSD.nonNegativeInteger))
    yield from _rights(node, version)
    checksum = NamedNode(f"{node.value}#checksum")
    yield Triple(node, SPDX.checksum, checksum)
    yield Triple(checksum, RDF.type, SPDX.Checksum)
    yield Triple(checksum, SPDX.algorithm, SPDX.checksumAlgorithm_sha256)
    yield Triple(checksum, SPDX.checksumValue, Literal(file.sha256, datatype=XSD.hexBinary))
