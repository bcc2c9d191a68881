"""What the system says of processes (proc(5)): which are below another one, and how much processor time they took."""

import os
import select
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_PARENT = 1
# utime, stime, cutime and cstime: the last two are those of children that were waited for.
_TIMES = slice(11, 15)


def children(pid: int) -> set[int]:
    """Return every process below ``pid``."""
    below: set[int] = set()
    for listed in Path("/proc").glob("[0-9]*/stat"):
        fields = _fields(int(listed.parent.name))
        if fields and int(fields[_PARENT]) == pid:
            child = int(listed.parent.name)
            below |= {child} | children(child)
    return below


def alive(pid: int) -> bool:
    """Whether a process runs: its first thread may have ended, and be a zombie, before the others."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        return not select.select([handle], [], [], 0)[0]
    finally:
        os.close(handle)


def parent(pid: int) -> int:
    """Return the parent of ``pid``; 0 when it is gone."""
    return int((_fields(pid) or [""] * _PARENT + ["0"])[_PARENT])


def workers(server: int) -> list[int]:
    """Return the workers of the server with the number ``server``.

    They are forked from a fork server, which is forked from the server's first fork server.
    """
    level = {server}
    for _ in ("first fork server", "fork server", "worker"):
        level = {pid for pid in _running() if parent(pid) in level}
    return sorted(level)


def front_process(server: int) -> int:
    """Return the child of the server that is not its first fork server."""
    first = parent(parent(workers(server)[0]))
    (front,) = (pid for pid in _running() if parent(pid) == server and pid != first)
    return front


@contextmanager
def cpu_limit(pid: int, seconds: float) -> Iterator[None]:
    """Fail when ``pid`` and all below it take ``seconds`` of processor time or more, however busy the machine is."""
    before = cpu_seconds(pid)
    yield
    assert cpu_seconds(pid) - before < seconds


def _running() -> list[int]:
    """Return every process that has not ended."""
    pids = (int(listed.parent.name) for listed in Path("/proc").glob("[0-9]*/stat"))
    return [pid for pid in pids if _fields(pid)[:1] not in ([], ["Z"], ["X"])]


def cpu_seconds(pid: int) -> float:
    ticks = (sum(map(int, _fields(one)[_TIMES])) for one in {pid, *children(pid)})
    return sum(ticks) / _TICKS_PER_SECOND


def _fields(pid: int) -> list[str]:
    """Return the fields after the name of a process; none when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
