"""The curated tables, as they are and with a change planted in a copy."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

TABLES = Path(__file__).parents[3] / "graph" / "data"


@pytest.fixture(scope="session")
def tables() -> Path:
    """The folder of the curated tables."""
    return TABLES


@pytest.fixture
def edited(tmp_path: Path) -> Callable[[str, str, str], Path]:
    """Return a copy of the folder in which, in one table, the one place that reads ``old`` reads ``new``."""

    def edit(table: str, old: str, new: str) -> Path:
        folder = tmp_path / "data"
        shutil.copytree(TABLES, folder)
        text = (folder / table).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {table}"
        (folder / table).write_text(text.replace(old, new), encoding="utf-8")
        return folder

    return edit
