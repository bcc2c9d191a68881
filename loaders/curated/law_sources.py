"""The sources of the tables on law, from ``sources_law.csv``, and links from resources to their sources."""

from collections.abc import Collection, Iterator
from pathlib import Path

from pyoxigraph import NamedNode, Quad

from loaders.curated import sources
from loaders.curated.cells import cell_values
from loaders.tables import Row, rows
from ontology import iris
from ontology.terms import DCTERMS

TABLES = ("sources_law.csv",)


def load_law_sources(folder: Path) -> Iterator[Quad]:
    """Yield the sources of ``sources_law.csv`` in ``folder``, for ``graph/sources``."""
    return sources.quads(rows(folder / TABLES[0], sources.COLUMNS))


def source_ids(folder: Path) -> frozenset[str]:
    """Return the ids of all sources in ``folder``, including those of ``sources.csv``."""
    return frozenset(row["id"] for table in (*sources.TABLES, *TABLES) for row in rows(folder / table, sources.COLUMNS))


def source_ids_by_address(folder: Path) -> dict[str, str]:
    """Return the id of each source of ``sources_law.csv`` by its URL."""
    return {row["url"]: row["id"] for row in rows(folder / TABLES[0], sources.COLUMNS) if row["url"]}


def links(row: Row, column: str, known_ids: Collection[str]) -> Iterator[tuple[NamedNode, NamedNode]]:
    """Yield ``dcterms:source`` and the source for each id in the cell; an unknown id raises ``InputError``."""
    for source_id in cell_values(row, column):
        if source_id not in known_ids:
            raise row.error(column, f"unknown source '{source_id}'; add it to sources_law.csv")
        yield DCTERMS.source, iris.source(source_id)
