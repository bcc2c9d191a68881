"""A task on its way: it waits for its turn and runs in a process, and whoever asked for it may go away meanwhile."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import Any, Final

from graph.children import Asked, Child
from graph.turns import NoTurnError, Turns

# Processor time is told in steps of this length.
_STEP_SECONDS: Final = 0.01


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
        self._until = 0.0
        self._changing = threading.Lock()
        self._stop: Callable[[], None] | None = None

    @property
    def is_done(self) -> bool:
        """Whether the task has come to its end."""
        return self._outcome is not None

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

    def begin(self, child: Child, share: float | None) -> None:
        """Have the task run in a process until it is done, or has had its ``share`` of processor time, in seconds.

        Raises as :meth:`finish` does.
        """
        with self._spoken(child):
            child.give(self._asked)
            self._until = time.monotonic() + self.seconds
            used, left = 0.0, self.seconds
            while share is not None and used < share and left > 0:
                if child.is_done(min(max(share - used, _STEP_SECONDS), left)):
                    self._outcome = child.outcome()
                    return
                used, left = child.processor_seconds(), self._until - time.monotonic()
        if share is None or left <= 0:
            self.finish(child)

    def finish(self, child: Child) -> None:
        """Have a task that has begun go on until it is done.

        Raises ``TimeoutError`` when its time is over, ``ChildEndedError`` when its process ended, and
        ``CancelledError``.
        """
        with self._spoken(child):
            if not child.is_done(max(0.0, self._until - time.monotonic())):
                child.kill()
                raise TimeoutError
            self._outcome = child.outcome()

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
