"""Attacks by query: each is answered, refused or stopped, and nobody else notices."""

import time
from pathlib import Path

import pytest

from tests.security.attacking import QUERY_SECONDS, answers, count, problem, update
from tests.serving import Listener, Server

CROSS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o }"


def test_a_query_that_never_ends_is_stopped_at_its_deadline(server: Server) -> None:
    begun = time.monotonic()
    assert problem(server.ask(CROSS)) == (504, "deadline-exceeded")
    assert time.monotonic() - begun < 10 * QUERY_SECONDS
    assert answers(server)


def test_a_query_that_fills_the_memory_is_stopped(server: Server) -> None:
    doubling = " ".join(f"BIND(CONCAT(?a{n}, ?a{n}) AS ?a{n + 1})" for n in range(40))
    query = f"SELECT (STRLEN(?a40) AS ?n) {{ BIND('aaaaaaaaaa' AS ?a0) {doubling} }}"
    assert problem(server.ask(query))[1] in {"memory-exceeded", "deadline-exceeded"}
    assert answers(server)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT * " + "{" * 3_000 + "}" * 3_000, "query-too-deep"),
        ("ASK { FILTER(" + "(" * 3_000 + "1" + ")" * 3_000 + ") }", "query-too-deep"),
        ("ASK { {}" + "UNION{}" * 3_000 + " }", "query-too-wide"),
        ("ASK { ?s " + "<http://e/p>/" * 2_000 + "<http://e/p> ?o }", "query-too-wide"),
        ("ASK { FILTER(" + "!" * 3_000 + "true) }", "query-too-wide"),
        ("ASK {} # " + "a" * 100_000, "query-too-long"),
    ],
    ids=["nested groups", "nested parentheses", "wide", "a long path", "many negations", "long"],
)
def test_a_query_that_would_crash_the_parser_is_refused_before_it(server: Server, query: str, code: str) -> None:
    body = query.encode()
    reply = server.request("POST", "/sparql", body, Content_Type="application/sparql-query")
    assert problem(reply) == (400, code)
    assert answers(server)


def test_a_query_that_ends_its_process_costs_nobody_else_an_answer(server: Server) -> None:
    chain = "ASK { " + "?s ?p ?o . " * 9_000 + "}"
    reply = server.request("POST", "/sparql", chain.encode(), Content_Type="application/sparql-query")
    assert reply.status == 200 or problem(reply)[1] in {
        "query-crashed",
        "query-too-wide",
        "memory-exceeded",
        "deadline-exceeded",
    }
    assert answers(server)


def test_a_result_beyond_the_limit_is_an_error_and_never_cut(server: Server) -> None:
    assert problem(server.ask("SELECT * { ?a ?b ?c . ?d ?e ?f }"))[1] in {"result-too-large", "deadline-exceeded"}


@pytest.mark.parametrize("pattern", ["^(a+)+$", "(a|a)*b", "(.*a){30}!!", "((((a{30}){30}){30}){30})"])
def test_a_regular_expression_in_a_query_ends_in_time(server: Server, pattern: str) -> None:
    begun = time.monotonic()
    reply = server.ask(f'SELECT * {{ BIND("{"a" * 2_000}!" AS ?x) FILTER(REGEX(?x, "{pattern}")) }}')
    assert time.monotonic() - begun < 10 * QUERY_SECONDS
    assert reply.status in {200, 422, 504}
    assert answers(server)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }}",
        "SELECT * {{ SERVICE SILENT <{url}> {{ ?s ?p ?o }} }}",
        "SELECT * {{ VALUES ?x {{ <{url}> }} SERVICE ?x {{ ?s ?p ?o }} }}",
    ],
)
def test_service_reaches_no_other_machine_by_default(server: Server, listener: Listener, query: str) -> None:
    assert problem(server.ask(query.format(url=listener.url)))[0] == 400
    assert listener.connections == 0


def test_load_reaches_no_other_machine(server: Server, listener: Listener) -> None:
    assert problem(update(server, f"LOAD <{listener.url}>")) == (400, "load-refused")
    assert problem(server.ask(f"LOAD <{listener.url}>"))[0] == 400
    assert listener.connections == 0


@pytest.mark.parametrize("clause", ["FROM", "FROM NAMED"])
def test_a_graph_name_selects_and_neither_fetches_nor_opens(
    server: Server, listener: Listener, tmp_path: Path, clause: str
) -> None:
    secret = tmp_path / "secret.ttl"
    secret.write_text('<http://e/secret> <http://e/p> "canary-2b91" .')
    for name in (listener.url, secret.as_uri(), "file:///etc/passwd"):
        query = f"SELECT * {clause} <{name}> {{ {{ ?s ?p ?o }} UNION {{ GRAPH ?g {{ ?s ?p ?o }} }} }}"
        reply = server.ask(query, accept="text/csv")
        assert (reply.status, len(reply.body.splitlines())) == (200, 1)
        parameter = "default-graph-uri" if clause == "FROM" else "named-graph-uri"
        again = server.ask("SELECT * { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }", **{parameter: name})
        assert b"canary" not in again.body
    assert listener.connections == 0


@pytest.mark.parametrize(
    "smuggled",
    ["DROP ALL", "INSERT DATA { <http://e/x> <http://e/p> 1 }", "ASK {} ; DROP ALL", "BASE <http://e/> CLEAR ALL"],
)
def test_an_update_cannot_pass_for_a_query(server: Server, smuggled: str) -> None:
    before = count(server)
    for reply in (
        server.ask(smuggled),
        server.request("POST", "/sparql", smuggled.encode(), Content_Type="application/sparql-query"),
        server.request("POST", "/sparql", smuggled.encode(), Content_Type="application/sparql-update"),
        server.request("GET", "/sparql?update=DROP%20ALL"),
    ):
        assert problem(reply)[0] in {400, 415}
    assert count(server) == before


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * {{SERVICESILENT<{url}>{{}}}}",
        "SELECT * {{ FILTER(1<?b)SERVICE#>\n<{url}>{{}} }}",
        "SELECT * {{ VALUES ?x {{'''a'}} SERVICE <{url}> {{}} }}# \\q '''",
        "PREFIX SERVICEx: <{url}> SELECT * {{ SERVICEx:a {{}} }}",
        "SELECT * {{ \\u0053ERVICE <{url}> {{}} }}",
    ],
)
def test_what_guard_and_engine_may_read_differently_reaches_nobody(
    server: Server, listener: Listener, query: str
) -> None:
    assert problem(server.ask(query.format(url=listener.url)))[0] == 400
    assert listener.connections == 0
