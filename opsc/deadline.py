"""A time limit for commands: a regular expression in contributed shapes may run for ever."""

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
    """The work exceeded its time limit."""


@contextmanager
def time_limit(seconds: float, message: str) -> Iterator[None]:
    """Interrupt the body of the ``with`` statement after ``seconds``: raise ``OutOfTimeError`` with ``message``.

    Python code is interrupted, regular expressions included. The engine cannot be interrupted: if it runs for another
    second, the process prints the message and exits with code 2. For the main thread only.
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
