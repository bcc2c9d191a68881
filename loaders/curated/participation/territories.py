"""Application of the OPSC to territories, from ``territories.csv``.

An application or an exclusion is an action in ``graph/territories``, with a claim for each source. For a territory that
a source does not list, or about which it gives no information, there is only a claim of absence in the graph of that
source.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from pyoxigraph import NamedNode, Quad

from loaders import actions
from loaders.curated.cells import english_literal, full_date
from loaders.curated.claims import Claim
from loaders.curated.descriptions import PredicateObject, describe
from loaders.curated.participation.register import Register
from loaders.tables import Row, rows
from ontology import iris
from ontology.terms import DCTERMS, OPSC, RDF

TABLES = ("territories.csv",)

COLUMNS = ("participant", "iso3", "territory", "territory_key", "kind", "date", "date_of", "sources", "note")

CLASSES = {"application": "TerritorialApplication", "exclusion": "TerritorialExclusion"}
ABSENCES = ("not listed", "unknown")


def load_territories(folder: Path) -> Iterator[Quad]:
    """Yield the facts and claims of ``territories.csv`` in ``folder``; raises ``InputError`` for an unusable cell."""
    return quads(rows(folder / TABLES[0], COLUMNS), Register.read(folder))


def quads(table: Iterable[Row], register: Register) -> Iterator[Quad]:
    """Yield territorial applications and exclusions, and the claims about territories."""
    for row in table:
        if row["kind"] in ABSENCES:
            for source_id in register.sources(row, "sources"):
                yield from _absence(row, source_id, register).quads()
        elif row["kind"] in CLASSES:
            yield from _action(row, register)
        else:
            raise row.error("kind", f"is not a known kind; use one of {', '.join((*CLASSES, *ABSENCES))}")


def _action(row: Row, register: Register) -> Iterator[Quad]:
    path = ("opsc", row["iso3"], actions.kind_segment(CLASSES[row["kind"]]), row["territory_key"])
    action = iris.thing("action", *path)
    graph = iris.graph("territories")
    yield from describe(action, _properties(row, register), graph)
    for source_id in register.sources(row, "sources"):
        yield Quad(action, DCTERMS.source, iris.source(source_id), graph)
        yield from _claim(row, source_id, path, action).quads()


def _properties(row: Row, register: Register) -> Iterator[PredicateObject]:
    made = full_date(row, "date")
    if made is None:
        raise row.error("date", "an application or exclusion needs its day; write it as 2004-05-06")
    for name in actions.with_superclasses(CLASSES[row["kind"]]):
        yield RDF.type, OPSC[name]
    yield OPSC.instrument, iris.instrument("opsc")
    yield OPSC.participant, register.participant(row, "iso3")
    yield OPSC.territory, register.participant(row, "territory_key")
    yield OPSC.dateEarliest, made
    yield OPSC.dateLatest, made
    yield OPSC.datePrecision, iris.concept("date-precision", "day")
    yield OPSC.note, english_literal(row["note"])


def _claim(row: Row, source_id: str, path: tuple[str, ...], action: NamedNode) -> Claim:
    """Return a claim of the date, or of a listing where the date is the entry into force for the State."""
    if row["date_of"] == "State":
        return Claim(source_id, path, action, "listing", gist=row["note"])
    return Claim(source_id, path, action, "date", value=full_date(row, "date"), gist=row["note"])


def _absence(row: Row, source_id: str, register: Register) -> Claim:
    territory = register.participant(row, "territory_key")
    return Claim(source_id, ("territory", "opsc", row["territory_key"]), territory, "absence", gist=row["note"])
