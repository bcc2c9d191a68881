"""Contributions: submissions that are recorded, validated together with the graph, and accepted or refused.

A submission is RDF for a graph of its own, an update, or a PUT, POST or DELETE of a graph. The current version is the
release with the deltas of accepted submissions, which are decided one at a time across all threads and processes.
"""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, Quad

from graph.contributions import failures
from graph.contributions.change import Change, SubmissionLimits, evaluate_change
from graph.contributions.contradiction import NotConformingError
from graph.contributions.submission import Submission, affected_graph, from_record, to_record
from graph.contributions.working_copy import WorkingCopy, Workspace, parse_nquads, submitted_delta
from graph.errors import RefusedError, UnknownContributionError
from graph.settings import ContributionLimits, QueryLimits, from_environment
from graph.versions import release
from graph.versions.delta import Delta, normalize_literals
from graph.versions.ledger import Ledger
from graph.versions.ledger_records import DecisionRecord, LedgerEntry, SubmissionRecord, VersionRecord
from graph.versions.report_json import report_from_json, report_to_json
from graph.versions.version import Version, list_versions, resolve_version, utc_now, version_nquads
from shapes.report import Report

# Codes of accepted submissions that changed nothing, or created their target.
UNCHANGED: Final = "unchanged"
CREATED: Final = "created"
_MAX_ATTEMPTS: Final = 3
_MAX_NUMBER: Final = 2**63 - 1


@dataclass(frozen=True)
class Decision:
    """The decision on a submission or on a request to retract one.

    ``version`` is the current version right after it. A refusal has the validation report, or a ``problem`` in one
    sentence; ``code`` is a stable name of the reason.
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
        """Whether the submission was accepted without a new version, because it changes nothing."""
        return self.accepted and self.code == UNCHANGED


@dataclass(frozen=True)
class Contribution(LedgerEntry):
    """A submission with its data and reports; ``unapplied`` is the report that keeps it out of the current release."""

    data: bytes
    report: Report | None
    unapplied: Report | None


class Contributions:
    """The contributions to the graph in ``home``.

    The graph stays in memory between decisions, so a process that decides often needs only one object. Methods raise
    ``ReleaseError`` when nothing has been built, and ``LedgerError`` when the ledger cannot be used.
    """

    def __init__(self, home: Path, limits: ContributionLimits | None = None) -> None:
        self._home: Final = home
        self._ledger: Final = Ledger(home)
        self._limits: Final = SubmissionLimits(
            limits or from_environment(ContributionLimits), from_environment(QueryLimits)
        )
        self._workspace: Final = Workspace(home, self._ledger)

    def prepare(self) -> None:
        """Load the graph and validate it, so that the first decision is as fast as later ones."""
        with self._ledger.locked():
            self._workspace.checkout().validated.report()

    def submit(self, submission: Submission) -> Decision:
        """Record a submission, decide it, and return the decision once it is on disk.

        Earlier submissions whose decision was interrupted are decided first; one that fails is refused.
        """
        number = self.record(submission)
        for undecided in self.undecided(number):
            with failures.refused(functools.partial(self.refuse, undecided)):
                self.decide(undecided, again=undecided != number)
        return self.decision(number)

    def record(self, submission: Submission) -> int:
        """Record a submission on disk before any decision, and return its number.

        Raises ``LedgerError`` for a ledger that is damaged.
        """
        release.named(self._home)
        return self._ledger.record_submission(to_record(submission, utc_now()))

    def undecided(self, until: int) -> list[int]:
        """Return the numbers of the undecided submissions up to and including ``until``, in order."""
        return self._ledger.undecided(until)

    def decide(self, number: int, *, again: bool = False) -> None:
        """Decide one submission unless it is decided; every submission with a lower number must be decided.

        ``again`` counts an attempt after an interrupted one; the third such attempt refuses the submission.
        """
        with self._ledger.locked():
            if self._entry(number).accepted is None:
                self._decide(number, again=again)

    def refuse(self, number: int, code: str, problem: str, seconds: float) -> None:
        """Refuse a submission whose decision was stopped, unless it is decided; wait up to ``seconds`` for the lock."""
        with self._ledger.locked(seconds):
            if self._entry(number).accepted is None:
                head = self._ledger.head()
                version = head.id if head else release.named(self._home).version
                self._ledger.record_decision(
                    number, DecisionRecord(utc_now(), False, code, problem, None, version), None
                )

    def retract(self, number: int, retracted_by: str) -> Decision:
        """Remove an accepted contribution from the graph in a new version; its ledger entry stays.

        Refused, with the report, when other contributions depend on it. Raises ``UnknownContributionError`` when there
        is no contribution of this number.
        """
        with self._ledger.locked():
            record = self._entry(number)
            copy = self._workspace.checkout()
            if not record.accepted:
                return _refused(record, copy, "not-accepted", f"contribution {number} was not accepted")
            if record.retracted:
                return _refused(record, copy, "already-retracted", f"contribution {number} is already retracted")
            return self._retract(record, retracted_by)

    def decision(self, number: int) -> Decision:
        """Return the decision on a contribution; before it, ``accepted`` is false and there is no report."""
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
        """Return a contribution with its data and reports; raise ``UnknownContributionError`` for an unknown number."""
        entry, record = self._entry(number), self._submission(number)
        report, unapplied = self._ledger.report(number), self._ledger.unapplied().get(number)
        return Contribution(
            **vars(entry),
            data=record.data,
            report=report_from_json(report) if report else None,
            unapplied=report_from_json(unapplied) if unapplied else None,
        )

    def entries(
        self, submitter: str | None = None, accepted: bool | None = None, after: int = 0, limit: int = 100
    ) -> list[LedgerEntry]:
        """Return at most ``limit`` ledger entries with numbers above ``after``, in order."""
        return self._ledger.entries(submitter, accepted, after, limit)

    @property
    def unapplied(self) -> dict[int, Report]:
        """The accepted contributions that do not conform to the current release, each with its report."""
        return {number: report_from_json(report) for number, report in self._ledger.unapplied().items()}

    @property
    def version(self) -> str:
        """The current version: that of the current release or of the last contribution on top of it."""
        current = release.named(self._home).version
        head = self._ledger.head()
        if head is None:
            return current
        if head.release == current:
            return head.id
        with self._ledger.locked():
            return self._workspace.checkout().version

    def versions(self) -> list[Version]:
        """Return every version that can be rebuilt, oldest first."""
        return list_versions(self._home, self._ledger)

    def resolve_version(self, prefix: str) -> str:
        """Return the only version that begins with ``prefix``; raise ``UnknownVersionError`` for none or several."""
        return resolve_version(self._home, self._ledger, prefix)

    def nquads(self, version: str | None = None) -> bytes:
        """Return the sorted N-Quads of a version, by default of the current one."""
        return version_nquads(self._home, self._ledger, version or self.version)

    def quads(self, version: str | None = None) -> list[Quad]:
        """Return the quads of a version, by default of the current one."""
        return parse_nquads(self.nquads(version))

    def _entry(self, number: int) -> LedgerEntry:
        # SQLite raises an error for larger numbers.
        record = self._ledger.entry(number) if number <= _MAX_NUMBER else None
        if record is None:
            raise UnknownContributionError(number)
        return record

    def _submission(self, number: int) -> SubmissionRecord:
        record = self._ledger.submission(number)
        if record is None:
            raise UnknownContributionError(number)
        return record

    def _decide(self, number: int, *, again: bool) -> None:
        record, copy = self._submission(number), self._workspace.take()
        made: tuple[VersionRecord, Report] | None = None
        try:
            if again:
                self._check_attempts(number)
            submission = from_record(record)
            change = evaluate_change(number, record.received, submission, copy.dataset, self._ledger, self._limits)
            if submission.operation == "contribution":
                copy.check_file(change.delta)
            if change.delta:
                made = self._workspace.accept(copy, number, change.delta, change.owners)
        except RefusedError as refusal:
            report = refusal.report if isinstance(refusal, NotConformingError) else None
            report_json = report_to_json(report) if report else None
            decision = DecisionRecord(utc_now(), False, refusal.code, refusal.problem, report_json, copy.version)
            self._ledger.record_decision(number, decision, None)
            if refusal.unusable_dataset:
                return
        else:
            copy = self._accept(number, copy, change, made)
        self._workspace.put_back(copy)

    def _accept(
        self, number: int, copy: WorkingCopy, change: Change, made: tuple[VersionRecord, Report] | None
    ) -> WorkingCopy:
        if made is None:
            decision = DecisionRecord(utc_now(), True, UNCHANGED, "it changes nothing", None, copy.version)
            self._ledger.record_decision(number, decision, None)
            return copy
        version, report = made
        code = CREATED if change.creates_target else None
        decision = DecisionRecord(utc_now(), True, code, None, report_to_json(report), version.id)
        self._ledger.record_decision(number, decision, version, change.owners)
        return copy.at_version(version.id)

    def _check_attempts(self, number: int) -> None:
        if self._ledger.record_attempt(number, utc_now()) >= _MAX_ATTEMPTS:
            raise RefusedError(
                "interrupted", "the decision was interrupted repeatedly; submit the data in smaller parts"
            )

    def _retract(self, record: LedgerEntry, retracted_by: str) -> Decision:
        number, copy = record.number, self._workspace.checkout()
        applied = self._ledger.latest_version_of(number)
        if applied is None or number in self._ledger.unapplied():
            self._ledger.record_retraction(number, retracted_by, utc_now(), copy.version, None)
            return Decision(number, True, affected_graph(record), copy.version, None, None)
        inverse = submitted_delta(applied).inverse
        later = self._changed_since(number, inverse)
        if later is not None:
            problem = f"contribution {later} later changed the same triples; retract it first"
            return _refused(record, copy, "changed-since", problem)
        self._workspace.take()
        version = self._workspace.advance(copy, "retraction", number, inverse)
        report = copy.validated.report()
        if not report.conforms:
            problem = f"later contributions depend on contribution {number}; retract those first"
            return Decision(number, False, affected_graph(record), applied.parent or "", report, problem, "needed")
        self._ledger.record_retraction(number, retracted_by, utc_now(), version.id, version)
        self._workspace.put_back(copy.at_version(version.id))
        return Decision(number, True, affected_graph(record), version.id, None, None)

    def _changed_since(self, number: int, inverse: Delta) -> int | None:
        """Return the first later submission that is not retracted and changed one of the same quads."""
        quads = set(normalize_literals((*inverse.added, *inverse.removed)))
        unapplied = self._ledger.unapplied()
        for later in self._ledger.standing_submissions(after=number):
            applied = self._ledger.latest_version_of(later) if later not in unapplied else None
            delta = submitted_delta(applied) if applied else Delta()
            if not quads.isdisjoint(normalize_literals((*delta.added, *delta.removed))):
                return later
        return None


def _refused(record: LedgerEntry, copy: WorkingCopy, code: str, problem: str) -> Decision:
    return Decision(record.number, False, None, copy.version, None, problem, code)
