"""Obligations of articles 1 and 3 to 12 of the Protocol, from ``obligations.csv``, for ``graph/obligations``."""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad

from loaders.curated import law_sources
from loaders.curated.cells import english
from loaders.curated.citations import provision
from loaders.curated.concepts import concept, concepts
from loaders.curated.texts import prose
from loaders.tables import Row, rows
from ontology import iris
from ontology.terms import OPSC, RDF, SKOS

TABLES = ("obligations.csv",)

COLUMNS = ("key", "provision", "bearer", "modality", "theme", "label", "gist", "condition", "sources")


def load(folder: Path) -> Iterator[Quad]:
    """Yield the obligations of the table in ``folder``; raises ``InputError`` for a cell that cannot be used."""
    return quads(rows(folder / TABLES[0], COLUMNS), law_sources.known(folder))


def quads(table: Iterable[Row], sources: Collection[str]) -> Iterator[Quad]:
    """Yield each obligation: who bears it, how strictly, on which subject, where it is stated, on what it depends."""
    graph = iris.graph("obligations")
    for row in table:
        obligation = iris.thing("obligation", "opsc", row["key"])
        for predicate, value in _properties(row):
            yield Quad(obligation, predicate, value, graph)
        for predicate, source in law_sources.links(row, "sources", sources):
            yield Quad(obligation, predicate, source, graph)


def _properties(row: Row) -> Iterator[tuple[NamedNode, NamedNode | Literal]]:
    yield RDF.type, OPSC.Obligation
    yield SKOS.prefLabel, prose(row, "label")
    yield OPSC.gist, prose(row, "gist")
    yield OPSC.statedIn, provision(row, "provision", "opsc", row["provision"])
    yield OPSC.bearer, concept(row, "bearer", "bearer")
    yield OPSC.modality, concept(row, "modality", "modality")
    for theme in concepts(row, "theme", "theme"):
        yield OPSC.theme, theme
    if row["condition"]:
        yield OPSC.condition, english(row["condition"])
