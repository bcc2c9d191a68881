"""A process that holds something large, and processes forked from it, each of which does one task at a time.

What is held is in memory once, however many processes share it, and a process that was killed is replaced within
milliseconds: nothing is loaded again. The process that holds it has one thread, so that it can be forked safely.
"""

import contextlib
import multiprocessing
import queue
import threading
from concurrent.futures import BrokenExecutor
from multiprocessing import reduction
from multiprocessing.connection import Connection

from graph.pool import holding
from graph.pool.child import Child
from graph.pool.holding import Step


class Forks:
    """The processes: ``kept`` of them are ready for a task at any time; safe to use from several threads."""

    def __init__(self, kept: int, hold: Step, enter: Step) -> None:
        """Take what processes are made of; none starts yet.

        ``hold`` is called in the process that the others are forked from, ``enter`` in each of these; both can be
        pickled.
        """
        self._kept = kept
        self._asking = threading.Lock()
        self._starting = threading.Lock()
        self._started = self._stopped = False
        self._counting = threading.Lock()
        self._at_work = 0
        self._idle: list[Child] = []
        self._children: dict[int, Child] = {}
        self._lost: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._control, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("forkserver")
        self._holder = context.Process(target=holding.hold, args=(theirs, hold, enter))
        self._theirs: Connection | None = theirs
        self._keeper = threading.Thread(target=self._keep, daemon=True)

    @property
    def active(self) -> bool:
        """Whether tasks can be done: nothing was stopped, and the process that the others are forked from lives."""
        return not self._stopped and (not self._started or self._holder.is_alive())

    @property
    def processes(self) -> tuple[int, ...]:
        """The numbers of the processes, idle or at work."""
        return tuple(self._children)

    def fill(self) -> None:
        """Fork processes until as many are there as are to be kept; raise ``BrokenExecutor`` when none can be had."""
        self._start()
        while self._wanted():
            # Last in turn: it has yet to copy each page of what is held that it works with.
            self._idle.insert(0, self._fork())

    def take(self) -> Child:
        """Return a process for one task, to be given to :meth:`give_back`.

        Raises ``BrokenExecutor`` when none can be had.
        """
        self._start()
        with self._counting:
            self._at_work += 1
        try:
            return self._ready() or self._fork()
        except BrokenExecutor:
            with self._counting:
                self._at_work -= 1
            raise

    def take_idle(self) -> Child | None:
        """Return a process that is ready for a task, to be given to :meth:`give_back`; none is made for it."""
        with self._counting:
            self._at_work += 1
        child = self._ready()
        if child is None:
            with self._counting:
                self._at_work -= 1
        return child

    def take_aside(self) -> Child:
        """Return a process for one task that is none of those that are kept."""
        self._start()
        child = self._fork()
        child.is_aside = True
        return child

    def set_aside(self, child: Child) -> None:
        """Count a process that was taken with those that are kept no longer, and replace it."""
        if child.is_aside:
            return
        child.is_aside = True
        with self._counting:
            self._at_work -= 1
        self._replenish()

    def give_back(self, child: Child) -> None:
        """Take a process back after its task; one that was killed or has fallen back is replaced."""
        if child.is_aside:
            self._forget(child)
            return
        with self._counting:
            self._at_work -= 1
            is_usable = child.is_alive and not child.falls_back
            is_kept = is_usable and not self._stopped and len(self._idle) + self._at_work < self._kept
            if is_kept:
                self._idle.append(child)
        if not is_kept:
            self._forget(child)
            self._replenish()

    def exitcode(self, child: Child) -> int | None:
        """Wait for the end of a process, and return minus the number of the signal that ended it, if that is known."""
        try:
            with self._asking:
                self._control.send(child.pid)
                code: int | None = self._control.recv()
        except (EOFError, OSError):
            return None
        return code

    def stop(self) -> None:
        """End every process at once; tasks under way are lost."""
        with self._starting:
            self._stopped = True
            started = self._started
        self._lost.put(False)
        if started:
            self._holder.kill()
        for child in tuple(self._children.values()):
            child.kill()
        if started:
            self._keeper.join()
            self._holder.join()
        with contextlib.suppress(IndexError):
            while True:
                self._forget(self._idle.pop())
        self._control.close()

    def _start(self) -> None:
        with self._starting:
            if self._stopped:
                raise BrokenExecutor("the processes were stopped")
            if self._started:
                return
            self._started = True
            self._holder.start()
            if self._theirs is not None:
                self._theirs.close()
            self._theirs = None
            self._keeper.start()

    def _replenish(self) -> None:
        if self._wanted():
            self._lost.put(True)

    def _wanted(self) -> bool:
        with self._counting:
            return not self._stopped and len(self._idle) + self._at_work < self._kept

    def _keep(self) -> None:
        """Fork processes ahead of the tasks that need them."""
        while self._lost.get():
            with contextlib.suppress(BrokenExecutor):
                self.fill()

    def _ready(self) -> Child | None:
        """Return an idle process that lives, if there is one."""
        with contextlib.suppress(IndexError):
            while True:
                child = self._idle.pop()
                if not child.has_ended():
                    return child
                self._forget(child)
        return None

    def _fork(self) -> Child:
        ours, theirs = multiprocessing.Pipe()
        try:
            with self._asking, theirs:
                self._control.send(None)
                reduction.send_handle(self._control, theirs.fileno(), self._holder.pid)
                child = Child(self._control.recv(), ours)
        except (EOFError, OSError) as error:
            ours.close()
            raise BrokenExecutor("no process can be forked") from error
        self._children[child.pid] = child
        if self._stopped:
            child.kill()
        return child

    def _forget(self, child: Child) -> None:
        self._children.pop(child.pid, None)
        child.close()
