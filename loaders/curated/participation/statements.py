"""Declarations, reservations, understandings and objections under the OPSC, from ``statements.csv``.

A statement whose kind is not given by any source is only an ``opsc:Statement``. ``n`` numbers the statements of one
participant; it is part of the IRI and never changes.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from pyoxigraph import NamedNode, Quad

from loaders.curated import citations
from loaders.curated.cells import english_literal, full_date
from loaders.curated.descriptions import PredicateObject, describe
from loaders.curated.participation.register import Register
from loaders.tables import Row, rows
from ontology import iris
from ontology.terms import DCTERMS, OPSC, RDF

TABLES = ("statements.csv",)

COLUMNS = (
    "participant",
    "iso3",
    "n",
    "date",
    "kind",
    "provisions",
    "effect",
    "gist",
    "reply_to",
    "reply_to_n",
    "sources",
)
KINDS = {
    "declaration": OPSC.Declaration,
    "reservation": OPSC.Reservation,
    "understanding": OPSC.Understanding,
    "objection": OPSC.Objection,
    "unspecified": None,
}


def load_statements(folder: Path) -> Iterator[Quad]:
    """Yield the statements of ``statements.csv`` in ``folder``, for ``graph/statements``."""
    return quads(rows(folder / TABLES[0], COLUMNS), Register.read(folder))


def quads(table: Iterable[Row], register: Register) -> Iterator[Quad]:
    """Yield each statement with its author, kind, day where known, provisions, effect, gist and sources.

    Raises ``InputError`` for an unknown participant, source, kind or provision, and for a reply without statement.
    """
    table = list(table)
    graph = iris.graph("statements")
    known = {_iri(row["iso3"], row["n"]) for row in table}
    for row in table:
        yield from describe(
            _iri(row["iso3"], row["n"]), (*_properties(row, register), *_reply(row, register, known)), graph
        )


def _iri(iso3: str, number: str) -> NamedNode:
    return iris.thing("statement", "opsc", iso3, number)


def _properties(row: Row, register: Register) -> Iterator[PredicateObject]:
    yield from ((RDF.type, kind) for kind in _types(row))
    yield OPSC.instrument, iris.instrument("opsc")
    yield OPSC.participant, register.participant(row, "iso3")
    if (made := full_date(row, "date")) is not None:
        yield OPSC.dateEarliest, made
        yield OPSC.dateLatest, made
        yield OPSC.datePrecision, iris.concept("date-precision", "day")
    for provision in citations.cited_provisions_of(row, "provisions", "opsc"):
        yield OPSC.concernsProvision, provision
    yield OPSC.effect, iris.concept("statement-effect", row["effect"])
    yield OPSC.gist, english_literal(row["gist"])
    for source_id in register.sources(row, "sources"):
        yield DCTERMS.source, iris.source(source_id)


def _reply(row: Row, register: Register, known: set[NamedNode]) -> Iterator[tuple[NamedNode, NamedNode]]:
    if not row["reply_to"]:
        return
    target = _iri(row["reply_to"], row["reply_to_n"])
    if target not in known:
        raise row.error(
            "reply_to_n", f"{row['reply_to']} has no statement with that number; use the number in column 'n'"
        )
    yield OPSC.inReplyTo, target
    yield OPSC.addressedTo, register.participant(row, "reply_to")


def _types(row: Row) -> Iterator[NamedNode]:
    if row["kind"] not in KINDS:
        raise row.error("kind", f"is not a kind of statement; use one of {', '.join(KINDS)}")
    yield OPSC.Statement
    if (kind := KINDS[row["kind"]]) is not None:
        yield kind
