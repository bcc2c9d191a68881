"""A version as files: each holds what the version holds, and the same version gives the same bytes."""

import gzip

import pytest
import rdflib
from pyoxigraph import Literal, NamedNode, Quad, parse

from graph.exports import dumps
from graph.versions import release

S, T, P = NamedNode("http://e/s"), NamedNode("http://e/t"), NamedNode("http://e/p")
A, B = NamedNode("http://e/a"), NamedNode("http://e/b")
QUADS = [
    Quad(S, P, Literal('é "quoted"\n', language="fr"), A),
    Quad(S, P, T, A),
    Quad(S, P, T, B),
    Quad(T, P, Literal("007", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#integer")), B),
]
NQUADS = release.sorted_nquads(QUADS)
RDFLIB = {"nq": "nquads", "trig": "trig", "jsonld": "json-ld", "nt": "nt", "ttl": "turtle", "rdf": "xml"}


def files(nquads: bytes = NQUADS) -> dict[str, bytes]:
    return dict(dumps.serialize(nquads))


def test_there_is_every_form_plain_and_compressed() -> None:
    assert files().keys() == dumps.DUMP_FORMATS.keys()


@pytest.mark.parametrize("suffix", [name for name in dumps.DUMP_FORMATS if not name.endswith(".gz")])
def test_a_file_holds_what_the_version_holds(suffix: str) -> None:
    found = set(parse(files()[suffix], dumps.DUMP_FORMATS[suffix].format.rdf_format))
    if suffix in {"nq", "trig", "jsonld"}:
        assert found == set(QUADS)
    else:
        assert found == {Quad(quad.subject, quad.predicate, quad.object) for quad in QUADS}


# rdflib warns of what its own reader calls.
@pytest.mark.filterwarnings("ignore:.*is deprecated:DeprecationWarning")
@pytest.mark.parametrize("suffix", RDFLIB)
def test_another_library_reads_a_file(suffix: str) -> None:
    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(data=files()[suffix].decode(), format=RDFLIB[suffix])
    assert len(set(dataset.triples((None, None, None)))) == 3


@pytest.mark.parametrize("suffix", RDFLIB)
def test_a_compressed_file_is_the_plain_one(suffix: str) -> None:
    assert gzip.decompress(files()[f"{suffix}.gz"]) == files()[suffix]


def test_the_same_version_gives_the_same_bytes() -> None:
    assert files() == files()


@pytest.mark.parametrize(
    "unfit",
    [
        Quad(S, NamedNode("http://e/1"), T, A),
        Quad(S, NamedNode("http://e/"), T, A),
        Quad(S, P, Literal("a\x01b"), A),
        Quad(S, P, Literal("a\r\nb"), A),
    ],
    ids=["name that begins with a digit", "no name", "control character", "line break that XML changes"],
)
def test_there_is_no_rdf_xml_of_what_xml_cannot_hold(unfit: Quad) -> None:
    found = files(release.sorted_nquads([*QUADS, unfit]))
    assert dumps.DUMP_FORMATS.keys() - found.keys() == {"rdf", "rdf.gz"}


def test_a_patch_turns_one_version_into_the_other() -> None:
    later = release.sorted_nquads([*QUADS[1:], Quad(T, P, T, A)])
    found = dict(dumps.serialize_difference(("a" * 64, NQUADS), ("b" * 64, later)))
    lines = found["rdfp"].splitlines(keepends=True)
    assert lines[:3] == [
        b"H id <https://w3id.org/opsc/dataset/" + b"b" * 64 + b"> .\n",
        b"H prev <https://w3id.org/opsc/dataset/" + b"a" * 64 + b"> .\n",
        b"TX .\n",
    ]
    assert lines[-1] == b"TC .\n"
    patched = set(NQUADS.splitlines(keepends=True))
    for line in lines[3:-1]:
        (patched.remove if line.startswith(b"D ") else patched.add)(line[2:])
    assert b"".join(sorted(patched)) == later
    assert found["added.nq"] == release.sorted_nquads([Quad(T, P, T, A)])
    assert found["removed.nq"] == release.sorted_nquads(QUADS[:1])
