"""Waits for a condition: as long as a busy machine may need, and no longer than it takes."""

import time
from collections.abc import Callable

PATIENCE = 120.0
"""Seconds after which something does not happen any more, on whatever machine."""


def eventually(condition: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Return whether the condition holds, now or before the time is over."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
