"""What was served when: which version was in force at a time, when a thing was in the graph, and any version rebuilt.

Times are UTC and full seconds, as HTTP writes them: a version counts from the second in which it was made.
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
from graph.sparql import dataset
from graph.sparql.engine import QueryEngine
from graph.versions.ledger import Ledger
from graph.versions.version import Version, release_file, version_timeline

_REBUILDING: Final = TaskLabel("rebuilding the earlier version", "try again, or request the current version")


@dataclass(frozen=True)
class Memento:
    """A version, and the second from which it was served."""

    version: str
    since: datetime


class Archive:
    """The versions of the graph in ``home``; those that were rebuilt last stay in memory, ``kept`` of them."""

    def __init__(self, home: Path, limits: QueryLimits, default_graph: dataset.DefaultGraph, kept: int) -> None:
        self._home = home
        self._ledger = Ledger(home)
        self._limits = limits
        self._default_graph: Final = default_graph
        self._kept = kept
        self._engines: OrderedDict[str, QueryEngine] = OrderedDict()

    def timeline(self) -> list[Memento]:
        """Return every version with the second from which it was served, oldest first."""
        return [_memento(version) for version in self._versions()]

    def memento_at(self, when: datetime) -> Memento | None:
        """Return the version in force at ``when``, or ``None`` for a time before the first."""
        found = [moment for moment in self.timeline() if moment.since <= when]
        return found[-1] if found else None

    def service_start(self, version: str) -> datetime | None:
        """Return when a version was first served, or ``None`` when there never was one of that name."""
        return next((moment.since for moment in self.timeline() if moment.version == version), None)

    def mementos_with(self, iri: NamedNode) -> list[tuple[Memento, int]]:
        """Return each version that changed what is stated with ``iri``, with the number of quads that then held it.

        A release counts when its number is not the one before. The last number is 0 for what is no longer there, and
        the list is empty for what never was.
        """
        named = {change.id: change for change in self._ledger.versions_with(str(iri).encode())}
        found: list[tuple[Memento, int]] = []
        count = 0
        for version in self._versions():
            before = count
            change = named.get(version.id)
            if version.kind == "release":
                count = self._release_occurrences(version.id, iri)
            elif change is not None:
                count += _occurrences(change.added, iri) - _occurrences(change.removed, iri)
            if count != before or (change is not None and version.kind != "release"):
                found.append((_memento(version), count))
        return found

    def run(self, version: str, task: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:  # noqa: ANN401 - what the task returns
        """Return what ``task`` returns for the graph at ``version`` and ``arguments``.

        Raises ``UnknownVersionError`` for a version that never was or whose release is gone.
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
        """Return every version; a release that the ledger met later than it was built counts from its building."""
        return version_timeline(self._home, self._ledger)

    def _release_occurrences(self, version: str, iri: NamedNode) -> int:
        path = release_file(self._home, version)
        if path is None or path.stat().st_size == 0:
            return 0
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            return _occurrences(mapped, iri)


def memento_at(history: Archive, when: datetime) -> Memento | None:
    """Return the version in force at ``when``, as :meth:`History.at`; this and the following run in a process."""
    return history.memento_at(when)


def service_start(history: Archive, version: str) -> datetime | None:
    """Return when a version was first served, as :meth:`History.since`."""
    return history.service_start(version)


def mementos_with(history: Archive, iri: NamedNode) -> list[tuple[Memento, int]]:
    """Return when ``iri`` was in the graph, as :meth:`History.mentions`."""
    return history.mementos_with(iri)


def run_at_version(
    history: Archive, version: str, task: Callable[..., Any], arguments: tuple[Any, ...]
) -> tuple[datetime, Any]:
    """Return when a version was first served, and what ``task`` returns for it, as :meth:`History.run`."""
    begun = history.service_start(version)
    if begun is None:
        raise UnknownVersionError(f"there is no version {version}")
    return begun, history.run(version, task, arguments)


class ArchiveProcess:
    """Answers from earlier versions; safe to use from several threads. Each method raises a ``QueryError``, too."""

    def __init__(self, home: Path, limits: QueryLimits, settings: WorkerSettings, *, seconds: float, kept: int) -> None:
        """Create the process, not started yet; a task may take ``seconds``, and ``kept`` versions stay in memory."""
        default_graph: dataset.DefaultGraph = "own" if settings.default_graph == "own" else "merged"
        opened = functools.partial(Archive, home, limits, default_graph, kept)
        self._seconds = seconds
        # Fewer than may wait for queries, so that requests for what is not there leave threads for these.
        waiting = max(1, settings.queue // 4)
        self._processes = ProcessPool(opened, PoolLimits(1, waiting, settings.memory, sandboxed=False))

    def memento_at(self, when: datetime) -> Memento | None:
        """Return the version in force at ``when``, or ``None`` for a time before the first."""
        found: Memento | None = self._call(memento_at, when)
        return found

    def service_start(self, version: str) -> datetime | None:
        """Return when ``version`` was first served, or ``None`` when there never was one of that name."""
        found: datetime | None = self._call(service_start, version)
        return found

    def mementos_with(self, iri: NamedNode) -> list[tuple[Memento, int]]:
        """Return when ``iri`` was in the graph, as ``History.mentions``."""
        found: list[tuple[Memento, int]] = self._call(mementos_with, iri)
        return found

    def run(self, version: str, task: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[datetime, Any]:
        """Return when ``version`` was first served, and what ``task`` returns for it and ``arguments``.

        Raises ``UnknownVersionError`` for a version that never was or whose release is gone.
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
    """Return how many quads have ``iri`` as a term: a literal may hold the same characters."""
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
