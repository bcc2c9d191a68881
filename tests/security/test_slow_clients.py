"""Clients that send or read as slowly as they can: the others are answered meanwhile.

Each comes from an address of its own in 127.0.0.0/8, so that a limit for each client is not what stops them.
"""

import contextlib
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.polling import eventually
from tests.processes import front_process
from tests.security.attacking import LIMITS
from tests.serving import Server, running

HEADER_SECONDS = 1.0
HONEST = "127.0.0.250"
WAIT = 20.0
FEW = 30
MORE_THAN_THREADS = 80
HEAD = b"POST /sparql HTTP/1.1\r\nHost: e\r\nContent-Type: application/sparql-query\r\n"


@pytest.fixture(scope="module")
def patient(home: Path) -> Iterator[Server]:
    with running(home, **{**LIMITS, "OPSC_HEADER_SECONDS": str(HEADER_SECONDS)}) as started:
        yield started


@contextmanager
def attackers(
    server: Server, number: int, sent: bytes, receive_buffer: int | None = None
) -> Iterator[list[socket.socket]]:
    """Open connections that send something and then nothing more."""
    with ExitStack() as stack:
        connections = []
        for one in range(number):
            connection = stack.enter_context(socket.socket())
            connection.settimeout(WAIT)
            if receive_buffer:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            connection.bind((f"127.0.0.{one + 2}", 0))
            connection.connect(("127.0.0.1", server.port))
            connection.sendall(sent)
            connections.append(connection)
        yield connections


def honest(server: Server) -> int:
    """Return the status that a client gets which has nothing to do with the attack."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=WAIT, source_address=(HONEST, 0))
    try:
        connection.request("GET", "/sparql?query=ASK%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D")
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET /sparql HTTP/1.1\r\nHost: e\r\nX-A: ", b"GET /health HTTP/1.1\r\nHost: e\r\n\r\n"],
    ids=["nothing", "half a head", "a request, and then nothing more"],
)
def test_connections_without_a_request_keep_nobody_out(patient: Server, sent: bytes) -> None:
    with attackers(patient, MORE_THAN_THREADS, sent):
        assert honest(patient) == 200


def test_a_head_that_does_not_come_is_not_waited_for(patient: Server) -> None:
    with attackers(patient, 1, b"GET /sparql HTTP/1.1\r\nHost: e\r\nX-A: ") as (connection,):
        begun = time.monotonic()
        while connection.recv(1_000):
            pass
        assert time.monotonic() - begun < 20 * HEADER_SECONDS


@pytest.mark.parametrize(
    "length", [b"Content-Length: 500\r\n\r\nASK", b"Transfer-Encoding: chunked\r\n\r\n3\r\nASK\r\n"]
)
def test_bodies_that_do_not_come_keep_nobody_out(patient: Server, length: bytes) -> None:
    with attackers(patient, FEW, HEAD + length):
        assert honest(patient) == 200
    assert honest(patient) == 200


@pytest.mark.parametrize("path", [b"/health", b"/health/live", b"/health/ready"])
@pytest.mark.parametrize(
    "length", [b"Content-Length: 500\r\n\r\nASK", b"Transfer-Encoding: chunked\r\n\r\n3\r\nASK\r\n"]
)
def test_a_body_for_health_is_not_waited_for(patient: Server, path: bytes, length: bytes) -> None:
    for method in (b"GET ", b"POST "):
        with attackers(patient, 1, method + path + b" HTTP/1.1\r\nHost: e\r\n" + length) as (connection,):
            assert connection.recv(12) in {b"HTTP/1.1 200", b"HTTP/1.1 405"}


def test_health_is_answered_while_every_thread_is_busy(home: Path) -> None:
    limits = {"OPSC_WORKERS": "1", "OPSC_QUERY_QUEUE": "1", "OPSC_LONG_QUEUE": "1", "OPSC_QUERY_SECONDS": "60"}
    with running(home, **limits, OPSC_CLIENT_REQUESTS="0") as busy:
        query = b"SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER(?a = ?i) }".replace(b" ", b"%20")
        with ExitStack() as stack:
            for number in range(FEW):
                sent = b"GET /sparql?query=" + query + b"%23" + str(number).encode() + b" HTTP/1.1\r\nHost: e\r\n\r\n"
                stack.enter_context(attackers(busy, 1, sent))
            for path in ("/health", "/health/live", "/health/ready"):
                assert busy.request("GET", path).status == 200


QUERY = b"/sparql?format=csv&query=SELECT%%20*%%20%%7B?a%%20?p%%20?x.?b%%20?q%%20?y%%7D%%20LIMIT%%2050000%%23%d"
LENGTH = 3_110_513
UNREAD = b"GET " + QUERY + b" HTTP/1.1\r\nHost: e\r\n\r\n"


def test_answers_that_nobody_reads_count_until_they_are_sent(home: Path) -> None:
    """One answer has some 3 MB, of which the system takes less than one."""
    with running(home, OPSC_SENDING_BYTES=str(7 * LENGTH // 2)) as sending, ExitStack() as stack:
        begun = [stack.enter_context(unread(sending, number, "127.0.0.2")) for number in range(2)]
        codes = [connection.recv(12) for connection in begun]
        # The first is more than the share of a client, which one may be; the second is refused.
        assert sorted(codes) == [b"HTTP/1.1 200", b"HTTP/1.1 503"]
        for number, address in enumerate(["127.0.0.3", "127.0.0.4"], 10):
            assert stack.enter_context(unread(sending, number, address)).recv(12) == b"HTTP/1.1 200"
        # Those are three, and a fourth is beyond what all clients may have.
        assert stack.enter_context(unread(sending, 20, "127.0.0.5")).recv(12) == b"HTTP/1.1 503"
        assert honest(sending) == 200


def test_a_client_that_reads_nothing_is_cut(home: Path) -> None:
    with running(home, OPSC_WRITE_SECONDS="5", OPSC_CLIENT_REQUESTS="1") as sending:
        with unread(sending, 0, HONEST) as connection:
            assert connection.recv(12) == b"HTTP/1.1 200"
            # The request counts as one under way until its time is over.
            assert honest(sending) == 429
            assert eventually(lambda: honest(sending) == 200)
            received = 0
            with contextlib.suppress(ConnectionResetError):
                while part := connection.recv(1_000_000):
                    received += len(part)
            assert received < LENGTH
        assert whole(sending) == LENGTH


def test_unread_answers_hold_no_memory(home: Path) -> None:
    with running(home, OPSC_WRITE_SECONDS="30", OPSC_CLIENT_REQUESTS="0") as server, ExitStack() as stack:
        assert whole(server) == LENGTH
        front = front_process(server.process.pid)
        before = resident(front)
        # The same bytes, from the cache.
        for number in range(FEW):
            stack.enter_context(unread(server, 0, f"127.0.0.{number + 2}")).recv(12)
        assert resident(front) - before < FEW * LENGTH / 2
        assert honest(server) == 200


@contextmanager
def unread(server: Server, number: int, address: str) -> Iterator[socket.socket]:
    """Ask for a large answer, of its own for each number, and do not read it."""
    with socket.socket() as connection:
        connection.settimeout(WAIT)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
        connection.bind((address, 0))
        connection.connect(("127.0.0.1", server.port))
        connection.sendall(UNREAD % number)
        yield connection


def whole(server: Server) -> int:
    """Return how long the answer is that :func:`unread` asks for."""
    return len(server.request("GET", (QUERY % 0).decode()).body)


def resident(pid: int) -> int:
    """Return how many bytes of memory a process has."""
    (line,) = (one for one in Path(f"/proc/{pid}/status").read_text().splitlines() if one.startswith("VmRSS"))
    return 1024 * int(line.split()[1])


def test_readers_of_large_answers_who_do_not_read_keep_nobody_out(patient: Server) -> None:
    query = b"GET /sparql?format=json&query=SELECT%20*%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D HTTP/1.1\r\nHost: e\r\n\r\n"
    with attackers(patient, FEW, query * 20, receive_buffer=2_048):
        assert honest(patient) == 200
    assert honest(patient) == 200


def test_clients_that_hang_up_in_the_middle_leave_nothing_behind(patient: Server) -> None:
    for _ in range(3):
        with attackers(patient, FEW, HEAD + b"Content-Length: 500\r\n\r\nASK"):
            pass
    assert honest(patient) == 200
