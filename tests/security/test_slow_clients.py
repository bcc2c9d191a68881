"""Clients that send or read as slowly as they can: the others are answered meanwhile.

Each comes from an address of its own in 127.0.0.0/8, so that a limit for each client is not what stops them.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

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
