"""The processes that answer queries: each holds the whole graph in memory, and can open neither files nor sockets.

What else needs the graph and comes from outside, such as a validation, runs in them as well.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from pyoxigraph import Store

from graph.pool.cancellation import Cancellation
from graph.pool.cancellation import current as current_cancellation
from graph.pool.pool import Limits, Processes, Wording
from graph.pool.scheduler import Tiers, Work
from graph.pool.worker import Prepare
from graph.settings import QueryLimits, WorkerSettings
from graph.sparql import guard
from graph.sparql.engine import MEMORY_EXCEEDED, Answer, Engine, Query

# A connection to a process holds this much text, so that it is given without waiting.
_SENT_AT_ONCE: Final = 20_000

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
            Limits(settings.workers, settings.queue, settings.memory, tiers=_tiers(settings)),
            prepare,
        )

    def call(
        self,
        task: Callable[..., Any],
        arguments: tuple[Any, ...],
        seconds: float,
        wording: Wording,
        cancellation: Cancellation | None = None,
    ) -> Any:  # noqa: ANN401 - what the task returns
        """Return what ``task`` returns, as :meth:`Processes.call` does, until whoever asked goes away.

        What is read from the graph is of no use to anybody else. Without a ``cancellation`` the current one counts.
        """
        return super().call(task, arguments, seconds, wording, cancellation or current_cancellation())

    def answer(self, query: Query, seconds: float | None = None) -> Answer:
        """Return the answer to ``query``, which may run for ``seconds``, at most as long as the settings allow.

        When that is ``None``, the default of the settings holds.

        Raises a ``QueryError``: what the guard or the engine refused, ``DeadlineExceeded``, ``MemoryExceeded`` or
        ``QueryCrashed`` for a query that was stopped, ``Busy`` when too many queries wait, ``Unavailable`` when no
        process can answer.
        """
        outline, deadline = guard.inspect(query.text, self.limits), self.settings.seconds(seconds)
        answer: Answer = self.call(Engine.answer_inspected, (query, outline), deadline, WORDING)
        return answer

    def begin_answer(self, query: Query, seconds: float | None = None) -> "BegunAnswer | None":
        """Have an idle process begin to answer ``query``, without waiting for anything.

        Returns ``None`` when that cannot be; raises a ``QueryError`` for what the guard refuses.
        """
        if len(query.text) > _SENT_AT_ONCE:
            return None
        outline, deadline = guard.inspect(query.text, self.limits), self.settings.seconds(seconds)
        work = self.begin(Engine.answer_inspected, (query, outline), deadline)
        return BegunAnswer(self, work) if work else None


@dataclass(frozen=True)
class BegunAnswer:
    """The answer to a query that a process of ``pool`` works on; whoever has it sees to it that it is ended."""

    pool: QueryPool
    work: Work

    @property
    def is_there(self) -> bool:
        """Whether there is an answer and no error; this does not wait."""
        return self.work.has_succeeded

    def fileno(self) -> int:
        """Return the file descriptor that becomes readable when there may be an answer."""
        return self.work.child.fileno()

    def wait(self) -> Answer:
        """Return the answer, or raise, as :meth:`QueryPool.answer` does."""
        answer: Answer = self.pool.finish(self.work, WORDING, current_cancellation())
        return answer

    def end(self) -> None:
        """Give back the process; an answer that is not there by now is lost."""
        self.work.end()


def _tiers(of: WorkerSettings) -> Tiers:
    return Tiers(of.quick_seconds, of.long_seconds, of.slow_workers, of.long_workers, of.long_queue)


def _engine(open_store: OpenStore, limits: QueryLimits) -> Engine:
    return Engine(open_store(), limits, default_apart=True)
