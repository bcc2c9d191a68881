"""Coverage of 23 kinds of conduct by ten instruments, from ``coverage.csv``, for ``graph/coverage``."""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from pyoxigraph import Quad

from loaders.curated import law_sources
from loaders.curated.cells import required_text
from loaders.curated.citations import cited_provisions
from loaders.curated.concepts import concept
from loaders.curated.descriptions import PredicateObject, describe
from loaders.curated.law import instruments
from loaders.tables import Row, rows
from ontology import iris
from ontology.terms import OPSC, RDF, SSSOM

TABLES = ("coverage.csv",)

COLUMNS = ("conduct", "instrument", "coverage", "provisions", "gist", "sources")


def load_coverage(folder: Path) -> Iterator[Quad]:
    """Yield the assessments of ``coverage.csv`` in ``folder``; raises ``InputError`` for a cell that cannot be used."""
    return quads(rows(folder / TABLES[0], COLUMNS), instruments.short_titles(folder), law_sources.source_ids(folder))


def quads(table: Iterable[Row], titles: Collection[str], sources: Collection[str]) -> Iterator[Quad]:
    """Yield an assessment for each conduct and instrument; a repeated pair raises ``InputError``."""
    graph = iris.graph("coverage")
    seen = set()
    for row in table:
        assessment = iris.thing("assessment", row["conduct"], row["instrument"])
        if assessment in seen:
            raise row.error("conduct", f"already has a row for {row['instrument']}; merge the two rows")
        seen.add(assessment)
        yield from describe(assessment, _properties(row, titles), graph)
        yield from describe(assessment, law_sources.links(row, "sources", sources), graph)


def _properties(row: Row, titles: Collection[str]) -> Iterator[PredicateObject]:
    cited = cited_provisions(row, "provisions")
    yield RDF.type, OPSC.Assessment
    yield OPSC.comparedConduct, concept(row, "conduct", "compared-conduct")
    yield OPSC.instrument, instruments.instrument(row, "instrument", row["instrument"], titles)
    yield OPSC.coverage, concept(row, "coverage", "coverage")
    yield OPSC.gist, required_text(row, "gist")
    for provision in cited:
        yield OPSC.concernsProvision, provision
    if row["coverage"] == "not-covered" and not cited:
        yield OPSC.match, SSSOM.NoTermFound
