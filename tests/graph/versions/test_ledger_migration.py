"""A ledger of the first form is brought to the present one, whole or not at all, with all that it holds."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pyoxigraph import NamedNode

from graph.contributions.contributions import Contributions
from graph.contributions.submission import Submission
from graph.versions.ledger import Ledger
from graph.versions.ledger_schema import SCHEMA_VERSION

Submit = Callable[..., Submission]

FIRST_FORM = """
CREATE TABLE submission (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  received TEXT NOT NULL,
  who TEXT NOT NULL,
  source TEXT NOT NULL,
  licence TEXT,
  media_type TEXT NOT NULL,
  file_name TEXT NOT NULL,
  data BLOB NOT NULL
) STRICT;

CREATE TABLE attempt (
  number INTEGER NOT NULL REFERENCES submission,
  begun TEXT NOT NULL
) STRICT;

CREATE TABLE decision (
  number INTEGER PRIMARY KEY REFERENCES submission,
  decided TEXT NOT NULL,
  accepted INTEGER NOT NULL CHECK (accepted IN (0, 1)),
  code TEXT,
  problem TEXT,
  report TEXT,
  version TEXT NOT NULL
) STRICT;

CREATE TABLE version (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL,
  parent TEXT,
  release TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('release', 'contribution', 'replay', 'retraction')),
  number INTEGER REFERENCES submission,
  made TEXT NOT NULL,
  added BLOB NOT NULL,
  removed BLOB NOT NULL,
  added_count INTEGER NOT NULL,
  removed_count INTEGER NOT NULL
) STRICT;

CREATE INDEX version_id ON version (id);

CREATE TABLE retraction (
  number INTEGER PRIMARY KEY REFERENCES submission,
  who TEXT NOT NULL,
  retracted TEXT NOT NULL,
  version TEXT NOT NULL
) STRICT;

CREATE TABLE unapplied (
  position INTEGER NOT NULL REFERENCES version,
  number INTEGER NOT NULL REFERENCES submission,
  report TEXT NOT NULL,
  PRIMARY KEY (position, number)
) STRICT;
"""
KEPT = ("submission", "attempt", "decision", "version", "retraction", "unapplied")
COLUMNS = "number, received, who, source, licence, media_type, file_name, data"


def in_first_form(home: Path) -> None:
    """Rewrite the ledger of a home as the first form would have it."""
    path = home / "ledger.sqlite3"
    now = home / "now.sqlite3"
    path.rename(now)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(f"PRAGMA journal_mode = WAL; {FIRST_FORM}")
    connection.execute("ATTACH ? AS now", (str(now),))
    for table in KEPT:
        columns = COLUMNS if table == "submission" else "*"
        connection.execute(f"INSERT INTO {table} SELECT {columns} FROM now.{table}")  # noqa: S608
        for action in ("UPDATE", "DELETE"):
            connection.execute(
                f"CREATE TRIGGER {table}_is_never_{action.lower()}d BEFORE {action} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END"
            )
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    now.unlink()


def form(home: Path) -> int:
    connection = sqlite3.connect(home / "ledger.sqlite3")
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    return int(found)


@pytest.fixture
def old(home: Path, submission: Submit, gazette: str) -> Path:
    """A home whose ledger has the first form, with two contributions that stand, one retracted, one refused."""
    contributions = Contributions(home)
    for name in ("a", "b", "c"):
        assert contributions.submit(submission(gazette.format(name=name), submitter=f"Office {name}")).accepted
    assert contributions.submit(submission("<a> <b> <c> .")).code == "relative-iri"
    assert contributions.retract(3, "Editor").accepted
    in_first_form(home)
    return home


def test_everything_that_was_there_is_there(old: Path, submission: Submit, gazette: str) -> None:
    assert form(old) == 1
    contributions = Contributions(old)
    records = contributions.entries()
    assert form(old) == SCHEMA_VERSION
    assert [(one.number, one.accepted, one.operation, one.target) for one in records] == [
        (1, True, "contribution", None),
        (2, True, "contribution", None),
        (3, True, "contribution", None),
        (4, False, "contribution", None),
    ]
    assert records[2].retracted_by == "Editor"
    assert contributions.contribution(1).data == submission(gazette.format(name="a")).data
    assert [version.kind for version in contributions.versions()] == ["release", *["contribution"] * 3, "retraction"]
    assert b"contribution/2" in contributions.nquads()
    assert contributions.submit(submission(gazette.format(name="d"))).number == 5


def test_graphs_that_were_contributed_belong_to_those_who_sent_them(old: Path, submission: Submit) -> None:
    names = [f"https://w3id.org/opsc/graph/contribution/{number}" for number in range(1, 5)]
    held = Ledger(old).owners(names)
    assert [held[name].submitter if name in held else None for name in names] == [
        "Office a",
        "Office b",
        "Office c",
        None,
    ]
    graph = "https://w3id.org/opsc/graph/contribution/1"
    sent = submission(f"DROP GRAPH <{graph}>".encode(), "application/sparql-update", "Office b")
    assert Contributions(old).submit(replace(sent, operation="update")).code == "foreign-graph"
    own = replace(sent, submitter="Office a", operation="delete", target=NamedNode(graph), data=b"")
    assert Contributions(old).submit(own).accepted


@pytest.mark.parametrize("table", [*KEPT, "holding"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET number = 9", "DELETE FROM {}"])
def test_nothing_in_it_can_be_changed(old: Path, submission: Submit, table: str, statement: str) -> None:
    Contributions(old).submit(submission("<a> <b> <c> ."))
    connection = sqlite3.connect(old / "ledger.sqlite3")
    if connection.execute(f"SELECT count(*) FROM {table}").fetchone() != (0,):  # noqa: S608
        with pytest.raises(sqlite3.IntegrityError, match="only added to"):
            connection.execute(statement.format(table))
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    assert {f"{table}_is_never_updated", f"{table}_is_never_deleted"} <= names
    connection.close()


def test_a_migrated_ledger_has_the_form_of_a_new_one(old: Path, tmp_path: Path) -> None:
    def shape(ledger: Ledger) -> set[tuple[str, str]]:
        found = ledger.select(
            "SELECT m.name, group_concat(t.name || ' ' || t.type || t.\"notnull\" || coalesce(t.dflt_value, '')) "
            "FROM sqlite_master m JOIN pragma_table_info(m.name) t WHERE m.type = 'table' GROUP BY m.name"
        )
        return {(name, columns) for name, columns in found if not name.startswith("sqlite_")}

    new = Ledger(tmp_path / "new")
    new.create()
    assert shape(Ledger(old)) == shape(new)


DIE = """
import os, signal, sqlite3, sys
from pathlib import Path
from graph.versions.ledger import Ledger
step, count = int(sys.argv[2]), 0
class Deadly(sqlite3.Connection):
    def execute(self, *arguments):
        global count
        count += 1
        if count == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().execute(*arguments)
connect = sqlite3.connect
sqlite3.connect = lambda *a, **k: connect(*a, **k, factory=Deadly)
Ledger(Path(sys.argv[1])).head()
"""


def test_a_migration_that_is_killed_at_any_statement_is_done_or_not(old: Path) -> None:
    forms = []
    for step in range(1, 100):
        code = subprocess.run([sys.executable, "-c", DIE, str(old), str(step)], check=False).returncode
        forms.append(form(old))
        if code != -signal.SIGKILL:
            break
    assert forms == sorted(forms)
    assert set(forms) == {1, SCHEMA_VERSION}
    assert len(forms) > 8
    assert len(Contributions(old).entries()) == 4
    assert not [name for name in os.listdir(old) if name.endswith("-journal")]  # noqa: PTH208
