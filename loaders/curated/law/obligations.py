"""Obligations of articles 1 and 3 to 12 of the Protocol, from ``obligations.csv``, for ``graph/obligations``."""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from pyoxigraph import Quad

from loaders.curated import law_sources
from loaders.curated.cells import english_literal, required_text
from loaders.curated.citations import provision
from loaders.curated.concepts import concept, concepts
from loaders.curated.descriptions import PredicateObject, describe
from loaders.tables import Row, rows
from ontology import iris
from ontology.terms import OPSC, RDF, SKOS

TABLES = ("obligations.csv",)

COLUMNS = ("key", "provision", "bearer", "modality", "theme", "label", "gist", "condition", "sources")


def load_obligations(folder: Path) -> Iterator[Quad]:
    """Yield the obligations of the table in ``folder``; raises ``InputError`` for a cell that cannot be used."""
    return quads(rows(folder / TABLES[0], COLUMNS), law_sources.source_ids(folder))


def quads(table: Iterable[Row], sources: Collection[str]) -> Iterator[Quad]:
    """Yield each obligation with bearer, modality, theme, provision and condition."""
    graph = iris.graph("obligations")
    for row in table:
        obligation = iris.thing("obligation", "opsc", row["key"])
        yield from describe(obligation, _properties(row), graph)
        yield from describe(obligation, law_sources.links(row, "sources", sources), graph)


def _properties(row: Row) -> Iterator[PredicateObject]:
    yield RDF.type, OPSC.Obligation
    yield SKOS.prefLabel, required_text(row, "label")
    yield OPSC.gist, required_text(row, "gist")
    yield OPSC.statedIn, provision(row, "provision", "opsc", row["provision"])
    yield OPSC.bearer, concept(row, "bearer", "bearer")
    yield OPSC.modality, concept(row, "modality", "modality")
    for theme in concepts(row, "theme", "theme"):
        yield OPSC.theme, theme
    if row["condition"]:
        yield OPSC.condition, english_literal(row["condition"])
