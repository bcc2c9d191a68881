"""How the C library gives back memory that this process no longer needs."""

import contextlib
import ctypes
from typing import Final

# mallopt(3): blocks of at least so many bytes are taken from the system, and go back to it.
_M_MMAP_THRESHOLD: Final = -3
_LARGE_BLOCK: Final = 1_048_576


def give_back_large_blocks() -> None:
    """Let large blocks go back to the system as soon as they are free.

    The C library of GNU otherwise keeps ever larger ones, up to 32 MB, for the next time: after a few large answers a
    server would take several times the memory that it needs. Other libraries have no such setting, and are left alone.
    """
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK)
