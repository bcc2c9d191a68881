"""The handle of a worker process: sends it calls, receives their results, and kills it."""

import contextlib
import os
import select
import socket
import struct
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Final

from graph.pool.process_handle import ProcessHandle

# How Linux derives the CPU-time clock of a process from its PID, as clock_getcpuclockid(3) does.
_CLOCK_BITS: Final = 3
_CLOCK_OF_ALL_THREADS: Final = 2
# The header of a message of multiprocessing: its length, negative for a very large one.
_LENGTH: Final = struct.Struct("!i")
# A message of this size fits into the socket's buffer, so that receiving it does not block.
_SMALL_BYTES: Final = 131_072

Call = tuple[Callable[..., Any], tuple[Any, ...]]


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
