"""A process that holds something large, and processes forked from it, each of which does one task at a time.

What is held is in memory once, however many processes share it, and a process that was killed is replaced within
milliseconds: nothing is loaded again. The process that holds it has one thread, so that it can be forked safely.
"""

import contextlib
import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Future
from multiprocessing import reduction
from multiprocessing.connection import Connection
from typing import Any

from graph import holding
from graph.holding import Step


class Expired(Exception):  # noqa: N818 - what it says of a process
    """A task whose process ended; ``exitcode`` is minus the number of a signal, ``None`` when it is not known."""

    def __init__(self, exitcode: int | None) -> None:
        super().__init__(exitcode)
        self.exitcode = exitcode


class Task(Future[Any]):
    """A task, and its outcome."""

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...], seconds: float) -> None:
        super().__init__()
        self.asked = (function, arguments)
        self.seconds = seconds
        self.interrupted = False
        self._place: _Child | None = None
        self._placing = threading.Lock()

    def cancel(self) -> bool:
        """Cancel the task, also while it runs: the process in which it runs is then replaced."""
        if super().cancel():
            return True
        with self._placing:
            if self._place is None:
                return False
            self.interrupted = True
            self._place.kill()
        return True

    @contextlib.contextmanager
    def placed(self, child: "_Child") -> Iterator[None]:
        """Have the task run in ``child`` until the end of the ``with`` block."""
        with self._placing:
            self._place = child
        try:
            yield
        finally:
            with self._placing:
                self._place = None


class ForkedPool:
    """Does tasks in ``workers`` processes; safe to use from several threads."""

    def __init__(self, workers: int, hold: Step, enter: Step) -> None:
        """Create a pool; nothing starts before the first task.

        ``hold`` is called in the process that the others are forked from, ``enter`` in each of these; both can be
        pickled.
        """
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._asking = threading.Lock()
        self._starting = threading.Lock()
        self._started = self._stopped = False
        self._children: dict[int, _Child] = {}
        self._control, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("forkserver")
        self._holder = context.Process(target=holding.hold, args=(theirs, hold, enter))
        self._theirs: Connection | None = theirs
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(workers)]

    @property
    def active(self) -> bool:
        """Whether tasks can be done: nothing was stopped, and the process that the others are forked from lives."""
        return not self._stopped and (not self._started or self._holder.is_alive())

    @property
    def processes(self) -> tuple[int, ...]:
        """The processes that do tasks now."""
        return tuple(self._children)

    def schedule(self, function: Callable[..., Any], arguments: tuple[Any, ...], seconds: float) -> Task:
        """Return a task under way, which is stopped once it has run for ``seconds``.

        Its result is what ``function`` returns or raises, ``TimeoutError`` when it was stopped, ``Expired`` when its
        process ended, ``CancelledError`` when it was cancelled, ``BrokenExecutor`` when no process can be had.
        """
        self._start()
        task = Task(function, arguments, seconds)
        self._tasks.put(task)
        if self._stopped:
            task.cancel()
        return task

    def stop(self) -> None:
        """End every process at once; tasks under way are lost."""
        with self._starting:
            self._stopped = True
            started = self._started
        with contextlib.suppress(queue.Empty):
            while True:
                task = self._tasks.get_nowait()
                if task is not None:
                    task.cancel()
        for _ in self._threads:
            self._tasks.put(None)
        if started:
            self._holder.kill()
        for child in tuple(self._children.values()):
            child.kill()
        if started:
            for thread in self._threads:
                thread.join()
            self._holder.join()
        self._control.close()

    def _start(self) -> None:
        with self._starting:
            if self._started or self._stopped:
                return
            self._started = True
            self._holder.start()
            if self._theirs is not None:
                self._theirs.close()
            self._theirs = None
            for thread in self._threads:
                thread.start()

    def _work(self) -> None:
        """Do one task after the other in a process, and replace it before the next task when it is lost."""
        child: _Child | None = None
        while True:
            child = child or self._try_fork()
            task = self._tasks.get()
            if task is None:
                break
            if not task.set_running_or_notify_cancel():
                continue
            if child is None or child.has_ended():
                self._forget(child)
                child = self._try_fork()
            if child is None:
                task.set_exception(BrokenExecutor("no process can be forked"))
            elif not self._done(task, child):
                self._forget(child)
                child = None
        self._forget(child)

    def _done(self, task: Task, child: "_Child") -> bool:
        """Have ``child`` do a task; return whether it lives on."""
        with task.placed(child):
            try:
                succeeded, value = child.answer(task)
            except TimeoutError as error:
                child.kill()
                task.set_exception(error)
                return False
            except (EOFError, OSError):
                ended = CancelledError() if task.interrupted else Expired(self._exitcode(child))
                task.set_exception(ended)
                return False
            except Exception as error:  # noqa: BLE001 - what cannot be pickled is the failure of its task alone
                task.set_exception(error)
                child.kill()
                return False
        if succeeded:
            task.set_result(value)
        else:
            task.set_exception(value)
        return True

    def _try_fork(self) -> "_Child | None":
        ours, theirs = multiprocessing.Pipe()
        try:
            with self._asking, theirs:
                self._control.send(None)
                reduction.send_handle(self._control, theirs.fileno(), self._holder.pid)
                child = _Child(self._control.recv(), ours)
        except (EOFError, OSError):
            ours.close()
            return None
        self._children[child.pid] = child
        if self._stopped:
            child.kill()
        return child

    def _exitcode(self, child: "_Child") -> int | None:
        try:
            with self._asking:
                self._control.send(child.pid)
                code: int | None = self._control.recv()
        except (EOFError, OSError):
            return None
        return code

    def _forget(self, child: "_Child | None") -> None:
        if child is not None:
            self._children.pop(child.pid, None)
            child.close()


class _Child:
    """A forked process and the connection to it."""

    def __init__(self, pid: int, connection: Connection) -> None:
        self.pid = pid
        self._connection = connection
        # Unlike its number, this never comes to mean another process.
        self._handle: int | None = os.pidfd_open(pid)
        self._closing = threading.Lock()

    def answer(self, task: Task) -> tuple[bool, Any]:
        """Return whether a task succeeded, and its result or error; raise ``TimeoutError`` past its time."""
        self._connection.send(task.asked)
        if not self._connection.poll(task.seconds):
            raise TimeoutError
        outcome: tuple[bool, Any] = self._connection.recv()
        return outcome

    def has_ended(self) -> bool:
        """Whether an idle process has ended: it says nothing unasked, so that there is only the end to be read."""
        return self._connection.poll(0)

    def kill(self) -> None:
        """End the process at once."""
        with self._closing, contextlib.suppress(ProcessLookupError):
            if self._handle is not None:
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def close(self) -> None:
        """Let go of the process, which ends if it has not yet."""
        self.kill()
        with self._closing:
            if self._handle is not None:
                os.close(self._handle)
            self._handle = None
        self._connection.close()
