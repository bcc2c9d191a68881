"""Queries that somebody may send to do harm: each has an answer, the next honest query is answered, nothing is told."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import urlencode

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from graph.versions import release
from tests.endpoint.conftest import Reply, Server, running

SECONDS = 0.5
# For queries that are refused for another reason than their time, on a busy machine too.
MOST_SECONDS = 3.0
MEMORY = 700_000_000
FORM = "application/x-www-form-urlencoded"
CROSSED = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l ."
DOUBLING = " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(40))
REPLACING = " ".join(f"BIND(REPLACE(?x{n}, 'a', 'aaaaaaaaaa') AS ?x{n + 1})" for n in range(12))
INSIDE = ("Traceback", ".py", "site-packages", "expected one of", "/home/", "/usr/", "/work", "thread", "panicked")


def fill(home: Path) -> None:
    """Release a graph with cycles and enough triples for products to explode."""
    nodes = [NamedNode(f"http://e/{n}") for n in range(300)]
    knows, name = NamedNode("http://e/knows"), NamedNode("http://e/name")
    quads = [
        quad
        for n, node in enumerate(nodes)
        for quad in (
            *(Quad(node, knows, nodes[(n * 7 + step) % 300], NamedNode("http://e/g")) for step in range(1, 8)),
            Quad(node, name, Literal("a" * 200 + str(n)), NamedNode("http://e/g")),
        )
    ]
    release.write(home, release.sorted_nquads(quads), {}, b"")


@pytest.fixture(scope="module")
def fortress(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with small limits, and one process."""
    folder = tmp_path_factory.mktemp("fortress")
    fill(folder)
    limits = {
        "OPSC_QUERY_SECONDS": str(MOST_SECONDS),
        "OPSC_QUERY_DEFAULT_SECONDS": str(SECONDS),
        "OPSC_WORKER_MEMORY": str(MEMORY),
        "OPSC_WORKERS": "1",
        "OPSC_RESULT_BYTES": "5000000",
        "OPSC_RESULT_ROWS": "20000",
        # Long queries count as several requests.
        "OPSC_CLIENT_RATE": "100000",
        "OPSC_CLIENT_BURST": "100000",
    }
    with running(folder, **limits) as started:
        yield started


def asked(server: Server, query: str, **parameters: str) -> Reply:
    form = urlencode({"query": query, **parameters}).encode()
    return server.request("POST", "/sparql", form, Content_Type=FORM)


TOO_LATE, TOO_GREEDY = (504, "deadline-exceeded"), (422, "memory-exceeded")
TOO_LARGE, TOO_DEEP, TOO_WIDE = (422, "result-too-large"), (400, "query-too-deep"), (400, "query-too-wide")
STOPPED = {TOO_LATE, TOO_GREEDY}

HOSTILE: dict[str, tuple[str, set[tuple[int, str]]]] = {
    "cross product": (f"SELECT * {{ {CROSSED} }}", {TOO_LARGE}),
    "cross product that is counted": (f"SELECT (COUNT(*) AS ?n) {{ {CROSSED} }}", {TOO_LATE}),
    "cross product that is sorted": (f"SELECT * {{ {CROSSED} }} ORDER BY ?a ?d ?g", STOPPED),
    "cross product that is distinct": (f"SELECT DISTINCT * {{ {CROSSED} }}", STOPPED | {TOO_LARGE}),
    "cross product that is grouped": (
        f"SELECT ?a ?d ?g (COUNT(*) AS ?n) {{ {CROSSED} }} GROUP BY ?a ?d ?g ?j",
        STOPPED,
    ),
    "cross product of subqueries": (
        "SELECT * { { SELECT * { ?a ?b ?c . ?d ?e ?f } } { SELECT * { ?g ?h ?i . ?j ?k ?l } } } ORDER BY ?a",
        STOPPED,
    ),
    "braces nested 3,000 times": ("SELECT * " + "{" * 3_000 + "}" * 3_000, {TOO_DEEP}),
    "parentheses nested 10,000 times": ("SELECT (" + "(" * 10_000 + "1" + ")" * 10_000 + " AS ?x) {}", {TOO_DEEP}),
    "reified triples nested 3,000 times": (
        "SELECT * { " + "<< " * 3_000 + "?s" + " ?p ?o >>" * 3_000 + " ?p ?o }",
        {TOO_DEEP},
    ),
    "annotations nested 3,000 times": (
        "SELECT * { ?s ?p ?o " + "{| ?p ?o " * 3_000 + "|}" * 3_000 + " }",
        {TOO_DEEP},
    ),
    "10,000 UNIONs": ("SELECT * {" + " UNION ".join(["{}"] * 10_000) + "}", {TOO_WIDE}),
    "10,000 disjunctions": ("SELECT * { FILTER(" + "||".join(["?x"] * 10_000) + ") }", {TOO_WIDE}),
    "10,000 negations": ("SELECT * { FILTER(" + "!" * 10_000 + "?x) }", {TOO_WIDE}),
    "10,000 OPTIONALs": ("SELECT * {" + "OPTIONAL{}" * 9_000 + "}", {TOO_WIDE}),
    "a longer query than may be": ("ASK {} #" + "a" * 200_000, {(400, "query-too-long")}),
    "30,000 patterns": ("SELECT * { ?s ?p " + ",".join(["?o"] * 30_000) + " }", STOPPED),
    "45,000 elements of a list": ("SELECT * { ?s ?p (" + "1 " * 45_000 + ") }", STOPPED),
    "9,000 annotations": ("SELECT * { ?s ?p ?o " + "~ ?r " * 9_000 + "}", STOPPED),
    "15,000 resources described": ("DESCRIBE " + "<a:> " * 15_000, STOPPED),
    "10,000 groups": ("SELECT * {" + "{?s?p?o}" * 10_000 + "}", STOPPED),
    "path that goes round": (
        "SELECT (COUNT(*) AS ?n) { ?a (<http://e/knows>+)+ ?b . ?b (<http://e/knows>+)+ ?c . ?c (!<http://e/x>)* ?d }",
        STOPPED,
    ),
    "path of paths": (
        "SELECT * { ?a ((<http://e/knows>*)*/(<http://e/knows>*)*/(<http://e/knows>|^<http://e/knows>)*)* ?b . "
        "?c (<http://e/knows>/<http://e/knows>)* ?d } ORDER BY ?a ?b ?c ?d",
        STOPPED,
    ),
    "describing everything": ("DESCRIBE ?s ?o { ?s ?p ?o . ?t ?q ?z . ?u ?r ?w . ?a ?b ?c }", STOPPED | {TOO_LARGE}),
    "constructing everything": (f"CONSTRUCT {{ ?a ?e ?i }} {{ {CROSSED} }}", STOPPED | {TOO_LARGE}),
    "joining everything": (
        "SELECT (GROUP_CONCAT(CONCAT(STR(?a), STR(?c), STR(?f), STR(?o)) ; SEPARATOR=' ') AS ?all) "
        "{ ?a ?b ?c . ?d ?e ?f . ?s <http://e/name> ?o . ?t <http://e/name> ?z }",
        STOPPED,
    ),
    "doubling a string": (f"SELECT (STRLEN(?x40) AS ?n) {{ BIND('aaaaaaaaaaaaaaaa' AS ?x0) {DOUBLING} }}", STOPPED),
    "replacing in a string": (f"SELECT (STRLEN(?x12) AS ?n) {{ BIND('a' AS ?x0) {REPLACING} }}", STOPPED),
    "25,000 alternatives of IN": (
        "SELECT * { ?s ?p ?o FILTER(?o IN (" + ",".join(["1"] * 25_000) + ")) }",
        {TOO_LATE, (200, "")},
    ),
    "expression with huge repetitions": (
        "SELECT * { ?s ?p ?o FILTER(REGEX(STR(?o), '((a{1,200}){1,200}){1,200}b')) }",
        STOPPED | {(200, "")},
    ),
    "random numbers for ever": (
        f"SELECT (SUM(RAND()) AS ?x) {{ {CROSSED} FILTER(MD5(STR(RAND())) != SHA512(STR(UUID()))) }}",
        {TOO_LATE},
    ),
    "existence for each of a product": (
        f"SELECT (COUNT(*) AS ?n) {{ {CROSSED} FILTER NOT EXISTS {{ ?a <http://e/knows>* ?l . ?x ?y ?z }} }}",
        STOPPED,
    ),
}


# One of each kind: of size, of depth, of time, and of memory.
ALWAYS = {
    *(
        "cross product",
        "cross product that is counted",
        "cross product that is sorted",
        "cross product that is distinct",
    ),
    *(name for name, (_, expected) in HOSTILE.items() if not expected & STOPPED),
    *("30,000 patterns", "path that goes round", "constructing everything", "doubling a string"),
}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param(*values, id=name, marks=() if name in ALWAYS else pytest.mark.slow)
        for name, values in HOSTILE.items()
    ],
)
def test_a_hostile_query_is_answered_with_a_code_and_stops_no_other(
    fortress: Server, query: str, expected: set[tuple[int, str]]
) -> None:
    reply = asked(fortress, query, **({} if TOO_LATE in expected else {"timeout": str(MOST_SECONDS)}))
    code, text = "", reply.body.decode()
    if reply.status != 200:
        document = json.loads(text)
        code = document["code"]
        assert document["detail"]
        assert "\n" not in document["detail"]
    assert (reply.status, code) in expected, text[:300]
    assert not any(inside in text for inside in INSIDE)
    honest = asked(fortress, "SELECT (COUNT(*) AS ?n) { ?s <http://e/knows> ?o }")
    assert (honest.status, b'"2100"' in honest.body) == (200, True)


GREEDY = {
    "sorting a cross product": f"SELECT * {{ {CROSSED} }} ORDER BY ?a ?d ?g ?j",
    "joining a cross product": (
        "SELECT (GROUP_CONCAT(CONCAT(STR(?o), STR(?z), STR(?y))) AS ?all) "
        "{ ?s <http://e/name> ?o . ?t <http://e/name> ?z . ?u <http://e/name> ?y }"
    ),
    "paths between all pairs": (
        "SELECT DISTINCT ?a ?b ?c ?d { ?a <http://e/knows>+ ?b . ?c <http://e/knows>+ ?d } ORDER BY ?a ?b ?c ?d"
    ),
    "doubling a string": HOSTILE["doubling a string"][0],
}


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose processes run out of memory long before they run out of time."""
    folder = tmp_path_factory.mktemp("narrow")
    fill(folder)
    with running(folder, OPSC_QUERY_SECONDS="300", OPSC_WORKER_MEMORY="450000000", OPSC_WORKERS="1") as started:
        yield started


@pytest.mark.parametrize("query", GREEDY.values(), ids=GREEDY)
def test_a_query_that_needs_too_much_memory_is_stopped_because_of_that(narrow: Server, query: str) -> None:
    reply = asked(narrow, query)
    assert (reply.status, json.loads(reply.body)["code"]) == TOO_GREEDY
    assert asked(narrow, "ASK { ?s ?p ?o }").status == 200


HARMLESS = {
    "30,000 values": "SELECT (COUNT(*) AS ?n) { VALUES ?x { " + "1 " * 30_000 + "} }",
    "25,000 alternatives of IN once": "SELECT (1 IN (" + ",".join(["2"] * 25_000) + ") AS ?x) {}",
    "10,000 keys of an order": "SELECT * { ?s <http://e/name> ?o } ORDER BY " + "?s " * 10_000,
    "an expression that backtracks elsewhere": "SELECT * { ?s ?p ?o FILTER(REGEX(STR(?o), '^(a+)+b$')) }",
    "the same for a product": (
        "SELECT (COUNT(*) AS ?n) { ?s ?p ?o . ?t ?q ?z . ?u ?r ?y FILTER(REGEX(STR(?o), '^(a+)+b$', 'i')) }"
    ),
}


@pytest.mark.parametrize("query", HARMLESS.values(), ids=HARMLESS)
def test_what_is_only_long_is_answered(fortress: Server, query: str) -> None:
    reply = asked(fortress, query, timeout=str(MOST_SECONDS))
    assert reply.status == 200, reply.body[:300]


@pytest.mark.parametrize(("timeout", "status"), [("0.3", 504), ("1", 504), (".5", 504), ("1000", 504)])
def test_a_query_is_stopped_after_the_time_that_it_asks_for_or_the_most(
    fortress: Server, timeout: str, status: int
) -> None:
    reply = fortress.ask(HOSTILE["cross product that is counted"][0], timeout=timeout)
    assert (reply.status, json.loads(reply.body)["code"]) == (status, "deadline-exceeded")
    assert fortress.ask("ASK {}", timeout=timeout).status == 200


@pytest.mark.parametrize("timeout", ["-1", "soon", "1e3", "nan", "inf", "1s", "٣", "9" * 400, "."])
def test_a_timeout_that_is_none_is_a_problem(fortress: Server, timeout: str) -> None:
    reply = fortress.ask("ASK {}", timeout=timeout)
    assert (reply.status, json.loads(reply.body)["code"]) == (400, "parameter-invalid")


def test_two_timeouts_are_a_problem(fortress: Server) -> None:
    reply = fortress.ask("ASK {}", timeout=["1", "2"])
    assert (reply.status, json.loads(reply.body)["code"]) == (400, "parameter-repeated")


def test_a_default_shorter_than_the_most_holds_without_a_timeout(
    start: Callable[..., AbstractContextManager[Server]],
) -> None:
    # The most is longer than the client of this test waits.
    with start(OPSC_QUERY_SECONDS="600", OPSC_QUERY_DEFAULT_SECONDS="0.5", OPSC_WORKERS="1") as server:
        assert server.ask(HOSTILE["cross product that is counted"][0]).status == 504


def test_an_answer_of_too_many_rows_is_an_error_in_every_format(fortress: Server) -> None:
    query = "SELECT * { ?a <http://e/knows> ?b . ?c <http://e/name> ?d }"
    for accept in ("application/json", "application/sparql-results+xml", "text/csv", "text/tab-separated-values"):
        reply = fortress.ask(query, accept=accept)
        assert (reply.status, json.loads(reply.body)["code"]) == (422, "result-too-large")
        few = fortress.ask(f"{query} LIMIT 100", accept=accept)
        assert few.status == 200


def test_a_full_queue_says_when_to_try_again(start: Callable[..., AbstractContextManager[Server]]) -> None:
    with start(OPSC_QUERY_QUEUE="2", OPSC_WORKERS="1", OPSC_QUERY_SECONDS="1") as server, ThreadPoolExecutor(6) as many:
        query = HOSTILE["cross product that is counted"][0]
        replies = [one.result() for one in [many.submit(server.ask, query) for _ in range(6)]]
        busy = [reply for reply in replies if reply.status == 503]
        assert busy
        for reply in busy:
            assert json.loads(reply.body)["code"] == "busy"
            assert 1 <= int(reply.headers["Retry-After"]) <= 5
        assert server.ask("ASK {}").status == 200
