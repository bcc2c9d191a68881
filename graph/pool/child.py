"""A process that does one task at a time, seen from the process that gives it tasks."""

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

# How Linux makes the clock of the processor time of a process from its number, as clock_getcpuclockid(3) does.
_CLOCK_BITS: Final = 3
_CLOCK_OF_ALL_THREADS: Final = 2
# What a connection of multiprocessing sends before a message: its length, which is negative for a very large one.
_LENGTH: Final = struct.Struct("!i")
# A socket holds a message of this size, so that whoever reads it never waits for more than its being copied.
_SMALL_BYTES: Final = 131_072

Asked = tuple[Callable[..., Any], tuple[Any, ...]]


class Child:
    """A process and the connection to it; one thread at a time gives it tasks, any may kill it."""

    def __init__(self, pid: int, connection: Connection) -> None:
        self.pid = pid
        self.falls_back = False
        self.is_aside = False
        self.is_alive = True
        self._connection = connection
        self._socket = socket.socket(fileno=os.dup(connection.fileno()))
        self._answered = select.poll()
        self._answered.register(connection.fileno(), select.POLLIN)
        # Processor time of the tasks that are done.
        self._used_before = 0.0
        # Unlike its number, this never comes to mean another process.
        self._handle: int | None = os.pidfd_open(pid)
        self._closing = threading.Lock()

    def fileno(self) -> int:
        """Return the file descriptor that becomes readable with the end of the task, or of the process."""
        return self._connection.fileno()

    def give(self, asked: Asked) -> None:
        """Have the process do a task; raise ``OSError`` when it has ended, and what makes it impossible to pickle."""
        self._connection.send(asked)

    def is_done(self, seconds: float) -> bool:
        """Wait up to ``seconds`` for the end of the task, or of the process; return whether it came."""
        return bool(self._answered.poll(1000 * seconds))

    def has_small_outcome(self) -> bool:
        """Whether the task has come to its end with what :meth:`outcome` returns without waiting for it."""
        length = self._socket.recv(_LENGTH.size, socket.MSG_PEEK | socket.MSG_DONTWAIT) if self.is_done(0) else b""
        return len(length) == _LENGTH.size and 0 <= _LENGTH.unpack(length)[0] <= _SMALL_BYTES

    def outcome(self) -> tuple[bool, Any]:
        """Return whether the task succeeded, and its result or error; raise ``EOFError`` or ``OSError`` if it ended."""
        succeeded, value, self._used_before = self._connection.recv()
        return succeeded, value

    def processor_seconds(self) -> float:
        """Return how much processor time the task has had so far."""
        try:
            return time.clock_gettime(~self.pid << _CLOCK_BITS | _CLOCK_OF_ALL_THREADS) - self._used_before
        except OSError:
            return 0.0

    def fall_back(self) -> None:
        """Let the process go on with the time that no other wants; there is no way back, so it does no other task.

        With this policy (sched(7), SCHED_IDLE) the system takes a processor for free that does nothing else, and has it
        do a quick task at once; with a low priority alone it does not.
        """
        self.falls_back = True
        with contextlib.suppress(OSError):
            os.sched_setscheduler(self.pid, os.SCHED_IDLE, os.sched_param(0))

    def has_ended(self) -> bool:
        """Whether an idle process has ended: it says nothing unasked, so that there is only the end to be read."""
        return self.is_done(0)

    def kill(self) -> None:
        """End the process at once."""
        self.is_alive = False
        with self._closing, contextlib.suppress(ProcessLookupError):
            if self._handle is not None:
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def close(self) -> None:
        """Let go of the process, which ends if it has not yet."""
        self.kill()
        with self._closing:
            if self._handle is not None:
                os.close(self._handle)
            self._handle = None
        self._socket.close()
        self._connection.close()
