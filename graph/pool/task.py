"""A task on its way: it waits for its turn and runs in a process, and whoever asked for it may go away meanwhile."""

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import Any, Final

from graph.pool.child import Asked, Child
from graph.pool.slots import NoTurnError, Turns

# How often the processor time of a task is looked at, at most.
_STEP_SECONDS: Final = 0.002


class ChildEndedError(Exception):
    """The process of a task ended before the task did."""

    def __init__(self, child: Child) -> None:
        super().__init__(child.pid)
        self.child = child


class Run:
    """A task that may run for ``seconds``; used by one thread, but for :meth:`cancel`."""

    def __init__(self, asked: Asked, seconds: float) -> None:
        self.seconds: Final = seconds
        self.is_cancelled = False
        self._asked = asked
        self._outcome: tuple[bool, Any] | None = None
        self._used = self._until = 0.0
        self._changing = threading.Lock()
        self._stop: Callable[[], None] | None = None

    @property
    def is_done(self) -> bool:
        """Whether the task has come to its end."""
        return self._outcome is not None

    @property
    def has_succeeded(self) -> bool:
        """Whether the task has come to its end, and no error ended it."""
        return self._outcome is not None and self._outcome[0]

    def cancel(self) -> bool:
        """Stop the task and the process in which it runs; return whether there was anything left to stop."""
        with self._changing:
            if self.is_done:
                return False
            self.is_cancelled = True
            if self._stop is not None:
                self._stop()
        return True

    def wait_for(self, turns: Turns) -> None:
        """Wait for a place, as long as the task may run; raise as :meth:`Turns.take` does, and ``CancelledError``."""
        with self._stopped_by(None):
            try:
                turns.take(self.seconds, self._on_cancel)
            except NoTurnError:
                if self.is_cancelled:
                    raise CancelledError from None
                raise

    def begin(self, child: Child, share: float = math.inf) -> None:
        """Have the task run in a process until it is done, or has had its ``share`` of processor time, in seconds.

        Raises as :meth:`go_on` does.
        """
        self.start(child)
        self.go_on(child, share)

    def start(self, child: Child) -> None:
        """Give the task to a process, where it runs; raise as :meth:`go_on` does."""
        with self._spoken(child):
            child.give(self._asked)
        self._used, self._until = 0.0, time.monotonic() + self.seconds

    def look(self, child: Child) -> bool:
        """Return whether the task has come to its end, without waiting; :meth:`go_on` finds what else is the matter.

        What processor time it has had until now counts as part of its share then.
        """
        with contextlib.suppress(EOFError, OSError):
            if not self.is_done and child.has_small_outcome():
                self._outcome = child.outcome()
        if not self.is_done:
            self._used = child.processor_seconds()
        return self.is_done

    def go_on(self, child: Child, share: float = math.inf) -> None:
        """Have a task that has begun go on until it is done, or has had its ``share`` since it began.

        Raises ``TimeoutError`` when its time is over, ``ChildEndedError`` when its process ended, and
        ``CancelledError``.
        """
        with self._spoken(child):
            while not self.is_done and self._used < share:
                left = self._until - time.monotonic()
                if child.is_done(max(0.0, min(max(share - self._used, _STEP_SECONDS), left))):
                    self._outcome = child.outcome()
                elif left <= 0:
                    child.kill()
                    raise TimeoutError
                else:
                    self._used = child.processor_seconds()

    def result(self) -> Any:  # noqa: ANN401 - what the task returns
        """Return what the task returned, or raise what it raised."""
        succeeded, value = self._outcome or (False, CancelledError())
        if succeeded:
            return value
        raise value

    @contextmanager
    def _spoken(self, child: Child) -> Iterator[None]:
        with self._stopped_by(child.kill):
            try:
                yield
            except TimeoutError:
                raise
            except (EOFError, OSError) as error:
                if self.is_cancelled:
                    raise CancelledError from error
                raise ChildEndedError(child) from error
            except Exception:
                # Something that cannot pass from process to process: what the process makes of it is not known.
                child.kill()
                raise

    @contextmanager
    def _stopped_by(self, stop: Callable[[], None] | None) -> Iterator[None]:
        self._on_cancel(stop)
        try:
            yield
        finally:
            with self._changing:
                self._stop = None

    def _on_cancel(self, stop: Callable[[], None] | None) -> None:
        with self._changing:
            if self.is_cancelled:
                raise CancelledError
            self._stop = stop
