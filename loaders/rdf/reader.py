"""RDF files: Turtle, TriG, N-Triples, N-Quads, RDF/XML and JSON-LD in UTF-8, parsed by pyoxigraph.

Nothing is fetched from the network. Labels of blank nodes depend on the content of their file and on their order in it,
so that the blank nodes of two files are distinct, and a file always gives the same quads. Only RDF 1.1 is accepted: the
triple terms and base directions of RDF 1.2 are refused.
"""

import hashlib
import os
from codecs import BOM_UTF8
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Triple
from pyoxigraph import parse as parse_rdf

from loaders.errors import InputError
from loaders.rdf import file_kinds, refusals, syntax_errors
from loaders.tables import decode, read_bytes
from ontology.memory import without_collection
from ontology.rdf import Resource

EXTENSIONS: Final = {
    ".ttl": RdfFormat.TURTLE,
    ".trig": RdfFormat.TRIG,
    ".nt": RdfFormat.N_TRIPLES,
    ".nq": RdfFormat.N_QUADS,
    ".rdf": RdfFormat.RDF_XML,
    ".xml": RdfFormat.RDF_XML,
    ".jsonld": RdfFormat.JSON_LD,
    ".json": RdfFormat.JSON_LD,
}
MEDIA_TYPES: Final = {one.media_type: one for one in dict.fromkeys(EXTENSIONS.values())}

# A base for JSON-LD without one, to detect relative IRIs, which JSON-LD would drop silently.
_NO_BASE: Final = "https://no-base.invalid/"
_LINE_FORMATS: Final = frozenset({RdfFormat.N_TRIPLES, RdfFormat.N_QUADS})
# What a blank node, a triple term or a base direction of RDF 1.2 begins with in the line formats.
_TO_BE_LOOKED_AT: Final = (b"_:", b"<<", b"--")


def read(path: Path, *, base_iri: str | None = None, graph: NamedNode | None = None) -> list[Quad]:
    """Return the quads of the file at ``path``, whose extension names its format; see :func:`parse`."""
    rdf_format = format_of_file(path)
    return parse(read_bytes(path), rdf_format, str(path), base_iri=base_iri, graph=graph)


def iri_of_file(path: Path) -> str:
    """Return the ``file:`` IRI of ``path`` (RFC 8089), which need not exist: the base of a local file."""
    return Path(os.path.abspath(path)).as_uri()  # noqa: PTH100  (pathlib keeps ``..``, and follows links)


def format_of_file(path: Path) -> RdfFormat:
    """Return the format that the extension of ``path`` names; raises :class:`InputError` when it names none."""
    rdf_format = EXTENSIONS.get(path.suffix.lower())
    if rdf_format is None:
        known = ", ".join(EXTENSIONS)
        reason = f"unknown file extension; rename the file to end in one of {known}"
        raise InputError(str(path), None, None, _kind_of_file(path) or reason)
    return rdf_format


def _kind_of_file(path: Path) -> str | None:
    if not path.is_file():
        return None
    if path.suffix.lower() in file_kinds.TABLES:
        return file_kinds.table()
    try:
        with path.open("rb") as file:
            return file_kinds.recognized(file.read(file_kinds.HEAD))
    except OSError:
        return None


def format_of_media_type(media_type: str, file_name: str) -> RdfFormat:
    """Return the format that ``media_type``, with or without parameters, names.

    Raises :class:`InputError` when it names none of the six, or an encoding other than UTF-8.
    """
    essence, *parameters = (part.strip().lower() for part in media_type.split(";"))
    if essence not in MEDIA_TYPES:
        known = ", ".join(MEDIA_TYPES)
        reason = f"'{media_type}' is not a known RDF media type; use one of {known}"
        raise InputError(file_name, None, None, reason, "unknown-format")
    charset = next((text.partition("=")[2].strip('"') for text in parameters if text.startswith("charset=")), "utf-8")
    if charset not in ("utf-8", "utf8", "us-ascii"):
        reason = f"declares the encoding '{charset}'; send it in UTF-8"
        raise InputError(file_name, None, None, reason, "wrong-encoding")
    return MEDIA_TYPES[essence]


def parse(
    data: bytes,
    rdf_format: RdfFormat | str,
    file_name: str,
    *,
    base_iri: str | None = None,
    graph: NamedNode | None = None,
) -> list[Quad]:
    """Return the quads in ``data``, in their order there.

    Args:
        data: The content of a file, in UTF-8; a byte order mark is tolerated.
        rdf_format: The format, or the media type that names it.
        file_name: The name of the file in errors.
        base_iri: The base that relative IRIs are resolved against.
        graph: The named graph for triples that the file puts in no graph; by default they stay in the default graph.

    Raises:
        InputError: The data cannot be used: wrong or refused syntax (with line and column where the format gives them),
            wrong encoding, nothing in it, a relative IRI without base, a remote JSON-LD context.
    """
    if isinstance(rdf_format, str):
        rdf_format = format_of_media_type(rdf_format, file_name)
    if rdf_format == RdfFormat.RDF_XML and file_kinds.is_page(data):
        raise InputError(file_name, None, None, file_kinds.recognized(data) or "")
    try:
        return _checked(data, rdf_format, file_name, base_iri, graph)
    except InputError as error:
        kind = _other_kind(data, rdf_format, error)
        if kind is None:
            raise
        raise InputError(file_name, None, None, kind, error.code) from error


def _other_kind(data: bytes, rdf_format: RdfFormat, error: InputError) -> str | None:
    """Return what a file is that could not be read, if it is none of RDF or in another syntax."""
    at_once = error.code == "malformed" and (error.line or 1) == 1
    kind = file_kinds.recognized(data, tables=at_once)
    return kind or (file_kinds.other_syntax(data, rdf_format) if at_once else None)


def _checked(
    data: bytes, rdf_format: RdfFormat, file_name: str, base_iri: str | None, graph: NamedNode | None
) -> list[Quad]:
    text = decode(file_name, data)
    if (data[:1] == b"\0") != (data[1:2] == b"\0"):
        raise InputError(
            file_name, 1, None, "is not UTF-8, but looks like UTF-16; save the file in UTF-8", "wrong-encoding"
        )
    if not text or text.isspace():
        raise InputError(file_name, None, None, "is empty", "empty")
    plain = rdf_format in _LINE_FORMATS and not any(mark in data for mark in _TO_BE_LOOKED_AT)
    if not plain:
        refusals.check(data, rdf_format, file_name)
    base = _NO_BASE if base_iri is None and rdf_format == RdfFormat.JSON_LD else base_iri
    with without_collection():
        # The parser takes bytes, but no byte order mark.
        quads = _parsed(text if data.startswith(BOM_UTF8) else data, rdf_format, file_name, base)
        if rdf_format == RdfFormat.JSON_LD:
            _check_json_ld(quads, file_name)
        if graph is None and plain:
            return quads
        labels = _BlankNodeLabels(hashlib.sha256(data).hexdigest()[:16], graph or DefaultGraph(), file_name)
        return [labels.quad(quad) for quad in quads]


def _parsed(content: str | bytes, rdf_format: RdfFormat, file_name: str, base_iri: str | None) -> list[Quad]:
    try:
        return list(parse_rdf(content, format=rdf_format, base_iri=base_iri))
    except SyntaxError as error:
        reason, code, column = syntax_errors.explain(error, content, rdf_format)
        raise InputError(file_name, error.lineno, column, reason, code) from error
    except ValueError as error:
        raise InputError(file_name, None, None, f"the base '{base_iri}' is not an absolute IRI") from error


def _check_json_ld(quads: list[Quad], file_name: str) -> None:
    """Refuse what JSON-LD drops silently: relative IRIs, and all keys without an IRI."""
    if not quads:
        raise InputError(
            file_name, None, None, "contains no triples; map its keys to IRIs with a @context in the file", "empty"
        )
    relative = next((iri for quad in quads for iri in _iris(quad) if iri.startswith(_NO_BASE)), None)
    if relative is not None:
        reason = syntax_errors.relative(relative.removeprefix(_NO_BASE), RdfFormat.JSON_LD)
        raise InputError(file_name, None, None, reason, "relative-iri")


def _iris(quad: Quad) -> Iterable[str]:
    datatypes = [quad.object.datatype] if isinstance(quad.object, Literal) else []
    return [term.value for term in (*quad, *datatypes) if isinstance(term, NamedNode)]


class _BlankNodeLabels:
    """Relabels the blank nodes of one file, and sets the graph of its triples."""

    def __init__(self, prefix: str, graph: NamedNode | DefaultGraph, file_name: str) -> None:
        self._prefix = prefix
        self._graph = graph
        self._file_name = file_name
        self._names: dict[BlankNode, BlankNode] = {}

    def quad(self, quad: Quad) -> Quad:
        subject, predicate, value, graph = quad
        if isinstance(value, Triple) or (isinstance(value, Literal) and value.direction):
            reason = f"a value of {predicate} uses RDF 1.2, which is not supported"
            raise InputError(self._file_name, None, None, reason, "rdf-1.2")
        named = self._graph if isinstance(graph, DefaultGraph) else self._node(graph)
        renamed = self._node(value) if isinstance(value, BlankNode) else value
        return Quad(self._node(subject), predicate, renamed, named)

    def _node(self, node: Resource) -> Resource:
        if isinstance(node, NamedNode):
            return node
        return self._names.setdefault(node, BlankNode(f"b{self._prefix}n{len(self._names)}"))
