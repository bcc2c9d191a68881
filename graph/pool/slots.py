"""Slots: the right of a limited number of tasks to run at the same time, granted first come, first served."""

import threading
from collections import deque
from collections.abc import Callable


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
