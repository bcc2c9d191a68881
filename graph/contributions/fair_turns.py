"""Turns for decisions: one at a time, shared fairly among the senders of submissions.

The next turn goes to the waiting sender that has used least time. A sender that comes anew begins with as much as the
one that is served, so it has no credit from before (start-time fair queueing). Within a sender the order is that of
arrival.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_REMEMBERED: Final = 1000


class TurnTimeoutError(Exception):
    """There was no turn within the time allowed."""


class FairTurns:
    """Gives out one turn at a time; safe to use from several threads."""

    def __init__(self) -> None:
        """Begin with a free turn, and no sender known."""
        self._changed = threading.Condition()
        self._waiting: dict[str, list[object]] = {}
        self._used: dict[str, float] = {}
        self._clock = 0.0
        self._is_taken = False
        self._admitted: Counter[str] = Counter()

    def admit(self, sender: str, per_sender: int, in_all: int) -> str | None:
        """Admit a submission of ``sender``, or return which limit it exceeds: ``sender`` or ``all``."""
        with self._changed:
            if self._admitted[sender] >= per_sender:
                return "sender"
            if self._admitted.total() >= in_all:
                return "all"
            self._admitted[sender] += 1
            return None

    def leave(self, sender: str) -> None:
        """End the admission of one submission of ``sender``."""
        with self._changed:
            self._admitted[sender] -= 1
            self._admitted += Counter()  # Drops the senders without any.

    @contextmanager
    def turn(self, sender: str, seconds: float) -> Iterator[None]:
        """Have the turn for the ``with`` block; raise ``TurnTimeoutError`` when it does not come in ``seconds``."""
        ticket = object()
        with self._changed:
            self._used[sender] = max(self._used.pop(sender, 0.0), self._clock)
            self._waiting.setdefault(sender, []).append(ticket)
            try:
                if not self._changed.wait_for(lambda: self._is_next(sender, ticket), seconds):
                    raise TurnTimeoutError
                self._is_taken, self._clock = True, self._used[sender]
            finally:
                self._remove(sender, ticket)
        begin = time.monotonic()
        try:
            yield
        finally:
            with self._changed:
                self._used[sender] = self._used.get(sender, self._clock) + time.monotonic() - begin
                self._forget()
                self._is_taken = False
                self._changed.notify_all()

    def _is_next(self, sender: str, ticket: object) -> bool:
        if self._is_taken or self._waiting[sender][0] is not ticket:
            return False
        return min(self._waiting, key=lambda one: self._used[one]) == sender

    def _remove(self, sender: str, ticket: object) -> None:
        self._waiting[sender].remove(ticket)
        if not self._waiting[sender]:
            del self._waiting[sender]
        self._changed.notify_all()

    def _forget(self) -> None:
        """Forget senders that have used no more than the clock tells: they would begin with that anyway."""
        if len(self._used) > _REMEMBERED:
            self._used = {
                name: used for name, used in self._used.items() if used > self._clock or name in self._waiting
            }
