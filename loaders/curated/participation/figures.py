"""Published counts and dates of the OPSC, and of its entry into force for States, as claims of their sources.

Reads ``published_figures.csv``, claims about ``eli/opsc``, and ``published_entry_into_force.csv``, claims about
``id/entry-into-force/opsc/{ISO3}``, which the rules derive by article 14(2).
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from pyoxigraph import Quad

from loaders.curated import citations
from loaders.curated.cells import date_range, full_date, integer, partial_date
from loaders.curated.claims import Claim
from loaders.curated.participation.register import Register
from loaders.tables import Row, rows
from ontology import iris

TABLES = ("published_figures.csv", "published_entry_into_force.csv")

FIGURE_COLUMNS = ("source", "as_of", "claim_kind", "figure", "value", "at_least", "provisions", "gist")
ENTRY_COLUMNS = ("participant", "iso3", "date", "sources")


def load_published_figures(folder: Path) -> Iterator[Quad]:
    """Yield the claims of both tables in ``folder``; raises ``InputError`` for an unusable cell."""
    register = Register.read(folder)
    yield from figure_quads(rows(folder / TABLES[0], FIGURE_COLUMNS), register)
    yield from entry_quads(rows(folder / TABLES[1], ENTRY_COLUMNS), register)


def figure_quads(table: Iterable[Row], register: Register) -> Iterator[Quad]:
    """Yield a claim about the OPSC for each row: a whole number, a lower bound or a date."""
    for row in table:
        (source_id,) = register.sources(row, "source")
        yield from Claim(
            source=source_id,
            path=("figure", row["figure"]),
            about=iris.instrument("opsc"),
            kind=row["claim_kind"],
            figure=row["figure"],
            value=partial_date(row, "value") if row["claim_kind"] == "date" else integer(row, "value"),
            at_least=integer(row, "at_least"),
            as_of=date_range(row, "as_of"),
            gist=row["gist"],
            provisions=tuple(citations.cited_provisions_of(row, "provisions", "opsc")),
        ).quads()


def entry_quads(table: Iterable[Row], register: Register) -> Iterator[Quad]:
    """Yield, for each row and source, the first day, inclusive, on which the OPSC was in force for the State."""
    for row in table:
        register.participant(row, "iso3")
        for source_id in register.sources(row, "sources"):
            yield from Claim(
                source=source_id,
                path=("entry-into-force", "opsc", row["iso3"]),
                about=iris.thing("entry-into-force", "opsc", row["iso3"]),
                kind="date",
                figure="entry-into-force",
                value=full_date(row, "date"),
            ).quads()
