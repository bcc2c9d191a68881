"""Claims of documents about the Protocol and its guidelines, except participation, from ``document_claims.csv``.

Each claim is one statement of one source, in the graph of that source (``graph/source/{source}``).
"""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from pyoxigraph import NamedNode, Quad

from loaders.curated import law_sources
from loaders.curated.cells import integer, partial_date, required_text
from loaders.curated.citations import cited_provisions
from loaders.curated.claims import Claim
from loaders.curated.concepts import concept, concepts
from loaders.tables import Row, rows
from ontology import iris
from ontology.terms import OPSC

TABLES = ("document_claims.csv",)

COLUMNS = ("source", "n", "kind", "about", "gist", "provisions", "conducts", "theme", "figure", "value")


def load_document_claims(folder: Path) -> Iterator[Quad]:
    """Yield the claims of the table in ``folder``; raises ``InputError`` for a cell that cannot be used."""
    return quads(rows(folder / TABLES[0], COLUMNS), law_sources.source_ids(folder))


def quads(table: Iterable[Row], sources: Collection[str]) -> Iterator[Quad]:
    """Yield each claim as ``id/claim/{source}/{n}``; a repeated number of a source raises ``InputError``."""
    seen = set()
    for row in table:
        claim = _claim(row, sources)
        if claim.iri in seen:
            raise row.error("n", f"is the number of two claims of {row['source']}; give each claim its own number")
        seen.add(claim.iri)
        yield from claim.quads()
        graph = iris.graph(f"source/{claim.source}")
        for conduct in concepts(row, "conducts", "compared-conduct"):
            yield Quad(claim.iri, OPSC.concernsConduct, conduct, graph)
        for theme in concepts(row, "theme", "theme"):
            yield Quad(claim.iri, OPSC.theme, theme, graph)


def _claim(row: Row, sources: Collection[str]) -> Claim:
    concept(row, "kind", "claim-kind")
    concepts(row, "figure", "figure")
    if not row["source"] or len(list(law_sources.links(row, "source", sources))) != 1:
        raise row.error("source", "does not name exactly one source; a claim has exactly one source")
    return Claim(
        source=row["source"],
        path=(row["n"],),
        about=_thing(row),
        kind=row["kind"],
        figure=row["figure"],
        value=partial_date(row, "value") if row["kind"] == "date" else integer(row, "value"),
        gist=required_text(row, "gist").value,
        provisions=tuple(cited_provisions(row, "provisions")),
    )


def _thing(row: Row) -> NamedNode:
    if not row["about"].startswith(("eli/", "id/", "scheme/")):
        raise row.error("about", "is not an IRI path of the graph; write a path such as eli/opsc")
    return NamedNode(f"{iris.BASE}{row['about']}")
