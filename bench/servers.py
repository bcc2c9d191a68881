"""Servers under measurement: our own and its peers, each a process on loopback with the same data, stopped at the end.

Most peers come from PyPI into a folder of their own: ``python -m venv .peers && .peers/bin/pip install oxigraph
'rdflib-endpoint[web,cli]'``. ``OPSC_BENCH_PEERS`` names another folder with their commands. Virtuoso comes from Debian:
``apt-get install virtuoso-opensource-7``.
"""

import contextlib
import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import RdfFormat, Store, serialize

from tests import engines

PEERS = Path(os.environ.get("OPSC_BENCH_PEERS", Path(__file__).parent.parent / ".peers" / "bin"))
START_SECONDS = 60.0
ANSWER_SECONDS = 120.0
ASK = "ASK { ?s ?p ?o }"
JSON = "application/sparql-results+json"
GRAPH = "text/turtle"


@dataclass(frozen=True)
class Server:
    """A running SPARQL endpoint; ``started`` is how many seconds it took to its first answer."""

    name: str
    port: int
    path: str
    process: "subprocess.Popen[bytes]"
    started: float

    def client(self) -> "Client":
        """Return a client with a connection of its own."""
        return Client(self.port, self.path)

    @property
    def memory(self) -> int:
        """The memory of all processes of the server in kilobytes, what they share counted once."""
        return sum(map(_proportional, _tree(self.process.pid)))

    @property
    def resident(self) -> dict[int, int]:
        """The resident memory of each process of the server, in kilobytes, by process id."""
        return {pid: size for pid in _tree(self.process.pid) if (size := _resident(pid))}


class Client:
    """Asks queries over one connection that stays open."""

    def __init__(self, port: int, path: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
        self._path = path

    def ask(self, query: str, timeout: float | None = None) -> tuple[int, bytes]:
        """Return status and body of the answer to a query sent as a form."""
        wanted = f"{JSON}, {GRAPH};q=0.9"
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": wanted}
        self._connection.timeout = timeout or ANSWER_SECONDS
        if self._connection.sock:
            self._connection.sock.settimeout(self._connection.timeout)
        try:
            self._connection.request("POST", self._path, urllib.parse.urlencode({"query": query}), headers)
            response = self._connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return 0, b""

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


def merged_nquads(dataset: Store, file: Path) -> Path:
    """Write a dataset whose default graph is the merge of its named graphs, as every server is to hold it."""
    serialize(iter(dataset), file, RdfFormat.N_QUADS)
    return file


@contextlib.contextmanager
def opsc(home: Path, **settings: str) -> Iterator[Server]:
    """Run ``opsc serve`` on the graph in ``home``."""
    port = free_port()
    command = [sys.executable, "-m", "opsc", "serve", "--port", str(port)]
    with _running("opsc serve", command, port, "/sparql", {"OPSC_HOME": str(home), **settings}) as server:
        yield server


@contextlib.contextmanager
def oxigraph(nquads: Path, folder: Path) -> Iterator[Server]:
    """Run ``oxigraph serve`` on a file that is loaded first."""
    port, program = free_port(), str(PEERS / "oxigraph")
    location = ["--location", str(folder / "oxigraph")]
    subprocess.run([program, "load", *location, "--file", str(nquads)], check=True, capture_output=True)
    command = [program, "serve-read-only", *location, "--bind", f"127.0.0.1:{port}"]
    with _running("oxigraph serve", command, port, "/query") as server:
        yield server


@contextlib.contextmanager
def rdflib_endpoint(nquads: Path) -> Iterator[Server]:
    """Run ``rdflib-endpoint serve`` on a file."""
    port = free_port()
    command = [str(PEERS / "rdflib-endpoint"), "serve", "--host", "127.0.0.1", "--port", str(port), str(nquads)]
    with _running("rdflib-endpoint", command, port, "/") as server:
        yield server


@contextlib.contextmanager
def virtuoso(home: Path, folder: Path) -> Iterator[Server]:
    """Run Virtuoso with the graph in ``home`` published into it, which it merges for queries that name no graph."""
    location = folder / "virtuoso"
    location.mkdir()
    begun = time.perf_counter()
    with engines.virtuoso(location) as engine:
        started = time.perf_counter() - begun
        environment = {**os.environ, **engine.environment, "OPSC_HOME": str(home)}
        subprocess.run([sys.executable, "-m", "opsc", "publish"], env=environment, check=True, capture_output=True)
        if engine.process is None:
            raise RuntimeError("Virtuoso ended while the graph was published")
        yield Server("Virtuoso 7", engine.port, engine.query_path, engine.process, started)


def has_virtuoso() -> bool:
    """Tell whether Virtuoso is installed."""
    return shutil.which("virtuoso-t") is not None


def has_peers() -> bool:
    """Tell whether the peers that come from PyPI are installed."""
    return (PEERS / "oxigraph").exists() and (PEERS / "rdflib-endpoint").exists()


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _running(
    name: str, command: Sequence[str], port: int, path: str, environment: dict[str, str] | None = None
) -> Iterator[Server]:
    begun = time.perf_counter()
    process = subprocess.Popen(
        command, env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while Client(port, path).ask(ASK)[0] != http.client.OK:
            if process.poll() is not None or time.perf_counter() - begun > START_SECONDS:
                sys.exit(f"{name} did not start")
            time.sleep(0.01)
        yield Server(name, port, path, process, time.perf_counter() - begun)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def _tree(root: int) -> list[int]:
    """Return a process and all that it has started."""
    found, unvisited = [], [root]
    while unvisited:
        pid = unvisited.pop()
        found.append(pid)
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                unvisited += [int(child) for child in (task / "children").read_text().split()]
    return found


def _resident(pid: int) -> int:
    return _kilobytes(pid, "status", "VmRSS:")


def _proportional(pid: int) -> int:
    return _kilobytes(pid, "smaps_rollup", "Pss:")


def _kilobytes(pid: int, file: str, name: str) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1])
    return 0
