"""Limits of answers: exact, whatever stands in the values, and noticed while the answer is written."""

import resource

import pytest
from pyoxigraph import Store

from graph.settings import QueryLimits
from graph.sparql import formats
from graph.sparql.engine import Query, QueryEngine
from graph.sparql.errors import ResultTooLarge
from graph.sparql.formats import GraphFormat, SolutionsFormat

# Values that hold what separates rows in one format or another.
VALUES = [
    "},{",
    '"},{"',
    "\\",
    '\\"},{',
    "\\\\",
    "\r\n",
    '"\r\n"',
    '"',
    "a\nb",
    "<result>",
    "</result><result>",
    "",
    "{}",
]
SOLUTIONS = [*formats.SOLUTIONS, formats.SPREADSHEET]


def written(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'


def rows(number: int, *, times: int = 1) -> str:
    values = " ".join(f"({' '.join([written(VALUES[n % len(VALUES)] * times)] * 2)})" for n in range(number))
    return f"SELECT ?x ?y {{ VALUES (?x ?y) {{ {values} }} }}"


def answer(text: str, wanted: SolutionsFormat, most: int, **limits: int) -> bytes:
    engine = QueryEngine(Store(), QueryLimits(length=10**7, result_rows=most, **limits))
    return engine.answer(Query(text, solutions_format=wanted)).body


@pytest.mark.parametrize("wanted", SOLUTIONS, ids=lambda one: one.label)
@pytest.mark.parametrize("number", [1, 2, 25, 1_200])
@pytest.mark.parametrize("times", [1, 40])
def test_a_result_has_at_most_as_many_rows_as_the_limit(wanted: SolutionsFormat, number: int, times: int) -> None:
    assert answer(rows(number, times=times), wanted, number)
    with pytest.raises(ResultTooLarge, match=f"more than {number} rows"):
        answer(rows(number + 1, times=times), wanted, number)


@pytest.mark.parametrize("wanted", SOLUTIONS, ids=lambda one: one.label)
def test_rows_without_values_count(wanted: SolutionsFormat) -> None:
    text = "SELECT ?z { VALUES ?x { 1 2 3 } }"
    assert answer(text, wanted, 3)
    with pytest.raises(ResultTooLarge):
        answer(text, wanted, 2)


@pytest.mark.parametrize("wanted", [formats.TURTLE, formats.N_TRIPLES, formats.RDF_XML, formats.JSON_LD])
def test_triples_count(wanted: GraphFormat) -> None:
    query = Query("CONSTRUCT { ?x a ?x } { VALUES ?x { <http://e/a> <http://e/b> <http://e/c> } }", graph_format=wanted)
    assert QueryEngine(Store(), QueryLimits(result_rows=3)).answer(query).body
    with pytest.raises(ResultTooLarge, match="more than 2 rows"):
        QueryEngine(Store(), QueryLimits(result_rows=2)).answer(query)


def test_the_answer_to_ask_has_no_rows() -> None:
    assert answer("ASK {}", formats.JSON, 1)


@pytest.mark.parametrize("wanted", SOLUTIONS, ids=lambda one: one.label)
def test_a_huge_answer_is_given_up_before_it_fills_memory(wanted: SolutionsFormat) -> None:
    digits = " ".join(str(digit) for digit in range(10))
    crossed = "".join(f"VALUES ?x{place} {{ {digits} }} " for place in range(8))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ResultTooLarge, match="more than 1000 rows"):
        answer(f"SELECT * {{ {crossed} }}", wanted, 1_000, result_bytes=10**10)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
