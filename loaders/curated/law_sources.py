"""The sources of the tables on law, from ``sources_law.csv``, and links from what those tables say to their sources."""

from collections.abc import Collection, Iterator
from pathlib import Path

from pyoxigraph import NamedNode, Quad

from loaders.curated import sources
from loaders.curated.cells import items
from loaders.tables import Row, rows
from ontology import iris
from ontology.terms import DCTERMS

TABLES = ("sources_law.csv",)


def load(folder: Path) -> Iterator[Quad]:
    """Yield the sources of ``sources_law.csv`` in ``folder``, for ``graph/sources``."""
    return sources.quads(rows(folder / TABLES[0], sources.COLUMNS))


def known(folder: Path) -> frozenset[str]:
    """Return the ids of all sources of ``folder``, those of ``sources.csv`` included."""
    return frozenset(row["id"] for table in (*sources.TABLES, *TABLES) for row in rows(folder / table, sources.COLUMNS))


def by_address(folder: Path) -> dict[str, str]:
    """Return the id of each source of ``sources_law.csv`` by its address."""
    return {row["url"]: row["id"] for row in rows(folder / TABLES[0], sources.COLUMNS) if row["url"]}


def links(row: Row, column: str, known_ids: Collection[str]) -> Iterator[tuple[NamedNode, NamedNode]]:
    """Yield ``dcterms:source`` and the source for each id in the cell; an id of no source raises ``InputError``."""
    for source_id in items(row, column):
        if source_id not in known_ids:
            raise row.error(column, f"the source '{source_id}' is in no table of sources; add it to sources_law.csv")
        yield DCTERMS.source, iris.source(source_id)
