"""Cancels the work for a client that has disconnected.

The code that receives a request makes a :class:`Cancellation` current for the thread that works on it; the code that
runs a task in another process registers how to stop it. Neither knows of the other.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

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
        """Make this the :func:`current` cancellation of the thread for the ``with`` block."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)


def current() -> Cancellation | None:
    """Return the current cancellation of this thread, or ``None`` where work cannot be cancelled."""
    return _current.get()
