"""What a process may still do: how far its stack may grow, and whether it can open files and sockets.

A process that has as many descriptors open as its limit allows can neither read a file nor call another machine,
whatever a query or an update asks of the engine. It needs no privilege.
"""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager


def allow_stack(size: int) -> None:
    """Let the stack of this process grow to ``size`` bytes, or as far as the system allows it."""
    _, most = resource.getrlimit(resource.RLIMIT_STACK)
    wanted = size if most == resource.RLIM_INFINITY else min(size, most)
    resource.setrlimit(resource.RLIMIT_STACK, (wanted, most))


def open_nothing_more() -> None:
    """Let this process open no file and no socket: every descriptor below the limit is in use from here on."""
    lowest_free = os.open(os.devnull, os.O_RDONLY)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free + 1, lowest_free + 1))


@contextmanager
def opening_nothing() -> Iterator[None]:
    """Let this process, with all of its threads, open no file and no socket until the end of the ``with`` block."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest_free = os.open(os.devnull, os.O_RDONLY)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free + 1, limits[1]))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        os.close(lowest_free)
