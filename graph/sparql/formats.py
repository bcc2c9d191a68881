"""The registry of formats: SPARQL results for SELECT and ASK, RDF for CONSTRUCT, DESCRIBE, documents and downloads.

A new format is one entry here. Negotiation, problems, the service description, linked data, downloads and the command
line read the registry, and no other module names a media type or an extension of it.
"""

import io
from dataclasses import dataclass, field
from typing import Final, Literal

from pyoxigraph import QueryBoolean, QueryResultsFormat, QuerySolutions, RdfFormat

from graph.settings import QueryLimits
from graph.sparql import graph_writers, result_writers
from graph.sparql.graph_writers import GraphWriter, Statements
from graph.sparql.result_writers import LimitedBuffer, SolutionsWriter

_FORMATS: Final = "http://www.w3.org/ns/formats/"


@dataclass(frozen=True, eq=False)
class Format:
    """A format that a client can ask for.

    ``aliases`` are other media types by which clients request it, ``names`` its short names in a ``format`` parameter,
    ``extension`` the end of a file name, without the dot, and ``iri`` the W3C's IRI of the format.
    """

    label: str
    media_type: str
    extension: str = ""
    aliases: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    iri: str = ""

    @property
    def media_types(self) -> tuple[str, ...]:
        """Every media type by which the format can be requested, its own first."""
        return (self.media_type, *self.aliases)


@dataclass(frozen=True, eq=False)
class ResultFormat(Format):
    """A format of query results; pickles as a reference to its entry in the registry."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return _by_label, (self.label,)


@dataclass(frozen=True, eq=False)
class SolutionsFormat(ResultFormat):
    """A format of SPARQL results: what SELECT and ASK return."""

    writer: SolutionsWriter = field(kw_only=True)

    def serialize(self, results: QuerySolutions | QueryBoolean, limits: QueryLimits) -> bytes:
        """Return ``results`` in this format; raise ``ResultTooLarge`` beyond ``limits``."""
        return self.writer(results, limits)


@dataclass(frozen=True, eq=False)
class GraphFormat(ResultFormat):
    """A format of RDF: what CONSTRUCT and DESCRIBE return.

    ``content`` is ``dataset`` for a format whose documents name the graph of each statement. ``rdf_format`` is the
    parser's name of the format. ``file_type`` is its code in the file type list of the EU Publications Office; formats
    with one are those of documents and downloads.
    """

    writer: GraphWriter = field(kw_only=True)
    rdf_format: RdfFormat = field(kw_only=True)
    content: Literal["graph", "dataset"] = "graph"
    file_type: str | None = None
    is_readable: bool = True

    def serialize(self, statements: Statements, max_bytes: int | None = None) -> bytes:
        """Return triples or quads in this format, in their order.

        Raises ``ResultTooLarge`` for more than ``max_bytes``, and ``NotAcceptable`` for what it cannot express.
        """
        return self.writer(statements, io.BytesIO() if max_bytes is None else LimitedBuffer(max_bytes))


JSON: Final = SolutionsFormat(
    "SPARQL results in JSON",
    "application/sparql-results+json",
    "srj",
    ("application/json",),
    ("json", "srj"),
    f"{_FORMATS}SPARQL_Results_JSON",
    writer=result_writers.engine_writer(QueryResultsFormat.JSON, result_writers.JSON_ROWS),
)
XML: Final = SolutionsFormat(
    "SPARQL results in XML",
    "application/sparql-results+xml",
    "srx",
    ("application/xml", "text/xml"),
    ("xml", "srx"),
    f"{_FORMATS}SPARQL_Results_XML",
    writer=result_writers.write_xml,
)
CSV: Final = SolutionsFormat(
    "CSV",
    "text/csv",
    "csv",
    (),
    ("csv",),
    f"{_FORMATS}SPARQL_Results_CSV",
    writer=result_writers.write_csv,
)
TSV: Final = SolutionsFormat(
    "TSV",
    "text/tab-separated-values",
    "tsv",
    (),
    ("tsv",),
    f"{_FORMATS}SPARQL_Results_TSV",
    writer=result_writers.engine_writer(QueryResultsFormat.TSV, result_writers.TSV_ROWS),
)
# Requested by a parameter of its own, never by media type: its cells are not the exact values.
SPREADSHEET: Final = SolutionsFormat(
    "CSV for spreadsheets", CSV.media_type, CSV.extension, writer=result_writers.write_spreadsheet
)

TURTLE: Final = GraphFormat(
    "Turtle",
    "text/turtle",
    "ttl",
    ("application/turtle", "application/x-turtle"),
    ("turtle", "ttl"),
    f"{_FORMATS}Turtle",
    writer=graph_writers.prefixed_writer(RdfFormat.TURTLE),
    rdf_format=RdfFormat.TURTLE,
    file_type="RDF_TURTLE",
)
N_TRIPLES: Final = GraphFormat(
    "N-Triples",
    "application/n-triples",
    "nt",
    ("text/plain",),
    ("ntriples", "n-triples", "nt"),
    f"{_FORMATS}N-Triples",
    writer=graph_writers.engine_writer(RdfFormat.N_TRIPLES),
    rdf_format=RdfFormat.N_TRIPLES,
    file_type="RDF_N_TRIPLES",
)
RDF_XML: Final = GraphFormat(
    "RDF/XML",
    "application/rdf+xml",
    "rdf",
    ("application/xml", "text/xml"),
    ("rdfxml", "rdf+xml", "rdf/xml", "rdf", "xml"),
    f"{_FORMATS}RDF_XML",
    writer=graph_writers.write_rdf_xml,
    rdf_format=RdfFormat.RDF_XML,
    file_type="RDF_XML",
)
JSON_LD: Final = GraphFormat(
    "JSON-LD",
    "application/ld+json",
    "jsonld",
    ("application/json",),
    ("jsonld", "json-ld", "json"),
    f"{_FORMATS}JSON-LD",
    writer=graph_writers.engine_writer(RdfFormat.JSON_LD),
    rdf_format=RdfFormat.JSON_LD,
    file_type="JSON_LD",
)
TRIG: Final = GraphFormat(
    "TriG",
    "application/trig",
    "trig",
    ("application/x-trig",),
    ("trig",),
    f"{_FORMATS}TriG",
    writer=graph_writers.prefixed_writer(RdfFormat.TRIG),
    rdf_format=RdfFormat.TRIG,
    content="dataset",
    file_type="RDF_TRIG",
)
N_QUADS: Final = GraphFormat(
    "N-Quads",
    "application/n-quads",
    "nq",
    ("text/x-nquads",),
    ("nquads", "n-quads", "nq"),
    f"{_FORMATS}N-Quads",
    writer=graph_writers.engine_writer(RdfFormat.N_QUADS),
    rdf_format=RdfFormat.N_QUADS,
    content="dataset",
    file_type="RDF_N_QUADS",
)
N3: Final = GraphFormat(
    "N3",
    "text/n3",
    "n3",
    ("text/rdf+n3", "application/n3"),
    ("n3",),
    f"{_FORMATS}N3",
    writer=graph_writers.prefixed_writer(RdfFormat.N3),
    rdf_format=RdfFormat.N3,
    is_readable=False,
)

_ENTRIES: Final = tuple(entry for entry in list(globals().values()) if isinstance(entry, ResultFormat))

SOLUTIONS: Final = tuple(one for one in _ENTRIES if isinstance(one, SolutionsFormat) and one.names)
"""The formats of SELECT and ASK, the preferred one first."""
GRAPHS: Final = tuple(one for one in _ENTRIES if isinstance(one, GraphFormat))
"""The formats of CONSTRUCT and DESCRIBE, the preferred one first."""
DATASETS: Final = tuple(one for one in reversed(GRAPHS) if one.content == "dataset")
"""The formats that name the graph of each statement, the preferred one first."""
PUBLISHED: Final = tuple(one for one in GRAPHS if one.file_type)
"""The formats of documents and downloads."""
READABLE: Final = tuple(one for one in GRAPHS if one.is_readable)
"""The formats that the server accepts RDF in."""


def _by_label(label: str) -> ResultFormat:
    return next(entry for entry in _ENTRIES if entry.label == label)
