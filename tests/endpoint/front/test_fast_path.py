"""Quick queries are answered without the application, as it would answer them; it is asked in all other cases."""

import json
import multiprocessing.util
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from endpoint.front.cache import CachePolicy
from endpoint.front.front import Front, Limits
from endpoint.front.rate_limit import RateLimit, RateLimiter
from endpoint.front.request_body import BodyReader
from endpoint.front.sending import Sender
from endpoint.front.wsgi import RequestThreads
from endpoint.http.request_context import ENVIRON_KEY
from endpoint.observability.observer import Observer
from endpoint.serving.snapshot import SnapshotHolder
from endpoint.settings import EndpointSettings, FrontSettings
from graph.pool.query_pool import QueryPool
from graph.settings import QueryLimits, WorkerSettings
from graph.sparql import formats
from graph.sparql.errors import QueryError
from tests.endpoint.conftest import Reply, Server
from tests.fronts import listening, request
from tests.polling import eventually

NODES = 300
THREADS = 5
WORKERS = 2
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . FILTER(STRLEN(CONCAT(STR(?a), STR(?d))) > 5) }"
LARGE = "SELECT * { ?a ?b ?c . ?d ?e ?f . FILTER(STRENDS(STR(?d), '7')) }"
PATTERN = "{ ?s <http://e/p> ?o . FILTER(STRENDS(?o, '7')) }"
ROWS = f"SELECT ?s ?o {PATTERN} ORDER BY ?s"
WRONG = "SELECT ?s { ?s ?p }"
FORM = "application/x-www-form-urlencoded"


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Tell whether something was begun, and what became of it."""
    if environ["PATH_INFO"] == "/busy":
        eventually(Path(environ["QUERY_STRING"]).exists)
    begun = environ[ENVIRON_KEY].pending
    told = {"begun": begun is not None}
    try:
        told["answer"] = begun.result().body.decode() if begun else None
    except QueryError as error:
        told["code"] = error.code
    start_response("200 OK", [("Content-Type", "application/x-told"), ("Cache-Control", "no-store")])
    return [json.dumps(told).encode()]


def opened() -> Store:
    store = Store()
    store.extend(Quad(NamedNode(f"http://e/{n}"), NamedNode("http://e/p"), Literal(n)) for n in range(NODES))
    return store


def front() -> Callable[..., Any]:
    pool = QueryPool(opened, QueryLimits(), WorkerSettings(workers=WORKERS, deadline=60))
    pool.start()
    snapshots = SnapshotHolder("test", pool)
    multiprocessing.util.Finalize(None, snapshots.close, exitpriority=10)
    rate, bodies = RateLimiter(RateLimit(0, 0, 1)), BodyReader(EndpointSettings(), 30)
    limits = Limits(rate, rate, bodies, RequestThreads(THREADS + 1, 1), Sender(500_000_000, 60))
    return Front(
        application, snapshots, limits, CachePolicy(FrontSettings(), snapshots, lambda _: datetime.now(UTC)), Observer()
    ).respond


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with listening(front) as number:
        yield number


def get(port: int, query: str, **parameters: str) -> Reply:
    return request(port, "GET", f"/sparql?{urlencode({'query': query, **parameters})}")


def told(reply: Reply) -> dict[str, Any]:
    assert reply.headers["Content-Type"] == "application/x-told"
    said: dict[str, Any] = json.loads(reply.body)
    return said


def test_the_application_is_not_asked_for_what_is_there_at_once(port: int) -> None:
    def at_once() -> bool:
        """Whether the answer is there before the application is asked, as it is unless the machine is busy."""
        reply = get(port, f"{COUNT} # {time.monotonic()}")
        if reply.headers["Content-Type"] != "application/sparql-results+json":
            return False
        assert (reply.status, f'"{NODES}"'.encode() in reply.body) == (200, True)
        return True

    for _ in range(20):
        assert eventually(at_once)


def test_it_is_asked_to_go_on_with_what_takes_longer(port: int) -> None:
    assert str(NODES**2) in told(get(port, SLOW))["answer"]


def test_it_is_asked_to_go_on_with_what_is_large(port: int) -> None:
    answer = json.loads(told(get(port, LARGE))["answer"])
    assert len(answer["results"]["bindings"]) == NODES * NODES // 10


def test_it_is_asked_to_tell_errors(port: int) -> None:
    assert told(get(port, WRONG)) == {"begun": True, "code": "syntax-error"}


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("SELECT * {" + "{" * 200 + "}" * 200 + "}", {}),
        ("SELECT * { SERVICE <http://e/> {} }", {}),
        ("SELECT (NOW() AS ?now) {}", {}),
        (COUNT, {"download": "spreadsheet"}),
    ],
    ids=["refused", "federated", "ever new", "spreadsheet"],
)
def test_nothing_is_begun_that_the_application_has_to_see_first(
    port: int, query: str, parameters: dict[str, str]
) -> None:
    assert told(get(port, query, **parameters)) == {"begun": False, "answer": None}


def test_what_was_begun_is_stopped_where_no_thread_can_go_on_with_it(port: int, tmp_path: Path) -> None:
    rest = tmp_path / "rest"
    with ThreadPoolExecutor(THREADS) as clients:
        busy = [clients.submit(request, port, "GET", f"/busy?{rest}") for _ in range(THREADS)]
        assert eventually(lambda: get(port, f"{SLOW} # {time.monotonic()}").status == 503)
        for number in range(WORKERS + 1):
            assert get(port, f"{SLOW} # refused {number}").status == 503
        # Every process is free again, although no thread is.
        assert eventually(lambda: get(port, f"{COUNT} # {time.monotonic()}").status == 200)
        assert not any(reply.done() for reply in busy)
        rest.touch()
    assert {reply.result().status for reply in busy} == {200}


@pytest.mark.parametrize("one", [*formats.SOLUTIONS, *formats.GRAPHS], ids=lambda one: one.names[0])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_it_is_answered_as_the_application_does(server: Server, one: formats.Format, method: str) -> None:
    query = ROWS if one in formats.SOLUTIONS else f"CONSTRUCT {{ ?s <http://e/p> ?o }} WHERE {PATTERN}"
    at_once, by_application = (
        asked(server, f"{query} # {method} {authorization}", method, one.media_type, authorization)
        for authorization in ("", "Bearer unknown")
    )
    assert at_once.status == by_application.status == 200
    assert at_once.body == by_application.body
    # An answer to who names himself is not kept, so that it has no tag and no time.
    differing = {"etag", "last-modified", "cache-control", "x-request-id", "date"}
    assert told_by(at_once, differing) == told_by(by_application, differing)
    assert {"etag", "last-modified", "x-request-id"} <= {name.lower() for name in at_once.headers}


def asked(server: Server, query: str, method: str, accept: str, authorization: str) -> Reply:
    headers = {"Accept": accept, **({"Authorization": authorization} if authorization else {})}
    if method == "POST":
        return server.request("POST", "/sparql", urlencode({"query": query}).encode(), Content_Type=FORM, **headers)
    return server.request(method, f"/sparql?{urlencode({'query': query})}", **headers)


def told_by(reply: Reply, without: set[str]) -> list[tuple[str, str]]:
    return sorted((name.lower(), value) for name, value in reply.headers.items() if name.lower() not in without)


def test_a_request_is_counted_once_whoever_answers(server: Server) -> None:
    before = counted(server)
    for number, query in enumerate((ROWS, SLOW, WRONG)):
        server.ask(f"{query} # {number}")
    after = counted(server)
    assert {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name)} == {
        'opsc_requests_total{kind="query",method="GET",status="200"}': 2,
        'opsc_requests_total{kind="query",method="GET",status="400"}': 1,
        'opsc_requests_total{kind="metrics",method="GET",status="200"}': 1,
        # The metrics are looked for as well.
        'opsc_cache_requests_total{outcome="miss"}': 4,
    }


def counted(server: Server) -> dict[str, float]:
    lines = server.request("GET", "/metrics").body.decode().splitlines()
    names = ("opsc_requests_total", "opsc_cache_requests_total")
    return {
        name: float(number) for name, _, number in (line.rpartition(" ") for line in lines if line.startswith(names))
    }
