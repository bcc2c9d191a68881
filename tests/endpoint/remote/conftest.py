"""An engine that holds the graph, and a server in front of it: Virtuoso and Oxigraph, one after the other."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.commanding import opsc
from tests.endpoint.conftest import Server, running
from tests.engines import Engine, oxigraph, virtuoso

ENGINES = {"virtuoso": virtuoso, "oxigraph": oxigraph}
EACH_ENGINE = [pytest.param("virtuoso", marks=pytest.mark.engines), "oxigraph"]


def publish(home: Path, engine: Engine, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run ``opsc publish`` into an engine."""
    return opsc(home, "publish", *arguments, **engine.environment)


@contextmanager
def reading(home: Path, engine: Engine, **environment: str) -> Iterator[Server]:
    """Run a server that reads an engine and writes nothing into it, and keeps no answers: each is the engine's."""
    with running(home, OPSC_STORE=engine.query_url, OPSC_CACHE_BYTES="0", **environment) as server:
        yield server


@pytest.fixture(scope="session", params=EACH_ENGINE)
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, built_home: Path
) -> Iterator[Engine]:
    """An engine that holds the project's graph."""
    with ENGINES[request.param](tmp_path_factory.mktemp(request.param)) as started:
        done = publish(built_home, started)
        assert done.returncode == 0, done.stderr
        yield started


@pytest.fixture(scope="session")
def fronted(engine: Engine, built_home: Path) -> Iterator[Server]:
    """A server in front of the engine."""
    with reading(built_home, engine, OPSC_QUERY_SECONDS="20") as server:
        yield server


@pytest.fixture(scope="session")
def local(built_home: Path) -> Iterator[Server]:
    """A server that answers the same version itself."""
    with running(built_home, OPSC_QUERY_SECONDS="60") as server:
        yield server
