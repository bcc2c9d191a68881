"""What many tests need: the graph, assembled once, and a home folder with a release that the real command built."""

import fcntl
import multiprocessing
import os
import shutil
from pathlib import Path

import pytest
from pyoxigraph import Quad, Store

from graph import build
from graph.sparql.dataset import create_store
from graph.versions.delta import Delta
from tests import generated
from tests.commanding import opsc
from tests.contributing import NATIONAL_LAW, Graph, german_texts, read_contribution

__all__ = ["generated"]


@pytest.fixture(scope="session", autouse=True)
def _preloaded_fork_servers() -> None:
    """Let fork servers of tests come from a process that has imported what they need, as those of a server do."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(["graph.preload"])


@pytest.fixture(scope="session")
def quads() -> list[Quad]:
    """Every quad of the graph."""
    return build.assemble()


@pytest.fixture(scope="session")
def dataset(quads: list[Quad]) -> Store:
    """The graph as it is queried: named graphs, and their merge as default graph."""
    return create_store(quads)


@pytest.fixture(scope="session")
def contributed_dataset(quads: list[Quad], tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The graph after contributions of a national law, of claims, and of German labels and texts for everything."""
    graph = Graph(quads, tmp_path_factory.mktemp("contributed"))
    graph.change(Delta((*read_contribution(NATIONAL_LAW, 1), *german_texts(quads, 2))))
    return graph.dataset


@pytest.fixture(scope="session")
def built_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ``OPSC_HOME`` in which ``opsc build`` has run, once for all the workers of a run; no test changes it."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return _build(base / "built")
    with (base.parent / "built.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _build(base.parent / "built")


def _build(home: Path) -> Path:
    """Return ``home``, in which the graph is built unless another worker has done it."""
    if not (home / "releases" / "current").exists():
        built = opsc(home, "build")
        assert built.returncode == 0, built.stderr
    return home


@pytest.fixture
def copied_home(built_home: Path, tmp_path: Path) -> Path:
    """A home of its own with that release: cheaper than to build it again."""
    shutil.copytree(built_home / "releases", tmp_path / "home" / "releases")
    return tmp_path / "home"
