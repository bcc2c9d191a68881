"""A multilevel scheduler: the more CPU time a task has used, the fewer tasks of its level run beside the quick ones."""

import math
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass

from graph.pool.fork_server import ForkServer
from graph.pool.slots import Slot, Slots
from graph.pool.task import Task, WorkerExitedError
from graph.pool.worker_process import Call, WorkerProcess


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

        Raises as ``Task.acquire`` and ``Task.start`` do, and ``BrokenExecutor`` when there is no worker.
        """
        task.acquire(self._quick)
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
        task.acquire(self._long)
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
