"""A pool of worker processes that each have the same data in memory and run one task at a time.

The engine has no timeout, a shape from a client can hold a regular expression that never ends, and a hostile input can
crash the process that reads it. So every such task runs in a process with a deadline and a memory limit; a process that
is lost is replaced, and all of them end with the process that started them.
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

from graph.pool import stats, worker
from graph.pool.fork_server import ForkServer, Origin
from graph.pool.scheduler import Job, Load, QueueFullError, Scheduler, SchedulingPolicy, SlotTimeoutError
from graph.pool.task import Cancellation, Task, WorkerExitedError
from graph.pool.worker import Loader, Update, WarmUp
from graph.pool.worker_process import WorkerProcess
from graph.sparql.errors import Busy, DeadlineExceeded, MemoryExceeded, QueryCrashed, QueryError, Unavailable

_LOG: Final = logging.getLogger(__name__)
_START_SECONDS: Final = 60.0
_WEIGHT: Final = 0.1
_PING_SECONDS: Final = 2.0
_STOPPING: Final = "the endpoint is stopping; try again later"


@dataclass(frozen=True)
class TaskLabel:
    """How error messages name a task, and the advice that they end with; ``crash_advice`` is for a crash."""

    name: str
    advice: str
    crash_advice: str = ""

    @property
    def deadline_message(self) -> str:
        """The message for a task that was stopped at its deadline."""
        return f"{self.name} took longer than allowed; {self.advice}"

    @property
    def memory_message(self) -> str:
        """The message for a task that exceeded the memory limit."""
        return f"{self.name} needed more memory than allowed; {self.advice}"

    @property
    def crash_message(self) -> str:
        """The message for a task that crashed its process."""
        return f"{self.name} crashed the process that ran it; {self.crash_advice or self.advice}"


@dataclass(frozen=True)
class PoolLimits:
    """The numbers of workers and of tasks that run or wait, and the limits of each worker.

    ``memory`` is address space in bytes, 0 for no limit. A ``sandboxed`` worker opens no file and no socket once it
    runs tasks. With the default ``policy`` all tasks have equal rights, however long they take.
    """

    workers: int
    queue: int
    memory: int
    sandboxed: bool = True
    policy: SchedulingPolicy = field(default_factory=SchedulingPolicy)


class ProcessPool:
    """Runs tasks in processes that have the result of ``loader`` in memory; safe to use from several threads."""

    def __init__(
        self,
        loader: Loader,
        limits: PoolLimits,
        warm_up: WarmUp | None = None,
        source: "tuple[ProcessPool, Update] | None" = None,
    ) -> None:
        """Describe a pool, which starts with :meth:`start` or its first task.

        ``loader`` and ``warm_up`` can be pickled; the process that the workers are forked from calls both. With a
        ``source`` that process is instead forked from the one of another pool, and the picklable function changes its
        data; where that fails, the data are loaded.
        """
        self._loader = loader
        self._warm_up = warm_up
        self._limits = limits
        self._scheduler = Scheduler(limits.workers, limits.queue, limits.policy)
        self._renewal_lock = threading.Lock()
        # Recent average duration of a request, its wait included: a slot is free about that much later.
        self._average_seconds = 0.0
        self._is_closed = False
        self._is_started = False
        self._is_copy = source is not None
        self._server: ForkServer = self._new_server(
            Origin(source[0]._server, partial(worker.update, source[1])) if source else None
        )

    def start(self) -> None:
        """Start every worker and wait until each is ready; raise ``Unavailable`` when one cannot start."""
        try:
            self._start_workers()
        except QueryError as error:
            if not self._is_copy or self._is_closed:
                raise
            _LOG.warning("cannot apply the changes to a copy of the graph; loading it from disk: %s", error)
            self._is_copy = False
            self._server.stop()
            self._start_workers()
        self._is_started = True

    @property
    def ready(self) -> bool:
        """Whether the pool has started and can run tasks."""
        return self._is_started and not self._is_closed and self._active_server().is_active

    @property
    def pids(self) -> tuple[int, ...]:
        """The PIDs of the workers, idle or busy."""
        return self._active_server().pids

    @property
    def load(self) -> Load:
        """The numbers of tasks that run and that wait for a slot."""
        return self._scheduler.load

    def responds(self) -> bool:
        """Return whether a worker runs a task now or answers a ping at once; ``False`` before the start.

        In contrast to :attr:`ready` this detects workers that are alive, but could not load their data.
        """
        if not self.ready:
            return False
        if self.load.running:
            return True
        try:
            self._run(Task((worker.ping, ()), _PING_SECONDS), _START)
        except QueryError:
            return False
        return True

    def call(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        seconds: float,
        label: TaskLabel,
        cancellation: Cancellation | None = None,
    ) -> Any:  # noqa: ANN401 - the result of the function
        """Return the result of ``function`` for the data of a worker and ``arguments``, within ``seconds``.

        A task that uses more CPU time than a quick one makes way for others, as the scheduling policy says, and may
        have to start again for that.

        Raises the error of the function; ``DeadlineExceeded``, ``MemoryExceeded`` or ``QueryCrashed``, with the
        messages of ``label``, for a task that was stopped; ``Busy`` when too many wait; ``Unavailable`` when no process
        can run it or its ``cancellation`` is cancelled.
        """
        task = Task((worker.call, (function, arguments)), seconds)
        return self._finish(task, None, label, cancellation)

    def try_start_call(self, function: Callable[..., Any], arguments: tuple[Any, ...], seconds: float) -> Job | None:
        """Start a :meth:`call` in an idle worker, without waiting; :meth:`finish_call` waits for its result.

        Returns ``None`` when there is no slot or no idle worker.
        """
        if self._is_closed or not self._is_started or not self._server.is_active:
            return None
        return self._scheduler.try_start((worker.call, (function, arguments)), seconds, self._server)

    def finish_call(self, job: Job, label: TaskLabel, cancellation: Cancellation | None = None) -> Any:  # noqa: ANN401
        """Return the result of a call that was started; raise as :meth:`call` does."""
        return self._finish(job.task, job, label, cancellation)

    def close(self) -> None:
        """Kill every process at once; running tasks are lost."""
        self._is_closed = True
        self._server.stop()

    def _start_workers(self) -> None:
        # All are forked from one process, so that one of them shows whether the data are loaded.
        first = Task((worker.ping, ()), _START_SECONDS)
        self._run(first, _START)
        with self._translated_errors(first, _START):
            self._active_server().fill()

    def _finish(self, task: Task, job: Job | None, label: TaskLabel, cancellation: Cancellation | None) -> Any:  # noqa: ANN401
        begin = time.monotonic()
        try:
            with cancellation.on_cancel(partial(_cancel, task)) if cancellation else nullcontext():
                return self._run(task, label, job)
        finally:
            self._average_seconds += _WEIGHT * (time.monotonic() - begin - self._average_seconds)

    def _run(self, task: Task, label: TaskLabel, job: Job | None = None) -> Any:  # noqa: ANN401
        """Run a task when it gets a slot; one that turns out to be long, and finds no slot as such, starts again."""
        with self._translated_errors(task, label):
            self._scheduler.wait(job or self._scheduler.start(task, self._active_server()))
            if not task.is_done:
                self._scheduler.run_long(task, self._active_server())
            return task.result()

    def _active_server(self) -> ForkServer:
        """Return the fork server, replaced if its process was lost."""
        if self._is_closed:
            raise Unavailable(_STOPPING)
        with self._renewal_lock:
            if not self._server.is_active:
                _LOG.warning("the fork server ended; starting it again")
                self._server.stop()
                self._server = self._new_server()
            return self._server

    def _new_server(self, origin: Origin | None = None) -> ForkServer:
        load = partial(worker.load, self._loader, self._warm_up)
        set_up = partial(worker.set_up, self._limits.memory, sandboxed=self._limits.sandboxed)
        return ForkServer(self._limits.workers, load, set_up, origin)

    @contextmanager
    def _translated_errors(self, task: Task, label: TaskLabel) -> Iterator[None]:
        """Raise the errors of :meth:`call` for what ends a task."""
        try:
            yield
        except QueueFullError as error:
            raise self._busy(f"{error} queries are running or waiting; try again in a moment", task) from None
        except SlotTimeoutError:
            message = f"no process was free for the request within {task.seconds:g} seconds; try again later"
            raise self._busy(message, task) from None
        except TimeoutError as error:
            stats.count_stopped("deadline")
            raise DeadlineExceeded(label.deadline_message) from error
        except MemoryExceeded:
            stats.count_stopped("memory")
            raise
        except MemoryError as error:
            stats.count_stopped("memory")
            raise MemoryExceeded(label.memory_message) from error
        except WorkerExitedError as error:
            raise self._exit_error(error.worker, label) from error
        except (BrokenExecutor, CancelledError) as error:
            raise Unavailable(_STOPPING if self._is_closed else worker.NO_PROCESS) from error

    def _busy(self, message: str, task: Task) -> Busy:
        """Return the error for a request that gets no slot; one is likely to be free before the deadline of a task."""
        return Busy(message, max(1, math.ceil(min(self._average_seconds, task.seconds))))

    def _exit_error(self, lost: WorkerProcess, label: TaskLabel) -> QueryError:
        """Return the error for a task whose process exited."""
        if self._is_closed:
            return Unavailable(_STOPPING)
        # The engine aborts when the system gives it no more memory; deep recursion ends in SIGSEGV. A panic has
        # an exit code of its own (see worker).
        if self._server.exit_code(lost) == -signal.SIGABRT:
            stats.count_stopped("memory")
            return MemoryExceeded(label.memory_message)
        stats.count_stopped("crash")
        _LOG.error("%s crashed the process that ran it", label.name)
        return QueryCrashed(label.crash_message)


_START: Final = TaskLabel("the start of a worker process", "try again in a moment")


def _cancel(task: Task) -> None:
    """Cancel a task whose client has disconnected."""
    if task.cancel():
        stats.count_stopped("hang-up")
