"""Ranges of dates that a contribution closes, by a claim of a dated source or by the fact itself with its day.

The range of the release leaves the graph while a day within it stands, and returns when that is retracted.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Store

from graph.effects.graphs import derived_graph, is_derived_graph
from graph.effects.origins import DATES, Origins, stated, triples
from graph.effects.touched import claims_about
from graph.effects.withdrawn import Withdrawn, is_of_a_release
from graph.rules import derive
from graph.versions.delta import Delta
from ontology.rdf import AnyTerm
from ontology.terms import DCTERMS, OPSC, RDF, XSD

_RULE: Final = "closed-bracket"
_Dates = dict[NamedNode, Quad]


def closing_delta(dataset: Store, withdrawn: Withdrawn, origins: Origins, actions: Iterable[NamedNode]) -> Delta:
    """Return what closes, opens or closes differently the ranges of dates of ``actions``."""
    added: list[Quad] = []
    removed: list[Quad] = []
    for action in actions:
        ranged = _range(dataset, withdrawn, action) or {}
        is_stated = _is_day_within(dataset, _contributed(dataset, action), ranged)
        adopted = [] if is_stated or not ranged else _adopted_day(dataset, origins, action, ranged)
        replaced = set(ranged.values()) if is_stated or adopted else set()
        wanted = {*adopted, *(quad for quad in ranged.values() if quad not in replaced)}
        before = {quad for quad in stated(dataset, action) if is_derived_graph(quad.graph_name)}
        added += [quad for quad in wanted if quad not in dataset]
        removed += [quad for quad in (*before, *replaced) if quad in dataset and quad not in wanted]
    return Delta(tuple(added), tuple(removed))


def replaced_ranges(dataset: Store, withdrawn: Withdrawn, delta: Delta) -> dict[AnyTerm, list[Quad]]:
    """Return the dates of the release in whose place ``delta``, not applied yet, states a day or a smaller range.

    They are given by action, as far as they are still in ``dataset``.
    """
    found: dict[AnyTerm, list[Quad]] = {}
    for action in {quad.subject for quad in delta.added if quad.predicate == OPSC.dateEarliest}:
        if isinstance(action, NamedNode):
            ranged = _range(dataset, withdrawn, action) or {}
            sent = [quad for quad in delta.added if quad.subject == action]
            as_of = [quad for quad in delta.added if quad.predicate == OPSC.sourceAsOf]
            if _is_day_within(dataset, sent, ranged, as_of):
                found[action] = [quad for quad in ranged.values() if quad in dataset]
    return found


def other_day(dataset: Store, withdrawn: Withdrawn, delta: Delta) -> str | None:
    """Return a sentence on the first action with another day in ``delta`` than a contribution gave for its range."""
    for quad in delta.added:
        action = quad.subject
        if quad.predicate != OPSC.dateEarliest or not isinstance(action, NamedNode) or not withdrawn.stated(action):
            continue
        known = {one.object for one in dataset.quads_for_pattern(action, quad.predicate, None)}
        if known and quad.object not in known and _range(dataset, withdrawn, action):
            days = ", ".join(one.value for one in known if isinstance(one, Literal))
            return (
                f"the range of dates of {action} is closed already, with {days} (rule "
                f"'{derive.project_rules()[_RULE].label}'); send the other day as an opsc:Claim, which is kept too"
            )
    return None


def _range(dataset: Store, withdrawn: Withdrawn, action: NamedNode) -> _Dates | None:
    """Return the dates of an action in the release if they are a range, else ``None``."""
    of_release = [quad for quad in stated(dataset, action) if is_of_a_release(quad.graph_name)]
    dates = {quad.predicate: quad for quad in (*of_release, *withdrawn.stated(action)) if quad.predicate in DATES}
    if dates.keys() != set(DATES) or _day(dates, OPSC.dateEarliest) >= _day(dates, OPSC.dateLatest):
        return None
    return dates


def _contributed(dataset: Store, action: NamedNode) -> list[Quad]:
    """Return what contributions state of an action."""
    return [
        quad
        for quad in stated(dataset, action)
        if not is_derived_graph(quad.graph_name) and not is_of_a_release(quad.graph_name)
    ]


def _is_day_within(dataset: Store, quads: Iterable[Quad], ranged: _Dates, as_of: Iterable[Quad] = ()) -> bool:
    """Tell whether ``quads`` state dates within a range, by a source that is dated and not older than they are.

    ``as_of`` are dates of sources that ``dataset`` lacks.
    """
    dates: _Dates = {}
    sources: list[AnyTerm] = []
    for quad in quads:
        if quad.predicate in DATES:
            dates[quad.predicate] = quad
        elif quad.predicate == DCTERMS.source:
            sources.append(quad.object)
    if not ranged or dates.keys() != set(DATES):
        return False
    earliest, latest = _day(dates, OPSC.dateEarliest), _day(dates, OPSC.dateLatest)
    first, last = _day(ranged, OPSC.dateEarliest), _day(ranged, OPSC.dateLatest)
    is_within = first <= earliest <= latest <= last and (earliest, latest) != (first, last)
    cited = [source for source in sources if isinstance(source, NamedNode)]
    known = [quad for source in cited for quad in dataset.quads_for_pattern(source, OPSC.sourceAsOf, None)]
    dated = [quad.object for quad in (*known, *as_of) if quad.subject in sources]
    return is_within and any(isinstance(one, Literal) and latest[: len(one.value)] <= one.value for one in dated)


def _day(dates: _Dates, predicate: NamedNode) -> str:
    value = dates[predicate].object
    return value.value if isinstance(value, Literal) and value.datatype == XSD.date else ""


def _adopted_day(dataset: Store, origins: Origins, action: NamedNode, ranged: _Dates) -> list[Quad]:
    """Return the quads of the day that the rule adopts from contributed claims, in the graph of their contribution."""
    numbers = {claim: min(origins.stating(dataset, claim), default=None) for claim in claims_about(dataset, action)}
    contributed = {claim: number for claim, number in numbers.items() if number is not None}
    if not contributed:
        return []
    store = Store()
    store.extend(_evidence(dataset, action, ranged, contributed))
    found = derive.evaluate_rule(store, derive.project_rules()[_RULE], derive.DERIVED)
    adopted = {number for claim, number in contributed.items() if any(quad.object == claim for quad in found)}
    return [
        Quad(quad.subject, quad.predicate, quad.object, derived_graph(number)) for number in adopted for quad in found
    ]


def _evidence(dataset: Store, action: NamedNode, ranged: _Dates, contributed: dict[NamedNode, int]) -> Iterator[Quad]:
    yield Quad(action, RDF.type, OPSC.ParticipationAction)
    yield from triples(ranged.values())
    for claim, number in contributed.items():
        said = list(stated(dataset, claim))
        yield Quad(claim, OPSC.contributionNumber, Literal(number))
        yield from triples(said)
        for quad in said:
            if quad.predicate == OPSC.accordingTo:
                yield from triples(stated(dataset, quad.object))
