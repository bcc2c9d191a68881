"""A version as files, in every published RDF format, plain and compressed; the difference of two versions as files.

The same N-Quads give the same bytes, so that checksums hold on every server.
"""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, Quad, RdfFormat, parse

from graph.sparql import formats
from graph.sparql.errors import NotAcceptable
from graph.sparql.formats import GraphFormat
from ontology.iris import dataset_part

_GRAPHS: Final = "All named graphs."
_MERGE: Final = "The merge of all named graphs, without graph names."


@dataclass(frozen=True)
class DumpFormat:
    """A file that a version can be downloaded as: all named graphs where the format can hold them, else their merge."""

    format: GraphFormat
    compressed: bool = False

    @property
    def suffix(self) -> str:
        """The end of the file name, without the dot before it."""
        return f"{self.format.extension}.gz" if self.compressed else self.format.extension

    @property
    def media_type(self) -> str:
        """The media type of the file."""
        return "application/gzip" if self.compressed else self.format.media_type

    @property
    def authority(self) -> str:
        """The code of the format in the file type list of the EU Publications Office."""
        return self.format.file_type or ""

    @property
    def title(self) -> str:
        """The name of the format, and of the compression."""
        return f"{self.format.label}, gzip" if self.compressed else self.format.label

    @property
    def about(self) -> str:
        """A sentence on the content of the file."""
        return _GRAPHS if self.format.rdf_format.supports_datasets else _MERGE


@dataclass(frozen=True)
class DumpFile:
    """A file to download: its name suffix, size in bytes, SHA-256 in hexadecimal, and path."""

    suffix: str
    size: int
    sha256: str
    path: Path


# Formats that hold named graphs come first.
_FORMATS: Final = sorted(formats.PUBLISHED, key=lambda one: not one.rdf_format.supports_datasets)
DUMP_FORMATS: Final = {
    dump.suffix: dump for one in _FORMATS for dump in (DumpFormat(one), DumpFormat(one, compressed=True))
}
DIFFERENCE_FORMATS: Final = {
    "rdfp": "application/rdf-patch",
    "added.nq": formats.N_QUADS.media_type,
    "removed.nq": formats.N_QUADS.media_type,
}


def serialize(nquads: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the content of each of :data:`DUMP_FORMATS` for the sorted N-Quads of a version.

    A format that cannot express the version is left out, plain and compressed; RDF/XML has such cases (RDF 1.1 XML
    Syntax, section 8).
    """
    quads = sorted(parse(nquads, RdfFormat.N_QUADS), key=lambda quad: str(quad.graph_name))
    for one in _FORMATS:
        try:
            content = nquads if one is formats.N_QUADS else _serialized(quads, one)
        except NotAcceptable:
            continue
        yield one.extension, content
        # Without a time stamp, the same content gives the same bytes.
        yield f"{one.extension}.gz", gzip.compress(content, 6, mtime=0)


def serialize_difference(before: tuple[str, bytes], after: tuple[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the content of each of :data:`DIFFERENCE_FORMATS` for two versions, each with its name and sorted N-Quads.

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


def _serialized(quads: list[Quad], wanted: GraphFormat) -> bytes:
    if wanted.rdf_format.supports_datasets:
        return wanted.serialize(quads)
    if wanted is formats.RDF_XML and any(
        isinstance(quad.object, Literal) and "\r" in quad.object.value for quad in quads
    ):
        raise NotAcceptable("XML parsers turn a carriage return into a line feed")
    return wanted.serialize(sorted({quad.triple for quad in quads}, key=str))
