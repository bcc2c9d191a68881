"""The current version of the graph, or an earlier one, loaded into a store."""

from collections.abc import Sequence
from pathlib import Path

from pyoxigraph import Quad, RdfFormat, Store, parse

from graph.contributions.contributions import Contributions
from graph.sparql.dataset import DefaultGraphMode, apply_change, create_store
from graph.sparql.engine import QueryEngine
from graph.versions.ledger import Ledger
from graph.versions.ledger_records import VersionRecord
from graph.versions.version import verify_change


def load_current_graph(home: Path, default_graph: DefaultGraphMode = "merged") -> Store:
    """Load the current version of the graph in ``home``; ``default_graph`` as in ``graph.sparql.dataset.create_store``.

    Raises ``ReleaseError`` when nothing has been built, and ``LedgerError`` when the ledger cannot be read.
    """
    return load_version(home, None, default_graph)


def load_version(home: Path, version: str | None, default_graph: DefaultGraphMode = "merged") -> Store:
    """Load the graph at ``version``, by default the current one.

    Raises ``UnknownVersionError`` for an unknown version.
    """
    nquads = Contributions(home).nquads(version)
    return create_store(parse(nquads, RdfFormat.N_QUADS), default_graph)


def changes_between(home: Path, before: str, after: str) -> list[VersionRecord] | None:
    """Return the changes that lead from a version to a later one on the same release, or ``None`` if none do.

    Raises ``LedgerError`` when the ledger cannot be read.
    """
    ledger = Ledger(home)
    changes = ledger.changes_between(before, after)
    for change in changes or ():
        verify_change(ledger, change)
    return changes


def apply_changes(
    engine: QueryEngine, changes: Sequence[VersionRecord], default_graph: DefaultGraphMode = "merged"
) -> None:
    """Make ``changes``, the oldest first, in the graph of an engine: the result is as loaded by :func:`load_version`.

    ``default_graph`` is the one with which the graph was loaded.
    """
    for change in changes:
        removed, added = _parse(change.removed), _parse(change.added)
        apply_change(engine.store, removed, added, default_graph)
        engine.update_copies((*removed, *added))


def _parse(nquads: bytes) -> list[Quad]:
    return list(parse(nquads, RdfFormat.N_QUADS))
