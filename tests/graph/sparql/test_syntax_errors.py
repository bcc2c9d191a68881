import pytest
from pyoxigraph import Store

from graph.settings import QueryLimits
from graph.sparql.engine import Query, QueryEngine
from graph.sparql.errors import QuerySyntaxError

MISTAKES = [
    ("", "line 1, column 1: the query is empty"),
    ("  # only a comment", "line 1, column 1: the query is empty"),
    ("SELEC * {}", "line 1, column 1: unexpected 'SELEC'"),
    ("ASK", "line 1, column 4: unexpected end of the query"),
    ("SELECT * { ?s ?p ?o } LIMIT x", "line 1, column 29: unexpected 'x'"),
    ("SELECT ?a, ?b { ?a ?b ?c }", "line 1, column 10: unexpected ','"),
    ("SELECT (COUNT(*) ?n) {}", "line 1, column 18: unexpected '?n'"),
    ("SELECT * {\n  ?s ?p ?o\n  ?s ?q ?r .\n}", "line 3, column 3: unexpected '?s'"),
    ("SELECT * { ?s ?p ?o FILTER strr(?o) }", "line 1, column 28: unexpected 'strr'"),
    ("SELECT * { ?s ?p 'é' ?x }", "line 1, column 22: unexpected '?x'"),
    ("SELECT * { ?s ?p ?o } ORDER ?s", "line 1, column 29: unexpected '?s'"),
    ("SELECT * { ?s ?p <http://[> }", "line 1, column 18: the text between < and > is not a valid IRI"),
    ("SELECT ?s { ?s ?p ?o } GROUP BY ?o", "line 1, column 35: SELECT projects a variable that is neither grouped"),
    ("SELECT (1 AS ?x) (2 AS ?x) {}", "line 1, column 30: SELECT assigns two expressions to the same variable"),
    ("SELECT * { ?s ?p " + "x" * 100 + " }", f"line 1, column 18: unexpected '{'x' * 40}...'"),
]


@pytest.mark.parametrize(("query", "message"), MISTAKES)
def test_the_message_names_the_place_of_the_mistake(query: str, message: str) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        QueryEngine(Store(), QueryLimits()).answer(Query(query))
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("query", [query for query, _ in MISTAKES])
def test_no_message_shows_the_engine_s_grammar(query: str) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        QueryEngine(Store(), QueryLimits()).answer(Query(query))
    assert "expected one of" not in str(caught.value)
    assert "[" not in str(caught.value).replace(query, "")
