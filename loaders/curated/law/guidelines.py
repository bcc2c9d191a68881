"""Guidance on the Protocol by section and paragraph, from ``guidelines.csv``, for ``graph/guidelines``.

Only what a source shows of a section is summarised; where a source gave no more than the heading, the gist says so.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad

from loaders.curated import law_sources
from loaders.curated.concepts import concepts
from loaders.curated.law import instruments, provisions
from loaders.tables import Row, rows
from ontology import iris
from ontology.terms import OPSC

TABLES = ("guidelines.csv",)

COLUMNS = ("instrument", "provision", "ordinal", "all_parts_listed", "subject", "theme", "gist", "addresses", "sources")


def load(folder: Path) -> Iterator[Quad]:
    """Yield the sections and paragraphs of ``folder``; raises ``InputError`` for a cell that cannot be used."""
    table = rows(folder / TABLES[0], COLUMNS)
    titles = instruments.short_titles(folder)
    sources = law_sources.known(folder)
    for row, subject in provisions.nodes(table, titles):
        properties: Iterable[tuple[NamedNode, NamedNode | Literal]] = (
            *provisions.structure(row, titles),
            *_addressed(row),
            *law_sources.links(row, "sources", sources),
        )
        for predicate, value in properties:
            yield Quad(subject, predicate, value, iris.graph("guidelines"))
    yield from provisions.parts(table, "guidelines")


def _addressed(row: Row) -> Iterator[tuple[NamedNode, NamedNode]]:
    for subject in concepts(row, "addresses", "compared-conduct"):
        yield OPSC.concernsConduct, subject
