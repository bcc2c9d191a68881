"""A version as files: every RDF format of the exports, plain and compressed, and the difference of two versions.

The same N-Quads give the same bytes, so that a checksum holds for whoever makes the file.
"""

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from graph.sparql import engine, formats
from graph.sparql.formats import Format
from graph.versions import release
from ontology.iris import dataset_part
from ontology.terms import PREFIXES

_GRAPHS: Final = "All named graphs."
_MERGE: Final = "The merge of all named graphs: each triple once, without the graphs that hold it."


@dataclass(frozen=True)
class Dump:
    """A form in which a version can be downloaded.

    ``authority`` is the name of the format in the file type list of the EU Publications Office.
    """

    suffix: str
    format: Format
    authority: str
    title: str
    about: str

    @property
    def compressed(self) -> bool:
        """Whether the file is compressed with gzip."""
        return self.suffix.endswith(".gz")

    @property
    def media_type(self) -> str:
        """The media type of the file."""
        return "application/gzip" if self.compressed else self.format.media_type


@dataclass(frozen=True)
class File:
    """A file to download: the end of its name, its length in bytes, its SHA-256 in hexadecimal, and where it lies."""

    suffix: str
    size: int
    sha256: str
    path: Path


_PLAIN: Final = (
    Dump("nq", formats.N_QUADS, "RDF_N_QUADS", "N-Quads", _GRAPHS),
    Dump("trig", formats.TRIG, "RDF_TRIG", "TriG", _GRAPHS),
    Dump("jsonld", formats.JSON_LD, "JSON_LD", "JSON-LD", _GRAPHS),
    Dump("nt", formats.N_TRIPLES, "RDF_N_TRIPLES", "N-Triples", _MERGE),
    Dump("ttl", formats.TURTLE, "RDF_TURTLE", "Turtle", _MERGE),
    Dump("rdf", formats.RDF_XML, "RDF_XML", "RDF/XML", _MERGE),
)
DUMPS: Final = {
    dump.suffix: dump
    for plain in _PLAIN
    for dump in (
        plain,
        Dump(f"{plain.suffix}.gz", plain.format, plain.authority, f"{plain.title}, gzip", plain.about),
    )
}
CHANGES: Final = {
    "rdfp": "application/rdf-patch",
    "added.nq": formats.N_QUADS.media_type,
    "removed.nq": formats.N_QUADS.media_type,
}

_WITH_GRAPHS: Final = {formats.TRIG, formats.JSON_LD}
# The local part of an XML name, and the characters that XML 1.0 cannot hold or does not keep.
_LOCAL_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*\Z")
_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")


def written(nquads: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the content of each of :data:`DUMPS` for the sorted N-Quads of a version.

    RDF/XML is left out, plain and compressed, where it cannot hold what there is (RDF 1.1 XML Syntax, section 8).
    """
    quads = sorted(parse(nquads, RdfFormat.N_QUADS), key=lambda quad: str(quad.graph_name))
    for plain in _PLAIN:
        if plain.format == formats.RDF_XML and not _fits_xml(quads):
            continue
        content = nquads if plain.format == formats.N_QUADS else _written(quads, plain.format)
        yield plain.suffix, content
        # Without a time stamp, the same content gives the same bytes.
        yield f"{plain.suffix}.gz", gzip.compress(content, 6, mtime=0)


def difference(before: tuple[str, bytes], after: tuple[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the content of each of :data:`CHANGES` for two versions, each with its name and sorted N-Quads.

    An RDF Patch (https://afs.github.io/rdf-delta/rdf-patch) turns ``before`` into ``after``.
    """
    old, new = (content.splitlines(keepends=True) for _, content in (before, after))
    removed, added = sorted({*old} - {*new}), sorted({*new} - {*old})
    lines = [
        f"H id {dataset_part(after[0])} .\n".encode(),
        f"H prev {dataset_part(before[0])} .\n".encode(),
        b"TX .\n",
        *(b"D " + line for line in removed),
        *(b"A " + line for line in added),
        b"TC .\n",
    ]
    yield "rdfp", b"".join(lines)
    yield "added.nq", b"".join(added)
    yield "removed.nq", b"".join(removed)


def _written(quads: list[Quad], wanted: Format) -> bytes:
    if wanted in _WITH_GRAPHS:
        prefixes = PREFIXES if wanted in formats.PREFIXED else None
        return release.serialize_rdf(quads, formats.graph_writer(wanted), prefixes)
    triples = sorted({quad.triple for quad in quads}, key=str)
    return engine.written(triples, wanted)


def _fits_xml(quads: list[Quad]) -> bool:
    predicates = {quad.predicate for quad in quads}
    literals = (quad.object.value for quad in quads if isinstance(quad.object, Literal))
    return all(_is_xml_name(predicate) for predicate in predicates) and not any(map(_NOT_IN_XML.search, literals))


def _is_xml_name(predicate: NamedNode) -> bool:
    return _LOCAL_NAME.search(predicate.value) is not None
