"""The formats of answers: W3C result formats for SELECT and ASK, RDF formats for CONSTRUCT and DESCRIBE."""

from dataclasses import dataclass
from typing import Final

from pyoxigraph import QueryResultsFormat, RdfFormat


@dataclass(frozen=True)
class Format:
    """A format.

    ``iri_name`` is the end of the W3C's IRI for it (https://www.w3.org/ns/formats/), ``also`` holds other media types
    that clients ask for it by, ``names`` its short names in a ``format`` parameter.
    """

    media_type: str
    iri_name: str
    also: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def media_types(self) -> tuple[str, ...]:
        """Every media type by which the format can be asked for, its own first."""
        return (self.media_type, *self.also)

    @property
    def iri(self) -> str:
        """The W3C's IRI of the format."""
        return f"http://www.w3.org/ns/formats/{self.iri_name}"


JSON: Final = Format("application/sparql-results+json", "SPARQL_Results_JSON", ("application/json",), ("json", "srj"))
XML: Final = Format(
    "application/sparql-results+xml", "SPARQL_Results_XML", ("application/xml", "text/xml"), ("xml", "srx")
)
CSV: Final = Format("text/csv", "SPARQL_Results_CSV", names=("csv",))
TSV: Final = Format("text/tab-separated-values", "SPARQL_Results_TSV", names=("tsv",))

TURTLE: Final = Format("text/turtle", "Turtle", ("application/turtle", "application/x-turtle"), ("turtle", "ttl"))
N_TRIPLES: Final = Format("application/n-triples", "N-Triples", ("text/plain",), ("ntriples", "n-triples", "nt"))
RDF_XML: Final = Format(
    "application/rdf+xml",
    "RDF_XML",
    ("application/xml", "text/xml"),
    ("rdfxml", "rdf+xml", "rdf/xml", "rdf", "xml"),
)
JSON_LD: Final = Format("application/ld+json", "JSON-LD", ("application/json",), ("jsonld", "json-ld", "json"))
TRIG: Final = Format("application/trig", "TriG", ("application/x-trig",), ("trig",))
N_QUADS: Final = Format("application/n-quads", "N-Quads", ("text/x-nquads",), ("nquads", "n-quads", "nq"))
N3: Final = Format("text/n3", "N3", ("text/rdf+n3", "application/n3"), ("n3",))

PREFIXED: Final = frozenset({TURTLE, TRIG, N3})
SOLUTIONS: Final = (JSON, XML, CSV, TSV)
READ: Final = (TURTLE, TRIG, N_TRIPLES, N_QUADS, RDF_XML, JSON_LD)
GRAPHS: Final = (TURTLE, N_TRIPLES, RDF_XML, JSON_LD, TRIG, N_QUADS, N3)


def solutions_writer(wanted: Format) -> QueryResultsFormat:
    """Return the engine's own name for one of :data:`SOLUTIONS`."""
    found = QueryResultsFormat.from_media_type(wanted.media_type)
    if found is None:
        raise ValueError(f"the engine writes no {wanted.media_type}")
    return found


def graph_writer(wanted: Format) -> RdfFormat:
    """Return the engine's own name for one of :data:`GRAPHS`."""
    found = RdfFormat.from_media_type(wanted.media_type)
    if found is None:
        raise ValueError(f"the engine writes no {wanted.media_type}")
    return found
