"""The ledger: recorded means on disk, nothing is ever changed, and whoever decides is alone."""

import resource
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from graph.errors import LedgerError
from graph.versions.ledger import Ledger
from graph.versions.ledger_records import DecisionRecord, SubmissionRecord, VersionRecord

TIME = "2026-11-23T12:00:00.000Z"


def received(data: bytes = b"<a> .") -> SubmissionRecord:
    return SubmissionRecord(TIME, "Treaty office", "https://example.org/s", None, "text/turtle", "sent.ttl", data)


def change(name: str, parent: str | None, kind: str = "contribution", number: int | None = 1) -> VersionRecord:
    return VersionRecord(name, parent, "base", kind, number, TIME, b"added\n", b"", 1, 0)


def test_an_empty_home_holds_nothing_and_stays_empty(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    assert (ledger.head(), ledger.entries(None, None, 0, 10), ledger.undecided(10), ledger.standing_submissions()) == (
        None,
        [],
        [],
        [],
    )
    assert list(tmp_path.iterdir()) == []


def test_what_is_recorded_is_there_as_it_came(tmp_path: Path) -> None:
    data = bytes(range(256))
    number = Ledger(tmp_path).record_submission(received(data))
    assert number == 1
    assert Ledger(tmp_path).submission(number) == received(data)
    assert Ledger(tmp_path).undecided(number) == [number]


def test_numbers_follow_the_order_of_arrival(tmp_path: Path) -> None:
    assert [Ledger(tmp_path).record_submission(received()) for _ in range(3)] == [1, 2, 3]


def test_a_decision_and_its_version_are_one_step(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    number = ledger.record_submission(received())
    decided = DecisionRecord(TIME, True, None, None, None, "v1")
    with pytest.raises(LedgerError):
        ledger.record_decision(number, decided, change("v1", "base", kind="nonsense"))
    assert ledger.undecided(number) == [number]
    ledger.record_decision(number, decided, change("v1", "base"))
    assert (ledger.undecided(number), ledger.head()) == ([], change("v1", "base"))


@pytest.mark.parametrize("statement", ["UPDATE submission SET who = 'other'", "DELETE FROM submission"])
def test_nothing_in_it_can_be_changed(tmp_path: Path, statement: str) -> None:
    ledger = Ledger(tmp_path)
    ledger.record_submission(received())
    connection = sqlite3.connect(ledger.path)
    with pytest.raises(sqlite3.IntegrityError, match="only added to"):
        connection.execute(statement)
    connection.close()


def test_it_is_written_ahead_and_flushed_to_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    class Listening(sqlite3.Connection):
        def execute(self, sql: str, *values: object) -> sqlite3.Cursor:  # type: ignore[override]
            opened.append(sql)
            return super().execute(sql, *values)  # type: ignore[arg-type]

    real = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: real(*a, **k, factory=Listening))
    ledger = Ledger(tmp_path)
    ledger.record_submission(received())
    assert "PRAGMA synchronous = FULL" in opened
    connection = real(ledger.path)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_text_cannot_become_sql(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    hostile = SubmissionRecord(TIME, "'; DROP TABLE submission; --", "s", None, "t", "f", b"")
    number = ledger.record_submission(hostile)
    assert [record.number for record in ledger.entries(hostile.submitter, None, 0, 10)] == [number]
    assert ledger.entries("' OR 1=1 --", None, 0, 10) == []


def test_a_lineage_begins_with_the_last_release_before_it(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.record_submission(received())
    ledger.record_rebase(change("r1", None, "release", None), [change("v1", "r1")], [])
    ledger.record_rebase(change("r2", "v1", "release", None), [change("v2", "r2", "replay")], [(1, "{}")])
    assert [step.id for step in ledger.lineage("v1")] == ["r1", "v1"]
    assert [step.id for step in ledger.lineage("v2")] == ["r2", "v2"]
    assert [step.id for step in ledger.lineage("r2")] == ["r2"]
    assert ledger.lineage("unknown") == []
    assert [step.id for step in ledger.versions()] == ["r1", "v1", "r2", "v2"]
    assert ledger.unapplied() == {1: "{}"}


def test_threads_are_inside_one_at_a_time(tmp_path: Path) -> None:
    inside, most = [0], [0]

    def enter() -> None:
        for _ in range(20):
            with Ledger(tmp_path).locked():
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                threading.Event().wait(0.0005)
                inside[0] -= 1

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


def test_a_process_that_was_forked_meanwhile_does_not_keep_the_lock(tmp_path: Path) -> None:
    script = (
        "import os, sys, time; from pathlib import Path; from graph.versions.ledger import Ledger\n"
        "ledger = Ledger(Path(sys.argv[1]))\n"
        "with ledger.locked():\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        time.sleep(60); os._exit(0)\n"
        "with ledger.locked():\n"
        "    print('entered again', flush=True)\n"
        "os.kill(child, 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.stdout, done.stderr) == ("entered again\n", "")


def test_a_file_that_is_no_ledger_is_named(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite3").write_bytes(b"no database, but long enough to be taken for a header of one" * 20)
    with pytest.raises(LedgerError, match=r"ledger\.sqlite3 is damaged: file is not a database"):
        Ledger(tmp_path).record_submission(received())


def test_a_ledger_of_a_later_form_is_left_alone(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.record_submission(received())
    connection = sqlite3.connect(ledger.path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(LedgerError, match=r"has schema version 99.*newer opsc"):
        ledger.record_submission(received())


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(LedgerError, match=f"{tmp_path / 'file'}"):
        Ledger(tmp_path / "file" / "home").record_submission(received())


def test_a_full_disk_loses_nothing_of_what_was_there(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.record_submission(received())
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, limits[1]))
    try:
        with pytest.raises(LedgerError, match=r"cannot be used \((disk I/O error|database or disk is full)\)"):
            ledger.record_submission(received(bytes(1_000_000)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [record.number for record in ledger.entries(None, None, 0, 10)] == [1]
    assert ledger.record_submission(received()) == 2
