"""What one client address may ask: in its own words, and over real sockets."""

import asyncio
import functools
import http.client
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from urllib.parse import urlencode

import pytest

from endpoint.front.rate_limit import RateLimit, RateLimiter, network
from endpoint.http.client_address import Proxies
from endpoint.http.problems import Problem
from graph.settings import SettingsError
from tests.endpoint.conftest import Reply, Server
from tests.endpoint.front.test_disconnect import begun, by_get
from tests.endpoint.server.test_server import ENDLESS
from tests.polling import eventually

UNFINISHED = (
    b"POST /sparql HTTP/1.1\r\nHost: e\r\nContent-Type: application/sparql-query\r\nContent-Length: 10\r\n\r\nASK"
)

Start = Callable[..., AbstractContextManager[Server]]


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def admitted(limiter: RateLimiter, address: str) -> bool:
    try:
        with limiter.acquire(address):
            return True
    except Problem:
        return False


def test_so_many_requests_of_a_client_may_be_under_way() -> None:
    limiter = RateLimiter(RateLimit(at_once=2, rate=0, burst=1))
    with limiter.acquire("192.0.2.1"), limiter.acquire("192.0.2.1"):
        assert not admitted(limiter, "192.0.2.1")
        assert admitted(limiter, "192.0.2.2")
    assert admitted(limiter, "192.0.2.1")


async def _in_turn(limiter: RateLimiter, address: str, seconds: float, order: list[int], number: int) -> bool:
    try:
        async with limiter.acquire_in_turn(address):
            order.append(number)
            await asyncio.sleep(seconds)
            return True
    except Problem:
        return False


def test_a_burst_waits_for_a_moment_in_the_order_in_which_it_came() -> None:
    limiter, order = RateLimiter(RateLimit(at_once=2, rate=0, burst=1)), list[int]()

    async def burst(number: int) -> list[bool]:
        return await asyncio.gather(*(_in_turn(limiter, "192.0.2.1", 0.01, order, one) for one in range(number)))

    assert asyncio.run(burst(4)) == [True] * 4
    assert order == [0, 1, 2, 3]
    # No more may wait than may be under way, and nothing is left of either.
    assert asyncio.run(burst(6)) == [True] * 4 + [False] * 2
    with limiter.acquire("192.0.2.1"), limiter.acquire("192.0.2.1"):
        assert not admitted(limiter, "192.0.2.1")


def test_a_request_that_waits_too_long_is_refused_and_one_that_is_given_up_leaves_its_place() -> None:
    limiter, order = RateLimiter(RateLimit(at_once=1, rate=0, burst=1), patience=0.05), list[int]()

    async def impatient() -> None:
        with limiter.acquire("192.0.2.1"):
            assert not await _in_turn(limiter, "192.0.2.1", 0, order, 0)
            given_up = asyncio.ensure_future(_in_turn(limiter, "192.0.2.1", 0, order, 1))
            await asyncio.sleep(0)
            given_up.cancel()
            await asyncio.wait({given_up})
        assert await _in_turn(limiter, "192.0.2.1", 0, order, 2)

    asyncio.run(impatient())
    assert order == [2]


def test_more_threads_than_may_ask_at_once_are_all_answered(start: Start) -> None:
    def ask(server: Server, number: int) -> int:
        return server.ask(f"SELECT ({number} AS ?n) {{}}").status

    with start(OPSC_CLIENT_RATE="0", OPSC_WORKERS="2") as server, ThreadPoolExecutor(24) as threads:
        assert set(threads.map(functools.partial(ask, server), range(200))) == {200}


def test_a_burst_is_followed_by_the_rate() -> None:
    clock = Clock()
    limiter = RateLimiter(RateLimit(at_once=0, rate=2, burst=3), clock)
    assert [admitted(limiter, "192.0.2.1") for _ in range(4)] == [True, True, True, False]
    clock.now += 0.5
    assert [admitted(limiter, "192.0.2.1") for _ in range(2)] == [True, False]
    clock.now += 3600
    assert [admitted(limiter, "192.0.2.1") for _ in range(4)] == [True, True, True, False]


def test_a_refusal_says_when_to_try_again() -> None:
    limiter = RateLimiter(RateLimit(at_once=0, rate=0.1, burst=1), Clock())
    assert admitted(limiter, "192.0.2.1")
    with pytest.raises(Problem) as refused, limiter.acquire("192.0.2.1"):
        pass
    assert (refused.value.code, refused.value.headers) == ("too-many-requests", {"Retry-After": "10"})


def test_zero_sets_no_limit() -> None:
    limiter = RateLimiter(RateLimit(at_once=0, rate=0, burst=1), Clock())
    with ExitStack() as under_way:
        for _ in range(100):
            under_way.enter_context(limiter.acquire("192.0.2.1"))
        assert admitted(limiter, "192.0.2.1")


def test_what_cost_nothing_is_given_back() -> None:
    limiter = RateLimiter(RateLimit(at_once=0, rate=1, burst=1), Clock())
    for _ in range(5):
        with limiter.acquire("192.0.2.1") as usage:
            usage.refund()
    assert admitted(limiter, "192.0.2.1")
    assert not admitted(limiter, "192.0.2.1"), "what is not given back counts"


def test_the_table_of_clients_is_bounded_and_keeps_those_at_work() -> None:
    limiter = RateLimiter(RateLimit(at_once=1, rate=1, burst=1), Clock(), most_clients=10)
    with limiter.acquire("192.0.2.1"):
        for number in range(1000):
            assert admitted(limiter, f"198.51.100.{number % 250}.{number}")
        assert len(limiter) <= 10
        assert not admitted(limiter, "192.0.2.1")


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("unix", "unix"),
    ],
)
def test_a_client_is_an_address_or_a_network(address: str, name: str) -> None:
    assert network(address) == name


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.9", ["203.0.113.5"], "192.0.2.9"),
        ("10.0.0.1", ["203.0.113.5"], "203.0.113.5"),
        ("10.0.0.1", ["1.2.3.4, 203.0.113.5"], "203.0.113.5"),
        ("10.0.0.1", ["1.2.3.4", "203.0.113.5, 10.0.0.2"], "203.0.113.5"),
        ("10.0.0.1", ["nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["nonsense, 10.0.0.7"], "10.0.0.7"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("::ffff:10.0.0.1", ["203.0.113.5"], "203.0.113.5"),
    ],
)
def test_only_a_trusted_proxy_is_believed(peer: str, forwarded: list[str], client: str) -> None:
    lines = ", ".join(forwarded)
    assert Proxies("10.0.0.0/8, 2001:db8::1").answerable(peer, lines) == client
    assert Proxies().answerable(peer, lines) == network(peer)


def test_a_proxy_that_is_no_address_is_refused() -> None:
    with pytest.raises(SettingsError, match="OPSC_TRUSTED_PROXIES=proxy"):
        Proxies("proxy")


def check_refused(reply: Reply) -> None:
    document = json.loads(reply.body)
    assert (reply.status, document["code"], reply.content_type) == (
        429,
        "too-many-requests",
        "application/problem+json",
    )
    assert int(reply.headers["Retry-After"]) >= 1
    assert document["request_id"] == reply.headers["X-Request-ID"]
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


def test_too_many_requests_at_one_time_are_refused_for_that_client_alone(start: Start) -> None:
    with start(OPSC_CLIENT_REQUESTS="2", OPSC_QUERY_SECONDS="60", OPSC_WORKERS="3") as server:
        assert server.ask("ASK { <kept> ?p ?o }").status == 200
        with ExitStack() as under_way:
            for number in range(2):
                under_way.enter_context(begun(server, by_get(f"{ENDLESS} LIMIT {number + 1}")))
            # Asked from another address, so as not to take the place of one of them.
            assert eventually(lambda: queries_running("127.0.0.6", server) == 2)
            refused = server.request("GET", "/nothing")
            check_refused(refused)
            assert server.request("GET", "/health").status == 200
            assert server.ask("ASK { <kept> ?p ?o }").status == 200
            assert ask_from("127.0.0.5", server).status == 200


def queries_running(address: str, server: Server) -> int:
    """Return how many queries run, as told to the client at ``address``."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60, source_address=(address, 0))
    try:
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().splitlines()
    finally:
        connection.close()
    (told,) = (line for line in lines if line.startswith("opsc_queries_running "))
    return int(float(told.split()[1]))


def ask_from(address: str, server: Server, **headers: str) -> Reply:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60, source_address=(address, 0))
    try:
        query = urlencode({"query": f"ASK {{ ?s ?p {time.monotonic_ns()} }}"})
        connection.request("GET", f"/sparql?{query}", headers={n.replace("_", "-"): v for n, v in headers.items()})
        response = connection.getresponse()
        return Reply(response.status, response.headers, response.read())
    finally:
        connection.close()


def test_requests_that_come_too_fast_are_refused_and_ten_cached_answers_count_as_one(start: Start) -> None:
    with start(OPSC_CLIENT_RATE="0.01", OPSC_CLIENT_BURST="3") as server:
        assert [server.ask("ASK {}").status for _ in range(20)] == [200] * 20
        assert [ask_from("127.0.0.1", server).status for _ in range(2)] == [200, 200]
        assert server.ask("ASK {}").status == 200
        refused = ask_from("127.0.0.1", server)
        check_refused(refused)
        assert int(refused.headers["Retry-After"]) > 10
        assert ask_from("127.0.0.6", server).status == 200
        assert [server.request("GET", "/health").status for _ in range(5)] == [200] * 5
        # Of the thirty in a burst, the first twenty-one had all but one from the cache.
        assert [server.ask("ASK {}").status for _ in range(9)] == [200] * 9
        check_refused([server.ask("ASK {}") for _ in range(2)][1])


def test_a_long_query_counts_as_many_requests(start: Start) -> None:
    with start(OPSC_CLIENT_RATE="0.01", OPSC_CLIENT_BURST="50") as server:
        long = "ASK { ?s ?p '" + "x" * 40_000 + "' }"
        assert server.ask(long).status == 200
        check_refused(server.ask(long + " "))
        check_refused(server.request("POST", "/sparql", long.encode(), Content_Type="application/sparql-query"))
        assert server.request("GET", "/nowhere").status == 404


def test_a_client_behind_a_trusted_proxy_is_told_apart(start: Start) -> None:
    limits = {"OPSC_CLIENT_RATE": "0.01", "OPSC_CLIENT_BURST": "1"}
    with start(OPSC_TRUSTED_PROXIES="127.0.0.1", **limits) as server:
        assert ask_from("127.0.0.1", server, X_Forwarded_For="203.0.113.1").status == 200
        assert ask_from("127.0.0.1", server, X_Forwarded_For="203.0.113.1").status == 429
        assert ask_from("127.0.0.1", server, X_Forwarded_For="203.0.113.2").status == 200
        assert ask_from("127.0.0.7", server, X_Forwarded_For="203.0.113.3").status == 200
        assert ask_from("127.0.0.7", server, X_Forwarded_For="203.0.113.4").status == 429


def test_a_body_that_does_not_come_is_not_waited_for(start: Start) -> None:
    with start(OPSC_BODY_SECONDS="1") as server:
        with begun(server, UNFINISHED) as connection:
            answer = connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b'"code": "request-timeout"' in answer


def test_slow_bodies_keep_nobody_from_asking(start: Start) -> None:
    with start(OPSC_CLIENT_REQUESTS="0", OPSC_QUERY_QUEUE="2", OPSC_BODY_SECONDS="60") as server, ExitStack() as slow:
        for _ in range(50):
            slow.enter_context(begun(server, UNFINISHED))
        assert server.ask("ASK {}").status == 200
