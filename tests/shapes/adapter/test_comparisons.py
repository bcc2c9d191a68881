"""Values without an order are results of ``sh:lessThan`` and ``sh:lessThanOrEquals``, and end no validation."""

import itertools

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, parse

from ontology.terms import XSD
from shapes import validation

THING, FIRST, SECOND = (NamedNode(f"https://example.org/{name}") for name in ("thing", "first", "second"))
SHAPES = """
@prefix : <https://example.org/> . @prefix sh: <http://www.w3.org/ns/shacl#> .
:Shape a sh:NodeShape ; sh:targetNode :thing ; sh:property [ sh:path :first ; sh:%s :second ] .
"""
DAY, NO_DAY = (Literal(text, datatype=XSD.date) for text in ("2026-02-03", "2026-02-31"))
VALUES: list[Literal | NamedNode | BlankNode] = [
    DAY,
    NO_DAY,
    Literal("2026-02-03Z", datatype=XSD.date),
    Literal("2026-02-03T00:00:00", datatype=XSD.dateTime),
    Literal("no time", datatype=XSD.dateTime),
    Literal("2026", datatype=XSD.gYear),
    Literal("P1M", datatype=XSD.duration),
    Literal("12", datatype=XSD.integer),
    Literal("13", datatype=XSD.integer),
    Literal("twelve", datatype=XSD.integer),
    Literal("NaN", datatype=XSD.double),
    Literal("q", datatype=NamedNode("https://example.org/type")),
    Literal("text"),
    Literal("texte", language="fr"),
    THING,
    BlankNode("b"),
]


def violations(component: str, first: Literal | NamedNode | BlankNode, second: Literal | NamedNode | BlankNode) -> int:
    shapes = list(parse(SHAPES % component, RdfFormat.TURTLE))
    return len(validation.validate([Quad(THING, FIRST, first), Quad(THING, SECOND, second)], shapes).results)


@pytest.mark.parametrize("component", ["lessThan", "lessThanOrEquals"])
def test_any_two_values_have_an_order_or_a_result(component: str) -> None:
    found = {violations(component, first, second) for first, second in itertools.product(VALUES, VALUES)}
    assert found == {0, 1}


@pytest.mark.parametrize("component", ["lessThan", "lessThanOrEquals"])
@pytest.mark.parametrize("other", [BlankNode("b"), Literal("text"), THING])
def test_a_date_has_no_order_to_what_is_no_date(component: str, other: Literal | NamedNode | BlankNode) -> None:
    assert violations(component, DAY, other) == 1
    assert violations(component, other, DAY) == 1


def test_a_day_that_does_not_exist_has_no_order_to_one_that_does() -> None:
    assert violations("lessThanOrEquals", NO_DAY, DAY) == 1
