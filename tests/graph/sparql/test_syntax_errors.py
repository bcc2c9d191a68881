import pytest
from pyoxigraph import Store

from graph.settings import QueryLimits
from graph.sparql.engine import Engine, Query
from graph.sparql.errors import QuerySyntaxError

MISTAKES = [
    ("", "line 1, column 1: the query is empty"),
    ("  # only a comment", "line 1, column 1: the query is empty"),
    ("SELEC * {}", "line 1, column 1: 'SELEC' is not expected here"),
    ("ASK", "line 1, column 4: the query ends too early"),
    ("SELECT * { ?s ?p ?o } LIMIT x", "line 1, column 29: 'x' is not expected here"),
    ("SELECT ?a, ?b { ?a ?b ?c }", "line 1, column 10: ',' is not expected here"),
    ("SELECT (COUNT(*) ?n) {}", "line 1, column 18: '?n' is not expected here"),
    ("SELECT * {\n  ?s ?p ?o\n  ?s ?q ?r .\n}", "line 3, column 3: '?s' is not expected here"),
    ("SELECT * { ?s ?p ?o FILTER strr(?o) }", "line 1, column 28: 'strr' is not expected here"),
    ("SELECT * { ?s ?p 'é' ?x }", "line 1, column 22: '?x' is not expected here"),
    ("SELECT * { ?s ?p ?o } ORDER ?s", "line 1, column 29: '?s' is not expected here"),
    ("SELECT * { ?s ?p <http://[> }", "line 1, column 18: the text between < and > is not an IRI"),
    ("SELECT ?s { ?s ?p ?o } GROUP BY ?o", "line 1, column 35: SELECT names a variable that is neither in GROUP BY"),
    ("SELECT (1 AS ?x) (2 AS ?x) {}", "line 1, column 30: SELECT gives two values the same variable name"),
    ("SELECT * { ?s ?p " + "x" * 100 + " }", f"line 1, column 18: '{'x' * 40}...' is not expected here"),
]


@pytest.mark.parametrize(("query", "message"), MISTAKES)
def test_the_message_names_the_place_of_the_mistake(query: str, message: str) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        Engine(Store(), QueryLimits()).answer(Query(query))
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("query", [query for query, _ in MISTAKES])
def test_no_message_shows_the_engine_s_grammar(query: str) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        Engine(Store(), QueryLimits()).answer(Query(query))
    assert "expected one of" not in str(caught.value)
    assert "[" not in str(caught.value).replace(query, "")
