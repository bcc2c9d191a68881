"""Participation actions from the rows of a status table: participant, class, day and IRI."""

import difflib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from loaders.actions import kind_segment, with_superclasses
from loaders.curated.participation.participants import name_key
from loaders.errors import Rejection
from loaders.tables import Row
from loaders.untc.headings import Heading, Interpretation, NotUnderstoodError, read_cell, read_heading
from ontology import iris
from ontology.terms import DCTERMS, OPSC, RDF, XSD

PARTICIPANT: Final = "Participant"

_DAY: Final = iris.concept("date-precision", "day")
# Searching for similar names is slow, and a file full of unknown names needs only a few hints.
_HINTS: Final = 20


class ParticipantNames:
    """Finds participants by name, and suggests similar names for an unknown one."""

    def __init__(self, participants: Mapping[str, NamedNode]) -> None:
        self._participants = participants
        self._reasons: dict[str, str] = {}

    def find(self, name: str) -> NamedNode:
        """Return the IRI of the participant called ``name``; raises :class:`NotUnderstoodError` where there is none."""
        found = self._participants.get(name) or self._participants.get(name_key(name))
        if found is None:
            if name not in self._reasons:
                self._reasons[name] = self._reason(name)
            raise NotUnderstoodError(self._reasons[name])
        return found

    def _reason(self, name: str) -> str:
        if not name:
            return "the row has no participant"
        near = difflib.get_close_matches(name_key(name), self._participants) if len(self._reasons) < _HINTS else []
        hint = f"; similar names: {', '.join(near)}" if near else ""
        return f"unknown participant '{name}'{hint}"


@dataclass(frozen=True)
class Action:
    """The action in one cell: of a participant, under an instrument, on a day."""

    instrument: NamedNode
    participant: NamedNode
    interpretation: Interpretation
    day: date
    row: Row
    heading: str

    @property
    def kind_iri(self) -> NamedNode:
        """The IRI of the participant's only action of this kind, or of the earliest of several."""
        kind = kind_segment(self.interpretation.action_class)
        return iris.action(_key(self.instrument), _key(self.participant), kind)

    def rejection(self, reason: str) -> Rejection:
        """Return the rejection of the cell that the action was read from."""
        return Rejection(self.row.file, self.row.line, self.heading, self.row[self.heading], reason)


def read_cells(
    table: Iterable[Row], instrument: NamedNode, names: ParticipantNames
) -> Iterator[Action | Rejection | None]:
    """Yield an action or rejection for each cell outside the participant column; ``None`` for a blank cell."""
    headings: dict[str, Heading] = {}
    for row in table:
        for column, value in row.items():
            if column == PARTICIPANT:
                continue
            if not value:
                yield None
                continue
            heading = headings.get(column) or headings.setdefault(column, read_heading(column))
            try:
                yield _action(row, column, heading, instrument, names)
            except NotUnderstoodError as error:
                yield Rejection(row.file, row.line, column, value, str(error))


def _action(row: Row, column: str, heading: Heading, instrument: NamedNode, names: ParticipantNames) -> Action:
    heading.check_names_action()
    participant = names.find(row[PARTICIPANT])
    day, marker = read_cell(row[column])
    return Action(instrument, participant, heading.interpret(marker), day, row, column)


def assign_iris(actions: Iterable[Action]) -> Iterator[tuple[NamedNode, Action] | Rejection]:
    """Yield each action with its IRI.

    Of several actions of one kind by one participant under one instrument, the earliest has the plain IRI; the IRIs of
    later ones end with their date. A second action on the same day is rejected.
    """
    by_kind: dict[NamedNode, list[Action]] = defaultdict(list)
    for action in actions:
        by_kind[action.kind_iri].append(action)
    for iri, group in by_kind.items():
        yield from _with_distinct_iris(iri, sorted(group, key=lambda action: action.day))


def _with_distinct_iris(iri: NamedNode, group: Sequence[Action]) -> Iterator[tuple[NamedNode, Action] | Rejection]:
    first: dict[date, Action] = {}
    for action in group:
        earlier = first.setdefault(action.day, action)
        if earlier is not action:
            place = f"{earlier.row.file}:{earlier.row.line}, column '{earlier.heading}'"
            yield action.rejection(f"repeats the action in {place}")
        elif len(first) == 1:
            yield iri, action
        else:
            yield NamedNode(f"{iri.value}/{action.day.isoformat()}"), action


def action_quads(iri: NamedNode, action: Action, source: NamedNode, graph: NamedNode) -> Iterator[Quad]:
    """Yield the description of ``action`` with every type, the day and ``source``, in ``graph``."""
    for action_class in _classes(action.interpretation.action_class):
        yield Quad(iri, RDF.type, action_class, graph)
    day = _day(action.day)
    yield Quad(iri, OPSC.instrument, action.instrument, graph)
    yield Quad(iri, OPSC.participant, action.participant, graph)
    yield Quad(iri, OPSC.dateEarliest, day, graph)
    yield Quad(iri, OPSC.dateLatest, day, graph)
    yield Quad(iri, OPSC.datePrecision, _DAY, graph)
    yield Quad(iri, DCTERMS.source, source, graph)
    if action.interpretation.heading_says_more:
        yield Quad(iri, OPSC.columnHeading, Literal(action.heading), graph)


@lru_cache
def _classes(name: str) -> tuple[NamedNode, ...]:
    return tuple(OPSC[each] for each in with_superclasses(name))


@lru_cache(maxsize=65536)
def _day(day: date) -> Literal:
    return Literal(day.isoformat(), datatype=XSD.date)


@lru_cache(maxsize=4096)
def _key(thing: NamedNode) -> str:
    return thing.value.rpartition("/")[2]
