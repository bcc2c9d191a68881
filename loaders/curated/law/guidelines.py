"""Guidelines on the Protocol by section and paragraph, from ``guidelines.csv``, for ``graph/guidelines``.

A gist summarises the text that the source shows, and says so where the source shows only the heading.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from pyoxigraph import NamedNode, Quad

from loaders.curated import law_sources
from loaders.curated.concepts import concepts
from loaders.curated.descriptions import PredicateObject, describe
from loaders.curated.law import instruments, provisions
from loaders.tables import Row, rows
from ontology import iris
from ontology.terms import OPSC

TABLES = ("guidelines.csv",)

COLUMNS = ("instrument", "provision", "ordinal", "all_parts_listed", "subject", "theme", "gist", "addresses", "sources")


def load_guidelines(folder: Path) -> Iterator[Quad]:
    """Yield the sections and paragraphs of ``folder``; raises ``InputError`` for a cell that cannot be used."""
    table = rows(folder / TABLES[0], COLUMNS)
    titles = instruments.short_titles(folder)
    sources = law_sources.source_ids(folder)
    for row, subject in provisions.nodes(table, titles):
        properties: Iterable[PredicateObject] = (
            *provisions.structure(row, titles),
            *_addressed(row),
            *law_sources.links(row, "sources", sources),
        )
        yield from describe(subject, properties, iris.graph("guidelines"))
    yield from provisions.parts(table, "guidelines")


def _addressed(row: Row) -> Iterator[tuple[NamedNode, NamedNode]]:
    for subject in concepts(row, "addresses", "compared-conduct"):
        yield OPSC.concernsConduct, subject
