"""How far ten instruments deal with 23 kinds of conduct, from ``coverage.csv``, for ``graph/coverage``."""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad

from loaders.curated import law_sources
from loaders.curated.citations import provisions
from loaders.curated.concepts import concept
from loaders.curated.law import instruments
from loaders.curated.texts import prose
from loaders.tables import Row, rows
from ontology import iris
from ontology.terms import OPSC, RDF, SSSOM

TABLES = ("coverage.csv",)

COLUMNS = ("conduct", "instrument", "coverage", "provisions", "gist", "sources")


def load(folder: Path) -> Iterator[Quad]:
    """Yield the assessments of ``coverage.csv`` in ``folder``; raises ``InputError`` for a cell that cannot be used."""
    return quads(rows(folder / TABLES[0], COLUMNS), instruments.short_titles(folder), law_sources.known(folder))


def quads(table: Iterable[Row], titles: Collection[str], sources: Collection[str]) -> Iterator[Quad]:
    """Yield an assessment for each conduct and instrument; the same two in a second row raise ``InputError``."""
    graph = iris.graph("coverage")
    seen = set()
    for row in table:
        assessment = iris.thing("assessment", row["conduct"], row["instrument"])
        if assessment in seen:
            raise row.error("conduct", f"has a row for {row['instrument']} already; merge the two")
        seen.add(assessment)
        for predicate, value in _properties(row, titles):
            yield Quad(assessment, predicate, value, graph)
        for predicate, source in law_sources.links(row, "sources", sources):
            yield Quad(assessment, predicate, source, graph)


def _properties(row: Row, titles: Collection[str]) -> Iterator[tuple[NamedNode, NamedNode | Literal]]:
    cited = provisions(row, "provisions")
    yield RDF.type, OPSC.Assessment
    yield OPSC.comparedConduct, concept(row, "conduct", "compared-conduct")
    yield OPSC.instrument, instruments.instrument(row, "instrument", row["instrument"], titles)
    yield OPSC.coverage, concept(row, "coverage", "coverage")
    yield OPSC.gist, prose(row, "gist")
    for provision in cited:
        yield OPSC.concernsProvision, provision
    if row["coverage"] == "not-covered" and not cited:
        yield OPSC.match, SSSOM.NoTermFound
