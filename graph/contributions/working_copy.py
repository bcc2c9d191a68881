"""The current version of the graph in memory, on which submissions are decided."""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, Quad, RdfFormat, Store, parse

from graph.contributions.contradiction import NotConformingError, contradiction
from graph.effects.brackets import other_day, replaced_ranges
from graph.effects.effects import Effects
from graph.effects.graphs import is_derived_graph
from graph.effects.origins import Origins
from graph.effects.withdrawn import Withdrawn, is_of_a_release
from graph.sparql.dataset import create_store, load_nquads
from graph.versions import release
from graph.versions.delta import (
    Delta,
    apply_delta,
    normalize_literals,
    quads_leaving_merge,
    reduce_delta,
)
from graph.versions.ledger import Ledger
from graph.versions.ledger_records import GraphOwner, VersionRecord
from graph.versions.report_json import report_to_json
from graph.versions.version import release_record, version_nquads, version_record
from ontology.rdf import AnyTerm
from ontology.terms import XSD
from shapes.report import Report
from shapes.validation import ValidatedGraph


@dataclass(frozen=True)
class WorkingCopy:
    """The graph in memory at one version, with its validation; the default graph is the merge of the named graphs."""

    version: str
    release: str
    dataset: Store
    validated: ValidatedGraph
    withdrawn: Withdrawn = field(default_factory=Withdrawn)

    def at_version(self, version: str) -> "WorkingCopy":
        """Return this working copy under the name of ``version``."""
        return replace(self, version=version)

    def apply(self, delta: Delta) -> None:
        """Apply ``delta`` to the graph in memory."""
        if not delta:
            return
        apply_delta(self.dataset, delta)
        self.withdrawn.apply(delta)
        self.validated.changed((*delta.added, *delta.removed))

    def validate(self, delta: Delta) -> Report:
        """Return the report on the graph as it would be with ``delta``, which is not applied.

        A range of dates of the release leaves the graph when ``delta`` states a day within it.
        """
        return self.validated.validate_change(*self._change(delta))

    def judge(self, delta: Delta) -> Report:
        """Return the part of :meth:`validate` that the core shapes do not give."""
        return self.validated.judge_change(*self._change(delta))

    def check_file(self, delta: Delta) -> None:
        """Raise ``NotConformingError`` for a file of which no shape looks at anything."""
        report = self.validated.report_if_unseen(delta.added)
        if not report.conforms:
            raise NotConformingError(None, report)

    def _change(self, delta: Delta) -> tuple[tuple[Quad, ...], list[Quad], Container[AnyTerm]]:
        """Return the quads that a delta adds and takes from the merge, and the actions whose ranges it closes."""
        replaced = replaced_ranges(self.dataset, self.withdrawn, delta)
        delta = Delta(delta.added, (*delta.removed, *(quad for quads in replaced.values() for quad in quads)))
        return delta.added, quads_leaving_merge(self.dataset, delta), replaced


class Workspace:
    """Holds the working copy of the newest version in ``home``. Call its methods under the lock of the ledger."""

    def __init__(self, home: Path, ledger: Ledger) -> None:
        self._home: Final = home
        self._ledger: Final = ledger
        self._copy: WorkingCopy | None = None

    def checkout(self) -> WorkingCopy:
        """Return the newest version; accepted submissions are replayed on the current release when it is new."""
        base, head = release.named(self._home), self._ledger.head()
        if head is None or head.release != base.version:
            release.verify(base)
            self._copy = None
            self._copy = self._rebase(base, head.id if head else None)
        elif self._copy is None or self._copy.version != head.id:
            release.verify(base)
            self._copy = None
            nquads = version_nquads(self._home, self._ledger, head.id)
            left = set(base.quads_file.read_bytes().splitlines(keepends=True)).difference(
                nquads.splitlines(keepends=True)
            )
            merged = create_store(parse_nquads(nquads))
            withdrawn = Withdrawn(parse_nquads(b"".join(left)))
            self._copy = WorkingCopy(head.id, head.release, merged, ValidatedGraph(merged), withdrawn)
        return self._copy

    def take(self) -> WorkingCopy:
        """Return the newest version, and discard it here until :meth:`put_back`.

        A decision may change it before the ledger records the result; after a failure the next one loads from disk.
        """
        copy = self.checkout()
        self._copy = None
        return copy

    def put_back(self, copy: WorkingCopy) -> None:
        """Hold a working copy whose version is on disk."""
        self._copy = copy

    def advance(
        self, copy: WorkingCopy, kind: str, number: int, delta: Delta, owners: Iterable[GraphOwner] = ()
    ) -> VersionRecord:
        """Apply ``delta`` and what follows from it by the rules, and return the record of the new version."""
        copy.apply(delta)
        origins = Origins(self._ledger, owners)
        effects = Effects(copy.dataset, copy.withdrawn, origins, copy.apply).follow(delta)
        total = delta.compose(effects)
        removed = self._with_recorded_literals(copy.version, total.removed)
        return version_record(copy.version, copy.release, kind, number, total.added, removed)

    def accept(
        self,
        copy: WorkingCopy,
        number: int,
        delta: Delta,
        owners: Iterable[GraphOwner] = (),
        kind: str = "contribution",
    ) -> tuple[VersionRecord, Report]:
        """Do as :meth:`advance` for a submission that conforms with what follows from it; return the report as well.

        Otherwise raises ``NotConformingError`` with the report, and the working copy is as before.
        """
        # The core shapes are evaluated once, over the graph with all that follows; only a refusal needs more.
        strict, contradicted = copy.judge(delta), None
        if strict.conforms:
            version = self.advance(copy, kind, number, delta, owners)
            report = Report.merged([copy.validated.report_about(delta.added, delta.removed), strict])
            if report.conforms:
                return version, report
            contradicted = contradiction(copy.dataset, report)
            copy.apply(Delta(tuple(parse_nquads(version.removed)), tuple(parse_nquads(version.added))))
        report = copy.validate(delta)
        if contradicted is None or not report.conforms:
            raise NotConformingError(other_day(copy.dataset, copy.withdrawn, delta), report)
        raise contradicted

    def _with_recorded_literals(self, version: str, quads: Iterable[Quad]) -> list[Quad]:
        """Return quads with literals in the lexical form of the ledger, such as ``007`` for the engine's ``7``.

        Quads from the ledger itself, in a replay or retraction, have that form already.
        """
        removed = list(quads)
        typed = [
            quad
            for quad in removed
            if isinstance(quad.object, Literal) and quad.object.datatype != XSD.string and not _is_effect(quad)
        ]
        if not typed:
            return removed
        originals: dict[Quad, list[Quad]] = {}
        ends = tuple({f" {quad.graph_name} ." for quad in typed})
        recorded = parse_nquads(_lines(self._ledger.lineage(version)[1:], ends))
        for stored, quad in zip(normalize_literals(recorded), recorded, strict=True):
            originals.setdefault(stored, []).append(quad)
        return [original for quad in removed for original in originals.get(quad, [quad])]

    def _rebase(self, base: release.Release, parent: str | None) -> WorkingCopy:
        dataset = load_nquads(base.quads_file)
        copy = WorkingCopy(base.version, base.version, dataset, ValidatedGraph(dataset))
        replayed: list[VersionRecord] = []
        unapplied: list[tuple[int, str]] = []
        for number in self._ledger.standing_submissions():
            # The original delta, not a replayed one: an addition that one release made redundant may be needed later.
            accepted = self._ledger.acceptance_of(number)
            if accepted is None:
                continue
            delta = reduce_delta(copy.dataset, submitted_delta(accepted))
            try:
                version, _ = self.accept(copy, number, delta, kind="replay")
            except NotConformingError as refusal:
                unapplied.append((number, report_to_json(refusal.report)))
                continue
            replayed.append(version)
            copy = copy.at_version(version.id)
        self._ledger.record_rebase(release_record(base, parent), replayed, unapplied)
        return copy


def submitted_delta(version: VersionRecord) -> Delta:
    """Return the delta of a version without what followed from it by the rules."""
    return Delta(
        *(
            tuple(quad for quad in parse_nquads(quads) if not _is_effect(quad))
            for quads in (version.added, version.removed)
        )
    )


def _is_effect(quad: Quad) -> bool:
    """Tell whether a change of a quad follows from others: contributors do not write to the graphs of a release."""
    return is_derived_graph(quad.graph_name) or is_of_a_release(quad.graph_name)


def parse_nquads(nquads: bytes) -> list[Quad]:
    """Parse N-Quads."""
    return list(parse(nquads, RdfFormat.N_QUADS))


def _lines(versions: Iterable[VersionRecord], ends: tuple[str, ...]) -> bytes:
    """Return the added lines that remain after some versions and end in one of ``ends``."""
    lines: set[bytes] = set()
    endings = tuple(f"{end}\n".encode() for end in ends)
    for version in versions:
        lines.difference_update(version.removed.splitlines(keepends=True))
        lines.update(line for line in version.added.splitlines(keepends=True) if line.endswith(endings))
    return b"".join(lines)
