"""Processes that hold something large in memory, work on it one task at a time, and can be killed.

The engine has no timeout, shapes from outside can hold a regular expression that never ends, and a hostile input can
end the process that reads it. So every such task runs in a process with a deadline and a memory limit, which is
replaced when it is lost and ends with the process that started it.
"""

import logging
import math
import multiprocessing
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Future, wait
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from graph import confinement, stopped
from graph.cancellation import Cancellation
from graph.errors import GraphError
from graph.forking import Expired, ForkedPool
from graph.query_errors import Busy, DeadlineExceeded, MemoryExceeded, QueryCrashed, Unavailable

_LOG: Final = logging.getLogger(__name__)
_START_SECONDS: Final = 60.0
# The engine descends once for each pattern of a chain. The system leaves 128 MB below the stack free of anything else.
_STACK_BYTES: Final = 120_000_000
_WEIGHT: Final = 0.1
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
        # How long a request takes lately, its waiting included: a place is free about as much later.
        self._usual = 0.0
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
    def processes(self) -> tuple[int, ...]:
        """The numbers of the processes that do tasks now."""
        return self._live_pool().processes

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

    def call(
        self,
        task: Callable[..., Any],
        arguments: tuple[Any, ...],
        seconds: float,
        wording: Wording,
        cancellation: Cancellation | None = None,
    ) -> Any:  # noqa: ANN401 - what the task returns
        """Return what ``task`` returns for what a process holds and ``arguments``; it may run for ``seconds``.

        Raises what the task raises, ``DeadlineExceeded``, ``MemoryExceeded`` or ``QueryCrashed`` in the words of
        ``wording`` for a task that was stopped, ``Busy`` when too many wait, ``Unavailable`` when no process can work
        or a ``cancellation`` happened: then the task never runs, or the process in which it ran is replaced.
        """
        if not self._places.acquire(blocking=False):
            most = self._limits.queue
            raise Busy(f"{most} queries are running or waiting; try again in a moment", self._until_free(seconds))
        begun = time.monotonic()
        try:
            future = self._schedule(_run, (task, arguments), seconds)
            stopping = cancellation.stopping(partial(_hang_up, future)) if cancellation else nullcontext()
            with self._counted(future), stopping:
                # As long to wait for a process as to run in it; the deadline counts from the start of the run.
                return self._result(future, 2 * seconds, wording)
        finally:
            self._usual += _WEIGHT * (time.monotonic() - begun - self._usual)
            self._places.release()

    def _until_free(self, seconds: float) -> int:
        """Return after how many seconds a place is likely to be free, which is not later than the deadline."""
        return max(1, math.ceil(min(self._usual, seconds)))

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
        self._pool.stop()

    def _schedule(self, function: Callable[..., Any], arguments: tuple[Any, ...], seconds: float) -> "Future[Any]":
        if self._closed:
            raise Unavailable("the endpoint is stopping; try again later")
        try:
            return self._live_pool().schedule(function, arguments, seconds)
        except OSError as error:
            raise Unavailable(_NO_PROCESS) from error

    def _live_pool(self) -> ForkedPool:
        """Return the pool, replaced if the process that the others are forked from was lost."""
        with self._renewal:
            if not self._closed and not self._pool.active:
                _LOG.warning("the process that holds the graph ended; loading it again")
                self._pool.stop()
                self._pool = self._new_pool()
            return self._pool

    def _new_pool(self) -> ForkedPool:
        hold = partial(_hold, self._opened, self._prepare)
        return ForkedPool(self._limits.workers, hold, partial(_enter, self._limits))

    def _result(self, future: "Future[Any]", seconds: float, wording: Wording | None = None) -> Any:  # noqa: ANN401
        told = wording or _STARTING
        try:
            return future.result(timeout=seconds)
        except FutureTimeout as error:
            waited_in_vain = not future.done() and not future.running()
            future.cancel()
            if waited_in_vain:
                raise Busy(
                    f"no process was free for the request within {seconds:g} seconds; try again later",
                    self._until_free(seconds),
                ) from error
            stopped.count("deadline")
            raise DeadlineExceeded(told.late) from error
        except MemoryExceeded:
            stopped.count("memory")
            raise
        except MemoryError as error:
            stopped.count("memory")
            raise MemoryExceeded(told.greedy) from error
        except Expired as error:
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


def _hang_up(task: "Future[Any]") -> None:
    """Stop a task for which nobody waits any longer."""
    if task.cancel():
        stopped.count("hang-up")


def _hold(opened: Open, prepare: Prepare | None) -> None:
    """Load what the processes hold, in the one that they are forked from."""
    global _held, _failure  # noqa: PLW0603 - the state of a process, set once
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        held = opened()
        if prepare is not None:
            prepare()
    except (GraphError, OSError, SyntaxError, ValueError) as error:
        _failure = f"the graph cannot be loaded: {error}"
        return
    _held = held


def _enter(limits: Limits) -> None:
    """Make a forked process ready for tasks: it gives up what it does not need, files, sockets and memory."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    confinement.allow_stack(_STACK_BYTES)
    if limits.memory:
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if limits.sealed:
        confinement.open_nothing_more()


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
