"""What is served: the current release and the contributions on top of it."""

from pathlib import Path

from pyoxigraph import RdfFormat, Store, parse

from graph.contributions.contributions import Contributions
from graph.sparql import dataset


def load_current_graph(home: Path, default_graph: dataset.DefaultGraph = "merged") -> Store:
    """Return the current version of the graph in ``home``; ``default_graph`` as in ``graph.sparql.dataset.store_of``.

    Raises ``ReleaseError`` when nothing has been built, and ``LedgerError`` when the ledger cannot be read.
    """
    return load_version(home, None, default_graph)


def load_version(home: Path, version: str | None, default_graph: dataset.DefaultGraph = "merged") -> Store:
    """Return the graph at ``version``, by default the current one.

    Raises ``UnknownVersionError`` for a version that never was.
    """
    nquads = Contributions(home).nquads(version)
    return dataset.store_of(parse(nquads, RdfFormat.N_QUADS), default_graph)
