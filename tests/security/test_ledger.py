"""Attacks on the ledger on disk: tampering, a process that is killed in the middle, a disk that is full."""

import os
import resource
import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.processes import children
from tests.security.attacking import LIMITS, SKOS, contribute, count, problem, put, read
from tests.serving import Server, running, small_release

GRAPH = "https://example.org/kept"


def triples(number: int) -> bytes:
    return b"".join(f'<http://e/n{one}> <{SKOS}prefLabel> "{one}"@en .\n'.encode() for one in range(number))


@pytest.fixture
def own_home(tmp_path: Path) -> Path:
    small_release(tmp_path / "home")
    return tmp_path / "home"


def serving(home: Path, tokens_file: Path):  # noqa: ANN201 - what running gives
    return running(home, OPSC_TOKENS_FILE=str(tokens_file), **LIMITS)


def test_what_is_recorded_is_neither_changed_nor_deleted(own_home: Path, tokens_file: Path) -> None:
    with serving(own_home, tokens_file) as server:
        assert put(server, GRAPH, triples(3)).status == 201
    for table in ("submission", "decision", "version", "holding"):
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET rowid = rowid + 1"):  # noqa: S608 - our own names
            with sqlite3.connect(own_home / "ledger.sqlite3") as ledger, pytest.raises(sqlite3.DatabaseError):
                ledger.execute(statement)


def test_a_server_killed_while_it_writes_has_all_of_a_graph_or_nothing(own_home: Path, tokens_file: Path) -> None:
    with serving(own_home, tokens_file) as server, ThreadPoolExecutor() as threads:
        writing = [threads.submit(put_in_vain, server, f"{GRAPH}/{number}") for number in range(4)]
        writing[0].result()
        os.killpg(server.process.pid, signal.SIGKILL)
        statuses = [one.result() for one in writing]
    with serving(own_home, tokens_file) as server:
        for number, status in enumerate(statuses):
            held = count(server, f"GRAPH <{GRAPH}/{number}> {{ ?s ?p ?o }}")
            assert held == 50 if status == 201 else held in {0, 50}
        assert statuses[0] == 201


def put_in_vain(server: Server, graph: str) -> int | None:
    """Return the status of a write, or ``None`` when the server ended before its answer."""
    try:
        return put(server, graph, triples(50)).status
    except (OSError, HTTPException):
        return None


def test_what_cannot_be_recorded_is_refused_and_queries_go_on(own_home: Path, tokens_file: Path) -> None:
    ledger = own_home / "ledger.sqlite3"
    with serving(own_home, tokens_file) as server:
        assert put(server, GRAPH, triples(3)).status == 201
        before = count(server)
        size = max(file.stat().st_size for file in own_home.glob("ledger.sqlite3*"))
        for pid in {server.process.pid, *children(server.process.pid)}:
            # As on a full disk: no file can grow beyond the size that the ledger has.
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, size))
        assert problem(contribute(server, triples(9_000)[:290_000].rpartition(b"\n")[0])) == (503, "ledger-unavailable")
        assert read(server, GRAPH).status == 200
        assert count(server) == before
    assert ledger.exists()
    with serving(own_home, tokens_file) as server:
        assert count(server) == before


def test_nobody_else_of_the_machine_writes_into_the_ledger(own_home: Path, tokens_file: Path) -> None:
    with serving(own_home, tokens_file) as server:
        assert put(server, GRAPH, triples(3)).status == 201
    for file in (own_home, *own_home.rglob("*")):
        assert not file.stat().st_mode & 0o022, file
