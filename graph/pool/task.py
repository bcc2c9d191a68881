"""Tasks: calls with a deadline that wait for a slot, run in a worker process, and can be cancelled.

The code that receives a request makes a :class:`Cancellation` current for the thread that works on it; the code that
runs a task in another process registers how to stop it. Neither knows of the other.
"""

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from graph.pool.worker_process import Call, WorkerProcess

Callback = Callable[[], object]

_current: Final[ContextVar["Cancellation | None"]] = ContextVar("cancellation", default=None)


class Cancellation:
    """Whether a request is cancelled, and the callbacks that stop its work; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_cancelled = False
        self._callbacks: list[Callback] = []

    @property
    def is_cancelled(self) -> bool:
        """Whether the request is cancelled."""
        return self._is_cancelled

    def cancel(self) -> None:
        """Stop the work for the request, and any that starts later."""
        with self._lock:
            self._is_cancelled = True
            callbacks = tuple(self._callbacks)
        for callback in callbacks:
            callback()

    @contextmanager
    def on_cancel(self, callback: Callback) -> Iterator[None]:
        """Call ``callback`` if the request is cancelled during the ``with`` block, or is cancelled already."""
        with self._lock:
            is_cancelled = self._is_cancelled
            self._callbacks.append(callback)
        if is_cancelled:
            callback()
        try:
            yield
        finally:
            with self._lock:
                self._callbacks.remove(callback)

    @contextmanager
    def as_current(self) -> Iterator[None]:
        """Make this the :func:`current_cancellation` cancellation of the thread for the ``with`` block."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)


def current_cancellation() -> Cancellation | None:
    """Return the current cancellation of this thread, or ``None`` where work cannot be cancelled."""
    return _current.get()


# The shortest interval between two readings of a task's CPU time.
_INTERVAL_SECONDS: Final = 0.002


class WorkerExitedError(Exception):
    """The worker process exited before its task was done."""

    def __init__(self, worker: WorkerProcess) -> None:
        super().__init__(worker.pid)
        self.worker = worker


class Task:
    """A call whose result is needed within ``seconds`` from now, waiting for a slot included.

    Used by one thread, but for :meth:`cancel`.
    """

    def __init__(self, call: Call, seconds: float) -> None:
        self.seconds: Final = seconds
        self.is_cancelled = False
        self._call = call
        self._outcome: tuple[bool, Any] | None = None
        self._cpu_seconds, self._deadline = 0.0, time.monotonic() + seconds
        self._lock = threading.Lock()
        self._stop: Callback | None = None

    @property
    def is_done(self) -> bool:
        """Whether the call has returned or raised."""
        return self._outcome is not None

    @property
    def has_succeeded(self) -> bool:
        """Whether the call has returned."""
        return self._outcome is not None and self._outcome[0]

    def cancel(self) -> bool:
        """Cancel the task, killing its worker process; return whether it was not done yet."""
        with self._lock:
            if self.is_done:
                return False
            self.is_cancelled = True
            if self._stop is not None:
                self._stop()
        return True

    def wait_for_slot(self, acquire: Callable[[float, Callable[[Callback], None]], None]) -> None:
        """Call ``acquire`` with the seconds to wait, and with what takes the function that ends the wait.

        Raises what it raises, and ``CancelledError`` when the task is cancelled before.
        """
        with self._cancelled_by(None):
            acquire(max(0.0, self._deadline - time.monotonic()), self._set_stop)

    def run(self, worker: WorkerProcess, cpu_seconds: float = math.inf) -> None:
        """Run the task until it is done or has used ``cpu_seconds`` of CPU time; raise as :meth:`wait` does."""
        self.start(worker)
        self.wait(worker, cpu_seconds)

    def start(self, worker: WorkerProcess) -> None:
        """Start the task in a worker process; raise as :meth:`wait` does."""
        with self._exchange(worker):
            worker.send(self._call)
        self._cpu_seconds = 0.0

    def poll(self, worker: WorkerProcess) -> bool:
        """Return whether the task is done, without blocking; :meth:`wait` raises what else happened.

        CPU time used until now counts for the next :meth:`wait`.
        """
        with contextlib.suppress(EOFError, OSError):
            if not self.is_done and worker.has_small_result():
                self._outcome = worker.receive()
        if not self.is_done:
            self._cpu_seconds = worker.cpu_seconds()
        return self.is_done

    def wait(self, worker: WorkerProcess, cpu_seconds: float = math.inf) -> None:
        """Wait until the task is done or has used ``cpu_seconds`` of CPU time since its start.

        Raises ``TimeoutError`` at its deadline, ``WorkerExitedError`` when its process exited, and ``CancelledError``.
        """
        with self._exchange(worker):
            while not self.is_done and self._cpu_seconds < cpu_seconds:
                left = self._deadline - time.monotonic()
                interval = max(cpu_seconds - self._cpu_seconds, _INTERVAL_SECONDS)
                if worker.poll(max(0.0, min(interval, left))):
                    self._outcome = worker.receive()
                elif left <= 0:
                    worker.kill()
                    raise TimeoutError
                else:
                    self._cpu_seconds = worker.cpu_seconds()

    def result(self) -> Any:  # noqa: ANN401 - the result of the call
        """Return the result of the call, or raise its error."""
        succeeded, value = self._outcome or (False, CancelledError())
        if succeeded:
            return value
        raise value

    @contextmanager
    def _exchange(self, worker: WorkerProcess) -> Iterator[None]:
        """Let :meth:`cancel` kill the worker, and turn the loss of the worker into an error of the task."""
        with self._cancelled_by(worker.kill):
            try:
                yield
            except TimeoutError:
                raise
            except (EOFError, OSError) as error:
                if self.is_cancelled:
                    raise CancelledError from error
                raise WorkerExitedError(worker) from error
            except Exception:
                # A value that cannot be pickled or unpickled: the state of the worker is unknown.
                worker.kill()
                raise

    @contextmanager
    def _cancelled_by(self, stop: Callback | None) -> Iterator[None]:
        self._set_stop(stop)
        try:
            yield
        finally:
            with self._lock:
                self._stop = None

    def _set_stop(self, stop: Callback | None) -> None:
        with self._lock:
            if self.is_cancelled:
                raise CancelledError
            self._stop = stop
