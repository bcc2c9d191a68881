"""The sources of the tables on participation, from ``sources.csv``; :func:`quads` reads ``sources_law.csv`` as well."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from pyoxigraph import Literal, Quad

from loaders.curated.cells import english_literal, partial_date, web_page
from loaders.tables import Row, rows
from ontology import iris
from ontology.terms import DCTERMS, FOAF, OPSC, PROV, RDF

TABLES = ("sources.csv",)

COLUMNS = ("id", "title", "url", "kind", "as_of")


def load_sources(folder: Path) -> Iterator[Quad]:
    """Yield the sources of ``sources.csv`` in ``folder``, for ``graph/sources``."""
    return quads(rows(folder / TABLES[0], COLUMNS))


def quads(table: Iterable[Row]) -> Iterator[Quad]:
    """Yield each source with title, kind, URL, date of its information and precision of its deposit dates."""
    graph = iris.graph("sources")
    for row in table:
        source = iris.source(row["id"])
        yield Quad(source, RDF.type, OPSC.Source, graph)
        yield Quad(source, RDF.type, PROV.Entity, graph)
        yield Quad(source, DCTERMS.identifier, Literal(row["id"]), graph)
        yield Quad(source, DCTERMS.title, english_literal(row["title"]), graph)
        yield Quad(source, OPSC.sourceKind, iris.concept("source-kind", row["kind"]), graph)
        if (address := web_page(row, "url")) is not None:
            yield Quad(source, FOAF.page, address, graph)
        if (as_of := partial_date(row, "as_of")) is not None:
            yield Quad(source, OPSC.sourceAsOf, as_of, graph)
        if value_given := row.get("value_given"):
            yield Quad(source, OPSC.valueGiven, iris.concept("source-value", value_given), graph)


def values_given(folder: Path) -> dict[str, str]:
    """Return the value of a deposit in each source: ``day``, ``year``, ``entry-into-force``, ``listing`` or none.

    Raises ``InputError`` for a repeated id.
    """
    known: dict[str, str] = {}
    for row in rows(folder / TABLES[0], (*COLUMNS, "value_given")):
        if row["id"] in known:
            raise row.error("id", "is already the id of another source; give each source an id of its own")
        known[row["id"]] = row["value_given"]
    return known
