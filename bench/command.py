"""Runs a command as a process of its own and measures the CPU time of the process and its children."""

import contextlib
import os
import resource
import subprocess
from collections.abc import Sequence

PEER_SECONDS = float(os.environ.get("OPSC_BENCH_PEER_SECONDS", "120"))


def cpu_seconds(
    command: Sequence[str], environment: dict[str, str], at_most: float | None = None, *, conforms: bool = True
) -> float:
    """Return the user and system time in seconds that ``command`` took; raise when it fails.

    A command that runs for longer than ``at_most`` seconds is stopped, and the time until then returned. One that tells
    by its exit code whether data conform does not fail if they do not: then ``conforms`` is false.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(command, env={**os.environ, **environment}, check=conforms, capture_output=True, timeout=at_most)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
