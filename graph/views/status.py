"""The status of a State under the Protocol on a day, with the evidence: actions, intervals, rules and sources."""

import datetime
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode, QuerySolution, QuerySolutions, Store, Variable

from graph.errors import GraphError
from ontology.terms import PREFIXES

_NAMES: Final = """
SELECT ?participant ?name WHERE {
  ?participant a opsc:Participant ; skos:prefLabel|skos:altLabel|opsc:officialName|opsc:iso3|opsc:iso2 ?name .
}"""

_INTERVALS: Final = """
SELECT ?participant ?status ?beginsEarliest ?beginsLatest ?endsEarliest ?endsLatest ?rule ?provision WHERE {
  ?interval a opsc:StatusInterval ; opsc:instrument <https://w3id.org/opsc/eli/opsc> ; opsc:participant ?participant ;
    opsc:status/skos:prefLabel ?status ; opsc:beginsEarliest ?beginsEarliest ; opsc:beginsLatest ?beginsLatest ;
    opsc:derivedBy/skos:prefLabel ?rule ; opsc:underProvision/skos:prefLabel ?provision .
  OPTIONAL { ?interval opsc:endsEarliest ?endsEarliest ; opsc:endsLatest ?endsLatest }
  FILTER(LANG(?status) = "en")
}
ORDER BY ?beginsEarliest ?status"""

_ACTIONS: Final = """
SELECT ?participant ?action ?kind ?earliest ?latest ?agreement
  (GROUP_CONCAT(DISTINCT ?sourceId; separator="\\n") AS ?sources) (MAX(?isContributed) AS ?contributed)
WHERE {
  VALUES ?class {
    opsc:Signature opsc:Ratification opsc:Accession opsc:Succession opsc:Acceptance opsc:Approval opsc:Denunciation
  }
  ?action a ?class ; opsc:instrument <https://w3id.org/opsc/eli/opsc> ; opsc:participant ?participant ;
    opsc:dateEarliest ?earliest ; opsc:dateLatest ?latest ; dcterms:source ?source .
  ?class skos:prefLabel ?kind .
  OPTIONAL { ?action opsc:agreement/skos:prefLabel ?agreement . FILTER(LANG(?agreement) = "en") }
  OPTIONAL { ?source dcterms:identifier ?identifier }
  BIND(COALESCE(STR(?identifier), REPLACE(STR(?source), "^https://w3id.org/opsc/id/source/", "")) AS ?sourceId)
  BIND(IF(EXISTS {
    GRAPH ?graph { ?action a ?class } FILTER(STRSTARTS(STR(?graph), "https://w3id.org/opsc/graph/contribution/"))
  }, 1, 0) AS ?isContributed)
}
GROUP BY ?participant ?action ?kind ?earliest ?latest ?agreement
ORDER BY ?earliest ?kind"""


@dataclass(frozen=True)
class Interval:
    """A period in which a status holds.

    Dates are inclusive at the beginning and exclusive at the end (the first day on which the status no longer holds);
    an open end is ``None``. ``holds`` is the answer for the requested day: ``yes``, ``no``, or ``uncertain`` if it lies
    within a range of dates.
    """

    status: str
    begins_earliest: datetime.date
    begins_latest: datetime.date
    ends_earliest: datetime.date | None
    ends_latest: datetime.date | None
    rule: str
    provision: str
    holds: str

    def sentence(self) -> str:
        """Return the interval as text: status, beginning and, if it has ended, its exclusive end."""
        begin = _span(self.begins_earliest, self.begins_latest)
        if self.ends_earliest is None or self.ends_latest is None:
            return f"{self.status} from {begin}"
        return f"{self.status} from {begin} until {_span(self.ends_earliest, self.ends_latest)} (exclusive)"


@dataclass(frozen=True)
class Action:
    """An action of the State: its kind, its range of dates (equal if the day is known), and its sources.

    A ``contributed`` action is newer than the release.
    """

    iri: str
    kind: str
    earliest: datetime.date
    latest: datetime.date
    agreement: str | None
    sources: tuple[str, ...]
    contributed: bool = False

    def date(self) -> str:
        """Return the date, or the range of dates in words."""
        return _span(self.earliest, self.latest)


@dataclass(frozen=True)
class Status:
    """The status of a participant under the Protocol on the day ``on``, with the actions behind it.

    ``not_derived_yet`` counts the contributed actions, from which the intervals do not follow yet.
    """

    iri: str
    name: str
    on: datetime.date
    intervals: tuple[Interval, ...]
    actions: tuple[Action, ...]
    not_derived_yet: int = 0

    @property
    def note(self) -> str | None:
        """The sentence about contributed actions that the intervals leave out, if there are any."""
        if not self.not_derived_yet:
            return None
        what = (
            "1 contributed action is"
            if self.not_derived_yet == 1
            else f"{self.not_derived_yet} contributed actions are"
        )
        return f"not derived yet: {what} newer than the release"


def status_on(store: Store, name: str, on: datetime.date) -> Status:
    """Return the status on the day ``on`` of the participant ``name``: a name in any language or an ISO 3166-1 code.

    Raises ``GraphError`` when no participant has that name; the message offers the nearest names.
    """
    participant = _participant(store, name)
    actions = tuple(_action(row) for row in _select(store, _ACTIONS, participant))
    return Status(
        participant.value,
        _english_name(store, participant),
        on,
        tuple(_interval(row, on) for row in _select(store, _INTERVALS, participant)),
        actions,
        sum(action.contributed for action in actions),
    )


def _participant(store: Store, name: str) -> NamedNode:
    names: dict[str, NamedNode] = {}
    for row in _solutions(store.query(_NAMES, prefixes=PREFIXES)):
        node = row["participant"]
        if isinstance(node, NamedNode):
            names[_text(row, "name").casefold()] = node
    participant = names.get(" ".join(name.split()).casefold())
    if participant is None:
        near = difflib.get_close_matches(name.casefold(), names, n=3, cutoff=0.6)
        advice = (
            f"; did you mean {' or '.join(sorted(_english_name(store, names[name]) for name in near))}?" if near else ""
        )
        raise GraphError(f"no participant is named '{name}'{advice or '; use a name or an ISO 3166-1 code'}")
    return participant


def _english_name(store: Store, participant: NamedNode) -> str:
    query = 'SELECT ?participant ?name WHERE { ?participant skos:prefLabel ?name . FILTER(LANG(?name) = "en") }'
    return next((_text(row, "name") for row in _select(store, query, participant)), participant.value)


def _select(store: Store, query: str, participant: NamedNode) -> Iterator[QuerySolution]:
    results = store.query(query, prefixes=PREFIXES, substitutions={Variable("participant"): participant})
    yield from _solutions(results)


def _solutions(results: object) -> Iterator[QuerySolution]:
    if isinstance(results, QuerySolutions):
        yield from results


def _text(row: QuerySolution, name: str) -> str:
    term = row[name]
    return term.value if isinstance(term, Literal | NamedNode) else ""


def _date(row: QuerySolution, name: str) -> datetime.date | None:
    return datetime.date.fromisoformat(_text(row, name)) if row[name] is not None else None


def _known_date(row: QuerySolution, name: str) -> datetime.date:
    return datetime.date.fromisoformat(_text(row, name))


def _interval(row: QuerySolution, on: datetime.date) -> Interval:
    begins = _known_date(row, "beginsEarliest"), _known_date(row, "beginsLatest")
    ends = _date(row, "endsEarliest"), _date(row, "endsLatest")
    return Interval(
        _text(row, "status"), *begins, *ends, _text(row, "rule"), _text(row, "provision"), _holds(begins, ends, on)
    )


def _holds(
    begins: tuple[datetime.date, datetime.date],
    ends: tuple[datetime.date | None, datetime.date | None],
    on: datetime.date,
) -> str:
    if on < begins[0] or (ends[1] is not None and on >= ends[1]):
        return "no"
    certainly_begun = on >= begins[1]
    certainly_lasting = ends[0] is None or on < ends[0]
    return "yes" if certainly_begun and certainly_lasting else "uncertain"


def _action(row: QuerySolution) -> Action:
    return Action(
        _text(row, "action"),
        _text(row, "kind"),
        _known_date(row, "earliest"),
        _known_date(row, "latest"),
        _text(row, "agreement") or None,
        tuple(sorted(_text(row, "sources").splitlines())),
        _text(row, "contributed") == "1",
    )


def _span(earliest: datetime.date, latest: datetime.date) -> str:
    if earliest == latest:
        return earliest.isoformat()
    return f"a date between {earliest.isoformat()} and {latest.isoformat()}"
