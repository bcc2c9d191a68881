"""Processes that hold something large in memory, work on it one task at a time, and can be killed.

The engine has no timeout, shapes from outside can hold a regular expression that never ends, and a hostile input can
end the process that reads it. So every such task runs in a process with a deadline and a memory limit, which is
replaced when it is lost and ends with the process that started it.
"""

import logging
import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Future, wait
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from pebble import ProcessExpired, ProcessPool

from graph import stopped
from graph.errors import GraphError
from graph.query_errors import Busy, DeadlineExceeded, MemoryExceeded, QueryCrashed, Unavailable

_LOG: Final = logging.getLogger(__name__)
_START_SECONDS: Final = 60.0
_PROBE_SECONDS: Final = 2.0
_NO_PROCESS: Final = "no process could take the request; try again in a moment"

Open = Callable[[], Any]
Prepare = Callable[[], None]

_held: Any = None
_failure: str = "the graph is not loaded"


@dataclass(frozen=True)
class Wording:
    """What a client is told of a task that was stopped: because of its time, of its memory, or of a crash."""

    late: str
    greedy: str
    crashed: str


@dataclass(frozen=True)
class Limits:
    """How many processes there are, what each may use, and how many tasks may run or wait at one time.

    ``memory`` is address space in bytes, 0 for no limit. A ``sealed`` process opens no file and no socket once it is
    ready for tasks.
    """

    workers: int
    queue: int
    memory: int
    sealed: bool = True


@dataclass(frozen=True)
class Load:
    """How many tasks are being worked on, and how many wait for a process."""

    running: int
    waiting: int


class Processes:
    """Runs tasks in processes that each hold what ``opened`` returned; safe to use from several threads."""

    def __init__(self, opened: Open, limits: Limits, prepare: Prepare | None = None) -> None:
        """Create a pool whose processes each call ``opened`` and ``prepare``, which can be pickled; none starts yet."""
        self._opened = opened
        self._prepare = prepare
        self._limits = limits
        self._places = threading.BoundedSemaphore(limits.queue)
        self._renewal = threading.Lock()
        self._counting = threading.Lock()
        self._tasks: set[Future[Any]] = set()
        self._closed = False
        self._warm = False
        self._pool = self._new_pool()

    def warm(self) -> None:
        """Start every process and wait until each is ready for tasks; raise ``Unavailable`` when one cannot be."""
        ready: set[int] = set()
        while len(ready) < self._limits.workers:
            futures = [self._schedule(_ready, (), _START_SECONDS) for _ in range(self._limits.workers)]
            ready.update(self._result(future, _START_SECONDS) for future in futures)
        self._warm = True

    @property
    def ready(self) -> bool:
        """Whether the pool has started and can take tasks."""
        return self._warm and not self._closed and bool(self._live_pool().active)

    @property
    def load(self) -> Load:
        """How many tasks run, and how many wait for a process."""
        with self._counting:
            running = sum(task.running() for task in self._tasks)
            return Load(running, len(self._tasks) - running)

    def answers(self) -> bool:
        """Whether a process works on a task now or answers a question at once; ``False`` before all were ready.

        In contrast to :attr:`ready` this finds processes that live, but could not load what they should hold.
        """
        if not self.ready:
            return False
        if self.load.running:
            return True
        try:
            asked = [self._schedule(_ready, (), _PROBE_SECONDS) for _ in range(self._limits.workers)]
        except Unavailable:
            return False
        done, _ = wait(asked, _PROBE_SECONDS)
        return any(one.exception() is None for one in done if not one.cancelled())

    def call(self, task: Callable[..., Any], arguments: tuple[Any, ...], seconds: float, wording: Wording) -> Any:  # noqa: ANN401 - what the task returns
        """Return what ``task`` returns for what a process holds and ``arguments``; it may run for ``seconds``.

        Raises what the task raises, ``DeadlineExceeded``, ``MemoryExceeded`` or ``QueryCrashed`` in the words of
        ``wording`` for a task that was stopped, ``Busy`` when too many wait, ``Unavailable`` when no process can work.
        """
        if not self._places.acquire(blocking=False):
            raise Busy(f"{self._limits.queue} queries are running or waiting; try again in a moment")
        try:
            future = self._schedule(_run, (task, arguments), seconds)
            with self._counted(future):
                # As long to wait for a process as to run in it; pebble counts the deadline from the start of the run.
                return self._result(future, 2 * seconds, wording)
        finally:
            self._places.release()

    @contextmanager
    def _counted(self, task: "Future[Any]") -> Iterator[None]:
        with self._counting:
            self._tasks.add(task)
        try:
            yield
        finally:
            with self._counting:
                self._tasks.discard(task)

    def close(self) -> None:
        """Stop every process at once; tasks that run are lost."""
        self._closed = True
        _stop(self._pool)

    def _schedule(self, function: Callable[..., Any], arguments: tuple[Any, ...], seconds: float) -> "Future[Any]":
        if self._closed:
            raise Unavailable("the endpoint is stopping; try again later")
        try:
            future: Future[Any] = self._live_pool().schedule(function, args=arguments, timeout=seconds)
        except RuntimeError as error:
            raise Unavailable(_NO_PROCESS) from error
        return future

    def _live_pool(self) -> ProcessPool:
        """Return the pool, replaced if it lost a process between two tasks, which pebble does not recover from."""
        with self._renewal:
            if not self._closed and not self._pool.active:
                _LOG.warning("a worker process ended while idle; starting all of them again")
                _stop(self._pool)
                self._pool = self._new_pool()
            return self._pool

    def _new_pool(self) -> ProcessPool:
        context = multiprocessing.get_context("forkserver")
        return ProcessPool(
            max_workers=self._limits.workers,
            initializer=_start,
            initargs=(self._opened, self._prepare, self._limits),
            context=context,
        )

    def _result(self, future: "Future[Any]", seconds: float, wording: Wording | None = None) -> Any:  # noqa: ANN401
        told = wording or _STARTING
        try:
            return future.result(timeout=seconds)
        except FutureTimeout as error:
            waited_in_vain = not future.done() and not future.running()
            future.cancel()
            if waited_in_vain:
                raise Busy(
                    f"no process was free for the request within {seconds:g} seconds; try again later"
                ) from error
            stopped.count("deadline")
            raise DeadlineExceeded(told.late) from error
        except MemoryExceeded:
            stopped.count("memory")
            raise
        except MemoryError as error:
            stopped.count("memory")
            raise MemoryExceeded(told.greedy) from error
        except ProcessExpired as error:
            # The engine aborts when the system gives it no more memory; deep recursion ends in SIGSEGV.
            if error.exitcode == -signal.SIGABRT:
                stopped.count("memory")
                raise MemoryExceeded(told.greedy) from error
            stopped.count("crash")
            raise QueryCrashed(told.crashed) from error
        except (BrokenExecutor, CancelledError) as error:
            raise Unavailable(_NO_PROCESS) from error


_STARTING: Final = Wording(
    "a worker process took too long to start", "a worker process has too little memory", "a worker process ended"
)


def _stop(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


def _start(opened: Open, prepare: Prepare | None, limits: Limits) -> None:
    """Make this process ready for tasks, then give up what it no longer needs: files, sockets, memory."""
    global _held, _failure  # noqa: PLW0603 - the state of a process, set once
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        held = opened()
        if prepare is not None:
            prepare()
    except (GraphError, OSError, SyntaxError, ValueError) as error:
        _failure = f"the graph cannot be loaded: {error}"
        return
    _held = held
    if limits.memory:
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if limits.sealed:
        _open_nothing_more()


def _open_nothing_more() -> None:
    """Let this process open no file and no socket: every descriptor below the limit is in use from here on."""
    lowest_free = os.open(os.devnull, os.O_RDONLY)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free + 1, lowest_free + 1))


@contextmanager
def opening_nothing() -> Iterator[None]:
    """Let this process, with all of its threads, open no file and no socket until the end of the ``with`` block."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest_free = os.open(os.devnull, os.O_RDONLY)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free + 1, limits[1]))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        os.close(lowest_free)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _ready() -> int:
    if _held is None:
        raise Unavailable(_failure)
    return os.getpid()


def _run(task: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:  # noqa: ANN401
    if _held is None:
        # The reason may name files, which is nothing for a client; whoever starts the pool has seen it.
        raise Unavailable(_NO_PROCESS)
    return task(_held, *arguments)
