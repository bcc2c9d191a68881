"""Decisions in a separate process, so that no submission can stop the server.

A submission is on disk before that process reads it. When the process exceeds its time or memory, or crashes, the
submission is refused with that reason, so that it does not block later ones.
"""

import functools
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from graph.contributions.contributions import Contributions, Decision
from graph.contributions.submission import Submission
from graph.errors import GraphError
from graph.pool.pool import PoolLimits, ProcessPool, TaskLabel
from graph.settings import WorkerSettings
from graph.sparql.errors import Busy, DeadlineExceeded, MemoryExceeded, QueryCrashed, QueryError

_LOG: Final = logging.getLogger(__name__)
_DECISION: Final = TaskLabel("the decision", "send less data at a time, or simpler data")


_CODES: Final[dict[type[QueryError], str]] = {
    DeadlineExceeded: DeadlineExceeded.code,
    MemoryExceeded: MemoryExceeded.code,
    QueryCrashed: "decision-crashed",
}


class DecisionPendingError(GraphError):
    """A submission is recorded but not decided yet; it is decided with the next one."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"submission {number} is recorded; it will be decided with the next one, so do not send it again"
        )
        self.number = number


class Decider(ProcessPool):
    """Decides submissions and retractions one after the other; safe to use from several threads."""

    def __init__(self, home: Path, settings: WorkerSettings, seconds: float) -> None:
        """Create a process, started on first use, for the ledger in ``home``; a decision may take ``seconds``."""
        self._seconds = seconds
        self._turn = threading.Lock()
        self._contributions = Contributions(home)
        limits = PoolLimits(1, settings.queue, settings.memory, sandboxed=False)
        super().__init__(functools.partial(Contributions, home), limits)

    def prepare(self) -> None:
        """Start the process and load the graph there; an error is logged, and raised by the first decision."""
        try:
            self.call(Contributions.prepare, (), self._seconds, _DECISION)
        except GraphError as error:
            _LOG.warning("cannot prepare the working copy for decisions: %s", error)

    def submit(self, submission: Submission) -> Decision:
        """Return the decision on ``submission`` once it is on disk.

        Earlier submissions left undecided by a killed server are decided first. Raises a ``GraphError`` when the
        submission cannot be recorded, and ``DecisionPendingError`` when it is recorded and cannot be decided now.
        """
        number = self._contributions.record(submission)
        try:
            for undecided in self._contributions.undecided(number):
                self._decide(undecided, again=undecided != number)
            return self._contributions.decision(number)
        except GraphError as error:
            _LOG.error("no decision on submission %s: %s", number, error)
            raise DecisionPendingError(number) from error

    def _decide(self, number: int, *, again: bool) -> None:
        with self._in_turn():
            try:
                self.call(_decide, (number, again), self._seconds, _DECISION)
            except tuple(_CODES) as stopped:
                self._contributions.refuse(number, _CODES[type(stopped)], str(stopped), self._seconds)

    def retract(self, number: int, retracted_by: str) -> Decision:
        """Return the decision on the request of ``retracted_by`` to retract a contribution.

        Raises a ``QueryError`` as :meth:`ProcessPool.call` does: a stopped retraction has no effect.
        """
        with self._in_turn():
            decision: Decision = self.call(Contributions.retract, (number, retracted_by), self._seconds, _DECISION)
        return decision

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Wait for the decision under way and its refusal: otherwise a new process would lock the ledger first."""
        if not self._turn.acquire(timeout=2 * self._seconds):
            raise Busy(f"no decision could be started within {2 * self._seconds:g} seconds; try again later")
        try:
            yield
        finally:
            self._turn.release()


def _decide(contributions: Contributions, number: int, again: bool) -> None:
    try:
        contributions.decide(number, again=again)
    except (GraphError, MemoryError):
        raise
    except BaseException as error:
        # No failure, panics of the engine included, may block later submissions.
        _LOG.exception("error while deciding submission %s", number)
        raise QueryCrashed(_DECISION.crash_message) from error
