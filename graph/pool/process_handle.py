"""The handle of a process by its pidfd, which unlike a PID never refers to another process."""

import contextlib
import os
import select
import signal
import threading


class ProcessHandle:
    """A running process, which need not be a child of this one; safe to use from several threads."""

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


def _has_exited(pidfd: int, milliseconds: int | None) -> bool:
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(milliseconds))
