"""A client that ends the connection: what runs for it is stopped, and what is recorded is decided nevertheless."""

import json
import os
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.endpoint.conftest import Server
from tests.endpoint.server.test_server import ENDLESS
from tests.polling import eventually
from tests.processes import children

DEADLINE = 100.0

Start = Callable[..., AbstractContextManager[Server]]


def begun(server: Server, request: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    connection.sendall(request)
    return connection


def by_get(query: str) -> bytes:
    return f"GET /sparql?{urlencode({'query': query})} HTTP/1.1\r\nHost: e\r\n\r\n".encode()


def by_post(query: str) -> bytes:
    head = f"POST /sparql HTTP/1.1\r\nHost: e\r\nContent-Type: application/sparql-query\r\nContent-Length: {len(query)}"
    return f"{head}\r\n\r\n{query}".encode()


def evaluates(server: Server, seconds: float) -> bool:
    """Whether some process below the server has worked for so long since it began."""
    ticks = seconds * os.sysconf("SC_CLK_TCK")
    before = {pid: worked(pid) for pid in children(server.process.pid)}
    return eventually(lambda: any(worked(pid) - before.get(pid, 0) >= ticks for pid in children(server.process.pid)))


def worked(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(fields[11]) + int(fields[12])


@pytest.mark.parametrize("asked", [by_get, by_post], ids=["GET", "POST"])
def test_the_query_of_a_client_that_hangs_up_is_stopped(start: Start, asked: Callable[[str], bytes]) -> None:
    with start(OPSC_WORKERS="1", OPSC_QUERY_SECONDS=str(DEADLINE)) as server:
        with begun(server, asked(ENDLESS)):
            assert evaluates(server, 0.1)
        asking = time.monotonic()
        assert server.ask("ASK { ?s ?p ?o }").status == 200
        # Without the stop the one process would be busy until its deadline.
        assert time.monotonic() - asking < DEADLINE / 2


def test_a_query_that_waits_for_a_client_that_hung_up_never_runs(start: Start) -> None:
    with start(OPSC_WORKERS="1", OPSC_QUERY_SECONDS=str(DEADLINE), OPSC_QUERY_QUEUE="3") as server:
        with begun(server, by_get(ENDLESS)):
            assert evaluates(server, 0.1)
            for number in range(6):
                # More than there are places: each frees its own when it goes.
                begun(server, by_get(f"{ENDLESS} LIMIT {number + 1}")).close()
                time.sleep(0.1)
        asking = time.monotonic()
        assert server.ask("ASK { ?s ?p ?o }").status == 200
        assert time.monotonic() - asking < DEADLINE / 2


def test_an_equal_query_of_another_client_is_answered_though_the_first_hung_up(start: Start) -> None:
    with start(OPSC_WORKERS="1", OPSC_QUERY_SECONDS="2") as server, ThreadPoolExecutor(1) as other:
        with begun(server, by_get(ENDLESS)):
            assert evaluates(server, 0.1)
            second = other.submit(server.ask, ENDLESS)
            time.sleep(0.5)
        # It is evaluated for the second client, until its own deadline.
        reply = second.result(timeout=60)
        assert (reply.status, json.loads(reply.body)["code"]) == (504, "deadline-exceeded")


def test_equal_queries_at_one_time_are_evaluated_once(start: Start) -> None:
    pairs = "{ ?a ?b ?c . ?d ?e ?f . FILTER(STRLEN(CONCAT(STR(?a), STR(?d))) > 5) }"
    query = f"SELECT (BNODE() AS ?node) (COUNT(*) AS ?n) {pairs}"
    with start(OPSC_WORKERS="2") as server, ThreadPoolExecutor(8) as clients:
        replies = list(clients.map(lambda _: server.ask(query), range(8)))
        assert {reply.status for reply in replies} == {200}
        assert len({reply.body for reply in replies}) == 1


def test_each_of_equal_queries_is_told_what_is_wrong_with_it(start: Start) -> None:
    # What one is told cannot be given to the others, who have waited for it: each is evaluated.
    with start(OPSC_WORKERS="2", OPSC_QUERY_SECONDS="1") as server, ThreadPoolExecutor(3) as clients:
        replies = list(clients.map(lambda _: server.ask(ENDLESS), range(3)))
        assert [(reply.status, json.loads(reply.body)["code"]) for reply in replies] == [(504, "deadline-exceeded")] * 3


def test_a_hang_up_is_no_failure_of_the_server(start: Start) -> None:
    with start(OPSC_WORKERS="1", OPSC_QUERY_SECONDS=str(DEADLINE)) as server:
        for asked in (by_get, by_post):
            with begun(server, asked(ENDLESS)):
                assert evaluates(server, 0.1)
        assert eventually(lambda: b'status="499"' in server.request("GET", "/metrics").body)
        lines = server.request("GET", "/metrics").body.decode().splitlines()
        assert not [line for line in lines if line.startswith("opsc_requests_total") and 'status="5' in line]
