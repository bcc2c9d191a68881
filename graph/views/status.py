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
SELECT ?participant ?interval ?status ?beginsEarliest ?beginsLatest ?endsEarliest ?endsLatest ?rule ?provision WHERE {
  ?interval a opsc:StatusInterval ; opsc:instrument <https://w3id.org/opsc/eli/opsc> ; opsc:participant ?participant ;
    opsc:status/skos:prefLabel ?status ; opsc:beginsEarliest ?beginsEarliest ; opsc:beginsLatest ?beginsLatest ;
    opsc:derivedBy/skos:prefLabel ?rule ; opsc:underProvision/skos:prefLabel ?provision .
  OPTIONAL { ?interval opsc:endsEarliest ?endsEarliest ; opsc:endsLatest ?endsLatest }
  FILTER(LANG(?status) = "en")
}
ORDER BY ?beginsEarliest ?status"""

_ACTIONS: Final = """
SELECT ?participant ?action ?kind ?earliest ?latest ?agreement WHERE {
  VALUES ?class {
    opsc:Signature opsc:Ratification opsc:Accession opsc:Succession opsc:Acceptance opsc:Approval opsc:Denunciation
  }
  ?action a ?class ; opsc:instrument <https://w3id.org/opsc/eli/opsc> ; opsc:participant ?participant ;
    opsc:dateEarliest ?earliest ; opsc:dateLatest ?latest .
  ?class skos:prefLabel ?kind .
  OPTIONAL { ?action opsc:agreement/skos:prefLabel ?agreement . FILTER(LANG(?agreement) = "en") }
}
ORDER BY ?earliest ?kind"""

_SOURCES: Final = """
SELECT ?participant ?fact ?source ?identifier ?title WHERE {
  ?fact a opsc:ParticipationAction ; opsc:instrument <https://w3id.org/opsc/eli/opsc> ; opsc:participant ?participant ;
    dcterms:source ?source .
  OPTIONAL { ?source dcterms:identifier ?identifier }
  OPTIONAL { ?source dcterms:title ?title }
}
ORDER BY ?identifier ?source ?title"""

_CONTRIBUTIONS: Final = """
SELECT DISTINCT ?participant ?fact ?number WHERE {
  ?fact opsc:instrument <https://w3id.org/opsc/eli/opsc> ; opsc:participant ?participant .
  { ?fact a opsc:StatusInterval ; prov:wasDerivedFrom ?contribution }
  UNION
  { GRAPH ?graph { ?fact a opsc:ParticipationAction } ?contribution opsc:contributedGraph ?graph }
  UNION
  { ?fact prov:wasDerivedFrom ?claim . GRAPH ?graph { ?claim a opsc:Claim } ?contribution opsc:contributedGraph ?graph }
  ?contribution opsc:contributionNumber ?number .
}
ORDER BY ?number"""


@dataclass(frozen=True)
class Interval:
    """A period in which a status holds.

    Dates are inclusive at the beginning and exclusive at the end (the first day on which the status no longer holds);
    an open end is ``None``. ``holds`` is the answer for the requested day: ``yes``, ``no``, or ``uncertain`` if it lies
    within a range of dates. ``contributions`` are the numbers of the contributions without which the interval would not
    be as it is: none for one of the release.
    """

    status: str
    begins_earliest: datetime.date
    begins_latest: datetime.date
    ends_earliest: datetime.date | None
    ends_latest: datetime.date | None
    rule: str
    provision: str
    holds: str
    contributions: tuple[int, ...] = ()

    def sentence(self) -> str:
        """Return the interval as text: status, beginning and, if it has ended, its exclusive end."""
        begin = _span(self.begins_earliest, self.begins_latest)
        if self.ends_earliest is None or self.ends_latest is None:
            return f"{self.status} from {begin}"
        return f"{self.status} from {begin} until {_span(self.ends_earliest, self.ends_latest)} (exclusive)"


@dataclass(frozen=True)
class Source:
    """A source by its identifier and title, as far as the graph has them."""

    iri: str
    identifier: str | None
    title: str | None

    @property
    def name(self) -> str:
        """The shortest name by which a reader can tell the source."""
        return self.identifier or self.title or self.iri


@dataclass(frozen=True)
class Action:
    """An action of the State: its kind, its range of dates (equal if the day is known), and its sources.

    ``contributions`` are the numbers of those that state the action or its day: none for one of the release.
    """

    iri: str
    kind: str
    earliest: datetime.date
    latest: datetime.date
    agreement: str | None
    sources: tuple[Source, ...]
    contributions: tuple[int, ...] = ()

    def date(self) -> str:
        """Return the date, or the range of dates in words."""
        return _span(self.earliest, self.latest)


@dataclass(frozen=True)
class Status:
    """The status of a participant under the Protocol on the day ``on``, with the actions behind it."""

    iri: str
    name: str
    on: datetime.date
    intervals: tuple[Interval, ...]
    actions: tuple[Action, ...]


def status_on(store: Store, name: str, on: datetime.date) -> Status:
    """Return the status on the day ``on`` of the participant ``name``: a name in any language or an ISO 3166-1 code.

    Raises ``GraphError`` when no participant has that name; the message offers the nearest names.
    """
    participant = _participant(store, name)
    numbers: dict[str, tuple[int, ...]] = {}
    for row in _select(store, _CONTRIBUTIONS, participant):
        numbers[_text(row, "fact")] = (*numbers.get(_text(row, "fact"), ()), int(_text(row, "number")))
    sources: dict[str, dict[str, Source]] = {}
    for row in _select(store, _SOURCES, participant):
        source = Source(_text(row, "source"), _text(row, "identifier") or None, _text(row, "title") or None)
        sources.setdefault(_text(row, "fact"), {}).setdefault(source.iri, source)
    return Status(
        participant.value,
        _english_name(store, participant),
        on,
        tuple(
            _interval(row, on, numbers.get(_text(row, "interval"), ()))
            for row in _select(store, _INTERVALS, participant)
        ),
        tuple(
            _action(row, tuple(sources.get(_text(row, "action"), {}).values()), numbers.get(_text(row, "action"), ()))
            for row in _select(store, _ACTIONS, participant)
        ),
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


def _interval(row: QuerySolution, on: datetime.date, contributions: tuple[int, ...]) -> Interval:
    begins = _known_date(row, "beginsEarliest"), _known_date(row, "beginsLatest")
    ends = _date(row, "endsEarliest"), _date(row, "endsLatest")
    return Interval(
        _text(row, "status"),
        *begins,
        *ends,
        _text(row, "rule"),
        _text(row, "provision"),
        _holds(begins, ends, on),
        contributions,
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


def _action(row: QuerySolution, sources: tuple[Source, ...], contributions: tuple[int, ...]) -> Action:
    return Action(
        _text(row, "action"),
        _text(row, "kind"),
        _known_date(row, "earliest"),
        _known_date(row, "latest"),
        _text(row, "agreement") or None,
        sources,
        contributions,
    )


def _span(earliest: datetime.date, latest: datetime.date) -> str:
    if earliest == latest:
        return earliest.isoformat()
    return f"a date between {earliest.isoformat()} and {latest.isoformat()}"
