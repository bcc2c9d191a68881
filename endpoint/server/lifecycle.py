"""Shutdown of the server, and its notifications to the service manager."""

import contextlib
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any, Final

from granian.server.common import AbstractServer

from endpoint.server import drain
from endpoint.server.systemd import notify, watchdog_seconds

_CLOSE: Final = b"close"
# Long enough for handshakes that have begun, and short enough for a quick shutdown.
_ACCEPTING_SECONDS: Final = 0.25
_ANSWER_SECONDS: Final = 2.0


def mind_signals(server: AbstractServer[Any], door: "Connection[bytes, bytes]") -> None:
    """End ``server`` in order on the first SIGTERM or SIGINT, and at once on the second.

    A message through ``door`` lets the front process refuse new connections before it is stopped.

    SIGHUP changes nothing: tokens and versions are read when they change, and settings need another process.
    """
    stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        if stopping:
            for worker in list(server.wrks):
                worker.kill()
            return
        stopping = True
        notify("STOPPING=1")
        with contextlib.suppress(OSError):
            door.send(_CLOSE)
            door.poll(_ANSWER_SECONDS)
        server.signal_handler_interrupt()  # type: ignore[no-untyped-call]

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    # A function, and not SIG_IGN, which the processes of the server would inherit.
    signal.signal(signal.SIGHUP, lambda _number, _frame: None)


def mind_door(door: "Connection[bytes, bytes]", port: int) -> None:
    """Wait for the word to take no more connections to ``port``, and answer when those that waited are accepted."""
    with contextlib.suppress(EOFError, OSError):
        door.recv()
        drain.refuse_new(port)
        time.sleep(_ACCEPTING_SECONDS)
        door.send(_CLOSE)


def tell_ready(answers: Callable[[], bool]) -> None:
    """Tell the service manager that the server is ready, and from then on, if it wants to know, that it ``answers``."""
    notify("READY=1")
    pause = watchdog_seconds()
    if pause is not None:
        threading.Thread(target=_watchdog, args=(answers, pause), daemon=True).start()


def _watchdog(answers: Callable[[], bool], pause: float) -> None:
    while True:
        if answers():
            notify("WATCHDOG=1")
        time.sleep(pause)
