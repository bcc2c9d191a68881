"""The process that holds something and is forked for each process that works on it, and what these do.

It has one thread, so that it can be forked safely, and speaks with :mod:`graph.forking` over a connection: ``None`` and
a connection ask it to fork, the number of a process asks for its exit code.
"""

import contextlib
import gc
import os
import traceback
from collections.abc import Callable
from multiprocessing import reduction
from multiprocessing.connection import Connection
from typing import Any, Final, NoReturn

Step = Callable[[], None]

_PANIC: Final = 70


def hold(control: Connection, load: Step, enter: Step) -> None:
    """Fork a process for each request that comes with a connection, and tell the exit code of one that ended."""
    load()
    gc.freeze()
    ended: dict[int, int] = {}
    while True:
        try:
            pid = control.recv()
            connection = None if pid else Connection(reduction.recv_handle(control))
        except (EOFError, OSError):
            os._exit(0)
        _reap(ended)
        if connection is not None:
            child = os.fork()
            if child == 0:
                control.close()
                _serve(connection, enter)
            connection.close()
            control.send(child)
        else:
            control.send(ended.pop(pid, None) if pid in ended else _waited(pid))


def _reap(ended: dict[int, int]) -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            ended[pid] = os.waitstatus_to_exitcode(status)


def _waited(pid: int) -> int | None:
    try:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    except ChildProcessError:
        return None


def _serve(connection: Connection, enter: Step) -> NoReturn:
    """Do tasks until the other end closes."""
    try:
        enter()
        while True:
            function, arguments = connection.recv()
            connection.send(_outcome(function, arguments))
    except (EOFError, OSError):
        os._exit(0)
    finally:
        # A panic of the engine is no Exception, and what it leaves behind is not to be trusted.
        os._exit(_PANIC)


def _outcome(function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[bool, Any]:
    try:
        return True, function(*arguments)
    except Exception as error:  # noqa: BLE001 - raised again where the task was scheduled
        error.add_note(traceback.format_exc())
        return False, error
