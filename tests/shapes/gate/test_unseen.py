"""A file of which no shape looked at anything is refused, and says so."""

import pytest
from pyoxigraph import RdfFormat, Store, parse

from ontology.terms import SHAPES
from shapes.validation import ValidatedGraph, validate_contribution
from tests.described import body

LABEL = "<http://www.w3.org/2004/02/skos/core#prefLabel>"


@pytest.fixture(scope="module")
def graph(dataset: Store) -> ValidatedGraph:
    return ValidatedGraph(dataset)


@pytest.mark.parametrize(
    ("turtle", "is_seen"),
    [
        ("<https://example.org/a> <https://example.org/b> 1 .", False),
        ("<https://example.org/a> a <https://example.org/Law> .", False),
        (f"<https://example.org/a> {LABEL} 'A law'@en .", False),
        (body("https://example.org/a", "Office"), True),
        (body("https://example.org/a", "Office") + "<https://example.org/b> <https://example.org/c> 1 .", True),
        (
            "<https://example.org/Office> <http://www.w3.org/2000/01/rdf-schema#subClassOf>"
            " <https://w3id.org/opsc/ns#Body> ."
            "<https://example.org/a> a <https://example.org/Office> .",
            True,
        ),
        (f"<https://w3id.org/opsc/scheme/conduct/offering> {LABEL} 'Anbieten'@de .", True),
        (f"<https://w3id.org/opsc/id/state/NOR> {LABEL} 'Norwegen'@de .", True),
    ],
)
def test_a_file_is_refused_unless_something_in_it_is_looked_at(
    turtle: str, is_seen: bool, graph: ValidatedGraph
) -> None:
    added = list(parse(turtle.encode(), RdfFormat.TURTLE))
    report = graph.report_if_unseen(added)
    assert [result.source_shape for result in report.results] == ([] if is_seen else [SHAPES.UnseenGate])


def test_alone_as_well() -> None:
    (result,) = validate_contribution(list(parse(b"<http://e/a> <http://e/b> 1 .", RdfFormat.TURTLE))).results
    assert "No shape looked at anything in this file" in result.message()
