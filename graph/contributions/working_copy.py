"""The current version of the graph in memory, on which submissions are decided: the release and what stands on it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, parse

from graph.contributions.submission import agreement_graph, is_agreement_graph
from graph.rules import agreement
from graph.sparql import dataset as store
from graph.versions import release
from graph.versions.delta import (
    Delta,
    apply_delta,
    normalize_literals,
    quads_leaving_merge,
    quads_of_graph,
    reduce_delta,
)
from graph.versions.ledger import Ledger
from graph.versions.ledger_records import GraphOwner, VersionRecord
from graph.versions.report_json import report_to_json
from graph.versions.version import release_record, version_nquads, version_record
from ontology.terms import OPSC, RDF, XSD
from shapes.report import Report
from shapes.validation import ValidatedGraph


@dataclass(frozen=True)
class WorkingCopy:
    """The graph in memory at one version, with the report on it; its default graph is the merge of its named graphs."""

    version: str
    release: str
    dataset: Store
    known: ValidatedGraph

    def at_version(self, version: str) -> "WorkingCopy":
        """Return the same graph in memory as the one that ``version`` names."""
        return replace(self, version=version)

    def apply(self, delta: Delta) -> None:
        """Make the changes of ``delta`` in the graph in memory."""
        apply_delta(self.dataset, delta)
        self.known.changed((*delta.added, *delta.removed))

    def validate(self, delta: Delta) -> Report:
        """Return the report on the graph with a delta that is not applied yet."""
        return self.known.validate_change(delta.added, quads_leaving_merge(self.dataset, delta))


class Workspace:
    """Keeps the newest version of the graph in ``home`` in memory. To be used inside the ledger's lock."""

    def __init__(self, home: Path, ledger: Ledger) -> None:
        self._home: Final = home
        self._ledger: Final = ledger
        self._state: WorkingCopy | None = None

    def checkout(self) -> WorkingCopy:
        """Return the newest version; what was let in is put on the current release when that is new."""
        base, head = release.current(self._home), self._ledger.head()
        if head is None or head.release != base.version:
            self._state = None
            self._state = self._rebase(base, head.id if head else None)
        elif self._state is None or self._state.version != head.id:
            self._state = None
            merged = store.store_of(parse_nquads(version_nquads(self._home, self._ledger, head.id)))
            self._state = WorkingCopy(head.id, head.release, merged, ValidatedGraph(merged))
        return self._state

    def take(self) -> WorkingCopy:
        """Return the newest version, and forget it until it is kept again.

        It may run ahead of the ledger: whatever fails, the next decision starts from what is on disk.
        """
        state = self.checkout()
        self._state = None
        return state

    def put_back(self, state: WorkingCopy) -> None:
        """Keep a version that is on disk."""
        self._state = state

    def advance(
        self, state: WorkingCopy, kind: str, number: int, delta: Delta, held: Iterable[GraphOwner] = ()
    ) -> VersionRecord:
        """Apply ``delta`` to the graph in memory, mark anew how claims agree, and return the version that it makes."""
        state.apply(delta)
        marks = self._agreement_delta(state.dataset, delta, held)
        state.apply(marks)
        total = Delta((*delta.added, *marks.added), (*delta.removed, *marks.removed))
        removed = self._with_recorded_literals(state.version, total.removed)
        return version_record(state.version, state.release, kind, number, total.added, removed)

    def _agreement_delta(self, dataset: Store, delta: Delta, held: Iterable[GraphOwner]) -> Delta:
        """Return the change of the marks on the claims in the graphs that a delta touched.

        They stand in one graph for all graphs that one submission was the first to fill.
        """
        new = {holding.graph: holding for holding in held}
        touched = [graph.value for graph in delta.graphs]
        found = {name: one for name, one in (self._ledger.owners(touched) | new).items() if name in touched}
        marks = Delta()
        for number in sorted({holding.number for holding in found.values()}):
            names = {
                *self._ledger.graphs_first_filled_by(number),
                *(one.graph for one in new.values() if one.number == number),
            }
            target = agreement_graph(number)
            claiming = [graph for graph in map(NamedNode, sorted(names)) if _has_claims(dataset, graph)]
            wanted = dict.fromkeys(
                quad for graph in claiming for quad in agreement.compare_claims(dataset, graph, target)
            )
            gone = [quad for quad in quads_of_graph(dataset, target) if quad not in wanted]
            marks = marks.compose(Delta(tuple(quad for quad in wanted if quad not in dataset), tuple(gone)))
        return marks

    def _with_recorded_literals(self, version: str, quads: Iterable[Quad]) -> list[Quad]:
        """Return quads with their literals as the ledger has them, such as ``007`` for the engine's ``7``.

        Those that come out of the ledger, in a replay or retraction, have that form already.
        """
        gone = list(quads)
        if not any(isinstance(quad.object, Literal) and quad.object.datatype != XSD.string for quad in gone):
            return gone
        forms: dict[Quad, list[Quad]] = {}
        ends = tuple({f" {quad.graph_name} ." for quad in gone})
        written = parse_nquads(_lines(self._ledger.lineage(version)[1:], ends))
        for kept, quad in zip(normalize_literals(written), written, strict=True):
            forms.setdefault(kept, []).append(quad)
        return [form for quad in gone for form in forms.get(quad, [quad])]

    def _rebase(self, base: release.Release, parent: str | None) -> WorkingCopy:
        dataset = store.load(base.quads_file)
        state = WorkingCopy(base.version, base.version, dataset, ValidatedGraph(dataset))
        replayed: list[VersionRecord] = []
        unapplied: list[tuple[int, str]] = []
        for number in self._ledger.standing_submissions():
            # Not what a replay made of it: what one release left nothing to do for may be needed on the next.
            made = self._ledger.acceptance_of(number)
            if made is None:
                continue
            delta = reduce_delta(state.dataset, submitted_delta(made))
            report = state.validate(delta)
            if not report.conforms:
                unapplied.append((number, report_to_json(report)))
                continue
            replayed.append(self.advance(state, "replay", number, delta))
            state = state.at_version(replayed[-1].id)
        self._ledger.record_rebase(release_record(base, parent), replayed, unapplied)
        return state


def _has_claims(dataset: Store, graph: NamedNode) -> bool:
    return next(dataset.quads_for_pattern(None, RDF.type, OPSC.Claim, graph), None) is not None


def submitted_delta(made: VersionRecord) -> Delta:
    """Return what a version changed, without the marks on claims."""
    return Delta(
        *(
            tuple(quad for quad in parse_nquads(quads) if not is_agreement_graph(quad.graph_name))
            for quads in (made.added, made.removed)
        )
    )


def parse_nquads(nquads: bytes) -> list[Quad]:
    """Return the quads in N-Quads."""
    return list(parse(nquads, RdfFormat.N_QUADS))


def _lines(steps: Iterable[VersionRecord], ends: tuple[str, ...]) -> bytes:
    """Return the lines that stand after some steps, of those that end in one of ``ends``."""
    lines: set[bytes] = set()
    endings = tuple(f"{end}\n".encode() for end in ends)
    for step in steps:
        lines.difference_update(step.removed.splitlines(keepends=True))
        lines.update(line for line in step.added.splitlines(keepends=True) if line.endswith(endings))
    return b"".join(lines)
