"""Runs a command in a child process: the engine cannot be interrupted, and a panic of it ends its process."""

import contextlib
import ctypes
import os
import select
import signal
import sys
from typing import Final

from graph.pool.query_pool import QUERY
from graph.sparql.errors import DeadlineExceeded, MemoryExceeded, QueryCrashed

_PR_SET_PDEATHSIG: Final = 1
_STDERR: Final = 2
_PANICKED: Final = b"panicked at"


def continue_in_child(seconds: float) -> None:
    """Fork, and return in the child; this process exits with its code as soon as it has exited.

    Raises ``DeadlineExceeded`` in this process when the child runs for more than ``seconds``, ``QueryCrashed`` or
    ``MemoryExceeded`` when the system ended it, and ``KeyboardInterrupt`` for Ctrl-C; then the child is killed.
    """
    sys.stdout.flush()
    errors = os.memfd_create("stderr")
    pid = os.fork()
    if pid == 0:
        _end_with_parent()
        os.dup2(errors, _STDERR)
        return
    try:
        if not _has_exited(pid, seconds):
            raise DeadlineExceeded(f"{QUERY.deadline_message}, or give it more time with --timeout")
    finally:
        os.kill(pid, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    written = os.pread(errors, os.fstat(errors).st_size, 0)
    if code < 0:
        is_crash = code == -signal.SIGSEGV or (code == -signal.SIGABRT and _PANICKED in written)
        raise QueryCrashed(QUERY.crash_message) if is_crash else MemoryExceeded(QUERY.memory_message)
    sys.stderr.buffer.write(written)
    sys.stderr.flush()
    sys.exit(code)


def _end_with_parent() -> None:
    """Have the system kill this process when its parent ends."""
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _has_exited(pid: int, seconds: float) -> bool:
    pidfd = os.pidfd_open(pid)
    try:
        poll = select.poll()
        poll.register(pidfd, select.POLLIN)
        return bool(poll.poll(1000 * seconds))
    finally:
        os.close(pidfd)
