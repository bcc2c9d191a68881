"""How much memory the processes below this one use, as the kernel tells it (proc(5), ``/proc/[pid]/stat``)."""

import os
from pathlib import Path
from typing import Final, NamedTuple

_PROC: Final = Path("/proc")
_STATE, _PARENT, _PAGES = 0, 1, 21
# Those of multiprocessing, and those that hold what workers share.
_LEVELS_ABOVE: Final = 2


class _Process(NamedTuple):
    parent: int
    resident: int


def workers() -> list[int]:
    """Return the resident memory in bytes of each worker process that is alive, in the order of their start.

    Below this process is a server process of :mod:`multiprocessing`, below that the processes that hold what the
    workers of a pool share, and below each of these its workers. Without ``/proc`` there are none.
    """
    processes = _processes()
    above = {os.getpid()}
    for _ in range(_LEVELS_ABOVE):
        above = {pid for pid, process in processes.items() if process.parent in above}
    return [process.resident for _, process in sorted(processes.items()) if process.parent in above]


def _processes() -> dict[int, _Process]:
    found = {}
    for file in _PROC.glob("[0-9]*/stat"):
        try:
            # The name of the program stands in parentheses and may hold anything.
            fields = file.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields[_STATE] not in {"Z", "X"}:
            found[int(file.parent.name)] = _Process(
                int(fields[_PARENT]), int(fields[_PAGES]) * os.sysconf("SC_PAGE_SIZE")
            )
    return found
