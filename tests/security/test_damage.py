"""Damaged files: a release or a ledger with changed, missing or empty files is told with its remedy, never served."""

import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commanding import opsc
from tests.described import body

LAW = body("https://example.org/law", "A law")
Damage = Callable[[Path], None]


@pytest.fixture
def contributed(copied_home: Path, tmp_path: Path) -> Path:
    """A home with one contribution."""
    data = tmp_path / "law.ttl"
    data.write_text(LAW)
    sent = opsc(copied_home, "contribute", data, "--source", "https://example.org/gazette")
    assert sent.returncode == 0, sent.stdout + sent.stderr
    return copied_home


def graph_file(home: Path) -> Path:
    return home / "releases" / (home / "releases" / "current").read_text().strip() / "graph.nq"


def ledger_file(home: Path) -> Path:
    with sqlite3.connect(home / "ledger.sqlite3") as ledger:
        ledger.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ledger.close()
    return home / "ledger.sqlite3"


def change_a_byte(home: Path) -> None:
    file = graph_file(home)
    data = bytearray(file.read_bytes())
    place = data.index(b'"2001-10-02"') + 4
    data[place : place + 1] = b"9"
    file.write_bytes(data)


def cut_lines(home: Path) -> None:
    file = graph_file(home)
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-200]))


def cut_bytes(home: Path) -> None:
    os.truncate(graph_file(home), graph_file(home).stat().st_size // 2)


def change_a_version(home: Path) -> None:
    with sqlite3.connect(home / "ledger.sqlite3") as ledger:
        ledger.execute("DROP TRIGGER version_is_never_updated")
        ledger.execute("UPDATE version SET added = CAST(replace(CAST(added AS TEXT), 'A law', 'A lie') AS BLOB)")
    ledger.close()


def cut_ledger(home: Path) -> None:
    os.truncate(ledger_file(home), ledger_file(home).stat().st_size // 2)


def empty_ledger(home: Path) -> None:
    ledger_file(home).write_bytes(b"")


def overwrite_ledger(home: Path) -> None:
    file = ledger_file(home)
    file.write_bytes(b"nonsense" * (file.stat().st_size // 8))


def delete_ledger(home: Path) -> None:
    ledger_file(home).unlink()


RELEASE = [change_a_byte, cut_lines, cut_bytes, lambda home: graph_file(home).unlink()]
LEDGER = [change_a_version, cut_ledger, empty_ledger, overwrite_ledger, delete_ledger]


def assert_told(home: Path, words: str, *arguments: str | Path) -> None:
    ended = opsc(home, *arguments)
    assert ended.returncode == 2, (arguments, ended.stdout, ended.stderr)
    assert len(ended.stderr.strip().splitlines()) == 1
    assert words in ended.stderr
    assert ended.stdout == ""


@pytest.mark.parametrize("damage", RELEASE)
def test_a_damaged_release_is_never_served(contributed: Path, tmp_path: Path, damage: Damage) -> None:
    damage(contributed)
    for command in (("query", "ASK {}"), ("status", "Norway"), ("validate", tmp_path / "law.ttl"), ("serve",)):
        assert_told(contributed, "graph.nq", *command)
    checked = opsc(contributed, "check")
    assert (checked.returncode, "opsc build" in checked.stdout) == (1, True)
    assert opsc(contributed, "build").returncode == 0
    assert opsc(contributed, "check").returncode == 0


@pytest.mark.parametrize("damage", LEDGER)
def test_a_damaged_ledger_is_never_served(contributed: Path, tmp_path: Path, damage: Damage) -> None:
    damage(contributed)
    contribute = ("contribute", tmp_path / "law.ttl", "--source", "https://example.org/x")
    for command in (("query", "ASK {}"), ("status", "Norway"), contribute):
        assert_told(contributed, "put back a copy of it", *command)
    checked = opsc(contributed, "check")
    assert (checked.returncode, "ledger.sqlite3" in checked.stdout) == (1, True)


def test_a_server_does_not_start_on_a_ledger_that_is_cut(contributed: Path) -> None:
    cut_ledger(contributed)
    assert_told(contributed, "is damaged", "serve", "--port", "0")


def test_a_whole_home_has_no_damage(contributed: Path) -> None:
    checked = opsc(contributed, "check")
    assert (checked.returncode, checked.stdout) == (0, f"no damage in {contributed}\n")


def test_used_up_descriptors_are_no_missing_release(contributed: Path) -> None:
    code = (
        "import os, pathlib, sys\n"
        "from graph.errors import ReleaseError\n"
        "from graph.versions import release\n"
        "while True:\n"
        "    try: os.open('/dev/null', os.O_RDONLY)\n"
        "    except OSError: break\n"
        "try: release.current(pathlib.Path(sys.argv[1]))\n"
        "except ReleaseError as error: print(error)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(contributed)],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)),
    )
    assert "Too many open files" in ended.stdout
    assert "ulimit -n" in ended.stdout
