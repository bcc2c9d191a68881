"""Forks a process for each command that it reads, once it has loaded the libraries: see ``tests/commanding.py``."""

import gc
import importlib
import json
import os
import runpy
import sys
from typing import Any

LIBRARIES = ("babel", "click", "pyoxigraph", "pyshacl", "rdflib.plugins.sparql.processor", "rich.console")


def forked() -> dict[str, Any] | None:
    """Return in a new process for each line that comes in, with what it says, and at the end with ``None``."""
    while line := sys.stdin.readline():
        child = os.fork()
        if child == 0:
            asked: dict[str, Any] = json.loads(line)
            return asked
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - read by whoever asked
    return None


def become(arguments: list[str], environment: dict[str, str], folder: str, streams: list[str]) -> None:
    """Turn this process into ``python -m opsc``, with files for its standard streams."""
    for descriptor, (path, flags) in enumerate(zip(streams, (os.O_RDONLY, os.O_WRONLY, os.O_WRONLY), strict=True)):
        os.dup2(os.open(path, flags), descriptor)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.path[0] = folder
    sys.argv = ["opsc", *arguments]
    runpy.run_module("opsc", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    for library in LIBRARIES:
        importlib.import_module(library)
    # What the libraries hold is not gone through again in every process that is forked.
    gc.freeze()
    asked = forked()
    if asked is not None:
        become(**asked)
