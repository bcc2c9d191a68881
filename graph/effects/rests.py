"""The contributions on which a fact rests."""

from collections.abc import Mapping
from functools import cached_property
from typing import Final

from pyoxigraph import DefaultGraph, Literal, NamedNode, Store

from graph.effects.origins import DATES, Origins, stated
from graph.effects.partial_derivation import forces
from graph.effects.touched import (
    GENERAL,
    PROTOCOL,
    claims_about,
    is_a,
    is_of_the_protocol,
    protocol_actions,
    withdrawals_of,
)
from graph.effects.withdrawn import Withdrawn
from ontology.terms import OPSC, RDF

_ESSENTIAL: Final = (RDF.type, OPSC.instrument, OPSC.participant, *DATES)


class Rests:
    """Tells on which contributions a fact rests, that is, without which it would not be derived as it is."""

    def __init__(self, dataset: Store, withdrawn: Withdrawn, origins: Origins) -> None:
        """Take a dataset in which actions and claims do not change any more; derived facts may."""
        self._dataset: Final = dataset
        self._withdrawn: Final = withdrawn
        self._origins: Final = origins
        self._known: Final[dict[NamedNode, set[int]]] = {}
        self._participants: Final[dict[NamedNode, NamedNode]] = {}
        self._general: set[int] = set()

    def learn(self, participants: Mapping[NamedNode, NamedNode], general: set[int]) -> None:
        """Take the participant of each derived fact, and the contributions that change when the Protocol began."""
        self._participants.update(participants)
        self._general = general

    def until(self, day: str) -> set[int]:
        """Return the contributions with an action under the Protocol that has an effect on ``day`` or before."""
        return {number for first, number in self._first_days if first <= day}

    def of(self, fact: NamedNode) -> set[int]:
        """Return the contributions on which a fact about an action, a claim or a participant rests."""
        if fact not in self._known:
            self._known[fact] = self._of(fact)
        return self._known[fact]

    def stating(self, thing: NamedNode) -> set[int]:
        """Return the contributions that state an action, a statement or a claim themselves."""
        return self._origins.stating(self._dataset, thing, (RDF.type,))

    def _of(self, fact: NamedNode) -> set[int]:
        if is_a(self._dataset, fact, OPSC.Claim):
            abouts = self._dataset.quads_for_pattern(fact, OPSC.about, None, DefaultGraph())
            return self._origins.stating(self._dataset, fact).union(
                *(self.of(quad.object) for quad in abouts if isinstance(quad.object, NamedNode))
            )
        if fact in (GENERAL, PROTOCOL):
            return self.until("9999").union(self._claiming(GENERAL), self._claiming(PROTOCOL))
        if fact in self._participants:
            return self._claiming(fact).union(self._of_participant(self._participants[fact]))
        if not is_a(self._dataset, fact, OPSC.ParticipationAction):
            withdrawals = withdrawals_of(self._dataset, fact)
            return self._claiming(fact).union(
                *(self._origins.stating(self._dataset, node) for node in (fact, *withdrawals))
            )
        numbers = self._claiming(fact).union(self._origins.stating(self._dataset, fact, _ESSENTIAL))
        if is_of_the_protocol(self._dataset, fact):
            for quad in self._dataset.quads_for_pattern(fact, OPSC.participant, None, DefaultGraph()):
                if isinstance(quad.object, NamedNode):
                    numbers |= self._of_participant(quad.object)
                    numbers = numbers.union(*map(self._claiming, forces(self._dataset, quad.object)))
        return numbers

    def _claiming(self, about: NamedNode) -> set[int]:
        claims = claims_about(self._dataset, about)
        return set().union(*(self._origins.stating(self._dataset, claim) for claim in claims))

    def _of_participant(self, participant: NamedNode) -> set[int]:
        actions = protocol_actions(self._dataset, participant)
        return self._general.union(*(self._origins.stating(self._dataset, action, _ESSENTIAL) for action in actions))

    @cached_property
    def _first_days(self) -> list[tuple[str, int]]:
        """The first day on which each contribution has an effect on the counts, by an action or an adopted day."""
        found = []
        for action in protocol_actions(self._dataset):
            numbers = self._origins.stating(self._dataset, action, _ESSENTIAL)
            quads = [*stated(self._dataset, action), *self._withdrawn.stated(action)] if numbers else []
            days = [
                quad.object.value
                for quad in quads
                if quad.predicate == OPSC.dateEarliest and isinstance(quad.object, Literal)
            ]
            if days:
                found += [(min(days), number) for number in numbers]
        return found
