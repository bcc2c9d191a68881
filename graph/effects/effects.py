"""Effects: what follows from contributions, derived anew by the rules for what a change touches.

The facts that the rules derive now are compared with those of the release. A fact of the release that no longer holds
leaves ``graph/derived``; a new one is in ``graph/contribution/{n}/derived`` of the last contribution on which it rests,
and names every such contribution with ``prov:wasDerivedFrom``. The result depends on the facts alone, never on the
order in which they came, so a retraction restores what was.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from graph.effects import partial_derivation
from graph.effects.brackets import closing_delta
from graph.effects.graphs import derived_graph, is_derived_graph
from graph.effects.origins import DATES, Origins, is_adopted_day
from graph.effects.partial_derivation import Facts
from graph.effects.rests import Rests
from graph.effects.touched import GENERAL, Touched, is_a, is_of_the_protocol, protocol_actions, touched_by
from graph.effects.withdrawn import Withdrawn
from graph.rules.derive import DERIVED
from graph.versions.delta import Delta
from ontology import iris
from ontology.rdf import AnyTerm
from ontology.terms import OPSC, PROV, RDF

_OF_A_PARTICIPANT: Final = (OPSC.EntryIntoForce, OPSC.StatusInterval, OPSC.ReportDue)


class Effects:
    """Derives what follows from a change to ``dataset``; ``apply`` makes a delta in it and in ``withdrawn``."""

    def __init__(self, dataset: Store, withdrawn: Withdrawn, origins: Origins, apply: Callable[[Delta], None]) -> None:
        self._dataset: Final = dataset
        self._withdrawn: Final = withdrawn
        self._origins: Final = origins
        self._apply: Final = apply
        self._rests: Final = Rests(dataset, withdrawn, origins)

    def follow(self, delta: Delta) -> Delta:
        """Apply what follows from ``delta``, which has been applied, and return it."""
        touched = touched_by(self._dataset, delta)
        if not touched:
            return Delta()
        closing = closing_delta(self._dataset, self._withdrawn, self._origins, touched.actions)
        self._apply(closing)
        of_the_protocol = {action for action in touched.actions if is_of_the_protocol(self._dataset, action)}
        touched.participants.update(one for act in of_the_protocol for one in _participants(self._present(act)))
        touched.counted |= any(quad.subject in of_the_protocol for quad in (*closing.added, *closing.removed))
        counted, tallies = None, Delta()
        if touched.counted:
            counted = partial_derivation.count(self._dataset)
            tallies = self._replace_tallies(counted)
            self._apply(tallies)
            if _dates(counted.get(GENERAL, ())) != _dates(self._present(GENERAL)):
                touched.participants.update(
                    one for act in protocol_actions(self._dataset) for one in _participants(self._present(act))
                )
        derived = self._replace_facts(touched, counted)
        self._apply(derived)
        return closing.compose(tallies).compose(derived)

    def _replace_tallies(self, counted: Facts) -> Delta:
        known = {quad.subject for quad in self._dataset.quads_for_pattern(None, RDF.type, OPSC.Tally)}
        known.update(self._withdrawn.subjects(RDF.type, OPSC.Tally))
        tallies = {node for node in (*known, *counted) if isinstance(node, NamedNode)} - {GENERAL}

        def rests_on(tally: NamedNode) -> set[int]:
            following = (value for predicate, value in counted.get(tally, ()) if predicate == OPSC.untilDate)
            until = next((value.value for value in following if isinstance(value, Literal)), "")
            return self._rests.until(until or tally.value[-len("2000-01-01") :])

        return self._replace(tallies, counted, rests_on)

    def _replace_facts(self, touched: Touched, counted: Facts | None) -> Delta:
        facts, claims = partial_derivation.follow(self._dataset, touched, counted)
        if counted is None:
            facts.pop(GENERAL, None)
            general = self._general(self._present(GENERAL))
        else:
            facts.setdefault(GENERAL, set()).update(counted.get(GENERAL, ()))
            general = self._general(facts[GENERAL])
        owners = {node: one for one in touched.participants for node in self._derived_of(one)}
        owners |= {node: one for node, found in facts.items() for one in _participants(found)}
        self._rests.learn(owners, general)
        subjects = {*facts, *touched.actions, *touched.claims, *claims, *owners}
        return self._replace(subjects, facts, self._rests.of)

    def _general(self, facts: Collection[tuple[NamedNode, AnyTerm]]) -> set[int]:
        """Return the contributions that change the entry into force of the Protocol."""
        if _dates(facts) == _dates(self._released(GENERAL)):
            return set()
        latest = next((value for predicate, value in facts if predicate == OPSC.dateLatest), None)
        return self._rests.until(latest.value if isinstance(latest, Literal) else "9999")

    def _replace(
        self, subjects: Iterable[NamedNode], target: Facts, rests_on: Callable[[NamedNode], set[int]]
    ) -> Delta:
        """Return what makes the derived facts of ``subjects`` those of ``target``.

        A fact that rests on no contribution is that of the release. What contributions state themselves is described in
        their graphs of derived facts, everything else in that of the last one.
        """
        added: list[Quad] = []
        removed: list[Quad] = []
        for subject in subjects:
            numbers, released = rests_on(subject), self._released(subject)
            wanted = target.get(subject, set()) if numbers else released
            fresh: set[Quad] = set()
            if wanted != released:
                stating = self._rests.stating(subject)
                # A thing that has vanished is not described any further.
                marked = numbers if wanted and not stating else ()
                marks = {(PROV.wasDerivedFrom, iris.thing("contribution", str(number))) for number in marked}
                new = (wanted - released) | marks
                for number in stating or {max(numbers)}:
                    graph = derived_graph(number)
                    fresh.update(Quad(subject, predicate, value, graph) for predicate, value in new)
            fresh.update(Quad(subject, predicate, value, DERIVED) for predicate, value in wanted & released)
            present = set(self._derived_quads(subject))
            added += fresh - present
            removed += present - fresh
        return Delta(tuple(added), tuple(removed))

    def _derived_quads(self, subject: NamedNode) -> Iterator[Quad]:
        is_action = is_a(self._dataset, subject, OPSC.ParticipationAction)
        for quad in self._dataset.quads_for_pattern(subject, None, None):
            is_derived = is_derived_graph(quad.graph_name) and not (is_action and is_adopted_day(quad))
            if is_derived or quad.graph_name == DERIVED:
                yield quad

    def _released(self, subject: NamedNode) -> set[tuple[NamedNode, AnyTerm]]:
        """Return the predicates and objects that the release derives of a thing."""
        standing = self._dataset.quads_for_pattern(subject, None, None, DERIVED)
        return {(quad.predicate, quad.object) for quad in (*standing, *self._withdrawn.derived(subject))}

    def _present(self, subject: NamedNode) -> set[tuple[NamedNode, AnyTerm]]:
        found = self._dataset.quads_for_pattern(subject, None, None, DefaultGraph())
        return {(quad.predicate, quad.object) for quad in found}

    def _derived_of(self, participant: NamedNode) -> set[NamedNode]:
        """Return what the rules have derived of a participant, in this version or in the release."""
        found = {
            quad.subject
            for quad in self._dataset.quads_for_pattern(None, OPSC.participant, participant, DefaultGraph())
            if isinstance(quad.subject, NamedNode)
            and any(is_a(self._dataset, quad.subject, cls) for cls in _OF_A_PARTICIPANT)
        }
        return found.union(self._withdrawn.subjects(OPSC.participant, participant))


def _dates(facts: Iterable[tuple[NamedNode, AnyTerm]]) -> set[tuple[NamedNode, AnyTerm]]:
    return {fact for fact in facts if fact[0] in DATES}


def _participants(facts: Iterable[tuple[NamedNode, AnyTerm]]) -> list[NamedNode]:
    found = (value for predicate, value in facts if predicate == OPSC.participant)
    return [value for value in found if isinstance(value, NamedNode)]
