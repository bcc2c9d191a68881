"""Runs the real command on a small release, and talks to it over real sockets, for every test that needs a server."""

import os
import queue
import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path
from urllib.parse import urlencode

from pyoxigraph import Literal, NamedNode, Quad

from graph.versions import release
from tests.commanding import Command
from tests.polling import PATIENCE

_PORT = re.compile(r":(\d+)/sparql\n$")


@dataclass(frozen=True)
class Reply:
    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def content_type(self) -> str:
        return self.headers["Content-Type"]


def answered(connection: HTTPConnection, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Reply:
    """Return the reply to a request over a connection that ends with it; ``_`` in names of headers stands for ``-``."""
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return Reply(response.status, response.headers, response.read())
    finally:
        connection.close()


@dataclass(frozen=True)
class Server:
    """A running server; ``process`` is the one that the command line started."""

    port: int
    process: "subprocess.Popen[str] | Command"
    ready_line: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/sparql"

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        return answered(HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE), method, path, body, headers)

    def ask(self, query: str, method: str = "GET", accept: str | None = None, **parameters: str | list[str]) -> Reply:
        headers = {} if accept is None else {"Accept": accept}
        encoded = urlencode({"query": query, **parameters}, doseq=True)
        return self.request(method, f"/sparql?{encoded}", **headers)


def small_release(home: Path) -> release.Release:
    """Build a release whose two graphs, of 300 and 101 triples, share one: their merge has 400."""
    predicate = NamedNode("http://e/p")
    quads = [
        Quad(NamedNode(f"http://e/{n}"), predicate, Literal(f"é {n}", language="fr"), NamedNode(f"http://e/{name}"))
        for name, numbers in (("a", range(300)), ("b", range(299, 400)))
        for n in numbers
    ]
    return release.write(home, release.sorted_nquads(quads), {}, b"")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(home: Path, *arguments: str, **environment: str) -> Iterator[Server]:
    """Run ``opsc serve`` on the release in ``home``, and wait for its line."""
    process = Command(
        ["serve", "--port", "0", *arguments], {**os.environ, "OPSC_HOME": str(home), **environment}, Path.cwd()
    )
    try:
        yield answering_server(process)
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def answering_server(process: "subprocess.Popen[str] | Command") -> Server:
    """Return the server that a process runs, once its line tells the port; there is no line when it cannot start."""
    line = first_line(process)
    port = _PORT.search(line)
    return Server(int(port[1]) if port else 0, process, line)


def first_line(process: "subprocess.Popen[str] | Command") -> str:
    lines: queue.Queue[str] = queue.Queue()
    assert process.stdout is not None
    threading.Thread(target=lambda out: lines.put(out.readline()), args=(process.stdout,), daemon=True).start()
    return lines.get(timeout=PATIENCE)


class Listener:
    """Counts the connections to a port of this machine."""

    def __init__(self) -> None:
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/data.ttl"
        self._thread = threading.Thread(target=self._count)
        self._thread.start()

    def _count(self) -> None:
        while True:
            accepted, _ = self._socket.accept()
            with accepted:
                if accepted.recv(4) == b"stop":
                    return
                self.connections += 1

    def close(self) -> None:
        with socket.create_connection(self._socket.getsockname()) as last:
            last.sendall(b"stop")
        self._thread.join()
        self._socket.close()
