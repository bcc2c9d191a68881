"""Counts the tasks that were stopped since this process began, by the reason.

A process that holds the graph comes and goes with its version; what it was stopped for is counted for all of them.
"""

import threading
from collections import Counter
from typing import Final, Literal

Reason = Literal["deadline", "memory", "crash", "hang-up"]
REASONS: Final[tuple[Reason, ...]] = ("deadline", "memory", "crash", "hang-up")

_counting: Final = threading.Lock()
_counts: Final[Counter[str]] = Counter()


def count(reason: Reason) -> None:
    """Count a task that was stopped."""
    with _counting:
        _counts[reason] += 1


def counts() -> dict[Reason, int]:
    """Return how many tasks were stopped, for each of :data:`REASONS`."""
    with _counting:
        return {reason: _counts[reason] for reason in REASONS}
