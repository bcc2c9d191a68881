"""Runs ``opsc`` as somebody does at a shell: each time in a process of its own, with its own streams and exit code.

A short command takes most of its time to load libraries. So its process is forked from one that has loaded them, and
none of the project's modules; all that the project does happens in the new process. Only the order in which sets of
strings are gone through is the same in all of them: what must not depend on it is asked of a command that is started.
"""

import atexit
import functools
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

SECONDS = 60
ROOT = Path(__file__).parents[1]
SERVER = Path(__file__).with_name("command_server.py")
ONE_AT_A_TIME = threading.Lock()


@functools.cache
def _server() -> "subprocess.Popen[str]":
    server = subprocess.Popen(
        [sys.executable, str(SERVER)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    atexit.register(server.communicate)
    return server


def opsc(
    home: Path, *arguments: str | Path, stdin: str = "", folder: Path = ROOT, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Run a command on ``home`` in ``folder``, and return how it ended and what it wrote."""
    words = [str(argument) for argument in arguments]
    with tempfile.TemporaryDirectory() as kept:
        streams = [Path(kept) / name for name in ("stdin", "stdout", "stderr")]
        for path, text in zip(streams, (stdin, "", ""), strict=True):
            path.write_text(text, encoding="utf-8")
        asked = {
            "arguments": words,
            "environment": {**os.environ, "OPSC_HOME": str(home), **environment},
            "folder": str(folder),
            "streams": [str(path) for path in streams],
        }
        with ONE_AT_A_TIME:
            code = _exit_code(json.dumps(asked))
        written, told = (path.read_text(encoding="utf-8") for path in streams[1:])
    return subprocess.CompletedProcess(["opsc", *words], code, written, told)


def started(
    home: Path, *arguments: str | Path, stdin: str = "", folder: Path = ROOT, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Do the same with a Python of its own, which loads everything again and has its own order of sets."""
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


def _exit_code(line: str) -> int:
    server = _server()
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(f"{line}\n")
    server.stdin.flush()
    with selectors.DefaultSelector() as waiting:
        waiting.register(server.stdout, selectors.EVENT_READ)
        if not waiting.select(SECONDS):
            os.killpg(server.pid, signal.SIGKILL)
            _server.cache_clear()
            raise subprocess.TimeoutExpired("opsc", SECONDS)
    return int(server.stdout.readline())
