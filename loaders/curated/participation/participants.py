"""States, organisations and territories, from ``participants.csv``, and their IRIs by name.

English names are those of the United Nations; names in the other five languages come from CLDR through Babel, except
where CLDR names another entity (the Vatican City for the Holy See): then the table has the names.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel import Locale
from pyoxigraph import Literal, NamedNode, Quad

from loaders.curated.cells import cell_values, english_literal
from loaders.curated.descriptions import PredicateObject, describe
from loaders.tables import Row, rows
from ontology import iris
from ontology.terms import DCTERMS, OPSC, RDF, SKOS

TABLES = ("participants.csv",)

COLUMNS = (
    "key",
    "class",
    "name",
    "iso2",
    "m49",
    "un_region",
    "un_status",
    "territory_of",
    "also_known_as",
    "names",
    "sources",
)
LANGUAGES = ("ar", "es", "fr", "ru", "zh")

_UNMS = "http://metadata.un.org/UNMS/"
_EU_COUNTRIES = "http://publications.europa.eu/resource/authority/country/"
_EU_CODES = {"EUU": "EUR"}
_SEGMENTS = {
    "State": "state",
    "RegionalOrganization": "state",
    "FormerState": "state",
    "InternationalOrganization": "participant",
    "Territory": "territory",
}


def load_participants(folder: Path) -> Iterator[Quad]:
    """Yield the participants of ``participants.csv`` in ``folder``, for ``graph/participants``."""
    return quads(rows(folder / TABLES[0], COLUMNS))


def iris_by_key(folder: Path) -> dict[str, NamedNode]:
    """Return the IRI of every participant and territory by its key, which is the ISO 3166-1 alpha-3 code of a State."""
    return {row["key"]: iri(row) for row in rows(folder / TABLES[0], COLUMNS)}


def iris_by_name(folder: Path) -> dict[str, NamedNode]:
    """Return the IRI of every participant and territory by each of its names, formed by :func:`name_key`.

    Raises ``InputError`` when two of them share a name.
    """
    known: dict[str, NamedNode] = {}
    for row in rows(folder / TABLES[0], COLUMNS):
        for name in (row["name"], *cell_values(row, "also_known_as")):
            holder = known.setdefault(name_key(name), iri(row))
            if holder != iri(row):
                raise row.error("name", f"the name '{name}' already belongs to {holder.value}; rename one of the two")
    return known


def name_key(name: str) -> str:
    """Return the key for comparing names: NFC, straight apostrophes, single spaces, case folded."""
    return " ".join(unicodedata.normalize("NFC", name).replace("\u2019", "'").split()).casefold()


def iri(row: Row) -> NamedNode:
    """Return the IRI of the participant or territory that ``row`` describes."""
    segment = _SEGMENTS.get(row["class"])
    if segment is None:
        raise row.error("class", f"is not a class of participant; use one of {', '.join(_SEGMENTS)}")
    return iris.thing(segment, row["key"])


def quads(table: Iterable[Row]) -> Iterator[Quad]:
    """Yield each participant and territory with names, codes, UN region and status, and external matches."""
    graph = iris.graph("participants")
    for row in table:
        subject = iri(row)
        yield from describe(subject, _properties(row), graph)


def _properties(row: Row) -> Iterator[PredicateObject]:
    yield RDF.type, OPSC[row["class"]]
    if row["class"] == "Territory":
        yield OPSC.territoryOf, iris.state(row["territory_of"])
    else:
        yield RDF.type, OPSC.Participant
        yield OPSC.officialName, english_literal(row["name"])
    yield from _names(row)
    yield from _codes(row)
    for source_id in cell_values(row, "sources"):
        yield DCTERMS.source, iris.source(source_id)


def _names(row: Row) -> Iterator[PredicateObject]:
    yield SKOS.prefLabel, english_literal(row["name"])
    for other in cell_values(row, "also_known_as"):
        yield SKOS.altLabel, english_literal(other)
    given = dict(part.split("=", 1) for part in cell_values(row, "names"))
    for language, name in sorted(given.items()):
        yield SKOS.prefLabel, Literal(name, language=language)
    if row["iso2"] and not given and row["class"] != "FormerState":
        yield from _cldr_names(row)


def _cldr_names(row: Row) -> Iterator[PredicateObject]:
    yield DCTERMS.source, iris.source("cldr")
    for language in LANGUAGES:
        name = Locale.parse(language).territories.get(row["iso2"])
        if name is None:
            raise row.error("iso2", "is not a code that CLDR names; correct it or leave it out")
        yield SKOS.prefLabel, Literal(name, language=language)


def _codes(row: Row) -> Iterator[PredicateObject]:
    if _SEGMENTS[row["class"]] == "state":
        yield OPSC.iso3, Literal(row["key"])
    if row["iso2"]:
        yield OPSC.iso2, Literal(row["iso2"])
    if row["m49"]:
        yield OPSC.m49, Literal(row["m49"])
    if row["un_region"]:
        yield OPSC.unRegion, iris.concept("region", row["un_region"])
    if row["un_status"]:
        yield OPSC.unStatus, iris.concept("un-status", row["un_status"])
    if row["un_status"] == "member":
        yield SKOS.exactMatch, NamedNode(_UNMS + row["m49"])
    if row["class"] in ("State", "RegionalOrganization"):
        yield SKOS.exactMatch, NamedNode(_EU_COUNTRIES + _EU_CODES.get(row["key"], row["key"]))
