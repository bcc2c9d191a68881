"""A version made by the command line takes over in a running server: every request is answered, from one version."""

import itertools
import json
import signal
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from endpoint.auth import token_file
from graph.versions import release
from tests.described import body
from tests.endpoint.conftest import Server, running
from tests.polling import PATIENCE, eventually
from tests.processes import children

VERSIONS = 4
SUBJECTS = 50
# Two patterns over every subject: an answer that mixed two versions would have two values.
QUERY = "SELECT DISTINCT ?value { ?s <http://e/version> ?value }"


def release_number(home: Path, number: int) -> release.Release:
    """Build the release in which every subject has the value ``number``."""
    predicate, graph = NamedNode("http://e/version"), NamedNode("http://e/g")
    quads = [Quad(NamedNode(f"http://e/{n}"), predicate, Literal(str(number)), graph) for n in range(SUBJECTS)]
    return release.write(home, release.sorted_nquads(quads), {}, b"")


def served_version(server: Server) -> str:
    return str(json.loads(server.request("GET", "/health").body)["version"])


@pytest.fixture(scope="module")
def changing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    home = tmp_path_factory.mktemp("changing")
    release_number(home, 0)
    with running(home, OPSC_WORKERS="2", OPSC_WATCH_SECONDS="0.1") as server:
        yield server, home


def test_no_request_is_lost_while_versions_change(changing: tuple[Server, Path]) -> None:
    server, home = changing
    stop = threading.Event()
    answers: list[tuple[int, list[str]]] = []

    def ask() -> None:
        while not stop.is_set():
            reply = server.ask(QUERY)
            rows = json.loads(reply.body)["results"]["bindings"] if reply.status == 200 else []
            answers.append((reply.status, [row["value"]["value"] for row in rows]))

    asking = [threading.Thread(target=ask) for _ in range(4)]
    for thread in asking:
        thread.start()
    for number in range(1, VERSIONS + 1):
        version = release_number(home, number).version
        assert eventually(lambda wanted=version: served_version(server) == wanted)
        assert json.loads(server.ask(QUERY).body)["results"]["bindings"][0]["value"]["value"] == str(number)
    stop.set()
    for thread in asking:
        thread.join()
    assert {status for status, _ in answers} == {200}
    assert {len(values) for _, values in answers} == {1}
    assert {values[0] for _, values in answers} >= {"0", str(VERSIONS)}


PATHS = ("/data?default", "/", "/health/ready", "/metrics", "/contributions", f"/sparql?{urlencode({'query': QUERY})}")


class Reader:
    """Asks for everything there is to read, on one connection or on a new one each time, until it is stopped."""

    def __init__(self, server: Server, *, keeping: bool) -> None:
        self.failures: list[tuple[str, object]] = []
        self.answered: set[str] = set()
        self._connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
        self._keeping = keeping
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        self._connection.close()

    def _read(self) -> None:
        for path in itertools.cycle(PATHS):
            if self._stop.is_set() or self.failures:
                return
            self._ask(path)

    def _ask(self, path: str) -> None:
        try:
            self._connection.request("GET", path)
            response = self._connection.getresponse()
            response.read()
        except (OSError, HTTPException) as error:
            self.failures.append((path, repr(error)))
            return
        self.answered.add(path)
        if response.status != 200:
            self.failures.append((path, response.status))
        if not self._keeping:
            self._connection.close()


def contribute(server: Server, number: int, secret: str) -> None:
    """Contribute a law, which every query knows of afterwards."""
    data = body(f"http://e/law/{number}", "The law").encode()
    path = "/contributions?source=https://example.org/gazette/1"
    sent = server.request("POST", path, data, Authorization=f"Bearer {secret}", Content_Type="text/turtle")
    assert sent.status == 201, sent.body
    assert json.loads(server.ask(f"ASK {{ <http://e/law/{number}> ?p ?o }}").body)["boolean"]


def test_no_kind_of_request_is_lost_while_builds_contributions_and_signals_come(tmp_path: Path) -> None:
    release_number(tmp_path, 0)
    secret, _ = token_file.create(tmp_path / "tokens", "alice", ["contribute"])
    with running(tmp_path, OPSC_WORKERS="2", OPSC_WATCH_SECONDS="0.1") as server:
        readers = [Reader(server, keeping=number % 2 == 0) for number in range(4)]
        for number in range(1, VERSIONS + 1):
            release_number(tmp_path, number)
            contribute(server, number, secret)
            server.process.send_signal(signal.SIGHUP)
        for reader in readers:
            reader.stop()
    assert [failure for reader in readers for failure in reader.failures] == []
    assert all(reader.answered == set(PATHS) for reader in readers)


def test_a_contribution_is_served_without_reading_the_release_again(tmp_path: Path) -> None:
    quads_file = release_number(tmp_path, 1).quads_file
    secret, _ = token_file.create(tmp_path / "tokens", "alice", ["contribute"])
    with running(tmp_path, OPSC_WORKERS="2", OPSC_WATCH_SECONDS="60") as server:
        contribute(server, 1, secret)
        before = settled_processes(server)
        quads_file.write_text("unreadable")
        for number in range(2, 5):
            contribute(server, number, secret)
        assert json.loads(server.ask(QUERY).body)["results"]["bindings"][0]["value"]["value"] == "1"
        assert settled_processes(server) == before
        assert zombies(server.process.pid) == []


def zombies(pid: int) -> list[int]:
    """Return the processes below a process that have ended and were not reaped."""
    states = {child: Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] for child in children(pid)}
    return [child for child, state in states.items() if state == "Z"]


def test_the_processes_of_earlier_versions_end(changing: tuple[Server, Path]) -> None:
    server, home = changing
    before = settled_processes(server)
    version = release_number(home, 77).version
    assert eventually(lambda: served_version(server) == version)
    assert settled_processes(server) == before


def settled_processes(server: Server) -> int:
    """Return how many processes the server has once none has come or gone for two seconds."""
    count, since = len(children(server.process.pid)), time.monotonic()
    end = since + PATIENCE
    while time.monotonic() < since + 2:
        assert time.monotonic() < end, "the processes never settle"
        time.sleep(0.1)
        now = len(children(server.process.pid))
        if now != count:
            count, since = now, time.monotonic()
    return count


def test_the_service_description_counts_the_new_version(changing: tuple[Server, Path]) -> None:
    server, home = changing
    quads = [Quad(NamedNode("http://e/s"), NamedNode("http://e/p"), Literal("x"), NamedNode("http://e/only"))]
    version = release.write(home, release.sorted_nquads(quads), {}, b"").version
    assert eventually(lambda: served_version(server) == version)
    description = server.request("GET", "/sparql").body.decode()
    assert "<http://e/only>" in description
    assert "<http://e/g>" not in description


def test_a_version_that_cannot_be_loaded_leaves_the_one_before(tmp_path: Path) -> None:
    good = release_number(tmp_path, 1)
    with running(tmp_path, OPSC_WATCH_SECONDS="0.1") as server:
        bad = tmp_path / "releases" / "bad"
        bad.mkdir()
        (bad / "graph.nq").write_text("<http://e/s> <http://e/p> nonsense .\n")
        (tmp_path / "releases" / "current").write_text("bad")
        time.sleep(1.5)
        assert served_version(server) == good.version
        assert server.ask(QUERY).status == 200
        repaired = release_number(tmp_path, 3)
        assert eventually(lambda: served_version(server) == repaired.version)
