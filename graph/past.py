"""A process of its own for what was served before: rebuilding a version takes time and memory that no query waits for.

It needs files, so it is not sealed like those that answer queries; nothing but tasks of this project runs in it.
"""

import functools
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pyoxigraph import NamedNode

from graph import archive
from graph.archive import History, Moment
from graph.pool.pool import PoolLimits, ProcessPool, TaskLabel
from graph.settings import QueryLimits, WorkerSettings
from graph.sparql import dataset

_REBUILDING: Final = TaskLabel("rebuilding the earlier version", "try again, or ask for the present one")


class Past:
    """Answers from earlier versions; safe to use from several threads. Each method raises a ``QueryError``, too."""

    def __init__(self, home: Path, limits: QueryLimits, settings: WorkerSettings, *, seconds: float, kept: int) -> None:
        """Create the process, not started yet; a task may take ``seconds``, and ``kept`` versions stay in memory."""
        default_graph: dataset.DefaultGraph = "own" if settings.default_graph == "own" else "merged"
        opened = functools.partial(History, home, limits, default_graph, kept)
        self._seconds = seconds
        # Fewer than may wait for queries, so that requests for what is not there leave threads for these.
        waiting = max(1, settings.queue // 4)
        self._processes = ProcessPool(opened, PoolLimits(1, waiting, settings.memory, sandboxed=False))

    def at(self, when: datetime) -> Moment | None:
        """Return the version in force at ``when``, or ``None`` for a time before the first."""
        found: Moment | None = self._call(archive.at, when)
        return found

    def since(self, version: str) -> datetime | None:
        """Return when ``version`` was first served, or ``None`` when there never was one of that name."""
        found: datetime | None = self._call(archive.since, version)
        return found

    def mentions(self, iri: NamedNode) -> list[tuple[Moment, int]]:
        """Return when ``iri`` was in the graph, as ``History.mentions``."""
        found: list[tuple[Moment, int]] = self._call(archive.mentions, iri)
        return found

    def run(self, version: str, task: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[datetime, Any]:
        """Return when ``version`` was first served, and what ``task`` returns for it and ``arguments``.

        Raises ``UnknownVersionError`` for a version that never was or whose release is gone.
        """
        found: tuple[datetime, Any] = self._call(archive.in_version, version, task, arguments)
        return found

    def close(self) -> None:
        """Stop the process at once."""
        self._processes.close()

    def _call(self, task: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401 - what the task takes and returns
        return self._processes.call(task, arguments, self._seconds, _REBUILDING)
