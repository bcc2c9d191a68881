"""Real SPARQL engines on loopback, each in a process of its own with its files in a temporary folder."""

import shutil
import socket
import subprocess
import sysconfig
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

START_SECONDS = 120.0
# What Virtuoso gives at most; more than the largest named graph of the project has.
MOST_ROWS = 30_000
NO_VIRTUOSO = "Virtuoso is not installed: apt-get install virtuoso-opensource-7"
NO_OXIGRAPH = "the command 'oxigraph' is not installed: pip install oxigraph"

_INI = """
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql_port}
DisableUnixSocket = 1
MaxClientConnections = 40
CheckpointInterval = 0
NumberOfBuffers = 20000
MaxDirtyBuffers = 12000
ThreadsPerQuery = 1
DirsAllowed = {folder}
[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerRoot = {folder}
MaxClientConnections = 40
ServerThreads = 40
MaxKeepAlives = 40
KeepAliveTimeout = 30
Charset = UTF-8
[SPARQL]
ResultSetMaxRows = {most_rows}
"""


@dataclass
class Engine:
    """A running engine; ``credentials`` is the content of the file that OPSC_STORE_CREDENTIALS names."""

    command: list[str]
    port: int
    folder: Path
    query_path: str
    update_path: str
    credentials: str = ""
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    @property
    def query_url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.query_path}"

    @property
    def update_url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.update_path}"

    @property
    def environment(self) -> dict[str, str]:
        """The settings with which the engine is read and written."""
        settings = {"OPSC_STORE": self.query_url, "OPSC_STORE_UPDATE": self.update_url}
        if self.credentials:
            file = self.folder / "credentials"
            file.write_text(self.credentials)
            settings["OPSC_STORE_CREDENTIALS"] = str(file)
        return settings

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self.process.poll() is None, "the engine ended while it started"
            assert time.monotonic() < end, "the engine does not answer"
            time.sleep(0.1)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.kill()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.query_url}?query=ASK%7B%7D", timeout=30) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def virtuoso(folder: Path, most_rows: int = MOST_ROWS) -> Iterator[Engine]:
    """Run Virtuoso with a new database."""
    program = shutil.which("virtuoso-t")
    if program is None:
        pytest.skip(NO_VIRTUOSO)
    port = free_port()
    ini = folder / "virtuoso.ini"
    ini.write_text(_INI.format(folder=folder, port=port, sql_port=free_port(), most_rows=most_rows))
    command = [program, "+foreground", "+configfile", str(ini)]
    yield from _running(Engine(command, port, folder, "/sparql", "/sparql-auth", "dba:dba"))


@contextmanager
def oxigraph(folder: Path) -> Iterator[Engine]:
    """Run Oxigraph's own server, which keeps its data in the folder."""
    program = shutil.which("oxigraph", path=sysconfig.get_path("scripts"))
    if program is None:
        pytest.skip(NO_OXIGRAPH)
    port = free_port()
    command = [program, "serve", "--location", str(folder / "store"), "--bind", f"127.0.0.1:{port}"]
    yield from _running(Engine(command, port, folder, "/query", "/update"))


def _running(engine: Engine) -> Iterator[Engine]:
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()
