"""What is asked of a store for a query."""

import pytest
from pyoxigraph import Store

from graph.remote import query_plan
from graph.remote.boolean_variables import boolean_variables
from graph.sparql.errors import EvaluationFailed
from ontology.iris import BASE

B = f"BASE <{BASE}> "


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("SELECT * { ?s ?p ?o }", f"{B}SELECT * {{ ?s ?p ?o }}"),
        ("BASE <http://e/> SELECT * { ?s ?p ?o }", "BASE <http://e/> SELECT * { ?s ?p ?o }"),
        ("SELECT * FROM <a> FROM NAMED <b> { ?s ?p ?o }", f"{B}SELECT * {{ ?s ?p ?o }}"),
        ("ASK FROM <a> { ?s ?p ?o }", f"{B}ASK {{ ?s ?p ?o }}"),
        ("SELECT (1 -1 AS ?x) {} # FROM <a>", f"{B}SELECT (1 -1 AS ?x) {{}}"),
        ("SELECT * { ?s ?p 'FROM <a>' }", f"{B}SELECT * {{ ?s ?p 'FROM <a>' }}"),
        ("CONSTRUCT { ?s <p> ?o } { ?s ?q ?o } LIMIT 2", f"{B}SELECT ?s ?o {{ ?s ?q ?o }} LIMIT 2"),
        ("CONSTRUCT { ?s <p> [] } FROM <a> WHERE { ?s ?q 1 }", f"{B}SELECT ?s WHERE {{ ?s ?q 1 }}"),
        ("CONSTRUCT { <s> <p> 1 } WHERE { ?s ?q 1 }", f"{B}SELECT (1 AS ?opsc_any) WHERE {{ ?s ?q 1 }}"),
        ("CONSTRUCT FROM <a> WHERE { ?s <p> ?o }", f"{B}SELECT ?s ?o WHERE {{ ?s <p> ?o }}"),
        ("DESCRIBE ?s <a> WHERE { ?s <p> 1 } LIMIT 1", f"{B}SELECT ?s WHERE {{ ?s <p> 1 }} LIMIT 1"),
        ("DESCRIBE * { ?s <p> 1 }", f"{B}SELECT * {{ ?s <p> 1 }}"),
        ("DESCRIBE <a>", ""),
    ],
)
def test_a_query_becomes_a_table_or_a_truth_value_without_dataset_clauses(query: str, text: str) -> None:
    planned = query_plan.plan(query)
    assert planned.text == text
    if text:
        Store().query(text)


def test_the_template_and_the_limit_are_kept() -> None:
    planned = query_plan.plan("CONSTRUCT { ?s <p> [ <q> ?o ] } { { SELECT * { ?s ?p ?o } LIMIT 5 } } LIMIT 7")
    assert (planned.template, planned.limit) == ("{ ?s <p> [ <q> ?o ] }", 7)


def test_the_limit_of_a_group_inside_is_not_that_of_the_query() -> None:
    assert query_plan.plan("SELECT * { { SELECT * { ?s ?p ?o } LIMIT 5 } }").limit is None


@pytest.mark.parametrize("query", ["SELECTDISTINCT ?s { ?s ?p ?o }", "ASKFROM<http://e/>{}"])
def test_keywords_that_are_not_apart_are_refused(query: str) -> None:
    with pytest.raises(EvaluationFailed, match="with spaces"):
        query_plan.plan(query)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("SELECT (1 = 2 AS ?x) {}", {"x"}),
        ("SELECT (!BOUND(?a) AS ?x) (BOUND(?a) AS ?y) {}", {"x", "y"}),
        ("SELECT ?x { BIND(?n > 1 && ?n < 5 AS ?x) } ORDER BY ?x", {"x"}),
        ("SELECT ?x { BIND(EXISTS { ?s ?p ?o } AS ?x) FILTER(?x) }", {"x"}),
        ("SELECT ?y { BIND(1 = 2 AS ?x) BIND(?x AS ?y) }", {"x", "y"}),
        ("SELECT (IF(?a = 1, 1, 0) AS ?x) {}", set()),
        ("SELECT (COUNT(*) AS ?x) (STRLEN(STR(1 = 2)) AS ?y) {}", set()),
        ("SELECT ?x { { BIND(1 = 2 AS ?x) } UNION { BIND(1 AS ?x) } }", set()),
        ("SELECT ?x { { BIND(1 = 2 AS ?x) } UNION { ?s <http://e/p> ?x } }", set()),
        ("SELECT ?x { { BIND(1 = 2 AS ?x) } UNION { VALUES (?x) { (1) } } }", set()),
    ],
)
def test_only_what_can_be_nothing_else_is_taken_for_a_truth_value(query: str, names: set[str]) -> None:
    assert boolean_variables(query) == names
