"""What follows from contributions: derived at once by the same rules as a release, and undone exactly."""

import random
from pathlib import Path

import pytest
from pyoxigraph import Quad

from graph.effects.graphs import is_derived_graph
from graph.effects.origins import is_adopted_day, is_mark
from graph.rules import derive
from graph.sparql.dataset import create_store
from graph.versions.delta import Delta
from tests.contributing import Graph, read_contribution
from tests.graph.effects.sentences import PREFIXES, RESERVATION, action, claim, day

FORCE = "; opsc:figure <scheme/figure/entry-into-force>"
KINDS = {
    "ratification": action("IRL", "Ratification", "2026-02-16"),
    "ratification of another": action("KEN", "Ratification", "2025-12-01"),
    "deposit that changes the tenth": action("TUV", "Accession", "2001-05-05"),
    "denunciation": action("NOR", "Denunciation", "2010-05-05", "art_15/par_1"),
    "accession after a denunciation": action("NOR", "Accession", "2012-01-31"),
    "withdrawal of a signature": action("NRU", "WithdrawalOfSignature", "2015-01-01", "art_13/par_1"),
    "withdrawal of a reservation": RESERVATION.format(day="2010-01-01"),
    "day within a range": claim("id/action/opsc/FJI/ratification", day("2021-03-29"), "fiji", "depositary"),
    "another day within a range": claim("id/action/opsc/FJI/ratification", day("2021-04-02"), "fiji-2"),
    "day of another": claim("id/action/opsc/IRL/signature", day("2000-09-08"), "ireland"),
    "year": claim("id/action/opsc/KIR/accession", '"2015"^^xsd:gYear', "kiribati"),
    "day of another treaty": claim("id/action/crc/NOR/ratification", day("1991-01-08"), "norway-crc"),
    "entry into force for a party": claim(
        "id/entry-into-force/opsc/NOR", day("2002-01-18"), "norway-force", more=FORCE
    ),
    "entry into force": claim("eli/opsc", day("2002-01-18"), "force", more=FORCE),
}


def quads_of(text: str, number: int) -> tuple[Quad, ...]:
    return read_contribution(PREFIXES + text, number)


class DerivedGraph(Graph):
    """A graph whose derived facts can be compared with those that the rules derive from all that is stated."""

    def derived(self) -> set[str]:
        """Return the derived triples, without those that name a contribution."""
        return {str(quad.triple) for quad in self.named() if is_derived(quad) and not is_mark(quad)}

    def derived_in_full(self) -> set[str]:
        """Return the triples that the rules derive from all that is stated."""
        stated = [quad for quad in self.named() if not is_derived(quad)]
        return {str(quad.triple) for quad in derive.derive(create_store(stated), derive.load_rules())}


def is_derived(quad: Quad) -> bool:
    if quad.graph_name == derive.DERIVED:
        return True
    # The day that is adopted for an action is a fact about it; a derived fact has other dates.
    is_fact = is_adopted_day(quad) and "/id/action/" in str(quad.subject)
    return is_derived_graph(quad.graph_name) and not is_fact


@pytest.fixture
def graph(quads: list[Quad], tmp_path: Path) -> DerivedGraph:
    return DerivedGraph(quads, tmp_path)


@pytest.mark.parametrize("seed", range(2))
def test_what_is_derived_for_a_change_is_what_is_derived_from_everything(graph: DerivedGraph, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    before = graph.named()
    waiting, standing = list(enumerate(KINDS.values(), start=1)), []
    for step in range(20):
        chance.shuffle(waiting)
        chance.shuffle(standing)
        if waiting and (not standing or chance.random() < 0.7):
            number, text = waiting.pop()
            standing.append((number, text))
            graph.change(Delta(quads_of(text, number)))
        elif standing:
            number, text = standing.pop()
            graph.change(Delta((), quads_of(text, number)))
        if step % 8 == 0:
            assert sorted(graph.derived() ^ graph.derived_in_full())[:5] == []
    for number, text in standing:
        graph.change(Delta((), quads_of(text, number)))
    assert sorted(map(str, graph.named() ^ before))[:5] == []


def test_the_order_of_contributions_does_not_matter(graph: DerivedGraph) -> None:
    numbered = [(number, quads_of(text, number)) for number, text in enumerate(KINDS.values(), start=1)]
    for _, quads in numbered:
        graph.change(Delta(quads))
    forwards = graph.named()
    for _, quads in numbered:
        graph.change(Delta((), quads))
    for _, quads in reversed(numbered):
        graph.change(Delta(quads))
    assert sorted(map(str, graph.named() ^ forwards))[:5] == []
