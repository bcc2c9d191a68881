"""The pool that answers queries: each worker has the whole graph in memory and opens neither files nor sockets.

Other tasks that need the graph and depend on the input of a client, such as a validation, run in it as well.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from pyoxigraph import Store

from graph.pool.pool import PoolLimits, ProcessPool, TaskLabel
from graph.pool.scheduler import Job, Load, SchedulingPolicy
from graph.pool.task import Cancellation, current_cancellation
from graph.pool.worker import Update, WarmUp
from graph.settings import QueryLimits, WorkerSettings
from graph.sparql import guard
from graph.sparql.engine import Query, QueryEngine, QueryResult

# A query of this length fits into the buffer of a worker's connection, so that sending it does not block.
_LONGEST_SENT_AT_ONCE: Final = 20_000

LoadStore = Callable[[], Store]

QUERY: Final = TaskLabel(
    "the query",
    "narrow it, for example with more triple patterns or a LIMIT",
    crash_advice="write it with less nesting, and sort values of one datatype at a time, for example by STR(?value)",
)


class QueryBackend(Protocol):
    """Answers queries on one version of the graph: with processes of its own, or from a SPARQL engine elsewhere.

    Safe to use from several threads. Each version has a backend of its own.
    """

    limits: QueryLimits
    settings: WorkerSettings

    @property
    def ready(self) -> bool:
        """Whether queries can be answered now, as far as is known."""

    @property
    def load(self) -> Load:
        """The numbers of tasks that run and that wait."""

    def responds(self) -> bool:
        """Return whether the backend answers now; in contrast to :attr:`ready` this tries it."""

    def start(self) -> None:
        """Prepare for queries; raise a ``QueryError`` when that fails."""

    def answer(self, query: Query, seconds: float | None = None) -> QueryResult:
        """Return the answer to ``query``, which may take ``seconds``, up to the limit of the settings.

        Raises a ``QueryError``.
        """

    def try_start_answer(self, query: Query, seconds: float | None = None) -> "PendingAnswer | None":
        """Start to answer ``query`` without waiting; return ``None`` where that is not possible.

        Raises a ``QueryError`` for a query that is refused.
        """

    def call(self, function: Callable[..., Any], arguments: tuple[Any, ...], seconds: float, label: TaskLabel) -> Any:  # noqa: ANN401 - the result of the function
        """Return the result of ``function`` for the graph in memory and ``arguments``, as ``ProcessPool.call``."""

    def close(self) -> None:
        """Stop at once."""


class QueryPool(ProcessPool):
    """Answers queries in worker processes; safe to use from several threads.

    The graph of a pool does not change: a new version of the graph has a pool of its own.
    """

    def __init__(
        self,
        load_store: LoadStore,
        limits: QueryLimits,
        settings: WorkerSettings,
        warm_up: WarmUp | None = None,
        source: "tuple[QueryPool, Update] | None" = None,
    ) -> None:
        """Describe a pool that loads the graph with the picklable ``load_store``; no process starts yet.

        ``warm_up`` is called before the workers can open no more files. With a ``source`` the graph is a copy of that
        of another pool, to whose engine a function is applied, as in ``ProcessPool``.
        """
        self.limits = limits
        self.settings = settings
        super().__init__(
            functools.partial(_engine, load_store, limits),
            PoolLimits(settings.workers, settings.queue, settings.memory, policy=_policy(settings)),
            warm_up,
            source,
        )

    def call(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        seconds: float,
        label: TaskLabel,
        cancellation: Cancellation | None = None,
    ) -> Any:  # noqa: ANN401 - the result of the function
        """Return the result of ``function``, as :meth:`ProcessPool.call` does, until the client disconnects.

        Without a ``cancellation`` the current one counts: nobody else needs the result of a read.
        """
        return super().call(function, arguments, seconds, label, cancellation or current_cancellation())

    def answer(self, query: Query, seconds: float | None = None) -> QueryResult:
        """Return the answer to ``query`` within ``seconds``, waiting included, up to the limit of the settings.

        ``None`` stands for the default of the settings.

        Raises a ``QueryError``: the refusal of the guard or the engine, ``DeadlineExceeded``, ``MemoryExceeded`` or
        ``QueryCrashed`` for a query that was stopped, ``Busy`` when too many queries wait, ``Unavailable`` when no
        process can answer.
        """
        outline, deadline = guard.inspect(query.text, self.limits), time_limit(self.settings, seconds)
        answer: QueryResult = self.call(QueryEngine.answer_parsed, (query, outline), deadline, QUERY)
        return answer

    def try_start_answer(self, query: Query, seconds: float | None = None) -> "PendingAnswer | None":
        """Start to answer ``query`` in an idle worker, without waiting.

        Returns ``None`` when that is not possible; raises a ``QueryError`` for a query that the guard refuses.
        """
        if len(query.text) > _LONGEST_SENT_AT_ONCE:
            return None
        outline, deadline = guard.inspect(query.text, self.limits), time_limit(self.settings, seconds)
        job = self.try_start_call(QueryEngine.answer_parsed, (query, outline), deadline)
        return PendingAnswer(self, job) if job else None


@dataclass(frozen=True)
class PendingAnswer:
    """The answer to a query that a worker of ``pool`` works on; its owner calls :meth:`release` in the end."""

    pool: QueryPool
    job: Job

    @property
    def is_available(self) -> bool:
        """Whether there is an answer and no error; this does not block."""
        return self.job.has_succeeded

    def fileno(self) -> int:
        """Return the file descriptor that becomes readable when there may be an answer."""
        return self.job.worker.fileno()

    def result(self) -> QueryResult:
        """Wait for the answer and return it, or raise, as :meth:`QueryPool.answer` does."""
        answer: QueryResult = self.pool.finish_call(self.job, QUERY, current_cancellation())
        return answer

    def release(self) -> None:
        """Return the worker; an answer that is not available by now is lost."""
        self.job.release()


def _policy(settings: WorkerSettings) -> SchedulingPolicy:
    return SchedulingPolicy(
        settings.quick_seconds,
        settings.long_seconds,
        settings.slow_workers,
        settings.long_workers,
        settings.long_queue,
    )


def _engine(load_store: LoadStore, limits: QueryLimits) -> QueryEngine:
    return QueryEngine(load_store(), limits, default_apart=True)


def time_limit(settings: WorkerSettings, requested: float | None) -> float:
    """Return the timeout of a query in seconds; ``requested`` is that of the client, or ``None``."""
    return min(requested or settings.default_deadline or settings.deadline, settings.deadline)
