"""SERVICE over real sockets: one server asks another, and others that do not answer as they should."""

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler

import pytest
from pyoxigraph import (
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QueryResultsFormat,
    QuerySolutions,
    Store,
    parse_query_results,
)

from graph import release
from ontology.iris import BASE
from tests.remotes import JSON, XML, Remote, answering, remote

from .conftest import Reply, Server, running
from .federated import THERE, here_quads, there_quads
from .test_reload import within

PREFIX = "PREFIX e: <http://e/>"
SECONDS = 1.0
ROWS = 200
# As many requests to other endpoints are under way at one time.
PROCESSES = 4
BYTES = 100_000


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The other endpoint."""
    home = tmp_path_factory.mktemp("there")
    release.write(home, release.nquads(there_quads()), {}, b"")
    with running(home, OPSC_WORKERS="2") as server:
        yield server


def _drip(request: BaseHTTPRequestHandler) -> None:
    """Send a byte of the header now and then, for longer than anyone waits."""
    for _ in range(60):
        request.wfile.write(b"H")
        request.wfile.flush()
        time.sleep(0.3)


def _drip_body(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Type", JSON)
    request.end_headers()
    _drip(request)


def _endless(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Type", JSON)
    request.end_headers()
    for _ in range(10_000):
        request.wfile.write(b" " * 10_000)


def _cut(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Type", JSON)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    request.wfile.write(_results('{"s":{"type":"uri","value":"http://e/1"}}').encode())
    request.close_connection = True


def _no_http(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"220 mail.example ESMTP\r\n\r\n")
    request.close_connection = True


def _results(*rows: str, names: str = '"s","p","o"') -> str:
    return f'{{"head":{{"vars":[{names}]}},"results":{{"bindings":[{",".join(rows)}]}}}}'


def _row(term: str) -> str:
    return _results(f'{{"s":{term}}}')


ONE_ROW = '{"s":{"type":"uri","value":"http://e/1"}}'
FAILURES = {
    "hangs": (answering(_results(), pause=8), 504, "service-too-slow", "did not answer within 1 seconds"),
    "drips": (_drip, 504, "service-too-slow", "did not answer within 1 seconds"),
    "drips-body": (_drip_body, 504, "service-too-slow", "did not answer within 1 seconds"),
    "large": (answering(_results() + " " * BYTES), 422, "service-too-large", f"more than {BYTES} bytes"),
    "endless": (_endless, 422, "service-too-large", f"more than {BYTES} bytes"),
    "many": (answering(_results(*[ONE_ROW] * 201)), 422, "service-too-large", "more than 200 solutions"),
    "error": (answering("no", status=500), 502, "service-failed", "answered with the status 500"),
    "refusal": (answering("no", status=403), 502, "service-failed", "answered with the status 403"),
    "redirect": (answering("", status=302, Location="http://127.0.0.1:1/"), 502, "service-failed", "not followed"),
    "page": (answering("<html>", "text/html"), 502, "service-failed", "neither SPARQL results in JSON nor in XML"),
    "untyped": (answering(_results(), ""), 502, "service-failed", "neither SPARQL results in JSON nor in XML"),
    "liar": (answering("<html>not json</html>"), 502, "service-failed", "results that cannot be read"),
    "xml-liar": (answering(_results(), XML), 502, "service-failed", "results that cannot be read"),
    "half": (answering(_results(ONE_ROW)[:-4]), 502, "service-failed", "results that cannot be read"),
    "cut": (_cut, 502, "service-failed", "broke off"),
    "no-http": (_no_http, 502, "service-failed", "broke off"),
    "boolean": (answering('{"head":{},"boolean":true}'), 502, "service-failed", "yes or no"),
    "compressed": (answering(b"\x1f\x8b", Content_Encoding="gzip"), 502, "service-failed", "compressed"),
    "broken-iri": (
        answering(_row('{"type":"uri","value":"http://e/> } SERVICE <http://e/"}')),
        502,
        "service-failed",
        "results that cannot be read",
    ),
    "broken-language": (
        answering(_row('{"type":"literal","value":"x","xml:lang":"en . <"}')),
        502,
        "service-failed",
        "results that cannot be read",
    ),
    "broken-datatype": (
        answering(_row('{"type":"literal","value":"x","datatype":"http://e/> ) } #"}')),
        502,
        "service-failed",
        "results that cannot be read",
    ),
    "entities": (
        answering(
            '<!DOCTYPE sparql [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><sparql '
            'xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="s"/></head><results><result>'
            '<binding name="s"><literal>&b;</literal></binding></result></results></sparql>',
            XML,
        ),
        502,
        "service-failed",
        "results that cannot be read",
    ),
    "deep": (
        answering(
            '{"head":{"vars":["s"]},"results":{"bindings":[{"s":' + '{"type":"triple","value":{"subject":' * 2_000
        ),
        502,
        "service-failed",
        "cannot be read",
    ),
}
HONEST = {
    "blank": answering(
        _results(
            '{"s":{"type":"bnode","value":"b0"},"o":{"type":"bnode","value":"b1"}}',
            '{"s":{"type":"bnode","value":"b0"},"o":{"type":"uri","value":"http://e/1"}}',
            '{"s":{"type":"bnode","value":"b1"}}',
        )
    ),
    "xml": answering(
        '<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="o"/>'
        '<variable name="s"/></head><results><result><binding name="s"><uri>http://e/4</uri></binding>'
        '<binding name="o"><literal xml:lang="en">&lt;4&gt;</literal></binding></result></results></sparql>',
        XML + "; charset=utf-8",
    ),
    "more": answering(
        _results(
            '{"s":{"type":"uri","value":"http://e/4"},"label":{"type":"literal","value":"no"}}', names='"s","label"'
        )
    ),
}


def _by_path(request: BaseHTTPRequestHandler) -> None:
    name = request.path.removeprefix("/")
    answer = HONEST.get(name) or FAILURES[name][0]
    answer(request)


@pytest.fixture(scope="module")
def others() -> Iterator[Remote]:
    """A server at whose addresses something goes wrong each."""
    with remote(_by_path) as started:
        yield started


def _address(others: Remote, name: str) -> str:
    return f"http://127.0.0.1:{others.port}/{name}"


@pytest.fixture(scope="module")
def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory, there: Server, others: Remote, closed_port: int) -> Iterator[Server]:
    """The endpoint that asks the others."""
    home = tmp_path_factory.mktemp("here")
    release.write(home, release.nquads(here_quads()), {}, b"")
    allowed = [there.url, f"http://127.0.0.1:{closed_port}/sparql", *(_address(others, name) for name in HONEST)]
    allowed += [_address(others, name) for name in FAILURES]
    limits = {"OPSC_SERVICE_SECONDS": str(SECONDS), "OPSC_SERVICE_ROWS": str(ROWS), "OPSC_SERVICE_BYTES": str(BYTES)}
    lists = {"OPSC_SERVICE_ALLOW": " ".join(allowed), "OPSC_SERVICE_PRIVATE": "127.0.0.1"}
    with running(
        home, OPSC_WORKERS="2", OPSC_SERVICE_CLAUSES="3", OPSC_SERVICE_PROCESSES=str(PROCESSES), **limits, **lists
    ) as server:
        yield server


@pytest.fixture(scope="module")
def joined() -> Store:
    """Both graphs in one store, the other endpoint's as a named graph."""
    store = Store()
    store.extend(Quad(quad.subject, quad.predicate, quad.object, DefaultGraph()) for quad in here_quads())
    store.extend(there_quads())
    return store


def rows(solutions: QuerySolutions) -> "Counter[tuple[str, ...]]":
    names = sorted(variable.value for variable in solutions.variables)
    return Counter(tuple(str(row[name]) for name in names) for row in solutions)


def answered(reply_body: bytes) -> "Counter[tuple[str, ...]]":
    results = parse_query_results(reply_body, QueryResultsFormat.JSON)
    assert isinstance(results, QuerySolutions)
    return rows(results)


# THERE stands for ``SERVICE <the other endpoint>`` and, in the store that holds both, for ``GRAPH <its graph>``.
JOINS = {
    "alone": "SELECT * { THERE { ?s e:value ?v } }",
    "joined with what stands before": "SELECT * { ?s e:kind ?k . THERE { ?s e:value ?v } }",
    "joined with what stands behind": "SELECT * { THERE { ?s e:name ?n } ?s e:label ?l }",
    "no common variable": "SELECT * { ?s e:label ?l THERE { e:kind1 e:broader ?b } }",
    "no variable at all": "SELECT * { ?s e:label ?l THERE { e:kind1 e:broader e:kind0 } }",
    "no variable, no solution": "SELECT * { ?s e:label ?l THERE { e:kind1 e:broader e:kind2 } }",
    "no variable, two solutions": "SELECT * { ?s e:label ?l THERE { { } UNION { } } }",
    "optional": "SELECT * { ?s e:label ?l OPTIONAL { THERE { ?s e:name ?n } } }",
    "optional with a condition": "SELECT * { ?s e:label ?l OPTIONAL { THERE { ?s e:name ?n } FILTER(?l != ?n) } }",
    "union": "SELECT * { { ?s e:label ?x } UNION { THERE { ?s e:name ?x } } }",
    "minus": "SELECT * { ?s e:kind ?k MINUS { THERE { ?s e:name ?n } } }",
    "unbound values": "SELECT * { ?s e:kind ?k THERE { ?x e:broader ?y OPTIONAL { ?s e:value ?v . ?s e:name ?n } } }",
    "unbound in the join": "SELECT * { ?s e:label ?l THERE { ?t e:name [] OPTIONAL { ?s e:value 1 FILTER(?t=?s) } } }",
    "filter inside": "SELECT * { ?s e:kind ?k THERE { ?s e:value ?v FILTER(isLiteral(?v) && lang(?v) = 'fr-CA') } }",
    "filter outside": "SELECT * { ?s e:kind ?k THERE { ?s e:value ?v } FILTER(datatype(?v) = e:datatype) }",
    "filter inside over a variable outside": "SELECT * { ?s e:label ?l THERE { ?s e:name ?n FILTER(BOUND(?l)) } }",
    "values inside": "SELECT * { THERE { VALUES ?s { e:0 e:15 <http://e/30> } ?s ?p ?o } }",
    "values outside": "SELECT * { VALUES ?s { e:0 e:15 } THERE { ?s ?p ?o } }",
    "path": "SELECT * { ?s e:kind ?k THERE { ?k e:broader+ ?b } }",
    "aggregate inside": "SELECT * { THERE { SELECT ?v (COUNT(*) AS ?n) { ?s e:value ?v } GROUP BY ?v } }",
    "aggregate outside": "SELECT ?k (COUNT(?v) AS ?n) { ?s e:kind ?k THERE { ?s e:value ?v } } GROUP BY ?k",
    "in a subquery": "SELECT * { ?s e:label ?l { SELECT ?s (MAX(?n) AS ?m) { THERE { ?s e:name ?n } } GROUP BY ?s } }",
    "distinct": "SELECT DISTINCT ?v { THERE { ?s e:value ?v } }",
    "bind": "SELECT * { THERE { ?s e:name ?n BIND(STRLEN(?n) AS ?length) } ?s e:kind ?k BIND(?length + 1 AS ?more) }",
    "blank node as a variable": "SELECT * { THERE { ?s e:name [] ; e:value ?v } ?s e:kind [] }",
    "two of them": "SELECT * { THERE { ?s e:name ?n } ?s e:kind ?k . THERE { ?s e:value ?v } }",
    "three of them": "SELECT * { THERE { ?s e:name ?n } THERE { ?s e:value ?v } OPTIONAL { THERE { ?k e:b ?s } } }",
    "exists beside it": "SELECT * { THERE { ?s e:name ?n } FILTER NOT EXISTS { ?s e:label ?l } }",
    "relative names": "SELECT * { THERE { ?s <http://e/value> ?v FILTER(?v != <x>) BIND(<x> AS ?x) } }",
    "ordered within": "SELECT * { THERE { SELECT * { ?s e:name ?n } ORDER BY ?s LIMIT 3 } }",
}


@pytest.mark.parametrize("query", JOINS.values(), ids=JOINS)
def test_an_answer_equals_a_local_join(here: Server, there: Server, joined: Store, query: str) -> None:
    asked = f"{PREFIX} {query}"
    expected = joined.query(asked.replace("THERE", f"GRAPH <{THERE.value}>"), base_iri=BASE)
    assert isinstance(expected, QuerySolutions)
    reply = here.ask(asked.replace("THERE", f"SERVICE <{there.url}>"))
    assert reply.status == 200, reply.body
    assert answered(reply.body) == rows(expected)


def test_other_forms_of_queries(here: Server, there: Server) -> None:
    group = f"{{ ?s e:label ?l SERVICE <{there.url}> {{ ?s e:name ?n }} }}"
    assert json.loads(here.ask(f"{PREFIX} ASK {group}").body)["boolean"]
    constructed = here.ask(f"{PREFIX} CONSTRUCT {{ ?s e:both ?l, ?n }} WHERE {group}", accept="application/n-triples")
    assert constructed.body.count(b"<http://e/both>") == 4
    described = here.ask(f"{PREFIX} DESCRIBE ?s {group}", accept="application/n-triples")
    assert described.body.count(b"<http://e/kind>") == 2


def test_the_dataset_of_the_request_is_that_of_this_endpoint_only(here: Server, there: Server) -> None:
    clause = f"SERVICE <{there.url}> {{ ?s <http://e/name> ?n }}"
    assert json.loads(here.ask(f"ASK FROM <http://e/nothing> {{ {clause} }}").body)["boolean"]
    query = f"{PREFIX} SELECT * {{ SERVICE <{there.url}> {{ ?s e:name ?n }} OPTIONAL {{ ?s e:kind ?k }} }}"
    reply = here.ask(query, **{"default-graph-uri": ["http://e/nothing", "http://e/nothing2"]})
    assert {row[0] for row in answered(reply.body)} == {"None"}


def test_nobody_may_keep_an_answer_that_another_endpoint_had_part_in(here: Server, there: Server) -> None:
    assert here.ask(f"ASK {{ SERVICE <{there.url}> {{ ?s ?p ?o }} }}").headers["Cache-Control"] == "no-store"
    assert "no-store" not in here.ask("ASK { ?s ?p 'SERVICE' }").headers.get("Cache-Control", "")


def test_blank_nodes_are_one_answers_own(here: Server, others: Remote) -> None:
    clause = f"SERVICE <{_address(others, 'blank')}> {{ ?s ?p ?o }}"
    (single,) = answered(here.ask(f"SELECT (COUNT(*) AS ?n) {{ {clause} FILTER(isBlank(?s)) }}").body)
    assert single == (str(Literal("3", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#integer"))),)
    assert len(answered(here.ask(f"SELECT DISTINCT ?s {{ {clause} }}").body)) == 2
    assert not answered(here.ask(f"SELECT * {{ {clause} {clause.replace('?p ?o', '?q ?r')} }}").body)


def test_results_in_xml_are_read(here: Server, others: Remote) -> None:
    query = f"{PREFIX} SELECT ?l ?o {{ ?s e:label ?l SERVICE <{_address(others, 'xml')}> {{ ?s ?p ?o }} }}"
    assert answered(here.ask(query).body) == Counter([('"here 4"', '"<4>"@en')])


def test_a_variable_that_was_not_asked_for_is_not_taken(here: Server, others: Remote) -> None:
    query = f"{PREFIX} SELECT * {{ ?s e:label ?label SERVICE <{_address(others, 'more')}> {{ ?s a e:C }} }}"
    assert answered(here.ask(query).body) == Counter([('"here 4"', "<http://e/4>")])


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_says_which_endpoint_failed_and_how(here: Server, others: Remote, name: str) -> None:
    _, status, code, sentence = FAILURES[name]
    reply = here.ask(f"SELECT * {{ SERVICE <{_address(others, name)}> {{ ?s ?p ?o }} }}")
    problem = json.loads(reply.body)
    assert (reply.status, problem["code"], reply.content_type) == (status, code, "application/problem+json")
    assert f"the endpoint <{_address(others, name)}> " in problem["detail"]
    assert sentence in problem["detail"]


@pytest.mark.parametrize("name", FAILURES)
def test_a_silent_failure_is_one_solution_without_bindings(here: Server, others: Remote, name: str) -> None:
    reply = here.ask(f"SELECT * {{ SERVICE SILENT <{_address(others, name)}> {{ ?s ?p ?o }} }}")
    assert reply.status == 200, reply.body
    assert json.loads(reply.body)["results"]["bindings"] == [{}]
    query = f"{PREFIX} SELECT * {{ ?s e:label ?l SERVICE SILENT <{_address(others, name)}> {{ ?s e:name ?n }} }}"
    if name in {"liar", "error"}:
        assert len(answered(here.ask(query).body)) == 10


def test_an_endpoint_that_is_not_there(here: Server, closed_port: int) -> None:
    reply = here.ask(f"SELECT * {{ SERVICE <http://127.0.0.1:{closed_port}/sparql> {{ ?s ?p ?o }} }}")
    assert (reply.status, json.loads(reply.body)["code"]) == (502, "service-failed")


def test_the_answers_of_an_endpoint_that_refuses_the_query(here: Server, there: Server) -> None:
    reply = here.ask(f"SELECT * {{ SERVICE <{there.url}> {{ ?s ?p ?o FILTER(<http://e/unknown>(?o)) }} }}")
    assert (reply.status, json.loads(reply.body)["code"]) == (502, "service-failed")
    assert "answered with the status 400" in json.loads(reply.body)["detail"]


def test_endpoints_that_hang_hold_nobody_else_up(here: Server, others: Remote) -> None:
    hanging = f"SELECT * {{ SERVICE <{_address(others, 'hangs')}> {{ ?s ?p ?o }} }}"
    replies: list[int] = []
    before = len(others.queries)
    threads = [threading.Thread(target=lambda: replies.append(here.ask(hanging).status)) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert within(10, lambda: len(others.queries) > before)
    assert here.ask("ASK {}").status == 200
    assert replies == [], "the others hang still"
    for thread in threads:
        thread.join()
    assert replies == [504] * 4


def test_too_many_requests_to_other_endpoints_are_refused(here: Server, others: Remote) -> None:
    clause = f"SERVICE <{_address(others, 'hangs')}> {{ ?s ?p ?o }}"
    replies: list[Reply] = []
    before = len(others.queries)
    threads = [
        threading.Thread(target=lambda: replies.append(here.ask(f"ASK {{ {clause} {clause} {clause} }}")))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    assert within(10, lambda: len(others.queries) >= before + PROCESSES)
    assert here.ask("ASK {}").status == 200
    for thread in threads:
        thread.join()
    outcomes = {(reply.status, json.loads(reply.body)["code"]) for reply in replies}
    assert outcomes == {(504, "service-too-slow"), (503, "busy")}


def test_endpoints_are_asked_at_the_same_time(here: Server, others: Remote) -> None:
    clause = f"SERVICE <{_address(others, 'hangs')}> {{ ?s ?p ?o }}"
    before = len(others.queries)
    assert here.ask(f"SELECT * {{ {clause} {clause} }}").status == 504
    assert len(others.queries) == before + 2, "the second was asked before the first was given up"


REFUSED = {
    "another path": "http://127.0.0.1:{port}/other",
    "a slash more": "http://127.0.0.1:{port}/sparql/",
    "a query string": "http://127.0.0.1:{port}/sparql?x",
    "a fragment": "http://127.0.0.1:{port}/sparql#x",
    "capitals": "HTTP://127.0.0.1:{port}/sparql",
    "a path in capitals": "http://127.0.0.1:{port}/SPARQL",
    "user information": "http://127.0.0.1:{port}@127.0.0.1:{port}/sparql",
    "percent": "http://127.0.0.1:{port}/%73parql",
    "dots": "http://127.0.0.1:{port}/a/../sparql",
    "a number": "http://2130706433:{port}/sparql",
    "octal": "http://0177.0.0.1:{port}/sparql",
    "short": "http://127.1:{port}/sparql",
    "a name": "http://localhost:{port}/sparql",
    "a trailing dot": "http://127.0.0.1.:{port}/sparql",
    "mapped": "http://[::ffff:127.0.0.1]:{port}/sparql",
    "https": "https://127.0.0.1:{port}/sparql",
    "no scheme": "//127.0.0.1:{port}/sparql",
    "a file": "file:///etc/hostname",
}


@pytest.mark.parametrize("silent", ["", "SILENT "])
@pytest.mark.parametrize("address", REFUSED.values(), ids=REFUSED)
def test_only_the_exact_endpoints_are_asked(here: Server, address: str, silent: str) -> None:
    with remote(answering(_results())) as canary:
        reply = here.ask(f"SELECT * {{ SERVICE {silent}<{address.format(port=canary.port)}> {{ ?s ?p ?o }} }}")
    assert (reply.status, json.loads(reply.body)["code"]) == (400, "service-refused")
    assert canary.headers == []


def test_one_clause_too_many(here: Server, there: Server) -> None:
    reply = here.ask("SELECT * {" + f"SERVICE <{there.url}> {{ }}" * 4 + "}")
    assert (reply.status, json.loads(reply.body)["code"]) == (400, "service-unsupported")
    assert "4 SERVICE clauses; at most 3" in json.loads(reply.body)["detail"]


def test_no_endpoint_is_asked_for_a_query_that_is_refused(here: Server, others: Remote) -> None:
    clause = f"SERVICE <{_address(others, 'xml')}> {{ ?s ?p ?o }}"
    before = len(others.queries)
    for query in (f"SELECT * {{ {clause} ?s ?p }}", f"SELECT * {{ {clause} SERVICE <http://e/> {{}} }}"):
        assert here.ask(query).status == 400
    assert len(others.queries) == before


def test_the_service_description_tells_it(here: Server, server: Server) -> None:
    feature = b"BasicFederatedQuery"
    assert feature in here.request("GET", "/sparql").body
    assert feature not in server.request("GET", "/sparql").body


def test_without_a_list_no_endpoint_is_asked(server: Server) -> None:
    with remote(answering(_results())) as canary:
        reply = server.ask(f"SELECT * {{ SERVICE SILENT <{canary.url}> {{ ?s ?p ?o }} }}")
    assert (reply.status, json.loads(reply.body)["code"]) == (400, "service-refused")
    assert canary.headers == []


def test_a_list_that_cannot_be_read_stops_the_start(
    start: Callable[..., AbstractContextManager[Server]],
) -> None:
    with start(OPSC_SERVICE_ALLOW="http://user@example.org/sparql") as stopped:
        assert stopped.ready_line == ""
    assert stopped.process.returncode == 2
