"""How long a command may work, whatever its input does: a regular expression in somebody's shapes may never end."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console

from graph.errors import GraphError

_GRACE: Final = 1.0


class OutOfTimeError(GraphError):
    """Work that took longer than it may."""


@contextmanager
def within(seconds: float, message: str) -> Iterator[None]:
    """Stop the body of the ``with`` statement after ``seconds`` with ``OutOfTimeError``, whose text is ``message``.

    Python code is interrupted, regular expressions included. The engine cannot be: where it goes on for another second,
    the process ends with the message and exit code 2. Only the main thread may use it.
    """

    def interrupt(*_: object) -> None:
        raise OutOfTimeError(message)

    last = threading.Timer(seconds + _GRACE, _end, [message])
    last.daemon = True
    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    last.start()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        last.cancel()


def _end(message: str) -> None:
    Console(stderr=True).show_cursor()
    sys.stderr.write(f"opsc: {message}\n")
    sys.stderr.flush()
    os._exit(2)
