"""Decisions in a separate process, so that no submission can stop the server.

A submission is on disk before that process reads it. When the process exceeds its time or memory, or crashes twice, the
submission is refused with that reason, so that it does not block later ones. Senders share the time for decisions: what
one of them sends costs another no more than its own share.
"""

import contextlib
import functools
import logging
import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from graph.contributions.contributions import Contributions, Decision
from graph.contributions.fair_turns import FairTurns, TurnTimeoutError
from graph.contributions.submission import Submission
from graph.errors import GraphError
from graph.pool.pool import PoolLimits, ProcessPool, TaskLabel
from graph.settings import DecisionLimits, WorkerSettings, from_environment
from graph.sparql.errors import (
    Busy,
    DeadlineExceeded,
    MemoryExceeded,
    QueryCrashed,
    QueryError,
    SenderBusy,
    SenderQuotaExceeded,
)
from graph.versions.ledger import Ledger

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


def _never(_name: str) -> bool:
    return False


class Decider(ProcessPool):
    """Decides submissions and retractions one after the other; safe to use from several threads."""

    def __init__(
        self,
        home: Path,
        settings: WorkerSettings,
        seconds: float,
        is_revoked: Callable[[str], bool] = _never,
        limits: DecisionLimits | None = None,
    ) -> None:
        """Create a process, started on first use, for the ledger in ``home``; a decision may take ``seconds``.

        Submissions left undecided by a sender whose every token ``is_revoked`` are refused.
        """
        self._seconds = seconds
        self._memory = settings.memory
        self._shares = limits or from_environment(DecisionLimits)
        self._is_revoked = is_revoked
        self._turns = FairTurns()
        self._own: set[int] = set()
        self._lock = threading.Lock()
        self._contributions, self._ledger = Contributions(home), Ledger(home)
        # A decision limits its memory itself, beyond that of the graph.
        super().__init__(functools.partial(Contributions, home), PoolLimits(1, settings.queue, 0, sandboxed=False))

    def prepare(self) -> None:
        """Start the process and load the graph there; an error is logged, and raised by the first decision."""
        try:
            self.call(Contributions.prepare, (), self._seconds, _DECISION)
        except GraphError as error:
            _LOG.warning("cannot prepare the working copy for decisions: %s", error)

    def submit(self, submission: Submission) -> Decision:
        """Return the decision on ``submission`` once it is on disk.

        Earlier submissions of the same sender left undecided by a killed server are decided first, those of others
        after it. Raises ``SenderBusy``, ``SenderQuotaExceeded`` or ``Busy`` for one that is not recorded, as its sender
        or all together have too many or too much; another ``GraphError`` when it cannot be recorded; and
        ``DecisionPendingError`` when it is recorded and cannot be decided now.
        """
        sender = submission.submitter
        with self._admitted(sender, len(submission.data)):
            with self._lock:
                number = self._contributions.record(submission)
                self._own.add(number)
            try:
                for undecided in self._left(number, sender):
                    self._decide(undecided, sender, again=True)
                self._decide(number, sender, again=False)
                return self._contributions.decision(number)
            except GraphError as error:
                _LOG.error("no decision on submission %s: %s", number, error)
                raise DecisionPendingError(number) from error
            finally:
                self._own.discard(number)
                if self._left(number):
                    threading.Thread(target=self._decide_left, args=(number,), daemon=True).start()

    def _left(self, until: int, sender: str | None = None) -> list[int]:
        """Return the undecided submissions, by default of every sender, that no thread of this process decides."""
        with self._lock:
            left = [number for number in self._contributions.undecided(until) if number not in self._own]
        return [one for one in left if sender is None or self._sender(one) == sender]

    def _sender(self, number: int) -> str:
        entry = self._ledger.entry(number)
        return entry.submitter if entry else ""

    def _decide_left(self, until: int) -> None:
        with contextlib.suppress(GraphError):
            for number in self._left(until):
                self._decide(number, self._sender(number), again=True)

    @contextmanager
    def _admitted(self, sender: str, size: int) -> Iterator[None]:
        limits = self._shares
        if self._ledger.size_of_submissions(sender) + size > limits.sender_bytes:
            raise SenderQuotaExceeded(
                f"the contributions of this sender would exceed {limits.sender_bytes} bytes; retract some of them first"
            )
        exceeded = self._turns.admit(sender, limits.sender_queue, limits.queue)
        if exceeded == "sender":
            raise SenderBusy(
                f"{limits.sender_queue} submissions of this sender wait for a decision; send the next one after these"
            )
        if exceeded:
            raise Busy(f"{limits.queue} submissions wait for a decision; try again in a moment")
        try:
            yield
        finally:
            self._turns.leave(sender)

    def _decide(self, number: int, sender: str, *, again: bool) -> None:
        with self._in_turn(sender):
            if self._is_revoked(sender):
                self._contributions.refuse(
                    number, "token-revoked", "the token of its sender was revoked", self._seconds
                )
                return
            try:
                self._call_decision(number, again=again)
            except tuple(_CODES) as stopped:
                self._contributions.refuse(number, _CODES[type(stopped)], str(stopped), self._seconds)

    def _call_decision(self, number: int, *, again: bool) -> None:
        arguments = (number, again, self._memory)
        try:
            self.call(_decide, arguments, self._seconds, _DECISION)
        except QueryCrashed:
            # The process may have been killed from outside, such as for lack of memory elsewhere.
            self.call(_decide, arguments, self._seconds, _DECISION)

    def retract(self, number: int, retracted_by: str) -> Decision:
        """Return the decision on the request of ``retracted_by`` to retract a contribution.

        It is always admitted, and has no limit on its memory. Raises a ``QueryError`` as :meth:`ProcessPool.call` does:
        a stopped retraction has no effect.
        """
        with self._in_turn(retracted_by):
            decision: Decision = self.call(Contributions.retract, (number, retracted_by), self._seconds, _DECISION)
        return decision

    @contextmanager
    def _in_turn(self, sender: str) -> Iterator[None]:
        """Wait for the decision under way and its refusal: otherwise a new process would lock the ledger first."""
        seconds = (self._shares.sender_queue + 1) * self._seconds
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(self._turns.turn(sender, seconds))
            except TurnTimeoutError:
                raise Busy(f"no decision could be started within {seconds:g} seconds; try again later") from None
            yield


def _decide(contributions: Contributions, number: int, again: bool, memory: int) -> None:
    contributions.prepare()
    try:
        with _limited_memory(memory):
            contributions.decide(number, again=again)
    except (GraphError, MemoryError):
        raise
    except BaseException as error:
        # No failure, panics of the engine included, may block later submissions.
        _LOG.exception("error while deciding submission %s", number)
        raise QueryCrashed(_DECISION.crash_message) from error


@contextmanager
def _limited_memory(memory: int) -> Iterator[None]:
    """Limit the address space of this process to ``memory`` bytes more than it has now; 0 sets no limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if memory:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit = pages * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
