"""Runs ``opsc`` as at a shell: each time in a process of its own, with its own streams, session and exit code.

A command takes most of its time to import modules. So its process is forked from one that has imported them, and has
done nothing else. Only the order of sets of strings is the same in all of them: what must not depend on it is tested
with a command that is started.
"""

import atexit
import contextlib
import functools
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

SECONDS = 120
ROOT = Path(__file__).parents[1]
SERVER = Path(__file__).with_name("command_server.py")
ONE_AT_A_TIME = threading.Lock()


@functools.cache
def _server() -> socket.socket:
    """Return the socket to which requests for a process are sent."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with theirs:
        server = subprocess.Popen(
            [sys.executable, str(SERVER), str(theirs.fileno())],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def stop() -> None:
        ours.close()
        server.wait(SECONDS)

    atexit.register(stop)
    return ours


class Command:
    """A process that runs ``opsc``, with the methods of ``subprocess.Popen``; its output and errors are text."""

    def __init__(
        self,
        arguments: Sequence[str],
        environment: dict[str, str],
        folder: Path,
        stdin: IO[bytes] | None = None,
        cpu_seconds: int | None = None,
    ) -> None:
        """Start the process; the system kills it, and each that it starts, after ``cpu_seconds`` of processor time."""
        self.args = ["opsc", *arguments]
        self.returncode: int | None = None
        request = {
            "arguments": list(arguments),
            "environment": environment,
            "folder": str(folder),
            "cpu_seconds": cpu_seconds,
        }
        pipes = [os.pipe() for _ in range(3)]
        with tempfile.TemporaryFile() as content, open(os.devnull, "rb") as nothing:  # noqa: PTH123 - no path is made
            content.write(json.dumps(request).encode())
            content.seek(0)
            descriptors = [content.fileno(), (stdin or nothing).fileno(), *(write for _, write in pipes)]
            with ONE_AT_A_TIME:
                socket.send_fds(_server(), [b"+"], descriptors)
        for _, write in pipes:
            os.close(write)
        out, err, self._report = (read for read, _ in pipes)
        self.stdout, self.stderr = os.fdopen(out, encoding="utf-8"), os.fdopen(err, encoding="utf-8")
        self.pid = self._reported()

    def _reported(self) -> int:
        data = os.read(self._report, 4)
        assert data, "the command server ended"
        number: int = struct.unpack("i", data)[0]
        return number

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not select.select([self._report], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self.returncode = self._reported()
        return self.returncode

    def poll(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Return what is still to be read of output and errors, once both and the process have ended."""
        texts = ["", ""]

        def read(index: int, stream: IO[str]) -> None:
            texts[index] = "" if stream.closed else stream.read()
            stream.close()

        end = None if timeout is None else time.monotonic() + timeout
        readers = [
            threading.Thread(target=read, args=(index, stream), daemon=True)
            for index, stream in enumerate((self.stdout, self.stderr))
        ]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(None if end is None else max(0, end - time.monotonic()))
            if reader.is_alive():
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
        self.wait(None if end is None else max(0, end - time.monotonic()))
        return texts[0], texts[1]

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def __del__(self) -> None:
        os.close(self._report)
        self.stdout.close()
        self.stderr.close()


def opsc(
    home: Path,
    *arguments: str | Path,
    stdin: str = "",
    folder: Path = ROOT,
    cpu_seconds: int | None = None,
    **environment: str,
) -> "subprocess.CompletedProcess[str]":
    """Run a command on ``home`` in ``folder``, and return how it ended and what it wrote."""
    words = [str(argument) for argument in arguments]
    with tempfile.TemporaryFile() as source:
        source.write(stdin.encode())
        source.seek(0)
        command = Command(words, {**os.environ, "OPSC_HOME": str(home), **environment}, folder, source, cpu_seconds)
    try:
        out, err = command.communicate(SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(command.pid, signal.SIGKILL)
        raise
    return subprocess.CompletedProcess(command.args, command.wait(), out, err)


def started(
    home: Path, *arguments: str | Path, stdin: str = "", folder: Path = ROOT, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Do the same with a Python of its own, which imports everything again and has its own order of sets."""
    return subprocess.run(
        [sys.executable, "-m", "opsc", *map(str, arguments)],
        env={**os.environ, "OPSC_HOME": str(home), "PYTHONPATH": str(ROOT), **environment},
        input=stdin,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
