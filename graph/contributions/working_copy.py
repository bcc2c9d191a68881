"""The current version of the graph in memory, on which submissions are decided."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, parse

from graph.contributions.submission import agreement_graph, is_agreement_graph
from graph.rules import agreement
from graph.sparql.dataset import create_store, load_nquads
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
    """The graph in memory at one version, with its validation; the default graph is the merge of the named graphs."""

    version: str
    release: str
    dataset: Store
    validated: ValidatedGraph

    def at_version(self, version: str) -> "WorkingCopy":
        """Return this working copy under the name of ``version``."""
        return replace(self, version=version)

    def apply(self, delta: Delta) -> None:
        """Apply ``delta`` to the graph in memory."""
        apply_delta(self.dataset, delta)
        self.validated.changed((*delta.added, *delta.removed))

    def validate(self, delta: Delta) -> Report:
        """Return the report on the graph as it would be with ``delta``, which is not applied."""
        return self.validated.validate_change(delta.added, quads_leaving_merge(self.dataset, delta))


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
            merged = create_store(parse_nquads(version_nquads(self._home, self._ledger, head.id)))
            self._copy = WorkingCopy(head.id, head.release, merged, ValidatedGraph(merged))
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
        """Apply ``delta``, compare the claims in the changed graphs anew, and return the record of the new version."""
        copy.apply(delta)
        agreement = self._agreement_delta(copy.dataset, delta, owners)
        copy.apply(agreement)
        total = Delta((*delta.added, *agreement.added), (*delta.removed, *agreement.removed))
        removed = self._with_recorded_literals(copy.version, total.removed)
        return version_record(copy.version, copy.release, kind, number, total.added, removed)

    def _agreement_delta(self, dataset: Store, delta: Delta, owners: Iterable[GraphOwner]) -> Delta:
        """Return the change to the statements on the agreement of claims in the graphs that a delta changed.

        There is one graph of them for all graphs that one submission created.
        """
        new_owners = {owner.graph: owner for owner in owners}
        changed = [graph.value for graph in delta.graphs]
        changed_owners = {
            name: owner for name, owner in (self._ledger.owners(changed) | new_owners).items() if name in changed
        }
        delta_of_claims = Delta()
        for number in sorted({owner.number for owner in changed_owners.values()}):
            names = {
                *self._ledger.graphs_first_filled_by(number),
                *(owner.graph for owner in new_owners.values() if owner.number == number),
            }
            target = agreement_graph(number)
            claiming = [graph for graph in map(NamedNode, sorted(names)) if _has_claims(dataset, graph)]
            comparisons = dict.fromkeys(
                quad for graph in claiming for quad in agreement.compare_claims(dataset, graph, target)
            )
            removed = [quad for quad in quads_of_graph(dataset, target) if quad not in comparisons]
            delta_of_claims = delta_of_claims.compose(
                Delta(tuple(quad for quad in comparisons if quad not in dataset), tuple(removed))
            )
        return delta_of_claims

    def _with_recorded_literals(self, version: str, quads: Iterable[Quad]) -> list[Quad]:
        """Return quads with literals in the lexical form of the ledger, such as ``007`` for the engine's ``7``.

        Quads from the ledger itself, in a replay or retraction, have that form already.
        """
        removed = list(quads)
        if not any(isinstance(quad.object, Literal) and quad.object.datatype != XSD.string for quad in removed):
            return removed
        originals: dict[Quad, list[Quad]] = {}
        ends = tuple({f" {quad.graph_name} ." for quad in removed})
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
            report = copy.validate(delta)
            if not report.conforms:
                unapplied.append((number, report_to_json(report)))
                continue
            replayed.append(self.advance(copy, "replay", number, delta))
            copy = copy.at_version(replayed[-1].id)
        self._ledger.record_rebase(release_record(base, parent), replayed, unapplied)
        return copy


def _has_claims(dataset: Store, graph: NamedNode) -> bool:
    return next(dataset.quads_for_pattern(None, RDF.type, OPSC.Claim, graph), None) is not None


def submitted_delta(version: VersionRecord) -> Delta:
    """Return the delta of a version without statements on the agreement of claims."""
    return Delta(
        *(
            tuple(quad for quad in parse_nquads(quads) if not is_agreement_graph(quad.graph_name))
            for quads in (version.added, version.removed)
        )
    )


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
