"""A multilevel scheduler: the more CPU time a task has used, the fewer tasks of its level run beside the quick ones.

A slot is the right of a task to run; each level has a number of them, granted first come, first served.
"""

import math
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError
from dataclasses import dataclass

from graph.pool.fork_server import ForkServer
from graph.pool.task import Task, WorkerExitedError
from graph.pool.worker_process import Call, WorkerProcess


class QueueFullError(Exception):
    """As many tasks as allowed run or wait."""


class SlotTimeoutError(Exception):
    """No slot became free in time, or the wait was cancelled."""


class _Waiter:
    """A task in the queue."""

    def __init__(self) -> None:
        self.has_slot = False
        self.decided = threading.Event()


class Slots:
    """A number of slots with a queue for them; safe to use from several threads."""

    def __init__(self, count: int, limit: int) -> None:
        """Create ``count`` slots; at most ``limit`` tasks have a slot or wait for one."""
        self._count = min(count, limit)
        self._limit = limit
        self._taken = 0
        self._queue: deque[_Waiter] = deque()
        self._lock = threading.Lock()

    @property
    def taken(self) -> int:
        """The number of slots that are taken."""
        return self._taken

    @property
    def waiting(self) -> int:
        """The number of tasks that wait."""
        return len(self._queue)

    def acquire(self, seconds: float, on_wait: Callable[[Callable[[], None]], None]) -> None:
        """Take a slot, waiting up to ``seconds`` for it; :meth:`release` returns it.

        Before waiting, this calls ``on_wait`` with the function that cancels the wait. Raises ``QueueFullError`` and
        ``SlotTimeoutError``.
        """
        with self._lock:
            if self._taken < self._count:
                self._taken += 1
                return
            if self._taken + len(self._queue) >= self._limit:
                raise QueueFullError(self._limit)
            waiter = _Waiter()
            self._queue.append(waiter)
        try:
            on_wait(waiter.decided.set)
            waiter.decided.wait(seconds)
        except BaseException:
            if not self._leave_queue(waiter):
                self.release()
            raise
        if self._leave_queue(waiter):
            raise SlotTimeoutError

    def try_acquire(self) -> bool:
        """Take a slot without waiting, and return whether one was free."""
        with self._lock:
            is_free = self._taken < self._count
            self._taken += is_free
            return is_free

    def release(self) -> None:
        """Return a slot; the first task in the queue gets it."""
        with self._lock:
            if self._queue:
                waiter = self._queue.popleft()
                waiter.has_slot = True
                waiter.decided.set()
            else:
                self._taken -= 1

    def _leave_queue(self, waiter: _Waiter) -> bool:
        """Remove a task from the queue; return ``False`` when it has a slot by now."""
        with self._lock:
            if not waiter.has_slot:
                self._queue.remove(waiter)
            return not waiter.has_slot


class Slot:
    """A slot that was taken, which can be exchanged for one of other slots."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots

    def try_move(self, slots: Slots) -> bool:
        """Exchange this for one of ``slots``, and return whether one was free."""
        is_free = slots.try_acquire()
        if is_free:
            self._slots.release()
            self._slots = slots
        return is_free

    def release(self) -> None:
        """Return the slot."""
        self._slots.release()


@dataclass(frozen=True)
class SchedulingPolicy:
    """The CPU time after which tasks make way for others, so that slow ones do not block the queue.

    After ``quick_seconds`` a task only gets CPU time that others leave, and up to ``slow_slots`` such tasks have slots
    of their own. After ``long_seconds`` only ``long_slots`` tasks go on; up to ``long_queue`` wait to start again.
    """

    quick_seconds: float = math.inf
    long_seconds: float = math.inf
    slow_slots: int = 0
    long_slots: int = 0
    long_queue: int = 0


@dataclass(frozen=True)
class Load:
    """The numbers of tasks that run and that wait for a slot."""

    running: int
    waiting: int


class Job:
    """A task that runs in a worker, with the slot that it has; its owner calls :meth:`release` in the end."""

    def __init__(self, task: Task, server: ForkServer, slot: Slot, worker: WorkerProcess) -> None:
        self.task = task
        self.server = server
        self.slot = slot
        self.worker = worker
        self._is_released = False

    @property
    def has_succeeded(self) -> bool:
        """Whether the task has returned a result; this does not block."""
        return self.task.poll(self.worker) and self.task.has_succeeded

    def release(self) -> None:
        """Return worker and slot, once; a task that is not done is lost."""
        if self._is_released:
            return
        self._is_released = True
        try:
            if not self.task.is_done:
                # A suspended task would keep its memory.
                self.worker.kill()
            self.server.release(self.worker)
        finally:
            self.slot.release()


class Scheduler:
    """Gives slots to tasks by their level: quick, slow or long; safe to use from several threads."""

    def __init__(self, workers: int, queue: int, policy: SchedulingPolicy) -> None:
        """Let ``workers`` quick tasks run at the same time, and up to ``queue`` run or wait."""
        self._policy = policy
        self._quick = Slots(workers, queue)
        self._slow = Slots(policy.slow_slots, policy.slow_slots)
        self._long = Slots(policy.long_slots, policy.long_slots + policy.long_queue)

    @property
    def load(self) -> Load:
        """The numbers of tasks that run and that wait for a slot."""
        levels = (self._quick, self._slow, self._long)
        return Load(sum(slots.taken for slots in levels), sum(slots.waiting for slots in levels))

    def start(self, task: Task, server: ForkServer) -> Job:
        """Wait for a slot and start a task in a worker.

        Raises as ``Slots.acquire`` and ``Task.start`` do, ``CancelledError``, and ``BrokenExecutor`` when there is no
        worker.
        """
        _wait_for_slot(task, self._quick)
        slot = Slot(self._quick)
        try:
            worker = server.acquire()
        except BrokenExecutor:
            slot.release()
            raise
        return _started(Job(task, server, slot, worker))

    def try_start(self, call: Call, seconds: float, server: ForkServer) -> Job | None:
        """Start a task in an idle worker without waiting; return ``None`` when there is no worker or no slot."""
        if not self._quick.try_acquire():
            return None
        worker = server.acquire_idle()
        if worker is None:
            self._quick.release()
            return None
        try:
            return _started(Job(Task(call, seconds), server, Slot(self._quick), worker))
        except WorkerExitedError:
            return None

    def wait(self, job: Job) -> None:
        """Wait for the end of a task, with a low priority once it is slow.

        A long task that finds no slot as such is stopped and not done by then. Raises as ``Task.wait`` does.
        """
        task, worker = job.task, job.worker
        try:
            task.wait(worker, self._policy.quick_seconds)
            if not task.is_done:
                worker.lower_priority()
                if job.slot.try_move(self._slow):
                    job.server.make_extra(worker)
                task.wait(worker, self._policy.long_seconds)
            if not task.is_done and job.slot.try_move(self._long):
                job.server.make_extra(worker)
                task.wait(worker)
        finally:
            job.release()

    def run_long(self, task: Task, server: ForkServer) -> None:
        """Wait for a slot for long tasks, and for the end of the task there; raise as :meth:`start` does."""
        _wait_for_slot(task, self._long)
        try:
            worker = server.acquire_extra()
            try:
                worker.lower_priority()
                task.run(worker)
            finally:
                server.release(worker)
        finally:
            self._long.release()


def _started(job: Job) -> Job:
    try:
        job.task.start(job.worker)
    except BaseException:
        job.release()
        raise
    return job


def _wait_for_slot(task: Task, slots: Slots) -> None:
    """Wait for a slot, as long as the task may run; raise as :meth:`Slots.acquire` does, and ``CancelledError``."""
    try:
        task.wait_for_slot(slots.acquire)
    except SlotTimeoutError:
        if task.is_cancelled:
            raise CancelledError from None
        raise
