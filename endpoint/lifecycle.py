"""How the server ends, and what it tells the service manager of its life."""

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from granian.server.common import AbstractServer

from endpoint.notify import notify, watchdog_seconds


def mind_signals(server: AbstractServer[Any]) -> None:
    """End ``server`` in order on the first SIGTERM or SIGINT, and at once on the second.

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
        server.signal_handler_interrupt()  # type: ignore[no-untyped-call]

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    # A function, and not SIG_IGN, which the processes of the server would inherit.
    signal.signal(signal.SIGHUP, lambda _number, _frame: None)


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
