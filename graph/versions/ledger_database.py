"""The file of the ledger: made whole or not at all, brought to the newest form, written in transactions, locked.

A SQLite file, ``OPSC_HOME/ledger.sqlite3``, beside a lock file.
"""

import fcntl
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

_WAIT_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 0.02


class LedgerDatabase:
    """The ledger's file in an ``OPSC_HOME``; it is made when something is first recorded.

    Every method raises ``LedgerError`` when the file cannot be read or written.
    """

    def __init__(self, home: Path) -> None:
        self._home: Final = home
        self.path: Final = home / FILE

    @contextmanager
    def locked(self, seconds: float | None = None) -> Iterator[None]:
        """Wait until no other thread or process is inside, and keep them out; not to be nested.

        Raises ``LedgerError`` when others are still inside after ``seconds``.
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
            # A process forked meanwhile holds the same lock: closing the file alone would not give it up.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)

    def _lock(self, descriptor: int, seconds: float | None) -> None:
        if seconds is None:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            return
        give_up = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() >= give_up:
                    raise self._unusable(f"others have kept it for {seconds:g} seconds") from error
                time.sleep(_LOOK_SECONDS)
            else:
                return

    def create(self) -> None:
        """Make the file, whole or not at all, unless it is there."""
        if self.path.exists():
            return
        try:
            self._home.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".ledger-", dir=self._home) as folder:
                made = Path(folder) / FILE
                with closing(sqlite3.connect(made, isolation_level=None)) as connection:
                    connection.executescript(SCRIPT)
                made.chmod(0o644)
                os.link(made, self.path)
            files.flush_folder(self._home)
        except FileExistsError:
            return
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(getattr(error, "strerror", None) or str(error)) from error

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        address = f"{self.path.absolute().as_uri()}?mode=rw"
        try:
            with closing(sqlite3.connect(address, _WAIT_SECONDS, isolation_level=None, uri=True)) as connection:
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA foreign_keys = ON")
                if _schema_version(connection) != SCHEMA_VERSION:
                    self._migrate(connection)
                yield connection
        except sqlite3.Error as error:
            raise self._unusable(str(error)) from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Give a connection for one transaction, which is on disk at the end of the ``with`` block or not at all."""
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    def select(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Return the rows that ``query`` finds; there are none while there is no file."""
        if not self.path.exists():
            return []
        with self._connected() as connection:
            return connection.execute(query, values).fetchall()

    def _migrate(self, connection: sqlite3.Connection) -> None:
        """Bring the file to the newest form: wholly, or not at all when this process ends on the way."""
        connection.execute("BEGIN IMMEDIATE")
        found = _schema_version(connection)
        if found not in {*MIGRATIONS, SCHEMA_VERSION}:
            raise LedgerError(f"{self.path} has the form {found}, not {SCHEMA_VERSION}; use a newer opsc")
        for form in range(found, SCHEMA_VERSION):
            for statement in MIGRATIONS[form]:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")

    def _unusable(self, reason: str) -> LedgerError:
        return LedgerError(f"the ledger {self.path} cannot be used ({reason}); what it holds is unchanged")


def _schema_version(connection: sqlite3.Connection) -> int:
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    return int(found)
