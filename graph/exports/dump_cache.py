"""A cache of dumps on disk, written on the first request by a process that can be killed.

All files of a version, or of the difference of two, are written together into one folder below ``OPSC_HOME/downloads``.
The least recently used folders are removed when the total size exceeds the limit.
"""

import functools
import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any, Final

from graph import files
from graph.errors import GraphError
from graph.exports import dumps
from graph.exports.dumps import DumpFile
from graph.pool.pool import PoolLimits, ProcessPool, TaskLabel
from graph.settings import DownloadLimits
from graph.sparql.errors import ResultTooLarge
from graph.versions.ledger import Ledger
from graph.versions.release import QUADS
from graph.versions.version import version_nquads

FOLDER: Final = "downloads"
_INDEX: Final = "index.json"
_UNFINISHED: Final = ".making-"
# Another release of the engine may write other bytes, so its files are written anew.
_WRITER: Final = f"pyoxigraph {installed('pyoxigraph')}, form 1"
_ABANDONED_SECONDS: Final = 3600.0
_FILES: Final = TaskLabel("making the files", "download the N-Quads of a release, or try again later")


class DumpError(GraphError):
    """Dumps cannot be written; the message tells the operator why."""


class DumpCache:
    """The files of the versions in ``home``; safe to use from several threads.

    Methods raise ``UnknownVersionError`` for a version that cannot be rebuilt, ``ResultTooLarge`` when its files have
    more bytes than the cache may hold, ``DumpError`` when they cannot be written, and a ``QueryError`` as
    :meth:`ProcessPool.call` does.
    """

    def __init__(self, home: Path, limits: DownloadLimits, memory: int) -> None:
        """Write files in a process with ``memory`` bytes of address space, started on first use."""
        self._home = home
        self._limits = limits
        opened = functools.partial(_DumpWriter, home, limits.size)
        self._making = ProcessPool(opened, PoolLimits(1, limits.queue, memory, sandboxed=False))

    def version_files(self, version: str) -> dict[str, DumpFile]:
        """Return the files of a version by file name suffix."""
        return self._cached(version) or self._made(_DumpWriter.make_version, version)

    def release_file(self, version: str) -> DumpFile | None:
        """Return the N-Quads file of a release; ``None`` when the version is not a release."""
        path = self._home / "releases" / version / QUADS
        return DumpFile("nq", path.stat().st_size, version, path) if path.is_file() else None

    def difference_files(self, before: str, after: str) -> dict[str, DumpFile]:
        """Return the difference of two versions as files, by file name suffix."""
        return self._cached(f"{before}..{after}") or self._made(_DumpWriter.make_difference, before, after)

    def close(self) -> None:
        """Stop the process at once."""
        self._making.close()

    def _cached(self, name: str) -> dict[str, DumpFile] | None:
        return _files(self._home / FOLDER / name)

    def _made(self, task: Any, *arguments: str) -> dict[str, DumpFile]:  # noqa: ANN401 - a method of the writer
        made: dict[str, DumpFile] = self._making.call(task, arguments, self._limits.seconds, _FILES)
        return made


class _DumpWriter:
    """Writes folders of files, one at a time."""

    def __init__(self, home: Path, most: int) -> None:
        self._home = home
        self._folder = home / FOLDER
        self._most = most

    def make_version(self, version: str) -> dict[str, DumpFile]:
        return self._make(version, lambda: dumps.serialize(self._nquads(version)))

    def make_difference(self, before: str, after: str) -> dict[str, DumpFile]:
        name = f"{before}..{after}"
        return self._make(
            name, lambda: dumps.serialize_difference((before, self._nquads(before)), (after, self._nquads(after)))
        )

    def _nquads(self, version: str) -> bytes:
        return version_nquads(self._home, Ledger(self._home), version)

    def _make(self, name: str, contents: Any) -> dict[str, DumpFile]:  # noqa: ANN401 - a function without arguments
        target = self._folder / name
        made = _files(target)
        if made:
            return made
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with files.temporary_folder(self._folder, _UNFINISHED) as folder:
                self._write(folder, contents())
                self._make_room(_size(folder))
                files.move_folder(folder, target)
        except OSError as error:
            raise DumpError(f"{self._folder} cannot be written ({error.strerror or error})") from error
        return _files(target) or {}

    def _write(self, folder: Path, contents: Iterator[tuple[str, bytes]]) -> None:
        index: list[dict[str, Any]] = []
        total = 0
        for suffix, content in contents:
            total += len(content)
            if total > self._most:
                raise ResultTooLarge(
                    f"its files have more than {self._most} bytes; download the N-Quads of a release, or select less "
                    "with a query"
                )
            (folder / suffix).write_bytes(content)
            index.append({"suffix": suffix, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()})
        (folder / _INDEX).write_text(json.dumps({"writer": _WRITER, "files": index}), encoding="utf-8")

    def _make_room(self, needed: int) -> None:
        """Remove the least recently used folders until ``needed`` more bytes fit."""
        kept = sorted((_used(folder), folder) for folder in self._folder.iterdir() if folder.is_dir())
        forgotten = [(when, folder) for when, folder in kept if folder.name.startswith(_UNFINISHED)]
        for when, folder in forgotten:
            if when < time.time() - _ABANDONED_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
        finished = [folder for _, folder in kept if not folder.name.startswith(_UNFINISHED)]
        total = needed + sum(map(_size, finished))
        for folder in finished:
            if total <= self._most:
                return
            total -= _size(folder)
            shutil.rmtree(folder, ignore_errors=True)


def _files(folder: Path) -> dict[str, DumpFile] | None:
    """Return the files of a folder and mark it as used; ``None`` unless this writer completed it."""
    index = folder / _INDEX
    try:
        found = json.loads(index.read_text(encoding="utf-8"))
        described = {one["suffix"]: DumpFile(path=folder / one["suffix"], **one) for one in found["files"]}
        if found["writer"] != _WRITER or any(one.path.stat().st_size != one.size for one in described.values()):
            return None
        index.touch()
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return described


def _used(folder: Path) -> float:
    try:
        return (folder / _INDEX).stat().st_mtime
    except OSError:
        return folder.stat().st_mtime


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())
