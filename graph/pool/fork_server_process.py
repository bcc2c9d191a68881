"""The main loops of a fork server and of its workers, which share the server's memory copy-on-write.

The server has one thread, so that it can fork safely. It serves :mod:`graph.pool.fork_server` over a connection: the
request :data:`FORK_WORKER` or :data:`FORK_SERVER`, followed by the connection for the new process, is answered with
its PID; the PID of a worker is answered with its exit code.
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

Setup = Callable[[], None]

FORK_WORKER: Final = "fork worker"
FORK_SERVER: Final = "fork server"
_PANIC: Final = 70


def run(control: Connection, load: Setup, set_up_worker: Setup) -> NoReturn:
    """Load the data and fork processes on request, until the other end of ``control`` closes."""
    # Ctrl-C reaches every process of a terminal; the parent of this one stops it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    load()
    gc.freeze()
    exit_codes: dict[int, int] = {}
    # At once, so that no zombie is left behind.
    signal.signal(signal.SIGCHLD, lambda *_: _reap(exit_codes))
    while True:
        try:
            request = control.recv()
            connection = None if isinstance(request, int) else Connection(reduction.recv_handle(control))
        except (EOFError, OSError):
            os._exit(0)
        if connection is None:
            control.send(_exit_code(request, exit_codes))
            continue
        pid = os.fork()
        if pid:
            connection.close()
            control.send(pid)
            continue
        control.close()
        if request == FORK_WORKER:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _run_calls(connection, set_up_worker)
        # A copy of this server, on a connection of its own; it has no children yet.
        control = connection
        exit_codes.clear()
        _update(control)


def _update(control: Connection) -> None:
    """Change the data of a copied server with the function that it is sent first."""
    try:
        update: Setup = control.recv()
        update()
        gc.freeze()
    except BaseException:  # noqa: BLE001 - panics of the engine included; the parent sees that the process exited
        traceback.print_exc()
        os._exit(_PANIC)


def _reap(exit_codes: dict[int, int]) -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            exit_codes[pid] = os.waitstatus_to_exitcode(status)


def _exit_code(pid: int, exit_codes: dict[int, int]) -> int | None:
    """Wait until a worker has exited, and return its exit code; ``None`` when there was no such worker."""
    with contextlib.suppress(ChildProcessError):
        exit_codes[pid] = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return exit_codes.pop(pid, None)


def _run_calls(connection: Connection, set_up: Setup) -> NoReturn:
    """Run calls until the other end of ``connection`` closes."""
    try:
        _set_up(set_up)
        with contextlib.suppress(EOFError, OSError):
            while True:
                connection.send_bytes(_outcome(*connection.recv()))
        os._exit(0)
    finally:
        # A panic of the engine is no Exception, and the process cannot be trusted after it.
        os._exit(_PANIC)


def _set_up(set_up: Setup) -> None:
    try:
        set_up()
    except OSError:
        # The parent only sees that the process exited.
        traceback.print_exc()
        os._exit(_PANIC)


def _outcome(function: Callable[..., Any], arguments: tuple[Any, ...]) -> memoryview:
    """Return, pickled, whether a call succeeded, its result or error, and the CPU time of this process so far."""
    try:
        return ForkingPickler.dumps((True, function(*arguments), time.process_time()))
    except Exception as error:  # noqa: BLE001 - raised again in the parent
        error.add_note(traceback.format_exc())
        return ForkingPickler.dumps((False, error, time.process_time()))
