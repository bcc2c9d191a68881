"""What runs inside a fork server and its workers, which share the server's memory copy-on-write: loops, data, limits.

The server has one thread, so that it can fork safely. It serves :mod:`graph.pool.fork_server` over a connection: the
request :data:`FORK_WORKER` or :data:`FORK_SERVER`, followed by the connection for the new process, is answered with
its PID; the PID of a worker is answered with its exit code.
"""

import contextlib
import gc
import os
import resource
import signal
import time
import traceback
from collections.abc import Callable
from multiprocessing import reduction
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any, Final, NoReturn

from graph.errors import GraphError
from graph.pool import sandbox
from graph.pool.lifetime import exit_with_parent
from graph.sparql.errors import Unavailable

Setup = Callable[[], None]

FORK_WORKER: Final = "fork worker"
FORK_SERVER: Final = "fork server"
_PANIC: Final = 70
_STDERR: Final = 2
_PANICKED: Final = b"panicked at"
_SHOWN_BYTES: Final = 4096
# The engine recurses once for each pattern of a chain. The system reserves 128 MB of address space below the stack.
_STACK_BYTES: Final = 120_000_000
NO_PROCESS: Final = "no process could take the request; try again in a moment"

Loader = Callable[[], Any]
WarmUp = Callable[[], None]
Update = Callable[[Any], None]

_data: Any = None
_failure: str = "the graph is not loaded"


def serve(control: Connection, load: Setup, set_up_worker: Setup, inherited: Connection | None = None) -> NoReturn:
    """Load the data and fork processes on request, until the other end of ``control`` closes.

    ``inherited`` is that other end, where this process has it, too.
    """
    if inherited is not None:
        inherited.close()
    # Ctrl-C reaches every process of a terminal; the parent of this one stops it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    load()
    gc.freeze()
    exit_codes: dict[int, int] = {}
    # What each worker has written to its standard error.
    messages: dict[int, int] = {}
    # At once, so that no zombie is left behind.
    signal.signal(signal.SIGCHLD, lambda *_: _reap(exit_codes))
    while True:
        try:
            request = control.recv()
            connection = None if isinstance(request, int) else Connection(reduction.recv_handle(control))
        except (EOFError, OSError):
            os._exit(0)
        if connection is None:
            control.send(_exit_code(request, exit_codes, messages))
            continue
        _forget(messages, [pid for pid in messages if pid in exit_codes])
        message = os.memfd_create("stderr")
        pid = os.fork()
        if pid:
            connection.close()
            messages[pid] = message
            control.send(pid)
            continue
        control.close()
        _forget(messages, list(messages))
        if request == FORK_WORKER:
            os.dup2(message, _STDERR)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _run_calls(connection, set_up_worker)
        os.close(message)
        # A copy of this server, on a connection of its own; it has no children yet.
        control = connection
        exit_codes.clear()
        set_up_worker = _update_copy(control)


def _update_copy(control: Connection) -> Setup:
    """Change the data of a copied server with the first of the functions that it is sent; return that for workers."""
    try:
        update: Setup
        set_up_worker: Setup
        update, set_up_worker = control.recv()
        update()
        gc.freeze()
    except BaseException:  # noqa: BLE001 - panics of the engine included; the parent sees that the process exited
        traceback.print_exc()
        os._exit(_PANIC)
    return set_up_worker


def _reap(exit_codes: dict[int, int]) -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            exit_codes[pid] = os.waitstatus_to_exitcode(status)


def _exit_code(pid: int, exit_codes: dict[int, int], messages: dict[int, int]) -> int | None:
    """Wait until a worker has exited, and return its exit code; ``None`` when there was no such worker.

    The engine aborts its process after a panic as well as for want of memory; after a panic the code is another one.
    """
    with contextlib.suppress(ChildProcessError):
        exit_codes[pid] = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    code = exit_codes.pop(pid, None)
    if pid in messages:
        message = os.pread(messages[pid], _SHOWN_BYTES, 0)
        os.write(_STDERR, message)
        if code == -signal.SIGABRT and _PANICKED in message:
            code = _PANIC
    _forget(messages, [pid] if pid in messages else [])
    return code


def _forget(messages: dict[int, int], pids: list[int]) -> None:
    for pid in pids:
        os.close(messages.pop(pid))


def _run_calls(connection: Connection, set_up: Setup) -> NoReturn:
    """Run calls until the other end of ``connection`` closes."""
    try:
        _prepare(set_up)
        with contextlib.suppress(EOFError, OSError):
            while True:
                connection.send_bytes(_outcome(*connection.recv()))
        os._exit(0)
    finally:
        # A panic of the engine is no Exception, and the process cannot be trusted after it.
        os._exit(_PANIC)


def _prepare(set_up: Setup) -> None:
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


def load(loader: Loader, warm_up: WarmUp | None) -> None:
    """Load the data of a pool into its fork server."""
    global _data, _failure  # noqa: PLW0603 - the state of a process, set once
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        data = loader()
        if warm_up is not None:
            warm_up()
    except (GraphError, OSError, SyntaxError, ValueError) as error:
        _failure = f"the graph cannot be loaded: {error}"
        return
    _data = data


def update(change: Update) -> None:
    """Change the data of a fork server that was copied from another; data that cannot be changed are dropped."""
    global _data, _failure
    try:
        change(_data)
    except (GraphError, OSError, SyntaxError, ValueError) as error:
        _data, _failure = None, f"the graph cannot be changed: {error}"


def set_up(memory: int, *, sandboxed: bool) -> None:
    """Prepare a forked process for calls: limit its memory (bytes of address space, 0 for no limit) and its files."""
    exit_with_parent()
    sandbox.raise_stack_limit(_STACK_BYTES)
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sandboxed:
        sandbox.forbid_new_files()


def ping() -> int:
    """Return the PID of this process; raise ``Unavailable`` when its data could not be loaded."""
    if _data is None:
        raise Unavailable(_failure)
    return os.getpid()


def call(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:  # noqa: ANN401 - the result of the function
    """Return the result of a function for the data of this process and ``arguments``."""
    if _data is None:
        # The reason may name files, which no client should see; the start of the pool has reported it.
        raise Unavailable(NO_PROCESS)
    return function(_data, *arguments)
