"""The processes that answer queries: each holds the whole graph in memory, and can open neither files nor sockets.

What else needs the graph and comes from outside, such as a validation, runs in them as well.
"""

import functools
from collections.abc import Callable
from typing import Final

from pyoxigraph import Store

from graph import guard
from graph.processes import Limits, Prepare, Processes, Wording
from graph.queries import MEMORY_EXCEEDED, Answer, Engine, Query
from graph.settings import QueryLimits, WorkerSettings

OpenStore = Callable[[], Store]

WORDING: Final = Wording(
    late="the query took longer than it may; narrow it, for example with more triple patterns or a LIMIT",
    greedy=MEMORY_EXCEEDED,
    crashed="the query ended the process that evaluated it; write it with less nesting",
)


class QueryPool(Processes):
    """Answers queries in worker processes; safe to use from several threads.

    The graph of a pool does not change: a new version of the graph has a pool of its own.
    """

    def __init__(
        self,
        open_store: OpenStore,
        limits: QueryLimits,
        settings: WorkerSettings,
        prepare: Prepare | None = None,
    ) -> None:
        """Create a pool whose processes load the graph with the picklable ``open_store``; no process starts yet.

        Each process calls ``prepare`` before it can open no more files.
        """
        self.limits = limits
        self.settings = settings
        super().__init__(
            functools.partial(_engine, open_store, limits),
            Limits(settings.workers, settings.queue, settings.memory),
            prepare,
        )

    def answer(self, query: Query, seconds: float | None = None) -> Answer:
        """Return the answer to ``query``, which may run for ``seconds`` (the deadline of the settings when ``None``).

        Raises a ``QueryError``: what the guard or the engine refused, ``DeadlineExceeded``, ``MemoryExceeded`` or
        ``QueryCrashed`` for a query that was stopped, ``Busy`` when too many queries wait, ``Unavailable`` when no
        process can answer.
        """
        outline = guard.inspect(query.text, self.limits)
        deadline = self.settings.deadline if seconds is None else seconds
        answer: Answer = self.call(Engine.answer_inspected, (query, outline), deadline, WORDING)
        return answer


def _engine(open_store: OpenStore, limits: QueryLimits) -> Engine:
    return Engine(open_store(), limits)
