"""The process that holds something and is forked for each process that works on it, and what these do.

It has one thread, so that it can be forked safely, and speaks with :mod:`graph.pool.fork_server` over a connection:
``None`` and a connection ask it to fork, the number of a process asks for its exit code.
"""

import contextlib
import gc
import os
import signal
import time
import traceback
from collections.abc import Callable
from multiprocessing import reduction
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any, Final, NoReturn

Step = Callable[[], None]

_PANIC: Final = 70


def hold(control: Connection, load: Step, enter: Step) -> None:
    """Fork a process for each request that comes with a connection, and tell the exit code of one that ended."""
    # Ctrl-C reaches every process of a terminal; whoever started this one ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    load()
    gc.freeze()
    ended: dict[int, int] = {}
    # At once, so that no process that ended stays in the system's table.
    signal.signal(signal.SIGCHLD, lambda *_: _reap(ended))
    while True:
        try:
            pid = control.recv()
            connection = None if pid else Connection(reduction.recv_handle(control))
        except (EOFError, OSError):
            os._exit(0)
        if connection is not None:
            child = os.fork()
            if child == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                control.close()
                _serve(connection, enter)
            connection.close()
            control.send(child)
        else:
            control.send(_exitcode(pid, ended))


def _reap(ended: dict[int, int]) -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            ended[pid] = os.waitstatus_to_exitcode(status)


def _exitcode(pid: int, ended: dict[int, int]) -> int | None:
    """Wait for the end of a process, and return its exit code; ``None`` when there was none of the number."""
    with contextlib.suppress(ChildProcessError):
        ended[pid] = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return ended.pop(pid, None)


def _serve(connection: Connection, enter: Step) -> NoReturn:
    """Do tasks until the other end closes."""
    try:
        _enter(enter)
        with contextlib.suppress(EOFError, OSError):
            while True:
                connection.send_bytes(_outcome(*connection.recv()))
        os._exit(0)
    finally:
        # A panic of the engine is no Exception, and what it leaves behind is not to be trusted.
        os._exit(_PANIC)


def _enter(enter: Step) -> None:
    try:
        enter()
    except OSError:
        # Whoever gives tasks only sees that the process ended.
        traceback.print_exc()
        os._exit(_PANIC)


def _outcome(function: Callable[..., Any], arguments: tuple[Any, ...]) -> memoryview:
    """Return, pickled, whether a task succeeded, its result or error, and the processor time of this process so far."""
    try:
        return ForkingPickler.dumps((True, function(*arguments), time.process_time()))
    except Exception as error:  # noqa: BLE001 - raised again where the task was given
        error.add_note(traceback.format_exc())
        return ForkingPickler.dumps((False, error, time.process_time()))
