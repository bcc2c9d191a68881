"""Contributions: what others submit, each recorded, validated merged with the graph, and let in or refused.

A contribution is RDF for a graph of its own, an update, or what is to be put into, added to or deleted from a graph.
What is served is the current release and, on top of it, what the accepted ones changed, in their order. Submissions are
decided one after the other, in the order of their numbers, whatever threads and processes they come from.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, Quad

from graph.contributions.change import Change, SubmissionLimits, evaluate_change
from graph.contributions.submission import Submission, affected_graph, from_record, to_record
from graph.contributions.working_copy import WorkingCopy, Workspace, parse_nquads, submitted_delta
from graph.errors import RefusedError, UnknownContributionError
from graph.settings import ContributionLimits, QueryLimits, from_environment
from graph.versions import release
from graph.versions.delta import Delta, normalize_literals
from graph.versions.ledger import Ledger
from graph.versions.ledger_records import DecisionRecord, LedgerEntry, SubmissionRecord
from graph.versions.report_json import report_from_json, report_to_json
from graph.versions.version import Version, list_versions, resolve_version, utc_now, version_nquads
from shapes.report import Report

# Codes of submissions that were let in: they changed nothing, or filled a target that was not there.
UNCHANGED: Final = "unchanged"
CREATED: Final = "created"
_MOST_ATTEMPTS: Final = 3
_LARGEST_NUMBER: Final = 2**63 - 1


@dataclass(frozen=True)
class Decision:
    """What became of a submission or of the wish to retract one.

    ``version`` is the current one once it was decided. A refusal comes with the validation report, or with a
    ``problem`` in a sentence; ``code`` names the reason and never changes its meaning.
    """

    number: int
    accepted: bool
    graph: NamedNode | None
    version: str
    report: Report | None
    problem: str | None
    code: str | None = None

    @property
    def unchanged(self) -> bool:
        """Whether it was let in and made no new version, because it changes nothing."""
        return self.accepted and self.code == UNCHANGED


@dataclass(frozen=True)
class Contribution(LedgerEntry):
    """Everything that the ledger keeps of one submission; ``unapplied`` says why an accepted one is not served now."""

    data: bytes
    report: Report | None
    unapplied: Report | None


class Contributions:
    """The contributions to the graph in ``home``.

    The graph stays in memory from one decision to the next: keep one object in a process that decides often. Methods
    raise ``ReleaseError`` when nothing has been built, and ``LedgerError`` when the ledger cannot be used.
    """

    def __init__(self, home: Path, limits: ContributionLimits | None = None) -> None:
        self._home: Final = home
        self._ledger: Final = Ledger(home)
        self._limits: Final = SubmissionLimits(
            limits or from_environment(ContributionLimits), from_environment(QueryLimits)
        )
        self._current: Final = Workspace(home, self._ledger)

    def prepare(self) -> None:
        """Load the graph and the report on it, so that the first decision takes no longer than later ones."""
        with self._ledger.locked():
            self._current.checkout().known.report()

    def submit(self, submission: Submission) -> Decision:
        """Record a submission, decide it, and return the decision, which is on disk by then.

        A submission whose decision was interrupted is decided with the next one.
        """
        number = self.record(submission)
        for undecided in self.undecided(number):
            self.decide(undecided, again=undecided != number)
        return self.decision(number)

    def record(self, submission: Submission) -> int:
        """Record a submission, so that it is on disk whatever becomes of it, and return its number."""
        release.current(self._home)
        return self._ledger.record_submission(to_record(submission, utc_now()))

    def undecided(self, until: int) -> list[int]:
        """Return the numbers of the undecided submissions up to and including ``until``, in order."""
        return self._ledger.undecided(until)

    def decide(self, number: int, *, again: bool = False) -> None:
        """Decide one submission, unless it is decided; those with lower numbers must be.

        ``again`` says that its decision was begun before and interrupted, which is tried three times.
        """
        with self._ledger.locked():
            if self._entry(number).accepted is None:
                self._decide(number, again=again)

    def refuse(self, number: int, code: str, problem: str, seconds: float) -> None:
        """Refuse a submission whose decision was stopped, unless it is decided; wait ``seconds`` for the ledger."""
        with self._ledger.locked(seconds):
            if self._entry(number).accepted is None:
                head = self._ledger.head()
                version = head.id if head else release.current(self._home).version
                self._ledger.record_decision(
                    number, DecisionRecord(utc_now(), False, code, problem, None, version), None
                )

    def retract(self, number: int, who: str) -> Decision:
        """Take an accepted contribution out of the graph, which makes a new version; the record of it stays.

        Refused, with the report, when what others contributed rests on it. Raises ``UnknownContributionError`` when
        there is no such contribution.
        """
        with self._ledger.locked():
            record = self._entry(number)
            state = self._current.checkout()
            if not record.accepted:
                return _refused(record, state, "not-accepted", f"contribution {number} was never let in")
            if record.retracted:
                return _refused(record, state, "already-retracted", f"contribution {number} was retracted before")
            return self._retract(record, who)

    def decision(self, number: int) -> Decision:
        """Return the decision on a contribution; one that is still undecided is not accepted and has no report."""
        record = self._entry(number)
        report = self._ledger.report(number)
        return Decision(
            number,
            bool(record.accepted),
            affected_graph(record) if record.accepted else None,
            record.version or self.version,
            report_from_json(report) if report else None,
            record.problem,
            record.code,
        )

    def contribution(self, number: int) -> Contribution:
        """Return all that is kept of a contribution; raise ``UnknownContributionError`` when there is no such one."""
        record, received = self._entry(number), self._submission(number)
        report, unapplied = self._ledger.report(number), self._ledger.unapplied().get(number)
        return Contribution(
            **vars(record),
            data=received.data,
            report=report_from_json(report) if report else None,
            unapplied=report_from_json(unapplied) if unapplied else None,
        )

    def entries(
        self, who: str | None = None, accepted: bool | None = None, after: int = 0, limit: int = 100
    ) -> list[LedgerEntry]:
        """Return the records of the contributions with numbers above ``after``, in order, ``limit`` at most."""
        return self._ledger.entries(who, accepted, after, limit)

    @property
    def unapplied(self) -> dict[int, Report]:
        """The accepted contributions that do not conform to the current release, with the reports that say why."""
        return {number: report_from_json(report) for number, report in self._ledger.unapplied().items()}

    @property
    def version(self) -> str:
        """The version that is served: the current release's, or that of the last contribution on top of it."""
        current = release.current(self._home).version
        head = self._ledger.head()
        if head is None:
            return current
        if head.release == current:
            return head.id
        with self._ledger.locked():
            return self._current.checkout().version

    def versions(self) -> list[Version]:
        """Return every version that can be rebuilt, oldest first."""
        return list_versions(self._home, self._ledger)

    def resolve_version(self, beginning: str) -> str:
        """Return the one version that begins with ``beginning``; raise ``UnknownVersionError`` when it is not one."""
        return resolve_version(self._home, self._ledger, beginning)

    def nquads(self, version: str | None = None) -> bytes:
        """Return the sorted N-Quads of a version, by default of the current one."""
        return version_nquads(self._home, self._ledger, version or self.version)

    def quads(self, version: str | None = None) -> list[Quad]:
        """Return the quads of a version, by default of the current one."""
        return parse_nquads(self.nquads(version))

    def _entry(self, number: int) -> LedgerEntry:
        # The ledger has no larger numbers, and could not even be asked for one.
        record = self._ledger.entry(number) if number <= _LARGEST_NUMBER else None
        if record is None:
            raise UnknownContributionError(number)
        return record

    def _submission(self, number: int) -> SubmissionRecord:
        received = self._ledger.submission(number)
        if received is None:
            raise UnknownContributionError(number)
        return received

    def _decide(self, number: int, *, again: bool) -> None:
        received, state = self._submission(number), self._current.take()
        report: Report | None = None
        try:
            if again:
                self._check_attempts(number)
            submission = from_record(received)
            write = evaluate_change(number, received.received, submission, state.dataset, self._ledger, self._limits)
            report = state.validate(write.delta) if write.delta else None
            _check_report(report)
        except RefusedError as refusal:
            kept = report_to_json(report) if report else None
            refused = DecisionRecord(utc_now(), False, refusal.code, refusal.problem, kept, state.version)
            self._ledger.record_decision(number, refused, None)
            if refusal.unusable_dataset:
                return
        else:
            state = self._accept(number, state, write, report)
        self._current.put_back(state)

    def _accept(self, number: int, state: WorkingCopy, write: Change, report: Report | None) -> WorkingCopy:
        if report is None:
            same = DecisionRecord(utc_now(), True, UNCHANGED, "it changes nothing", None, state.version)
            self._ledger.record_decision(number, same, None)
            return state
        change = self._current.advance(state, "contribution", number, write.delta, write.owners)
        code = CREATED if write.creates_target else None
        decided = DecisionRecord(utc_now(), True, code, None, report_to_json(report), change.id)
        self._ledger.record_decision(number, decided, change, write.owners)
        return state.at_version(change.id)

    def _check_attempts(self, number: int) -> None:
        if self._ledger.record_attempt(number, utc_now()) >= _MOST_ATTEMPTS:
            raise RefusedError(
                "interrupted", "the decision was interrupted again and again; submit it in smaller parts"
            )

    def _retract(self, record: LedgerEntry, who: str) -> Decision:
        number, state = record.number, self._current.checkout()
        made = self._ledger.latest_version_of(number)
        if made is None or number in self._ledger.unapplied():
            self._ledger.record_retraction(number, who, utc_now(), state.version, None)
            return Decision(number, True, affected_graph(record), state.version, None, None)
        undone = submitted_delta(made).inverse
        later = self._changed_since(number, undone)
        if later is not None:
            problem = f"contribution {later} changed the same triples later; retract that first"
            return _refused(record, state, "changed-since", problem)
        self._current.take()
        change = self._current.advance(state, "retraction", number, undone)
        report = state.known.report()
        if not report.conforms:
            problem = f"what others contributed rests on contribution {number}; retract that first"
            return Decision(number, False, affected_graph(record), made.parent or "", report, problem, "needed")
        self._ledger.record_retraction(number, who, utc_now(), change.id, change)
        self._current.put_back(state.at_version(change.id))
        return Decision(number, True, affected_graph(record), change.id, None, None)

    def _changed_since(self, number: int, undone: Delta) -> int | None:
        """Return the first later submission that still stands and changed one of the same quads."""
        touched = set(normalize_literals((*undone.added, *undone.removed)))
        left_out = self._ledger.unapplied()
        for later in self._ledger.standing_submissions(after=number):
            made = self._ledger.latest_version_of(later) if later not in left_out else None
            changed = submitted_delta(made) if made else Delta()
            if not touched.isdisjoint(normalize_literals((*changed.added, *changed.removed))):
                return later
        return None


def _check_report(report: Report | None) -> None:
    if report is not None and not report.conforms:
        raise RefusedError("not-conforming", None)


def _refused(record: LedgerEntry, state: WorkingCopy, code: str, problem: str) -> Decision:
    return Decision(record.number, False, None, state.version, None, problem, code)
