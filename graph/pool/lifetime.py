"""Parents and orphans: a process ends with the one that started it, and an ended one leaves no zombie."""

import contextlib
import ctypes
import multiprocessing
import os
import threading
import warnings
from typing import Final

_PR_SET_CHILD_SUBREAPER: Final = 36


def exit_with_parent() -> None:
    """Start a thread that ends this process once the process that :mod:`multiprocessing` names as its parent ends."""
    threading.Thread(target=_wait_and_exit, daemon=True).start()


def _wait_and_exit() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def adopt_orphans() -> None:
    """Make the fork server of :mod:`multiprocessing`, when it calls this, the parent of all orphans below it.

    A fork server that was copied from another outlives it. Without this the process with PID 1 becomes its parent,
    which in a container may be one that does not reap its children.
    """
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    warnings.filterwarnings("ignore", "forkserver: waitpid returned unexpected pid")
