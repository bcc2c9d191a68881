"""Statistics of all pools of this process: stopped tasks by reason, and the memory of the workers."""

import os
import threading
from collections import Counter
from pathlib import Path
from typing import Final, Literal

from graph.pool import fork_server

StopReason = Literal["deadline", "memory", "crash", "hang-up"]
STOP_REASONS: Final[tuple[StopReason, ...]] = ("deadline", "memory", "crash", "hang-up")

_lock: Final = threading.Lock()
_stopped: Final[Counter[str]] = Counter()
_STATE, _PAGES = 0, 21


def count_stopped(reason: StopReason) -> None:
    """Count a task that was stopped. Pools come and go with versions of the graph; the counters remain."""
    with _lock:
        _stopped[reason] += 1


def stopped_tasks() -> dict[StopReason, int]:
    """Return the number of tasks that were stopped since this process started, for each of :data:`STOP_REASONS`."""
    with _lock:
        return {reason: _stopped[reason] for reason in STOP_REASONS}


def worker_memory() -> list[int]:
    """Return the resident memory in bytes of each worker that is alive, in the order of their PIDs.

    It comes from ``/proc/[pid]/stat`` (proc(5)); without ``/proc`` the list is empty.
    """
    sizes = map(_resident_bytes, sorted(fork_server.worker_pids()))
    return [size for size in sizes if size is not None]


def _resident_bytes(pid: int) -> int | None:
    try:
        # The name of the program stands in parentheses and may hold anything.
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[_STATE] in {"Z", "X"} else int(fields[_PAGES]) * os.sysconf("SC_PAGE_SIZE")
