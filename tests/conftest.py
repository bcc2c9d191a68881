"""What many tests need: the graph, assembled once, and a home folder with a release that the real command built."""

import shutil
from pathlib import Path

import pytest
from pyoxigraph import Quad, Store

from graph import build
from graph.sparql import dataset as store
from tests.commanding import opsc


@pytest.fixture(scope="session")
def quads() -> list[Quad]:
    """Every quad of the graph."""
    return build.assemble()


@pytest.fixture(scope="session")
def dataset(quads: list[Quad]) -> Store:
    """The graph as it is queried: named graphs, and their merge as default graph."""
    return store.store_of(quads)


@pytest.fixture(scope="session")
def built_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ``OPSC_HOME`` in which ``opsc build`` has run."""
    home = tmp_path_factory.mktemp("home")
    built = opsc(home, "build")
    assert built.returncode == 0, built.stderr
    return home


@pytest.fixture
def copied_home(built_home: Path, tmp_path: Path) -> Path:
    """A home of its own with that release: cheaper than to build it again."""
    shutil.copytree(built_home / "releases", tmp_path / "home" / "releases")
    return tmp_path / "home"
