"""Handles of processes: of any process, by its pidfd, and of a worker, which runs calls and returns their results."""

import contextlib
import os
import select
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Final

# How Linux derives the CPU-time clock of a process from its PID, as clock_getcpuclockid(3) does.
_CLOCK_BITS: Final = 3
_CLOCK_OF_ALL_THREADS: Final = 2
# The header of a message of multiprocessing: its length, negative for a very large one.
_LENGTH: Final = struct.Struct("!i")
# A message of this size fits into the socket's buffer, so that receiving it does not block.
_SMALL_BYTES: Final = 131_072

Call = tuple[Callable[..., Any], tuple[Any, ...]]


class ProcessHandle:
    """A running process, which need not be a child of this one; safe to use from several threads.

    A pidfd, unlike a PID, never refers to another process.
    """

    def __init__(self, pid: int) -> None:
        """Refer to the process ``pid``; raise ``ProcessLookupError`` when there is none."""
        self.pid = pid
        self._pidfd: int | None = os.pidfd_open(pid)
        self._lock = threading.Lock()

    def is_alive(self) -> bool:
        """Return whether the process runs."""
        with self._lock:
            return self._pidfd is not None and not _has_exited(self._pidfd, 0)

    def kill(self) -> None:
        """Kill the process at once."""
        with self._lock, contextlib.suppress(ProcessLookupError):
            if self._pidfd is not None:
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def wait(self) -> None:
        """Wait until the process has exited."""
        if self._pidfd is not None:
            _has_exited(self._pidfd, None)

    def close(self) -> None:
        """Free the handle; the process goes on."""
        with self._lock:
            if self._pidfd is not None:
                os.close(self._pidfd)
            self._pidfd = None


class WorkerProcess:
    """A process that runs one call at a time; used by one thread at a time, but for :meth:`kill`.

    ``is_extra``: not one of the pool's regular workers, so it ends with its call. ``is_low_priority``: see
    :meth:`lower_priority`. ``is_alive``: not killed by this object.
    """

    def __init__(self, pid: int, connection: Connection) -> None:
        self.pid = pid
        self.is_low_priority = False
        self.is_extra = False
        self.is_alive = True
        self._connection = connection
        self._socket = socket.socket(fileno=os.dup(connection.fileno()))
        self._poll = select.poll()
        self._poll.register(connection.fileno(), select.POLLIN)
        # CPU time of the calls that are done.
        self._cpu_seconds_before = 0.0
        self._handle = ProcessHandle(pid)

    def fileno(self) -> int:
        """Return the file descriptor that becomes readable when the call is done, or the process exits."""
        return self._connection.fileno()

    def send(self, call: Call) -> None:
        """Start a call; raise ``OSError`` when the process has exited, and the error for what cannot be pickled."""
        self._connection.send(call)

    def poll(self, seconds: float) -> bool:
        """Wait up to ``seconds`` until the call is done or the process exits; return whether it is so."""
        return bool(self._poll.poll(1000 * seconds))

    def has_small_result(self) -> bool:
        """Return whether the call is done and :meth:`receive` will not block."""
        length = self._socket.recv(_LENGTH.size, socket.MSG_PEEK | socket.MSG_DONTWAIT) if self.poll(0) else b""
        return len(length) == _LENGTH.size and 0 <= _LENGTH.unpack(length)[0] <= _SMALL_BYTES

    def receive(self) -> tuple[bool, Any]:
        """Return whether the call succeeded, and its result or error.

        Raises ``EOFError`` or ``OSError`` when the process has exited.
        """
        succeeded, value, self._cpu_seconds_before = self._connection.recv()
        return succeeded, value

    def cpu_seconds(self) -> float:
        """Return the CPU time of the current call, in seconds."""
        try:
            return time.clock_gettime(~self.pid << _CLOCK_BITS | _CLOCK_OF_ALL_THREADS) - self._cpu_seconds_before
        except OSError:
            return 0.0

    def lower_priority(self) -> None:
        """Let the process run only on CPU time that no other process wants; it takes no other call after this one.

        The policy SCHED_IDLE (sched(7)) lets a quick task preempt the process at once; a low priority alone does not.
        A process without privileges cannot go back to the normal policy.
        """
        self.is_low_priority = True
        with contextlib.suppress(OSError):
            os.sched_setscheduler(self.pid, os.SCHED_IDLE, os.sched_param(0))

    def has_exited(self) -> bool:
        """Return whether an idle process has exited: it sends nothing by itself, so only the end can be read."""
        return self.poll(0)

    def kill(self) -> None:
        """Kill the process at once."""
        self.is_alive = False
        self._handle.kill()

    def close(self) -> None:
        """Kill the process if it still runs, and free the resources of this object."""
        self.kill()
        self._handle.close()
        self._socket.close()
        self._connection.close()


def _has_exited(pidfd: int, milliseconds: int | None) -> bool:
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(milliseconds))
