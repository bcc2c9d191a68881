"""SERVICE clauses are found exactly, and refused where they could not be answered as the standard has it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode, Store

from graph.federation import clauses as service_clauses
from graph.federation import rewrite
from graph.federation.messages import ServiceRequest, ServiceSolutions
from graph.settings import QueryLimits
from graph.sparql.engine import QueryEngine
from graph.sparql.errors import QueryError, QuerySyntaxError
from ontology.iris import BASE
from tests.generated import cases
from tests.graph.sparql.test_guard import ELSEWHERE, PIECES, PLACES, SERVICES, calls_elsewhere

LIMITS = QueryLimits(length=5_000, depth=20, width=50)
HERE = "http://b.example/sparql"


def questions(query: str) -> tuple[ServiceRequest, ...]:
    outline, clauses = service_clauses.parse(query, LIMITS)
    return rewrite.create_requests(QueryEngine(Store(), LIMITS), query, outline, clauses, LIMITS)


FOUND = {
    "plain": (f"SELECT * {{ SERVICE <{HERE}> {{ ?s ?p ?o }} }}", (HERE, ("o", "p", "s"), False)),
    "small letters": (f"SELECT * {{ service <{HERE}> {{ ?s ?p ?o }} }}", (HERE, ("o", "p", "s"), False)),
    "silent": (f"SELECT * {{ SERVICE SILENT <{HERE}> {{ ?s ?p 1 }} }}", (HERE, ("p", "s"), True)),
    "no spaces": (f"SELECT * {{SERVICE<{HERE}>{{?s ?p 1}}}}", (HERE, ("p", "s"), False)),
    "comments": (f"SELECT * {{ SERVICE # {{ }}\n <{HERE}> # }}\n {{ ?s ?p '}}' }} }}", (HERE, ("p", "s"), False)),
    "a prefixed name": ("PREFIX b: <http://b.example/> ASK { SERVICE b:sparql { } }", (HERE, (), False)),
    "a prefix called service": (
        "PREFIX service: <http://b.example/> ASK { SERVICE service:sparql {} }",
        (HERE, (), False),
    ),
    "a relative IRI": ("BASE <http://b.example/x> ASK { SERVICE <sparql> { } }", (HERE, (), False)),
    "a path in a base of its own": (
        "BASE <http://e/> BASE <http://b.example/> ASK { SERVICE <sparql> {} }",
        (HERE, (), False),
    ),
    "hidden variables": (
        f"SELECT * {{ SERVICE <{HERE}> {{ ?s ?p _:b MINUS {{ ?s ?p ?m }} FILTER NOT EXISTS {{ ?s ?p ?e }} "
        "{ SELECT (COUNT(?h) AS ?n) { ?x ?y ?h } } } }",
        (HERE, ("n", "p", "s"), False),
    ),
    "functions that only the other endpoint has": (
        f"SELECT * {{ SERVICE <{HERE}> {{ ?s ?p ?o BIND(<http://f/1>(<http://f/2>(?o)) AS ?v) }} }}",
        (HERE, ("o", "p", "s", "v"), False),
    ),
    "in an optional group": (
        f"SELECT * {{ OPTIONAL {{ SERVICE <{HERE}> {{ ?s ?p 1 }} }} }}",
        (HERE, ("p", "s"), False),
    ),
    "in a subquery": (
        f"SELECT * {{ {{ SELECT ?s {{ SERVICE <{HERE}> {{ ?s ?p 1 }} }} }} }}",
        (HERE, ("p", "s"), False),
    ),
    "after a triple without a dot": (
        f"SELECT * {{ ?s ?p 1 SERVICE <{HERE}> {{ ?s ?p 1 }} }}",
        (HERE, ("p", "s"), False),
    ),
}


@pytest.mark.parametrize(("query", "expected"), FOUND.values(), ids=FOUND)
def test_a_clause_is_found(query: str, expected: tuple[str, tuple[str, ...], bool]) -> None:
    (question,) = questions(query)
    assert (question.endpoint, question.variables, question.silent) == expected


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s ?p ?o } # SERVICE <http://b.example/> { }",
        "SELECT * { ?s ?p 'SERVICE <http://b.example/> { }' }",
        "SELECT ?service { ?service ?p <http://e/SERVICE> }",
        "PREFIX service: <http://e/> SELECT * FROM service:g { GRAPH service:g { ?s ?p 'x'@en-service } }",
    ],
)
def test_a_word_that_is_no_keyword_is_no_clause(query: str) -> None:
    assert service_clauses.parse(query, LIMITS)[1] == ()


def test_the_other_endpoint_is_asked_for_what_the_group_means_here() -> None:
    query = f"PREFIX e: <http://e/> SELECT ?x {{ ?x a e:C SERVICE <{HERE}> {{ ?x e:p <q> . }} }}"
    (question,) = questions(query)
    assert question.query.split() == (
        [
            "BASE",
            "<https://w3id.org/opsc/>",
            "PREFIX",
            "e:",
            "<http://e/>",
            "SELECT",
            "?x",
            "WHERE",
            "{",
            "?x",
            "e:p",
            "<q>",
            ".",
            "}",
        ]
    )


REFUSED = {
    "the endpoint is a variable": (
        "SELECT * {{ ?s ?p ?o SERVICE ?o {{ ?a ?b ?c }} }}",
        "service-refused",
        "column 21: the endpoint is a var",
    ),
    "a silent variable": ("SELECT * {{ SERVICE SILENT $o {{ }} }}", "service-refused", "the endpoint is a variable"),
    "glued to SILENT": ("SELECT * {{ SERVICESILENT <{h}> {{ }} }}", "service-refused", "write SERVICE with a space"),
    "glued to a value": ("SELECT * {{ ?s ?p trueSERVICE <{h}> {{ }} }}", "service-refused", "write SERVICE with"),
    "glued to a name": ("PREFIX SERVICEe: <http://e/> ASK {{ SERVICEe:x {{ }} }}", "service-refused", "write SERVICE"),
    "nested": ("ASK {{ SERVICE <{h}> {{ SERVICE <{h}> {{ }} }} }}", "service-unsupported", "nested SERVICE"),
    "nested deeper": (
        "ASK {{ SERVICE <{h}> {{ {{ OPTIONAL {{ SERVICE ?x {{}} }} }} }} }}",
        "service-unsupported",
        "nested",
    ),
    "EXISTS": ("ASK {{ FILTER EXISTS {{ SERVICE <{h}> {{ }} }} }}", "service-unsupported", "within EXISTS"),
    "NOT EXISTS": (
        "ASK {{ FILTER(1 || NOT EXISTS {{ {{ SERVICE <{h}> {{ }} }} }}) }}",
        "service-unsupported",
        "EXISTS",
    ),
    "NOTEXISTS": ("ASK {{ FILTER NOTEXISTS{{ SERVICE <{h}> {{ }} }} }}", "service-unsupported", "within EXISTS"),
    "GRAPH": ("ASK {{ GRAPH ?g {{ SERVICE <{h}> {{ }} }} }}", "service-unsupported", "within GRAPH"),
    "GRAPH of a name": ("ASK {{ GRAPH <http://g> {{ SERVICE <{h}> {{ }} }} }}", "service-unsupported", "within GRAPH"),
    "LATERAL": ("ASK {{ ?s ?p ?o LATERAL {{ SERVICE <{h}> {{ }} }} }}", "service-unsupported", "within LATERAL"),
    "an update": (
        "INSERT {{ }} WHERE {{ SERVICE <{h}> {{ }} }}",
        "update-refused",
        "INSERT is a SPARQL Update",
    ),
    "too deep inside": (
        "ASK {{ SERVICE <{h}> {{ " + "{{" * 20 + "}}" * 20 + " }} }}",
        "query-too-deep",
        "deeper than 20",
    ),
    "too wide inside": (
        "ASK {{ SERVICE <{h}> {{ " + "OPTIONAL {{}} " * 51 + " }} }}",
        "query-too-wide",
        "more than 50",
    ),
    "too long": ("ASK {{ SERVICE <{h}> {{ }} }}" + " " * 5_000, "query-too-long", "at most 5000"),
}


@pytest.mark.parametrize(("query", "code", "message"), REFUSED.values(), ids=REFUSED)
def test_a_clause_that_is_not_answered_is_refused(query: str, code: str, message: str) -> None:
    with pytest.raises(QueryError, match=message) as caught:
        questions(query.format(h=HERE))
    assert caught.value.code == code


MISTAKES = {
    "a group after OPTIONAL": ("SELECT * {{ OPTIONAL SERVICE <{h}> {{ }} }}", "column 21: unexpected 'SERVICE'"),
    "behind the query": ("SELECT * {{ }} SERVICE <{h}> {{ }}", "column 14: unexpected 'SERVICE'"),
    "before the query": ("SERVICE <{h}> {{ }} SELECT * {{ }}", "column 1: unexpected 'SERVICE'"),
    "a template": ("CONSTRUCT {{ SERVICE <{h}> {{ }} }} WHERE {{ }}", "column 13: unexpected 'SERVICE'"),
    "an object": ("ASK {{ ?s ?p SERVICE <{h}> {{ }} }}", "column 13: unexpected 'SERVICE'"),
    "no group": ("ASK {{ SERVICE <{h}> ?s ?p ?o }}", "column 41: unexpected '.s'"),
    "no endpoint": ("ASK {{ SERVICE {{ }} }}", "column 15: unexpected '{'"),
    "silent twice": ("ASK {{ SERVICE SILENT SILENT <{h}> {{ }} }}", "column 22: unexpected 'SILENT'"),
    "in its group": ("ASK {{\n SERVICE\n <{h}>\n {{ ?s ?p }} }}", "line 4, column 10: unexpected '}'"),
    "behind it": ("ASK {{ SERVICE\n\n <{h}> {{ ?s\n ?p ?o }}\n ?s ?p }}", "line 5, column 8: unexpected '}'"),
    "not closed": ("ASK {{ SERVICE <{h}> {{ ?s ?p ?o }}", "unmatched '{'"),
    "an assigned variable": (
        "ASK {{ SERVICE <{h}> {{ ?s ?p ?o }} BIND(1 AS ?o) }}",
        "column 7: BIND or SELECT",
    ),
    "a prefix that is not declared": ("ASK {{ SERVICE e:x {{ }} }}", "column 15: the prefix 'e:' is not declared"),
}


@pytest.mark.parametrize(("query", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_place(query: str, message: str) -> None:
    with pytest.raises(QuerySyntaxError, match=message):
        questions(query.format(h=HERE))


MARK = "urn:opsc:blank-node:0"
ALLOWED = st.sampled_from(
    [
        f" SERVICE <{ELSEWHERE}>{{}}",
        f" SERVICE SILENT <{ELSEWHERE}> {{?s ?p '}}'}}",
        " SERVICE b:c{?x b: ?y}",
        f" SERVICE#>\n<{ELSEWHERE}>{{}}",
    ]
)


@settings(max_examples=cases(2_000), derandomize=True, deadline=None)
@given(PLACES, st.lists(PIECES, max_size=3), ALLOWED | SERVICES, st.lists(PIECES | ALLOWED, max_size=2))
def test_whatever_the_engine_is_given_makes_it_call_nobody(
    place: str, before: list[str], service: str, behind: list[str]
) -> None:
    query = f"PREFIX b: <{ELSEWHERE}> PREFIX : <{ELSEWHERE}> " + place % ("".join(before), service, "".join(behind))
    try:
        outline, clauses = service_clauses.parse(query, LIMITS)
        asked = rewrite.create_requests(QueryEngine(Store(), LIMITS), query, outline, clauses, LIMITS)
    except QueryError:
        return
    tables = [ServiceSolutions(f"({' '.join('1' for _ in one.variables)})") for one in asked]
    assert not calls_elsewhere(Store(), rewrite.insert_solutions(query, clauses, asked, tables, MARK))
    assert not any(calls_elsewhere(Store(), one.query) for one in asked)


@pytest.mark.parametrize("query", [query for query, _ in FOUND.values()], ids=FOUND)
def test_a_query_that_was_put_together_is_one(query: str) -> None:
    outline, clauses = service_clauses.parse(query, LIMITS)
    asked = rewrite.create_requests(QueryEngine(Store(), LIMITS), query, outline, clauses, LIMITS)
    tables = [ServiceSolutions(f"({' '.join('UNDEF' for _ in one.variables)})", one.variables) for one in asked]
    text = rewrite.insert_solutions(query, clauses, asked, tables, MARK)
    assert "SERVICE" not in text.upper().replace("SERVICE:", "")
    Store().query(text, base_iri=BASE, custom_functions={NamedNode(MARK): lambda *_: None})
