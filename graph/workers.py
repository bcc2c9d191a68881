"""Processes that answer queries and can be killed: the engine has no timeout, and a hostile query can end its process.

Each process holds the whole graph in memory, answers one query at a time, cannot open a file or a socket once it is
ready, and ends with the process that started it.
"""

import logging
import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any, Final

from pebble import ProcessExpired, ProcessPool
from pyoxigraph import Store

from graph import guard
from graph.guard import Outline
from graph.queries import MEMORY_EXCEEDED, Answer, Engine, Query
from graph.query_errors import Busy, DeadlineExceeded, MemoryExceeded, QueryCrashed, Unavailable
from graph.settings import QueryLimits, WorkerSettings

_LOG: Final = logging.getLogger(__name__)
_START_SECONDS: Final = 60.0
_NO_PROCESS: Final = "no process could take the query; try again in a moment"

OpenStore = Callable[[], Store]

_engine: Engine | None = None
_failure: str = "the graph is not loaded"


class QueryPool:
    """Answers queries in worker processes; safe to use from several threads."""

    def __init__(self, open_store: OpenStore, limits: QueryLimits, settings: WorkerSettings) -> None:
        """Create a pool whose processes load the graph with the picklable ``open_store``; no process starts yet."""
        self.limits = limits
        self.settings = settings
        self._open_store = open_store
        self._places = threading.BoundedSemaphore(settings.queue)
        self._renewal = threading.Lock()
        self._closed = False
        self._warm = False
        self._pool = self._new_pool()

    def warm(self) -> None:
        """Start every process and wait until each has loaded the graph; raise ``Unavailable`` when one cannot."""
        loaded: set[int] = set()
        while len(loaded) < self.settings.workers:
            futures = [self._schedule(_ready, (), _START_SECONDS) for _ in range(self.settings.workers)]
            loaded.update(self._result(future, _START_SECONDS) for future in futures)
        self._warm = True

    @property
    def ready(self) -> bool:
        """Whether the pool has started and can answer."""
        return self._warm and not self._closed and bool(self._live_pool().active)

    def answer(self, query: Query, seconds: float | None = None) -> Answer:
        """Return the answer to ``query``, which may run for ``seconds`` (the deadline of the settings when ``None``).

        Raises a ``QueryError``: what the guard or the engine refused, ``DeadlineExceeded``, ``MemoryExceeded`` or
        ``QueryCrashed`` for a query that was stopped, ``Busy`` when too many queries wait, ``Unavailable`` when no
        process can answer.
        """
        outline = guard.inspect(query.text, self.limits)
        deadline = self.settings.deadline if seconds is None else seconds
        if not self._places.acquire(blocking=False):
            raise Busy(f"{self.settings.queue} queries are running or waiting; try again in a moment")
        try:
            return self._answered(query, outline, deadline)
        finally:
            self._places.release()

    def close(self) -> None:
        """Stop every process at once; queries that run are lost."""
        self._closed = True
        _stop(self._pool)

    def _answered(self, query: Query, outline: Outline, deadline: float) -> Answer:
        future = self._schedule(_answer, (query, outline), deadline)
        # As long to wait for a process as to run in it; pebble counts the deadline from the start of the run.
        answer: Answer = self._result(future, 2 * deadline)
        return answer

    def _schedule(self, function: Callable[..., Any], arguments: tuple[Any, ...], seconds: float) -> "Future[Any]":
        if self._closed:
            raise Unavailable("the endpoint is stopping; try again later")
        try:
            future: Future[Any] = self._live_pool().schedule(function, args=arguments, timeout=seconds)
        except RuntimeError as error:
            raise Unavailable(_NO_PROCESS) from error
        return future

    def _live_pool(self) -> ProcessPool:
        """Return the pool, replaced if it lost a process between two queries, which pebble does not recover from."""
        with self._renewal:
            if not self._closed and not self._pool.active:
                _LOG.warning("a query process ended while idle; starting all of them again")
                _stop(self._pool)
                self._pool = self._new_pool()
            return self._pool

    def _new_pool(self) -> ProcessPool:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__])
        return ProcessPool(
            max_workers=self.settings.workers,
            initializer=_start,
            initargs=(self._open_store, self.limits, self.settings.memory),
            context=context,
        )

    def _result(self, future: "Future[Any]", seconds: float) -> Any:  # noqa: ANN401 - what the scheduled function returned
        try:
            return future.result(timeout=seconds)
        except FutureTimeout as error:
            waited_in_vain = not future.done() and not future.running()
            future.cancel()
            if waited_in_vain:
                raise Busy(f"no process was free for the query within {seconds:g} seconds; try again later") from error
            raise DeadlineExceeded(
                "the query took longer than it may; narrow it, for example with more triple patterns or a LIMIT"
            ) from error
        except ProcessExpired as error:
            raise _ended(error.exitcode) from error
        except (CancelledError, RuntimeError) as error:
            raise Unavailable(_NO_PROCESS) from error


def _stop(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


def _ended(exit_code: int) -> MemoryExceeded | QueryCrashed:
    # The engine aborts when the system gives it no more memory; deep recursion ends in SIGSEGV.
    if exit_code == -signal.SIGABRT:
        return MemoryExceeded(MEMORY_EXCEEDED)
    return QueryCrashed("the query ended the process that evaluated it; write it with less nesting")


def _start(open_store: OpenStore, limits: QueryLimits, memory: int) -> None:
    """Make this process ready for queries: load the graph, then give up files, sockets and memory beyond the limit."""
    global _engine, _failure  # noqa: PLW0603 - the state of a process, set once
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        _engine = Engine(open_store(), limits)
    except (OSError, SyntaxError, ValueError) as error:
        _failure = f"the graph cannot be loaded: {error}"
        return
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _open_nothing_more()


def _open_nothing_more() -> None:
    """Let this process open no file and no socket: every descriptor below the limit is in use from here on."""
    lowest_free = os.open(os.devnull, os.O_RDONLY)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free + 1, lowest_free + 1))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _ready() -> int:
    if _engine is None:
        raise Unavailable(_failure)
    return os.getpid()


def _answer(query: Query, outline: Outline) -> Answer:
    if _engine is None:
        # The reason may name files, which is nothing for a client; whoever starts the pool has seen it.
        raise Unavailable(_NO_PROCESS)
    return _engine.answer_inspected(query, outline)
