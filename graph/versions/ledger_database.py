"""The database of the ledger: created atomically, migrated, locked, and written in transactions.

It is the SQLite file ``OPSC_HOME/ledger.sqlite3``, beside a lock file.
"""

import fcntl
import logging
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from graph import files
from graph.errors import LedgerError
from graph.versions.ledger_schema import MIGRATIONS, SCHEMA_VERSION, SCRIPT

FILE: Final = "ledger.sqlite3"
LOCK: Final = "ledger.lock"

_BUSY_TIMEOUT: Final = 60.0
_POLL_SECONDS: Final = 0.02
_LOG: Final = logging.getLogger(__name__)
_DAMAGED: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_RESTORE: Final = "put back a copy of it"
_NOTE: Final = "ledger.sqlite3 has records\n"


class LedgerDatabase:
    """The database file in an ``OPSC_HOME``, created by the first record.

    Every method raises ``LedgerError`` when the file cannot be read or written.
    """

    def __init__(self, home: Path) -> None:
        self._home: Final = home
        self.path: Final = home / FILE

    @contextmanager
    def locked(self, seconds: float | None = None) -> Iterator[None]:
        """Hold the exclusive lock of the ledger, against threads and processes, for the ``with`` block; not reentrant.

        Raises ``LedgerError`` when the lock is not free within ``seconds``.
        """
        try:
            self._home.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._home / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise self._unusable(error.strerror or str(error)) from error
        try:
            self._lock(descriptor, seconds)
            yield
        finally:
            # A process forked meanwhile shares the lock: closing the file alone would not release it.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)

    def _lock(self, descriptor: int, seconds: float | None) -> None:
        if seconds is None:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            return
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() >= deadline:
                    raise self._unusable(f"another process has locked it for {seconds:g} seconds") from error
                time.sleep(_POLL_SECONDS)
            else:
                return

    def create(self) -> None:
        """Create the file atomically unless it exists."""
        if self.path.exists():
            return
        try:
            self._check_present()
            self._home.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".ledger-", dir=self._home) as folder:
                database = Path(folder) / FILE
                with closing(sqlite3.connect(database, isolation_level=None)) as connection:
                    connection.executescript(SCRIPT)
                database.chmod(0o644)
                os.link(database, self.path)
            files.flush_folder(self._home)
        except FileExistsError:
            return
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(getattr(error, "strerror", None) or str(error)) from error

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        address = f"{self.path.absolute().as_uri()}?mode=rw"
        try:
            with closing(sqlite3.connect(address, _BUSY_TIMEOUT, isolation_level=None, uri=True)) as connection:
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA foreign_keys = ON")
                if _schema_version(connection) != SCHEMA_VERSION:
                    self._migrate(connection)
                yield connection
        except sqlite3.Error as error:
            raise self._database_error(error) from error

    def _database_error(self, error: sqlite3.Error) -> LedgerError:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED:
            return self.damaged(str(error))
        return self._unusable(str(error))

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection for one transaction, committed to disk at the end of the ``with`` block."""
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        self._note_presence()

    def verify(self) -> None:
        """Raise ``LedgerError`` when the file is missing, is cut, or has pages or rows that SQLite finds damaged."""
        found = self.select("PRAGMA integrity_check(1)")
        if found and found[0][0] != "ok":
            raise self.damaged(str(found[0][0]).splitlines()[-1])

    def damaged(self, reason: str) -> LedgerError:
        """Return the error for a damaged file, with the remedy."""
        return LedgerError(f"the ledger {self.path} is damaged: {reason}; {_RESTORE}")

    def _note_presence(self) -> None:
        """Note in the lock file that there is a ledger, so that its loss is noticed."""
        lock = self._home / LOCK
        try:
            if not lock.exists() or lock.stat().st_size == 0:
                lock.write_text(_NOTE, encoding="ascii")
        except OSError as error:
            _LOG.warning("%s cannot be written (%s): a loss of the ledger would not be noticed", lock, error.strerror)

    def _check_present(self) -> None:
        """Raise ``LedgerError`` when there is no ledger although one had records."""
        lock = self._home / LOCK
        if lock.exists() and lock.stat().st_size > 0 and not self.path.exists():
            raise LedgerError(
                f"the ledger {self.path} is missing, although contributions were recorded; {_RESTORE}, or delete "
                f"{lock} to start without them"
            )

    def select(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of ``query``; there are none before the file exists."""
        if not self.path.exists():
            self._check_present()
            return []
        with self._connected() as connection:
            return connection.execute(query, values).fetchall()

    def _migrate(self, connection: sqlite3.Connection) -> None:
        """Migrate the file to the current schema in one transaction."""
        connection.execute("BEGIN IMMEDIATE")
        found = _schema_version(connection)
        if found == 0:
            raise self.damaged("it is empty")
        if found not in {*MIGRATIONS, SCHEMA_VERSION}:
            raise LedgerError(f"{self.path} has schema version {found}, not {SCHEMA_VERSION}; use a newer opsc")
        for version in range(found, SCHEMA_VERSION):
            for statement in MIGRATIONS[version]:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")

    def _unusable(self, reason: str) -> LedgerError:
        return LedgerError(f"the ledger {self.path} cannot be used ({reason}); its content is unchanged")


def _schema_version(connection: sqlite3.Connection) -> int:
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    return int(found)
