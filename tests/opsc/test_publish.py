"""``opsc publish`` into real engines: whole, again, over an interruption, and the errors that it names."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from graph.remote import marker
from graph.remote.client import Client
from graph.remote.credentials import Credentials
from graph.remote.marker import Published
from graph.versions import release
from tests.endpoint.remote.conftest import EACH_ENGINE, ENGINES, publish
from tests.engines import Engine, virtuoso

MOST = 10_000_000


def released(home: Path, **graphs: int) -> release.Release:
    """Build a release with as many triples in each graph; triples with the same number are in all of them."""
    predicate = NamedNode("http://e/p")
    quads = [
        Quad(NamedNode(f"http://e/{n}"), predicate, Literal(f"é '{n}'\n"), NamedNode(f"http://e/{name}"))
        for name, size in graphs.items()
        for n in range(size)
    ]
    return release.write(home, release.sorted_nquads(quads), {}, b"")


def held(engine: Engine) -> Published:
    with closing(Client(engine.query_url, None, MOST)) as client:
        return marker.read(client, 60)


def count(engine: Engine, graph: str) -> int:
    text = f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"
    with closing(Client(engine.query_url, None, MOST)) as client:
        reply = client.post(marker.query_request(text, [graph], [graph]), 60)
    return int(json.loads(reply.body)["results"]["bindings"][0]["n"]["value"])


def write(engine: Engine, update: str) -> None:
    name, _, password = engine.credentials.partition(":")
    credentials = Credentials(name, password) if name else None
    with closing(Client(engine.update_url, credentials, MOST)) as client:
        client.post(marker.update_request(update), 60)


@pytest.fixture(scope="module", params=EACH_ENGINE)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with ENGINES[request.param](tmp_path_factory.mktemp(request.param)) as started:
        yield started


def test_every_graph_and_their_merge_are_in_the_store(tmp_path: Path, engine: Engine) -> None:
    version = released(tmp_path, a=300, b=200).version
    done = publish(tmp_path, engine, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["version"] == version
    assert [count(engine, graph) for graph in ("http://e/a", "http://e/b", marker.MERGED)] == [300, 200, 300]
    now = held(engine)
    assert (now.version, now.graphs) == (version, ["http://e/a", "http://e/b"])


def test_a_second_time_nothing_is_written(tmp_path: Path, engine: Engine) -> None:
    released(tmp_path, a=300, b=200)
    publish(tmp_path, engine)
    before = held(engine)
    done = json.loads(publish(tmp_path, engine, "--json").stdout)
    assert (done["written"], done["triples"], done["removed"]) == (0, 0, 0)
    assert held(engine).state == before.state


def test_only_what_differs_is_written_and_what_is_gone_is_removed(tmp_path: Path, engine: Engine) -> None:
    released(tmp_path, a=300, b=200, c=10)
    publish(tmp_path, engine)
    released(tmp_path, a=301, b=200)
    done = json.loads(publish(tmp_path, engine, "--json").stdout)
    assert (done["written"], done["triples"], done["removed"]) == (2, 2, 1)
    assert [count(engine, graph) for graph in ("http://e/a", "http://e/c", marker.MERGED)] == [301, 0, 301]


def test_an_earlier_version_can_be_published(tmp_path: Path, engine: Engine) -> None:
    first = released(tmp_path, a=30)
    released(tmp_path, a=10, b=5)
    publish(tmp_path, engine)
    done = publish(tmp_path, engine, "--version", first.version[:12])
    assert done.stdout.startswith(f"version {first.version[:12]} published: 1 graphs")
    assert [count(engine, graph) for graph in ("http://e/a", "http://e/b", marker.MERGED)] == [30, 0, 30]


def test_what_was_interrupted_is_taken_up(tmp_path: Path, engine: Engine) -> None:
    version = released(tmp_path, a=4000, b=4000).version
    environment = {**os.environ, "OPSC_HOME": str(tmp_path), **engine.environment, "OPSC_STORE_CHUNK": "20"}
    started = subprocess.Popen([sys.executable, "-m", "opsc", "publish"], env=environment)
    end = time.monotonic() + 60
    while count(engine, "http://e/a") < 1000:
        assert time.monotonic() < end
        assert started.poll() is None
    started.send_signal(signal.SIGKILL)
    started.wait()
    assert held(engine).version == ""
    assert publish(tmp_path, engine).returncode == 0
    assert held(engine).version == version
    assert [count(engine, graph) for graph in ("http://e/a", "http://e/b", marker.MERGED)] == [4000, 4000, 4000]


def test_a_store_that_lost_triples_is_an_error_and_then_mended(tmp_path: Path, engine: Engine) -> None:
    released(tmp_path, a=30, b=20)
    publish(tmp_path, engine)
    write(engine, "DELETE WHERE { GRAPH <http://e/a> { <http://e/7> ?p ?o } }")
    done = publish(tmp_path, engine)
    assert done.returncode == 2
    assert "the engine has 29 triples in http://e/a, but the version has 30" in done.stderr
    assert publish(tmp_path, engine).returncode == 0
    assert count(engine, "http://e/a") == 30


@pytest.mark.engines
def test_a_wrong_password_is_one_line(tmp_path: Path) -> None:
    with virtuoso(tmp_path) as engine:
        released(tmp_path, a=3)
        engine.credentials = "dba:wrong"
        done = publish(tmp_path, engine)
        assert done.returncode == 2
        assert done.stderr == (
            f"opsc: {engine.update_url} does not accept the credentials; see OPSC_STORE_CREDENTIALS (status 401)\n"
        )
        engine.update_path = "/sparql"
        done = publish(tmp_path, engine)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(("path", "said"), [("/nothing", "was not found"), ("/", "")])
def test_a_wrong_address_is_one_line(tmp_path: Path, engine: Engine, path: str, said: str) -> None:
    released(tmp_path, a=3, z=1)
    done = publish(tmp_path, engine, "--to", f"http://127.0.0.1:{engine.port}{path}")
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_store_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    released(tmp_path, a=3)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nowhere = Engine([], closed.getsockname()[1], tmp_path, "/query", "/update")
        done = publish(tmp_path, nowhere)
    assert done.returncode == 2
    assert done.stderr == f"opsc: {nowhere.query_url} cannot be reached: Connection refused\n"


def test_without_an_address_the_usage_says_which_is_missing(tmp_path: Path) -> None:
    released(tmp_path, a=3)
    done = subprocess.run(
        [sys.executable, "-m", "opsc", "publish"],
        env={**os.environ, "OPSC_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "OPSC_STORE_UPDATE" in done.stderr
