"""Runs a command as a process of its own and measures the CPU time of the process and its children."""

import os
import resource
import subprocess
from collections.abc import Sequence


def cpu_seconds(command: Sequence[str], environment: dict[str, str]) -> float:
    """Return the user and system time in seconds that ``command`` took; raise when it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env={**os.environ, **environment}, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
