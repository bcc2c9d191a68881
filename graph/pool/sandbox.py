"""Resource limits of a process: stack size, open files and sockets, and the memory that its C library holds back.

A process that has as many file descriptors open as its limit allows can neither read a file nor connect to another
machine, whatever a query or an update makes the engine do. This needs no privilege.
"""

import contextlib
import ctypes
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# mallopt(3): blocks of at least this size are mapped on their own, and unmapped as soon as they are free.
_M_MMAP_THRESHOLD: Final = -3
_LARGE_BLOCK: Final = 1_048_576


def raise_stack_limit(size: int) -> None:
    """Let the stack of this process grow to ``size`` bytes, or as far as the hard limit allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_STACK)
    soft = size if hard == resource.RLIM_INFINITY else min(size, hard)
    resource.setrlimit(resource.RLIMIT_STACK, (soft, hard))


def forbid_new_files() -> None:
    """Let this process open no more files and sockets, for good: every descriptor below the limit is in use."""
    lowest_free = os.open(os.devnull, os.O_RDONLY)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free + 1, lowest_free + 1))


@contextmanager
def no_new_files() -> Iterator[None]:
    """Let no thread of this process open a file or a socket until the end of the ``with`` block."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest_free = os.open(os.devnull, os.O_RDONLY)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free + 1, limits[1]))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        os.close(lowest_free)


def return_large_blocks() -> None:
    """Have the C library return large blocks of memory to the system as soon as they are free.

    The GNU C library otherwise raises its threshold up to 32 MB and keeps such blocks for later: after a few large
    results a server would hold several times the memory that it needs. Other libraries have no such setting.
    """
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK)
