"""Places for a number of tasks at one time, which are given in the order of asking."""

import threading
from collections import deque
from collections.abc import Callable


class FullError(Exception):
    """As many tasks as may run or wait do so."""


class NoTurnError(Exception):
    """No place became free in time, or whoever waited gave up."""


class _Turn:
    """One who waits."""

    def __init__(self) -> None:
        self.given = False
        self.decided = threading.Event()


class Turns:
    """Some places, and some more for who waits; safe to use from several threads."""

    def __init__(self, places: int, most: int) -> None:
        """Give ``places`` at one time; at most ``most`` tasks have one or wait."""
        self._places = min(places, most)
        self._most = most
        self._taken = 0
        self._waiting: deque[_Turn] = deque()
        self._deciding = threading.Lock()

    @property
    def taken(self) -> int:
        """How many places are taken."""
        return self._taken

    @property
    def waiting(self) -> int:
        """How many tasks wait."""
        return len(self._waiting)

    def take(self, seconds: float, giving_up: Callable[[Callable[[], None]], None]) -> None:
        """Take a place, for which this waits up to ``seconds``; :meth:`leave` gives it back.

        Before it waits it calls ``giving_up`` with what makes it give up. Raises ``FullError`` and ``NoTurnError``.
        """
        with self._deciding:
            if self._taken < self._places:
                self._taken += 1
                return
            if self._taken + len(self._waiting) >= self._most:
                raise FullError(self._most)
            turn = _Turn()
            self._waiting.append(turn)
        try:
            giving_up(turn.decided.set)
            turn.decided.wait(seconds)
        except BaseException:
            if not self._abandon(turn):
                self.leave()
            raise
        if self._abandon(turn):
            raise NoTurnError

    def try_to_take(self) -> bool:
        """Take a place if one is free, and return whether it was."""
        with self._deciding:
            is_free = self._taken < self._places
            self._taken += is_free
            return is_free

    def leave(self) -> None:
        """Give a place back, to the one who has waited longest."""
        with self._deciding:
            if self._waiting:
                turn = self._waiting.popleft()
                turn.given = True
                turn.decided.set()
            else:
                self._taken -= 1

    def _abandon(self, turn: _Turn) -> bool:
        """Wait no longer; return ``False`` when the place has been given."""
        with self._deciding:
            if not turn.given:
                self._waiting.remove(turn)
            return not turn.given


class Place:
    """A place that was taken, which may be changed for one of another kind."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    def change(self, turns: Turns) -> bool:
        """Take one of ``turns`` instead, if one is free, and return whether it was."""
        is_free = turns.try_to_take()
        if is_free:
            self._turns.leave()
            self._turns = turns
        return is_free

    def leave(self) -> None:
        """Give the place back."""
        self._turns.leave()
