"""Runs a front alone, over an application of a test, in a process of its own that listens on a real socket."""

import multiprocessing
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any

from granian.constants import HTTPModes, Interfaces, Loops
from granian.server import Server as Granian

from tests.polling import eventually
from tests.serving import Reply, answered, free_port


@contextmanager
def listening(front: Callable[[], Callable[..., Any]]) -> Iterator[int]:
    """Give the port of a server of the RSGI application that ``front``, which can be pickled, returns."""
    port = free_port()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(front, port))
    process.start()
    try:
        assert eventually(lambda: _listens(port))
        yield port
    finally:
        process.terminate()
        process.join(30)


def request(port: int, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
    return answered(HTTPConnection("127.0.0.1", port, timeout=60), method, path, body, headers)


def _serve(front: Callable[[], Callable[..., Any]], port: int) -> None:
    server = Granian(
        "front", port=port, interface=Interfaces.RSGI, http=HTTPModes.http1, loop=Loops.uvloop, log_enabled=False
    )
    server.serve(target_loader=front, wrap_loader=False)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
