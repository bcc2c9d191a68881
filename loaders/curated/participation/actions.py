"""Signatures and consents to be bound, with the claims of each source about them.

Reads ``participation.csv`` (OPSC) and ``related_participation.csv`` (CRC, OPAC, OPIC, Palermo trafficking protocol),
which have the same columns, and ``claims_on_participation.csv``, which has explicit claims.

A row yields a fact for each action, in ``graph/participation``, and a claim for each source of that action, in the
graph of the source: the day, the year, or only that the participant is listed. An explicit claim replaces the claim
that the row would yield for the same source and action.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad

from loaders import actions
from loaders.curated.cells import date_range, english_literal, full_date, integer, partial_date
from loaders.curated.claims import Claim
from loaders.curated.descriptions import PredicateObject, describe
from loaders.curated.participation.register import Register
from loaders.tables import Row, rows
from ontology import iris
from ontology.terms import DCTERMS, OPSC, RDF, XSD

TABLES = ("participation.csv", "related_participation.csv", "claims_on_participation.csv")

COLUMNS = (
    "instrument",
    "participant",
    "iso3",
    "signature",
    "signature_sources",
    "action",
    "date_earliest",
    "date_latest",
    "precision",
    "action_sources",
    "predecessor",
    "predecessor_source",
    "note",
)
CLAIM_COLUMNS = (
    "source",
    "instrument",
    "participant",
    "iso3",
    "action",
    "claim_kind",
    "figure",
    "value",
    "as_of",
    "gist",
)

_CLASSES = {actions.kind_segment(name): name for name in actions.SUPERCLASS}
_CONSENTS = tuple(kind for kind, name in _CLASSES.items() if "ConsentToBeBound" in actions.with_superclasses(name))
_LISTED = {
    "entry-into-force": "Lists the participant as a party, with the entry into force for it and no day of deposit.",
    "listing": "Lists the participant, without a day.",
}
_PRECISIONS = ("day", "month", "year", "bracket")
_PROVISIONS = {
    ("opsc", "signature"): "13(1)",
    ("opsc", "ratification"): "13(2)",
    ("opsc", "accession"): "13(2)",
}


@dataclass(frozen=True)
class _Action:
    """An action of a participant in a row.

    ``earliest`` and ``latest`` are days, both inclusive. ``sources`` are the sources of the action,
    ``predecessor_sources`` those of the predecessor.
    """

    instrument: str
    iso3: str
    kind: str
    earliest: Literal
    latest: Literal
    precision: str
    sources: tuple[str, ...]
    predecessor: NamedNode | None = None
    predecessor_sources: tuple[str, ...] = ()
    note: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        return self.instrument, self.iso3, self.kind

    @property
    def iri(self) -> NamedNode:
        return iris.action(*self.key)


def load_participation(folder: Path) -> Iterator[Quad]:
    """Yield the facts and claims of the three tables in ``folder``; raises ``InputError`` for an unusable cell."""
    register = Register.read(folder)
    explicit = rows(folder / TABLES[2], CLAIM_COLUMNS)
    for name in TABLES[:2]:
        yield from quads(rows(folder / name, COLUMNS), register, overridden(explicit))
    yield from claim_quads(explicit, register)


def overridden(claims: Iterable[Row]) -> set[tuple[str, ...]]:
    """Return source, instrument, participant and action of each explicit claim."""
    return {(row["source"], row["instrument"], row["iso3"], row["action"]) for row in claims}


def quads(table: Iterable[Row], register: Register, explicit: Collection[tuple[str, ...]] = ()) -> Iterator[Quad]:
    """Yield the actions of ``table`` and a claim for each of their sources, except those in ``explicit``."""
    for row in table:
        for action in _actions(row, register):
            yield from _fact(action)
            for source_id in action.sources:
                if (source_id, *action.key) not in explicit:
                    yield from _claim(action, source_id, register.values_given[source_id]).quads()


def claim_quads(explicit: Iterable[Row], register: Register) -> Iterator[Quad]:
    """Yield the claims about actions in ``claims_on_participation.csv``."""
    for row in explicit:
        register.participant(row, "iso3")
        (source_id,) = register.sources(row, "source")
        key = row["instrument"], row["iso3"], row["action"]
        kind = row["claim_kind"]
        yield from Claim(
            source=source_id,
            path=(*key, kind),
            about=iris.action(*key),
            kind=kind,
            figure=row["figure"],
            value=integer(row, "value") if kind == "count" else partial_date(row, "value"),
            as_of=date_range(row, "as_of"),
            gist=row["gist"],
        ).quads()


def _actions(row: Row, register: Register) -> Iterator[_Action]:
    register.participant(row, "iso3")
    signed = full_date(row, "signature")
    if signed is not None:
        cited = register.sources(row, "signature_sources")
        yield _Action(row["instrument"], row["iso3"], "signature", signed, signed, "day", cited)
    if row["action"]:
        yield _consent(row, register)


def _consent(row: Row, register: Register) -> _Action:
    if row["action"] not in _CONSENTS:
        raise row.error("action", f"is not a way of consenting to be bound; use one of {', '.join(_CONSENTS)}")
    earliest, latest = full_date(row, "date_earliest"), full_date(row, "date_latest")
    if earliest is None or latest is None:
        reason = "an action needs its earliest and its latest day; they are equal when the day is known"
        raise row.error("date_earliest", reason)
    if row["precision"] not in _PRECISIONS:
        raise row.error("precision", f"is not a precision; use one of {', '.join(_PRECISIONS)}")
    return _Action(
        instrument=row["instrument"],
        iso3=row["iso3"],
        kind=row["action"],
        earliest=earliest,
        latest=latest,
        precision=row["precision"],
        sources=register.sources(row, "action_sources"),
        predecessor=register.participant(row, "predecessor") if row["predecessor"] else None,
        predecessor_sources=register.sources(row, "predecessor_source"),
        note=row["note"],
    )


def _fact(action: _Action) -> Iterator[Quad]:
    graph = iris.graph("participation")
    yield from describe(action.iri, _properties(action), graph)


def _properties(action: _Action) -> Iterator[PredicateObject]:
    for name in actions.with_superclasses(_CLASSES[action.kind]):
        yield RDF.type, OPSC[name]
    yield OPSC.instrument, iris.instrument(action.instrument)
    yield OPSC.participant, iris.state(action.iso3)
    yield OPSC.dateEarliest, action.earliest
    yield OPSC.dateLatest, action.latest
    yield OPSC.datePrecision, iris.concept("date-precision", action.precision)
    if provision := _PROVISIONS.get((action.instrument, action.kind)):
        yield OPSC.underProvision, iris.provision(action.instrument, provision)
    if action.predecessor is not None:
        yield OPSC.predecessor, action.predecessor
    for source_id in (*action.sources, *action.predecessor_sources):
        yield DCTERMS.source, iris.source(source_id)
    if action.note:
        yield OPSC.note, english_literal(action.note)


def _claim(action: _Action, source_id: str, value_given: str) -> Claim:
    value = _claimed(action, value_given)
    return Claim(
        source=source_id,
        path=action.key,
        about=action.iri,
        kind="listing" if value is None else "date",
        figure="signature" if action.kind == "signature" else "deposit",
        value=value,
        gist="" if value is not None else _LISTED.get(value_given, _LISTED["listing"]),
    )


def _claimed(action: _Action, value_given: str) -> Literal | None:
    """Return the part of the adopted date that a source gives; a source of days gives none for a range of days."""
    if value_given == "day" and action.earliest == action.latest:
        return action.earliest
    year = action.earliest.value[:4]
    if value_given == "year" and action.latest.value.startswith(year):
        return Literal(year, datatype=XSD.gYear)
    return None
