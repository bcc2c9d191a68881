"""Earlier versions: the version current at a time, the versions that mention a resource, and any version rebuilt.

Times are UTC in whole seconds, as in HTTP dates: a version is current from the second in which it was made.
"""

import functools
import mmap
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from graph.contributions.current_graph import load_version
from graph.errors import UnknownVersionError
from graph.pool.pool import PoolLimits, ProcessPool, TaskLabel
from graph.settings import QueryLimits, WorkerSettings
from graph.sparql.dataset import DefaultGraphMode
from graph.sparql.engine import QueryEngine
from graph.versions.ledger import Ledger
from graph.versions.version import Version, release_file, version_timeline

_REBUILDING: Final = TaskLabel("rebuilding the earlier version", "try again, or request the current version")


@dataclass(frozen=True)
class Memento:
    """A version, and the time at which it became current (RFC 7089: its Memento-Datetime)."""

    version: str
    since: datetime


class Archive:
    """The versions of the graph in ``home``, with the ``kept`` most recently used ones cached in memory."""

    def __init__(self, home: Path, limits: QueryLimits, default_graph: DefaultGraphMode, kept: int) -> None:
        self._home = home
        self._ledger = Ledger(home)
        self._limits = limits
        self._default_graph: Final = default_graph
        self._kept = kept
        self._engines: OrderedDict[str, QueryEngine] = OrderedDict()

    def timeline(self) -> list[Memento]:
        """Return every version with the time at which it became current, oldest first."""
        return [_memento(version) for version in self._versions()]

    def memento_at(self, when: datetime) -> Memento | None:
        """Return the version current at ``when``, or ``None`` for a time before the first version."""
        found = [moment for moment in self.timeline() if moment.since <= when]
        return found[-1] if found else None

    def service_start(self, version: str) -> datetime | None:
        """Return when a version first became current, or ``None`` for an unknown version."""
        return next((moment.since for moment in self.timeline() if moment.version == version), None)

    def mementos_with(self, iri: NamedNode) -> list[tuple[Memento, int]]:
        """Return each version that changed quads with the term ``iri``, and the number of such quads in it.

        A release is included when that number changes. The last number is 0 for a term that is no longer used, and the
        list is empty for one that never was.
        """
        changes = {change.id: change for change in self._ledger.versions_with(str(iri).encode())}
        found: list[tuple[Memento, int]] = []
        count = 0
        for version in self._versions():
            before = count
            change = changes.get(version.id)
            if version.kind == "release":
                count = self._release_occurrences(version.id, iri)
            elif change is not None:
                count += _occurrences(change.added, iri) - _occurrences(change.removed, iri)
            if count != before or (change is not None and version.kind != "release"):
                found.append((_memento(version), count))
        return found

    def run(self, version: str, task: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:  # noqa: ANN401 - what the task returns
        """Return what ``task`` returns for the graph at ``version`` and ``arguments``.

        Raises ``UnknownVersionError`` for an unknown version and for one whose release was removed.
        """
        return task(self._engine(version), *arguments)

    def _engine(self, version: str) -> QueryEngine:
        engine = self._engines.pop(version, None)
        while len(self._engines) >= self._kept:
            self._engines.popitem(last=False)
        if engine is None:
            engine = QueryEngine(load_version(self._home, version, self._default_graph), self._limits)
        self._engines[version] = engine
        return engine

    def _versions(self) -> list[Version]:
        """Return every version; a release is current from its build on, even when the ledger recorded it later."""
        return version_timeline(self._home, self._ledger)

    def _release_occurrences(self, version: str, iri: NamedNode) -> int:
        path = release_file(self._home, version)
        if path is None or path.stat().st_size == 0:
            return 0
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            return _occurrences(mapped, iri)


def memento_at(archive: Archive, when: datetime) -> Memento | None:
    """Run :meth:`Archive.memento_at` in the process of the archive, as the following functions do."""
    return archive.memento_at(when)


def service_start(archive: Archive, version: str) -> datetime | None:
    """Run :meth:`Archive.service_start`."""
    return archive.service_start(version)


def mementos_with(archive: Archive, iri: NamedNode) -> list[tuple[Memento, int]]:
    """Run :meth:`Archive.mementos_with`."""
    return archive.mementos_with(iri)


def run_at_version(
    archive: Archive, version: str, task: Callable[..., Any], arguments: tuple[Any, ...]
) -> tuple[datetime, Any]:
    """Return when a version first became current, and the result of ``task`` for it, as :meth:`Archive.run`."""
    start = archive.service_start(version)
    if start is None:
        raise UnknownVersionError(f"there is no version {version}")
    return start, archive.run(version, task, arguments)


class ArchiveProcess:
    """A process that rebuilds earlier versions; thread-safe. Each method may raise a ``QueryError``, too."""

    def __init__(self, home: Path, limits: QueryLimits, settings: WorkerSettings, *, seconds: float, kept: int) -> None:
        """Create a process, started on first use; a task may take ``seconds``, and ``kept`` versions stay in memory."""
        default_graph: DefaultGraphMode = "own" if settings.default_graph == "own" else "merged"
        opened = functools.partial(Archive, home, limits, default_graph, kept)
        self._seconds = seconds
        # A shorter queue than that of queries, so that requests for earlier versions leave threads for queries.
        waiting = max(1, settings.queue // 4)
        self._processes = ProcessPool(opened, PoolLimits(1, waiting, settings.memory, sandboxed=False))

    def memento_at(self, when: datetime) -> Memento | None:
        """Return the version current at ``when``, or ``None`` for a time before the first version."""
        found: Memento | None = self._call(memento_at, when)
        return found

    def service_start(self, version: str) -> datetime | None:
        """Return when ``version`` first became current, or ``None`` for an unknown version."""
        found: datetime | None = self._call(service_start, version)
        return found

    def mementos_with(self, iri: NamedNode) -> list[tuple[Memento, int]]:
        """Return the versions that mention ``iri``, as :meth:`Archive.mementos_with`."""
        found: list[tuple[Memento, int]] = self._call(mementos_with, iri)
        return found

    def run(self, version: str, task: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[datetime, Any]:
        """Return when ``version`` first became current, and the result of ``task`` for it and ``arguments``.

        Raises ``UnknownVersionError`` for an unknown version and for one whose release was removed.
        """
        found: tuple[datetime, Any] = self._call(run_at_version, version, task, arguments)
        return found

    def close(self) -> None:
        """Stop the process at once."""
        self._processes.close()

    def _call(self, task: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401 - what the task takes and returns
        return self._processes.call(task, arguments, self._seconds, _REBUILDING)


def _memento(version: Version) -> Memento:
    return Memento(version.id, datetime.fromisoformat(version.when).replace(microsecond=0))


def _occurrences(nquads: "bytes | mmap.mmap", iri: NamedNode) -> int:
    """Count the quads with the term ``iri``; a literal with the same characters does not count."""
    return sum(1 for line in _lines_with(nquads, str(iri).encode()) if _has_term(line, iri))


def _lines_with(nquads: "bytes | mmap.mmap", needle: bytes) -> Iterator[bytes]:
    found = nquads.find(needle)
    while found >= 0:
        begin, end = nquads.rfind(b"\n", 0, found) + 1, nquads.find(b"\n", found)
        end = end if end >= 0 else len(nquads)
        yield nquads[begin:end]
        found = nquads.find(needle, end)


def _has_term(line: bytes, iri: NamedNode) -> bool:
    quad: Quad = next(iter(parse(line, RdfFormat.N_QUADS)))
    return iri in (quad.subject, quad.predicate, quad.object, quad.graph_name)
