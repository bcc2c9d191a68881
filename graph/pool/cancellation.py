"""Stops what is done for a caller who no longer waits for it.

Whoever takes a request makes a :class:`Cancellation` current for the thread that works on it; whoever works on it in
another process says how to stop that. Neither has to know the other.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

Stop = Callable[[], object]

_current: Final[ContextVar["Cancellation | None"]] = ContextVar("cancellation", default=None)


class Cancellation:
    """Whether a caller has gone away, and what is to be stopped then; safe to use from several threads."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._happened = False
        self._stops: list[Stop] = []

    @property
    def happened(self) -> bool:
        """Whether the caller has gone away."""
        return self._happened

    def happen(self) -> None:
        """Stop what runs for the caller, and whatever is begun for it from here on."""
        with self._changing:
            self._happened = True
            stops = tuple(self._stops)
        for stop in stops:
            stop()

    @contextmanager
    def stopping(self, stop: Stop) -> Iterator[None]:
        """Call ``stop`` when the caller goes away before the end of the ``with`` block, or has gone already."""
        with self._changing:
            gone = self._happened
            self._stops.append(stop)
        if gone:
            stop()
        try:
            yield
        finally:
            with self._changing:
                self._stops.remove(stop)

    @contextmanager
    def made_current(self) -> Iterator[None]:
        """Let what this thread does until the end of the ``with`` block be done for this caller."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)


def current() -> Cancellation | None:
    """Return the cancellation that is current in this thread, or ``None``: then nobody can go away."""
    return _current.get()
