"""Forks a process for each command that it is sent, once it has imported the program: see ``tests/commanding.py``."""

import gc
import importlib
import json
import os
import resource
import runpy
import signal
import socket
import struct
import sys
from typing import Any

PRELOADED = (
    "babel",
    "pyoxigraph",
    "pyshacl",
    "rdflib.plugins.sparql.processor",
    "rich.console",
    *(f"opsc.commands.{name}" for name in ("contribute", "publish", "query", "serve", "status", "validate")),
)


def forked(requests: socket.socket) -> dict[str, Any] | None:
    """Return in a new process for each request, with its content, and at the end with ``None``.

    A request is one byte with the descriptors of a file that holds its content, of the standard streams, and of a pipe
    that is told the number of the process and how it ended.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        message, descriptors, _, _ = socket.recv_fds(requests, 1, 5)
        if not message:
            return None
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            requests.close()
            return _supervised(descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _supervised(descriptors: list[int]) -> dict[str, Any]:
    """Return in a further process, and report how it ends from this one."""
    content, *streams, report = descriptors
    child = os.fork()
    if child == 0:
        os.setsid()
        os.close(report)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        with os.fdopen(content, "rb") as file:
            request: dict[str, Any] = json.load(file)
        return request
    for descriptor in (0, 1, 2, content, *streams):
        os.close(descriptor)
    os.write(report, struct.pack("i", child))
    _, status = os.waitpid(child, 0)
    os.write(report, struct.pack("i", os.waitstatus_to_exitcode(status)))
    os._exit(0)


def become(arguments: list[str], environment: dict[str, str], folder: str, cpu_seconds: int | None) -> None:
    """Turn this process into ``python -m opsc``."""
    if cpu_seconds is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.path[0] = folder
    sys.argv = ["opsc", *arguments]
    runpy.run_module("opsc", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    for module in PRELOADED:
        importlib.import_module(module)
    importlib.import_module("graph.warmup").prepare_process()
    # What the modules hold is not gone through again in every process that is forked.
    gc.freeze()
    request = forked(socket.socket(fileno=int(sys.argv[1])))
    if request is not None:
        become(**request)
