"""The real status tables, where they are at hand, and the participants that the graph knows."""

import os
from pathlib import Path

import pytest
from pyoxigraph import NamedNode

import graph
from loaders.curated.participation import participants
from loaders.untc import status_tables as untc
from loaders.untc.status_tables import StatusTables
from ontology import iris

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def names() -> dict[str, NamedNode]:
    """The participants of the curated data by name."""
    return participants.iris_by_name(Path(graph.__file__).parent / "data")


@pytest.fixture(scope="session")
def untc_folder() -> Path:
    """The folder of status tables that the UN Treaty Collection served in 2015."""
    folder = Path(os.environ.get("OPSC_UNTC_TABLES", ROOT.parent / "shared" / "data" / "untc-2015"))
    if not folder.is_dir():
        pytest.skip(f"no status tables in {folder}; set OPSC_UNTC_TABLES to the folder that holds them")
    return folder


@pytest.fixture(scope="session")
def status_tables(untc_folder: Path, names: dict[str, NamedNode]) -> StatusTables:
    """All of the real status tables, read once."""
    return untc.load_status_tables(untc_folder, names, {"IV-11-c": iris.instrument("opsc")})
