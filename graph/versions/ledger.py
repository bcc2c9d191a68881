"""The ledger: every submission as received, every decision, and every version.

Each method that writes is one transaction, flushed to disk before it returns. Times are UTC, in the form of
``xsd:dateTime``.
"""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import astuple, replace
from typing import Any, Final

from graph.versions.ledger_database import LedgerDatabase
from graph.versions.ledger_records import DecisionRecord, GraphOwner, LedgerEntry, SubmissionRecord, VersionRecord

# The column ``who`` is the submitter.
_RECORDS: Final = """
SELECT s.number, s.received, s.who, s.source, s.licence, s.media_type, s.file_name, length(s.data),
  d.decided, d.accepted, d.code, d.problem, d.version, r.retracted, r.who, s.operation, s.target
FROM submission s LEFT JOIN decision d USING (number) LEFT JOIN retraction r USING (number)
"""
_RECEIVED: Final = "received, who, source, licence, media_type, file_name, data, operation, target, parameters"
_CHANGE: Final = "id, parent, release, kind, number, made, added, removed, added_count, removed_count"


class Ledger(LedgerDatabase):
    """The ledger of an ``OPSC_HOME``; the first record creates its file.

    Every method raises ``LedgerError`` when the file cannot be read or written.
    """

    def record_submission(self, received: SubmissionRecord) -> int:
        """Record a submission and return its number."""
        self.create()
        with self.transaction() as connection:
            cursor = connection.execute(
                f"INSERT INTO submission ({_RECEIVED}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                (*astuple(received)[:-1], json.dumps(received.parameters, ensure_ascii=False)),
            )
            return int(cursor.lastrowid or 0)

    def record_attempt(self, number: int, begun: str) -> int:
        """Record the start of an attempt to decide a submission, and return the number of attempts so far."""
        with self.transaction() as connection:
            connection.execute("INSERT INTO attempt (number, begun) VALUES (?, ?)", (number, begun))
            (count,) = connection.execute("SELECT count(*) FROM attempt WHERE number = ?", (number,)).fetchone()
            return int(count)

    def record_decision(
        self, number: int, decision: DecisionRecord, version: VersionRecord | None, owners: Iterable[GraphOwner] = ()
    ) -> None:
        """Record a decision, and with an acceptance the new version and the ``owners`` of new graphs."""
        with self.transaction() as connection:
            connection.execute(
                "INSERT INTO decision (number, decided, accepted, code, problem, report, version) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (number, *astuple(decision)),
            )
            if version is not None:
                _insert(connection, version)
            connection.executemany(
                "INSERT INTO holding (graph, who, number) VALUES (?, ?, ?)", [astuple(owner) for owner in owners]
            )

    def record_retraction(
        self, number: int, retracted_by: str, when: str, version: str, change: VersionRecord | None
    ) -> None:
        """Record the retraction of a submission, and the new version."""
        with self.transaction() as connection:
            connection.execute(
                "INSERT INTO retraction (number, who, retracted, version) VALUES (?, ?, ?, ?)",
                (number, retracted_by, when, version),
            )
            if change is not None:
                _insert(connection, change)

    def record_rebase(
        self, release: VersionRecord, replayed: Iterable[VersionRecord], unapplied: Iterable[tuple[int, str]]
    ) -> None:
        """Record a new current release, the versions replayed on it, and the submissions that no longer conform."""
        self.create()
        with self.transaction() as connection:
            position = _insert(connection, release)
            for change in replayed:
                _insert(connection, change)
            connection.executemany(
                "INSERT INTO unapplied (position, number, report) VALUES (?, ?, ?)",
                [(position, number, report) for number, report in unapplied],
            )

    def head(self) -> VersionRecord | None:
        """Return the newest version, or ``None`` when the ledger has none."""
        rows = self.select(f"SELECT {_CHANGE} FROM version ORDER BY position DESC LIMIT 1")  # noqa: S608
        return VersionRecord(*rows[0]) if rows else None

    def versions(self) -> list[VersionRecord]:
        """Return every version, oldest first, without its quads."""
        counted = _CHANGE.replace("added, removed,", "x'' AS added, x'' AS removed,")
        return [VersionRecord(*row) for row in self.select(f"SELECT {counted} FROM version ORDER BY position")]  # noqa: S608

    def versions_with(self, text: bytes) -> list[VersionRecord]:
        """Return the versions that add or remove N-Quads with ``text`` in them, oldest first."""
        query = f"SELECT {_CHANGE} FROM version WHERE instr(added, ?1) OR instr(removed, ?1) ORDER BY position"  # noqa: S608
        return [VersionRecord(*row) for row in self.select(query, (text,))]

    def changes(self, version: str) -> list[VersionRecord]:
        """Return the records of one version; a release that became current again has several."""
        query = f"SELECT {_CHANGE} FROM version WHERE id = ? ORDER BY position"  # noqa: S608
        return [VersionRecord(*row) for row in self.select(query, (version,))]

    def lineage(self, version: str) -> list[VersionRecord]:
        """Return the versions from the release to the given version, both included; empty for an unknown version."""
        found = self.select(
            f"SELECT {_CHANGE} FROM version "  # noqa: S608
            "WHERE position <= (SELECT max(position) FROM version WHERE id = ?1) AND position >= (SELECT max(position) "
            "FROM version WHERE kind = 'release' AND position <= (SELECT max(position) FROM version WHERE id = ?1)) "
            "ORDER BY position",
            (version,),
        )
        return [VersionRecord(*row) for row in found]

    def changes_between(self, before: str, after: str) -> list[VersionRecord] | None:
        """Return the changes that lead from a version to a later one on the same release, or ``None`` if none do."""
        rows = self.select(
            f"SELECT {_CHANGE} FROM version "  # noqa: S608
            "WHERE position > (SELECT max(position) FROM version WHERE id = ?1) "
            "AND position <= (SELECT max(position) FROM version WHERE id = ?2) ORDER BY position",
            (before, after),
        )
        changes = [VersionRecord(*row) for row in rows]
        return changes if changes and all(change.kind != "release" for change in changes) else None

    def latest_version_of(self, number: int) -> VersionRecord | None:
        """Return the newest version made by the acceptance or a replay of a submission."""
        rows = self.select(
            f"SELECT {_CHANGE} FROM version WHERE number = ? AND kind <> 'retraction' "  # noqa: S608
            "ORDER BY position DESC LIMIT 1",
            (number,),
        )
        return VersionRecord(*rows[0]) if rows else None

    def acceptance_of(self, number: int) -> VersionRecord | None:
        """Return the version made by the acceptance of a submission, with its original delta."""
        rows = self.select(
            f"SELECT {_CHANGE} FROM version WHERE number = ? AND kind = 'contribution' ORDER BY position LIMIT 1",  # noqa: S608
            (number,),
        )
        return VersionRecord(*rows[0]) if rows else None

    def undecided(self, until: int) -> list[int]:
        """Return the numbers of the undecided submissions up to and including ``until``, in order."""
        query = (
            "SELECT number FROM submission s WHERE number <= ? "
            "AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.number = s.number) ORDER BY number"
        )
        return [number for (number,) in self.select(query, (until,))]

    def size_of_submissions(self, submitter: str) -> int:
        """Return the bytes of the submissions of one submitter that are undecided, or accepted and not retracted."""
        query = (
            "SELECT coalesce(sum(length(data)), 0) FROM submission s WHERE who = ? "
            "AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.number = s.number AND accepted = 0) "
            "AND NOT EXISTS (SELECT 1 FROM retraction r WHERE r.number = s.number)"
        )
        return int(self.select(query, (submitter,))[0][0]) if self.path.exists() else 0

    def submission(self, number: int) -> SubmissionRecord | None:
        """Return a submission as received."""
        rows = self.select(f"SELECT {_RECEIVED} FROM submission WHERE number = ?", (number,))  # noqa: S608
        if not rows:
            return None
        received = SubmissionRecord(*rows[0])
        return replace(received, parameters=json.loads(rows[0][-1]))

    def entry(self, number: int) -> LedgerEntry | None:
        """Return the entry of a submission."""
        rows = self.select(f"{_RECORDS} WHERE s.number = ?", (number,))
        return _entry(rows[0]) if rows else None

    def entries(self, submitter: str | None, accepted: bool | None, after: int, limit: int) -> list[LedgerEntry]:
        """Return at most ``limit`` entries with numbers above ``after``, in order."""
        rows = self.select(
            f"{_RECORDS} WHERE s.number > ?1 AND (?2 IS NULL OR s.who = ?2) AND (?3 IS NULL OR d.accepted = ?3) "
            "ORDER BY s.number LIMIT ?4",
            (after, submitter, accepted, limit),
        )
        return [_entry(row) for row in rows]

    def report(self, number: int) -> str | None:
        """Return the validation report on a submission, as recorded JSON."""
        rows = self.select("SELECT report FROM decision WHERE number = ?", (number,))
        return rows[0][0] if rows else None

    def standing_submissions(self, after: int = 0) -> list[int]:
        """Return the submissions that made a version and are not retracted, in the order of their acceptance.

        With ``after``, only those accepted after that submission. One sender's may be accepted before an earlier one
        of another.
        """
        query = (
            "SELECT number FROM version v WHERE kind = 'contribution' AND position > coalesce("
            "(SELECT min(position) FROM version WHERE kind = 'contribution' AND number = ?), 0) "
            "AND NOT EXISTS (SELECT 1 FROM retraction r WHERE r.number = v.number) ORDER BY position"
        )
        return [number for (number,) in self.select(query, (after,))]

    def owners(self, graphs: Iterable[str]) -> dict[str, GraphOwner]:
        """Return the owners of named graphs, by graph; graphs without an owner are left out."""
        query = "SELECT graph, who, number FROM holding WHERE graph IN (SELECT value FROM json_each(?))"
        return {row[0]: GraphOwner(*row) for row in self.select(query, (json.dumps(list(graphs)),))}

    def graphs_first_filled_by(self, number: int) -> list[str]:
        """Return the named graphs that a submission was the first to write to."""
        rows = self.select("SELECT graph FROM holding WHERE number = ? ORDER BY graph", (number,))
        return [graph for (graph,) in rows]

    def unapplied(self) -> dict[int, str]:
        """Return the accepted submissions that do not conform to the current release, each with its report."""
        query = (
            "SELECT number, report FROM unapplied "
            "WHERE position = (SELECT max(position) FROM version WHERE kind = 'release') "
            "AND number NOT IN (SELECT number FROM retraction) ORDER BY number"
        )
        return dict(self.select(query))


def _insert(connection: sqlite3.Connection, change: VersionRecord) -> int:
    cursor = connection.execute(
        f"INSERT INTO version ({_CHANGE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        astuple(change),
    )
    return int(cursor.lastrowid or 0)


def _entry(row: tuple[Any, ...]) -> LedgerEntry:
    record = LedgerEntry(*row)
    return record if record.accepted is None else replace(record, accepted=bool(record.accepted))
