"""What status and tables tell of facts of the release and of contributed ones."""

import datetime

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from graph.effects.graphs import contribution_graph
from graph.versions.delta import Delta
from graph.views import status
from graph.views.tables import tables_about
from ontology import iris
from ontology.terms import OPSC, RDF
from tests.contributing import Graph, read_contribution
from tests.graph.effects.sentences import PREFIXES, action, claim, day

FIJI = "id/action/opsc/FJI/ratification"


@pytest.fixture(scope="module")
def ratified(quads: list[Quad], tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The graph after the ratification of Ireland, and a claim of the day of Fiji's."""
    graph = Graph(quads, tmp_path_factory.mktemp("origins"))
    for number, text in enumerate(
        [action("IRL", "Ratification", "2026-02-16"), claim(FIJI, day("2021-03-29"), "fiji")], start=1
    ):
        record, provenance = iris.thing("contribution", str(number)), iris.graph("contributions")
        described = (
            Quad(record, RDF.type, OPSC.Contribution, provenance),
            Quad(record, OPSC.contributionNumber, Literal(number), provenance),
            Quad(record, OPSC.contributedGraph, contribution_graph(number), provenance),
        )
        graph.change(Delta((*read_contribution(PREFIXES + text, number), *described)))
    return graph.dataset


def test_the_status_follows_and_names_contributions_and_sources(ratified: Store) -> None:
    found = status.status_on(ratified, "Ireland", datetime.date(2026, 11, 30))
    assert [(one.status, one.holds, one.contributions) for one in found.intervals] == [
        ("signed only", "no", (1,)),
        ("party", "yes", (1,)),
        ("in force", "yes", (1,)),
    ]
    assert [(one.kind, one.contributions) for one in found.actions] == [("signature", ()), ("ratification", (1,))]
    (source,) = found.actions[1].sources
    assert (source.name, source.title) == ("irl-ratification", "Source irl-ratification")


def test_a_closed_range_names_the_contribution_of_the_claim(ratified: Store) -> None:
    found = status.status_on(ratified, "Fiji", datetime.date(2021, 6, 30))
    assert [(one.date(), one.contributions) for one in found.actions] == [("2005-09-16", ()), ("2021-03-29", (2,))]
    assert {one.status: one.holds for one in found.intervals} == {
        "signed only": "no",
        "party": "yes",
        "in force": "yes",
    }


def test_the_tables_of_a_state_tell_the_release_from_contributions(ratified: Store) -> None:
    def origins(state: str, title: str) -> list[tuple[str, ...]]:
        table = next(one for one in tables_about(ratified, iris.state(state), 100) if one.title == title)
        place = table.columns.index("Origin")
        return [tuple(getattr(term, "value", "") for term in row[place]) for row in table.rows]

    contribution = iris.thing("contribution", "1").value
    assert origins("IRL", "Status") == [(contribution,)] * 3
    assert (contribution,) in origins("IRL", "Participation")
    assert ("release",) in origins("IRL", "Participation")
    assert set(origins("NOR", "Status")) == set(origins("NOR", "Participation")) == {("release",)}


def test_an_action_with_an_iri_of_its_contributor_has_a_name(ratified: Store) -> None:
    node = NamedNode("https://example.org/irl-ratification")
    labels = [
        quad.object
        for quad in ratified.quads_for_pattern(node, None, Literal("Ireland: ratification (OPSC)", language="en"))
    ]
    assert labels
