"""Processes that hold something large in memory, work on it one task at a time, and can be killed.

The engine has no timeout, shapes from outside can hold a regular expression that never ends, and a hostile input can
end the process that reads it. So every such task runs in a process with a deadline and a memory limit, which is
replaced when it is lost and ends with the process that started it.
"""

import logging
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from graph.pool import stopped, worker
from graph.pool.cancellation import Cancellation
from graph.pool.child import Child
from graph.pool.fork_server import Forks
from graph.pool.scheduler import Load, TieredTurns, Tiers, Work
from graph.pool.slots import FullError, NoTurnError
from graph.pool.task import ChildEndedError, Run
from graph.pool.worker import Open, Prepare
from graph.sparql.errors import Busy, DeadlineExceeded, MemoryExceeded, QueryCrashed, QueryError, Unavailable

_LOG: Final = logging.getLogger(__name__)
_START_SECONDS: Final = 60.0
_WEIGHT: Final = 0.1
_PROBE_SECONDS: Final = 2.0
_STOPPING: Final = "the endpoint is stopping; try again later"


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
    ready for tasks. With the default ``tiers`` every task is one like the others, however long it takes.
    """

    workers: int
    queue: int
    memory: int
    sealed: bool = True
    tiers: Tiers = field(default_factory=Tiers)


class Processes:
    """Runs tasks in processes that each hold what ``opened`` returned; safe to use from several threads."""

    def __init__(self, opened: Open, limits: Limits, prepare: Prepare | None = None) -> None:
        """Create a pool whose processes each call ``opened`` and ``prepare``, which can be pickled; none starts yet."""
        self._opened = opened
        self._prepare = prepare
        self._limits = limits
        self._turns = TieredTurns(limits.workers, limits.queue, limits.tiers)
        self._renewal = threading.Lock()
        # How long a request takes lately, its waiting included: a place is free about as much later.
        self._usual = 0.0
        self._closed = False
        self._warm = False
        self._forks = self._new_forks()

    def warm(self) -> None:
        """Start every process and wait until each is ready for tasks; raise ``Unavailable`` when one cannot be."""
        # All are forked from one, so that what one of them has loaded is there for each.
        first = Run((worker.ready, ()), _START_SECONDS)
        self._run_in_turn(first, _STARTING)
        with self._telling(first, _STARTING):
            self._live().fill()
        self._warm = True

    @property
    def ready(self) -> bool:
        """Whether the pool has started and can take tasks."""
        return self._warm and not self._closed and bool(self._live().active)

    @property
    def processes(self) -> tuple[int, ...]:
        """The numbers of the processes, those that wait for tasks included."""
        return self._live().processes

    @property
    def load(self) -> Load:
        """How many tasks run, and how many wait for a process."""
        return self._turns.load

    def answers(self) -> bool:
        """Whether a process works on a task now or answers a question at once; ``False`` before all were ready.

        In contrast to :attr:`ready` this finds processes that live, but could not load what they should hold.
        """
        if not self.ready:
            return False
        if self.load.running:
            return True
        try:
            self._run_in_turn(Run((worker.ready, ()), _PROBE_SECONDS), _STARTING)
        except QueryError:
            return False
        return True

    def call(
        self,
        task: Callable[..., Any],
        arguments: tuple[Any, ...],
        seconds: float,
        wording: Wording,
        cancellation: Cancellation | None = None,
    ) -> Any:  # noqa: ANN401 - what the task returns
        """Return what ``task`` returns for what a process holds and ``arguments``; it may run for ``seconds``.

        A task that takes more processor time than a short one makes way for others, as the limits say; it may have to
        begin anew for that.

        Raises what the task raises, ``DeadlineExceeded``, ``MemoryExceeded`` or ``QueryCrashed`` in the words of
        ``wording`` for a task that was stopped, ``Busy`` when too many wait, ``Unavailable`` when no process can work
        or a ``cancellation`` happened: then the task never runs, or the process in which it ran is replaced.
        """
        run = Run((worker.run, (task, arguments)), seconds)
        return self._finished(run, None, wording, cancellation)

    def begin(self, task: Callable[..., Any], arguments: tuple[Any, ...], seconds: float) -> Work | None:
        """Have an idle process begin what :meth:`call` does, to be finished by :meth:`finish`; this waits for nothing.

        Returns ``None`` when there is no place or no idle process.
        """
        if self._closed or not self._warm or not self._forks.active:
            return None
        return self._turns.begin_at_once((worker.run, (task, arguments)), seconds, self._forks)

    def finish(self, work: Work, wording: Wording, cancellation: Cancellation | None = None) -> Any:  # noqa: ANN401
        """Return what a task returns that has begun; raise as :meth:`call` does."""
        return self._finished(work.run, work, wording, cancellation)

    def close(self) -> None:
        """Stop every process at once; tasks that run are lost."""
        self._closed = True
        self._forks.stop()

    def _finished(self, run: Run, work: Work | None, wording: Wording, cancellation: Cancellation | None) -> Any:  # noqa: ANN401
        begun = time.monotonic()
        try:
            with cancellation.stopping(partial(_hang_up, run)) if cancellation else nullcontext():
                return self._run_in_turn(run, wording, work)
        finally:
            self._usual += _WEIGHT * (time.monotonic() - begun - self._usual)

    def _run_in_turn(self, run: Run, wording: Wording, work: Work | None = None) -> Any:  # noqa: ANN401
        """Run a task when it is its turn; one that turns out to be long, and finds no place as such, begins anew."""
        with self._telling(run, wording):
            self._turns.go_on(work or self._turns.begin(run, self._live()))
            if not run.is_done:
                self._turns.run_at_length(run, self._live())
            return run.result()

    def _live(self) -> Forks:
        """Return the processes, replaced if the one that the others are forked from was lost."""
        if self._closed:
            raise Unavailable(_STOPPING)
        with self._renewal:
            if not self._forks.active:
                _LOG.warning("the process that holds the graph ended; loading it again")
                self._forks.stop()
                self._forks = self._new_forks()
            return self._forks

    def _new_forks(self) -> Forks:
        hold = partial(worker.hold, self._opened, self._prepare)
        return Forks(self._limits.workers, hold, partial(worker.enter, self._limits.memory, sealed=self._limits.sealed))

    @contextmanager
    def _telling(self, run: Run, wording: Wording) -> Iterator[None]:
        """Turn what ends a task into the errors of :meth:`call`."""
        try:
            yield
        except FullError as error:
            raise self._busy(f"{error} queries are running or waiting; try again in a moment", run) from None
        except NoTurnError:
            late = f"no process was free for the request within {run.seconds:g} seconds; try again later"
            raise self._busy(late, run) from None
        except TimeoutError as error:
            stopped.count("deadline")
            raise DeadlineExceeded(wording.late) from error
        except MemoryExceeded:
            stopped.count("memory")
            raise
        except MemoryError as error:
            stopped.count("memory")
            raise MemoryExceeded(wording.greedy) from error
        except ChildEndedError as error:
            raise self._ended(error.child, wording) from error
        except (BrokenExecutor, CancelledError) as error:
            raise Unavailable(_STOPPING if self._closed else worker.NO_PROCESS) from error

    def _busy(self, message: str, run: Run) -> Busy:
        """Return the error for a request that gets no place; one is likely to be free before the deadline of a task."""
        return Busy(message, max(1, math.ceil(min(self._usual, run.seconds))))

    def _ended(self, child: Child, wording: Wording) -> QueryError:
        """Return the error for a task whose process ended."""
        if self._closed:
            return Unavailable(_STOPPING)
        # The engine aborts when the system gives it no more memory; deep recursion ends in SIGSEGV.
        if self._forks.exitcode(child) == -signal.SIGABRT:
            stopped.count("memory")
            return MemoryExceeded(wording.greedy)
        stopped.count("crash")
        return QueryCrashed(wording.crashed)


_STARTING: Final = Wording(
    "a worker process took too long to start", "a worker process has too little memory", "a worker process ended"
)


def _hang_up(run: Run) -> None:
    """Stop a task for which nobody waits any longer."""
    if run.cancel():
        stopped.count("hang-up")
