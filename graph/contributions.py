"""Contributions: what others submit, each recorded, validated merged with the graph, and let in or refused.

What is served is the current release and, on top of it, the accepted contributions in their order. Submissions are
decided one after the other, in the order of their numbers, whatever threads and processes they come from.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, Quad, RdfFormat, Store, parse

from graph import disagreement, release, store, submissions, versions
from graph.errors import UnknownContributionError
from graph.ledger import Ledger
from graph.ledger_records import Change, Decided, Received, Record
from graph.settings import ContributionLimits, from_environment
from graph.stored_reports import restored, stored
from graph.submissions import PROVENANCE, RefusedError, Submission
from graph.versions import Version
from shapes import validation
from shapes.report import Report

_MOST_ATTEMPTS: Final = 3


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


@dataclass(frozen=True)
class Entry(Record):
    """Everything that the ledger keeps of one submission; ``unapplied`` says why an accepted one is not served now."""

    data: bytes
    report: Report | None
    unapplied: Report | None


@dataclass(frozen=True)
class _State:
    """The graph in memory at one version; its default graph is the merge of its named graphs."""

    version: str
    release: str
    store: Store


class Contributions:
    """The contributions to the graph in ``home``.

    The graph stays in memory from one decision to the next: keep one object in a process that decides often. Methods
    raise ``ReleaseError`` when nothing has been built, and ``LedgerError`` when the ledger cannot be used.
    """

    def __init__(self, home: Path, limits: ContributionLimits | None = None) -> None:
        self._home: Final = home
        self._ledger: Final = Ledger(home)
        self._limits: Final = limits or from_environment(ContributionLimits)
        self._state: _State | None = None

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
        return self._ledger.record(submissions.received(submission, versions.now()))

    def undecided(self, until: int) -> list[int]:
        """Return the numbers of the undecided submissions up to and including ``until``, in order."""
        return self._ledger.undecided(until)

    def decide(self, number: int, *, again: bool = False) -> None:
        """Decide one submission, unless it is decided; those with lower numbers must be.

        ``again`` says that its decision was begun before and interrupted, which is tried three times.
        """
        with self._ledger.exclusive():
            if self._record(number).accepted is None:
                self._decide(number, again=again)

    def refuse(self, number: int, code: str, problem: str, seconds: float) -> None:
        """Refuse a submission whose decision was stopped, unless it is decided; wait ``seconds`` for the ledger."""
        with self._ledger.exclusive(seconds):
            if self._record(number).accepted is None:
                head = self._ledger.head()
                version = head.id if head else release.current(self._home).version
                self._ledger.decide(number, Decided(versions.now(), False, code, problem, None, version), None)

    def retract(self, number: int, who: str) -> Decision:
        """Take an accepted contribution out of the graph, which makes a new version; the record of it stays.

        Refused, with the report, when what others contributed rests on it. Raises ``UnknownContributionError`` when
        there is no such contribution.
        """
        with self._ledger.exclusive():
            record = self._record(number)
            state = self._settled()
            if not record.accepted:
                return _refused(record, state, "not-accepted", f"contribution {number} was never let in")
            if record.retracted:
                return _refused(record, state, "already-retracted", f"contribution {number} was retracted before")
            return self._retract(record, state, who)

    def decision(self, number: int) -> Decision:
        """Return the decision on a contribution; one that is still undecided is not accepted and has no report."""
        record = self._record(number)
        report = self._ledger.report(number)
        return Decision(
            number,
            bool(record.accepted),
            submissions.graph_of(number) if record.accepted else None,
            record.version or self.version,
            restored(report) if report else None,
            record.problem,
            record.code,
        )

    def entry(self, number: int) -> Entry:
        """Return all that is kept of a contribution; raise ``UnknownContributionError`` when there is no such one."""
        record, received = self._record(number), self._received(number)
        report, unapplied = self._ledger.report(number), self._ledger.unapplied().get(number)
        return Entry(
            **vars(record),
            data=received.data,
            report=restored(report) if report else None,
            unapplied=restored(unapplied) if unapplied else None,
        )

    def entries(
        self, who: str | None = None, accepted: bool | None = None, after: int = 0, limit: int = 100
    ) -> list[Record]:
        """Return the records of the contributions with numbers above ``after``, in order, ``limit`` at most."""
        return self._ledger.records(who, accepted, after, limit)

    @property
    def unapplied(self) -> dict[int, Report]:
        """The accepted contributions that do not conform to the current release, with the reports that say why."""
        return {number: restored(report) for number, report in self._ledger.unapplied().items()}

    @property
    def version(self) -> str:
        """The version that is served: the current release's, or that of the last contribution on top of it."""
        current = release.current(self._home).version
        head = self._ledger.head()
        if head is None:
            return current
        if head.release == current:
            return head.id
        with self._ledger.exclusive():
            return self._settled().version

    def versions(self) -> list[Version]:
        """Return every version that can be rebuilt, oldest first."""
        return versions.listed(self._home, self._ledger)

    def resolved(self, beginning: str) -> str:
        """Return the one version that begins with ``beginning``; raise ``UnknownVersionError`` when it is not one."""
        return versions.resolved(self._home, self._ledger, beginning)

    def nquads(self, version: str | None = None) -> bytes:
        """Return the sorted N-Quads of a version, by default of the current one."""
        return versions.nquads(self._home, self._ledger, version or self.version)

    def quads(self, version: str | None = None) -> list[Quad]:
        """Return the quads of a version, by default of the current one."""
        return _parsed(self.nquads(version))

    def _record(self, number: int) -> Record:
        record = self._ledger.record_of(number)
        if record is None:
            raise UnknownContributionError(number)
        return record

    def _decide(self, number: int, *, again: bool) -> None:
        received, state = self._received(number), self._settled()
        report: Report | None = None
        # The graph in memory may run ahead of the ledger; whatever fails, the next decision starts from the ledger.
        self._state = None
        try:
            if again:
                self._check_attempts(number)
            quads = self._quads(number, received)
            report = validation.validate_contribution(quads, state.store)
            _check_report(report)
        except RefusedError as refusal:
            kept = stored(report) if report else None
            refused = Decided(versions.now(), False, refusal.code, refusal.problem, kept, state.version)
            self._ledger.decide(number, refused, None)
            self._state = state
        else:
            change = _applied(number, "contribution", state, quads)
            self._ledger.decide(number, Decided(versions.now(), True, None, None, stored(report), change.id), change)
            self._state = _State(change.id, state.release, state.store)

    def _received(self, number: int) -> Received:
        received = self._ledger.received(number)
        if received is None:
            raise UnknownContributionError(number)
        return received

    def _check_attempts(self, number: int) -> None:
        if self._ledger.attempt(number, versions.now()) >= _MOST_ATTEMPTS:
            raise RefusedError(
                "interrupted", "the decision was interrupted again and again; submit it in smaller parts"
            )

    def _quads(self, number: int, received: Received) -> list[Quad]:
        """Return the quads of a submission and of its provenance; raise ``RefusedError`` when it cannot be used."""
        submission = submissions.submitted(received)
        stated = submissions.quads(
            number, submission.data, submission.media_type, submission.file_name, self._limits.size
        )
        return [*stated, *submissions.provenance(number, received.received, submission)]

    def _retract(self, record: Record, state: _State, who: str) -> Decision:
        number, graph = record.number, submissions.graph_of(record.number)
        made = self._ledger.change_of(number)
        if made is None or number in self._ledger.unapplied():
            self._ledger.retract(number, who, versions.now(), state.version, None)
            return Decision(number, True, graph, state.version, None, None)
        self._state = None
        quads = _parsed(made.added)
        store.remove(state.store, quads)
        report = validation.validate(state.store)
        if not report.conforms:
            problem = f"what others contributed rests on contribution {number}; retract that first"
            return Decision(number, False, graph, state.version, report, problem, "needed")
        change = versions.change(state.version, state.release, "retraction", number, (), quads)
        self._ledger.retract(number, who, versions.now(), change.id, change)
        self._state = _State(change.id, state.release, state.store)
        return Decision(number, True, graph, change.id, None, None)

    def _settled(self) -> _State:
        """Return the graph at the newest version; contributions are put on the current release when that is new."""
        base, head = release.current(self._home), self._ledger.head()
        if head is None or head.release != base.version:
            self._state = None
            self._state = self._rebased(base, head.id if head else None)
        elif self._state is None or self._state.version != head.id:
            self._state = None
            merged = store.store_of(_parsed(versions.nquads(self._home, self._ledger, head.id)))
            self._state = _State(head.id, head.release, merged)
        return self._state

    def _rebased(self, base: release.Release, parent: str | None) -> _State:
        state = _State(base.version, base.version, store.load(base.quads_file))
        replayed: list[Change] = []
        unapplied: list[tuple[int, str]] = []
        for number in self._ledger.standing():
            made = self._ledger.change_of(number)
            quads = _contributed(number, made.added if made else b"")
            report = validation.validate_contribution(quads, state.store)
            if not report.conforms:
                unapplied.append((number, stored(report)))
                continue
            replayed.append(_applied(number, "replay", state, quads))
            state = _State(replayed[-1].id, base.version, state.store)
        self._ledger.rebase(versions.release_change(base, parent), replayed, unapplied)
        return state


def _applied(number: int, kind: str, state: _State, quads: list[Quad]) -> Change:
    """Add a contribution to the graph in memory, with how its claims agree, and return the version that this makes."""
    store.add(state.store, quads)
    marks = disagreement.marks(state.store, submissions.graph_of(number), submissions.marks_of(number))
    store.add(state.store, marks)
    return versions.change(state.version, state.release, kind, number, [*quads, *marks], ())


def _contributed(number: int, added: bytes) -> list[Quad]:
    graphs = (submissions.graph_of(number), PROVENANCE)
    return [quad for quad in _parsed(added) if quad.graph_name in graphs]


def _parsed(nquads: bytes) -> list[Quad]:
    return list(parse(nquads, RdfFormat.N_QUADS))


def _check_report(report: Report) -> None:
    if not report.conforms:
        raise RefusedError("not-conforming", None)


def _refused(record: Record, state: _State, code: str, problem: str) -> Decision:
    return Decision(record.number, False, None, state.version, None, problem, code)
