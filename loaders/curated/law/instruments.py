"""Instruments, their identifiers and the six language versions of the Protocol.

Reads ``instruments.csv`` and ``identifiers.csv``, for ``graph/instruments``; identifiers of bodies go to
``graph/bodies``.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from loaders.curated import law_sources
from loaders.curated.cells import boolean, cell_values, english_literal, full_date, required_text, web_page
from loaders.curated.descriptions import PredicateObject, describe
from loaders.tables import Row, rows
from ontology import iris
from ontology.terms import DCTERMS, ELI, FOAF, OPSC, RDF, SKOS, UNDO, XSD

TABLES = ("instruments.csv", "identifiers.csv")

COLUMNS = (
    *("key", "title", "short_title", "kind", "adopted", "opened", "place", "in_force", "depositary"),
    *("un_symbol", "registration", "supplements", "guides", "replaces", "all_parts_listed", "gist", "page", "sources"),
)
IDENTIFIER_COLUMNS = ("thing", "scheme", "identifier", "note", "source")

LANGUAGES: Final = {"ar": "ARA", "en": "ENG", "es": "SPA", "fr": "FRA", "ru": "RUS", "zh": "ZHO"}

_KINDS: Final = {
    "convention": (OPSC.Convention, OPSC.Treaty),
    "protocol": (OPSC.Protocol, OPSC.Treaty),
    "treaty": (OPSC.Treaty,),
    "legal-act": (OPSC.LegalAct,),
    "resolution": (OPSC.Resolution,),
    "soft-law": (OPSC.SoftLaw,),
}
_UN_KINDS: Final = {"convention": UNDO.Convention, "protocol": UNDO.Protocol}
_UN_DEPOSITARY: Final = "un-secretary-general"
_RELATIONS: Final = {"supplements": OPSC.supplements, "guides": OPSC.guides, "replaces": DCTERMS.replaces}
_DATES: Final = {"adopted": OPSC.dateAdopted, "opened": OPSC.dateOpened, "in_force": OPSC.dateInForce}
_TEXTS: Final = {"place": OPSC.placeOfAdoption, "un_symbol": OPSC.unSymbol, "registration": OPSC.registration}
_IDENTIFIERS: Final = {"MTDSG number": OPSC.mtdsgNumber, "UN document symbol": OPSC.unSymbol}
_ADDRESSES: Final = {"page": (FOAF.page, ""), "Wikidata": (OPSC.wikidata, "http://www.wikidata.org/entity/")}
_EU_LANGUAGES: Final = "http://publications.europa.eu/resource/authority/language/"


def load_instruments(folder: Path) -> Iterator[Quad]:
    """Yield the instruments and identifiers of ``folder``; raises ``InputError`` for a cell that cannot be used."""
    sources = law_sources.source_ids(folder)
    table = rows(folder / TABLES[0], COLUMNS)
    yield from quads(table, sources)
    yield from language_versions()
    yield from identifiers(rows(folder / TABLES[1], IDENTIFIER_COLUMNS), sources)


def short_titles(folder: Path) -> dict[str, str]:
    """Return the short title of each instrument of ``folder`` by its key."""
    return {row["key"]: row["short_title"] for row in rows(folder / TABLES[0], COLUMNS)}


def instrument(row: Row, column: str, key: str, known: Collection[str]) -> NamedNode:
    """Return the IRI of the instrument ``key``; a key that is not in ``known`` raises ``InputError``."""
    if key not in known:
        raise row.error(column, f"'{key}' is not the key of an instrument; add it to instruments.csv or correct it")
    return iris.instrument(key)


def quads(table: Iterable[Row], sources: Collection[str]) -> Iterator[Quad]:
    """Yield each instrument with its types, titles, dates, depositary and relations to other instruments."""
    graph = iris.graph("instruments")
    table = list(table)
    keys = {row["key"]: row["short_title"] for row in table}
    for row in table:
        subject = iris.instrument(row["key"])
        yield from describe(subject, _properties(row, keys, sources), graph)


def _properties(row: Row, keys: Mapping[str, str], sources: Collection[str]) -> Iterator[PredicateObject]:
    for kind in _types(row):
        yield RDF.type, kind
    yield DCTERMS.title, required_text(row, "title")
    yield OPSC.shortTitle, required_text(row, "short_title")
    yield SKOS.prefLabel, required_text(row, "short_title")
    for column, predicate in _DATES.items():
        if (value := full_date(row, column)) is not None:
            yield predicate, value
    for column, predicate in _TEXTS.items():
        if row[column]:
            yield predicate, Literal(row[column])
    for column, predicate in _RELATIONS.items():
        for key in cell_values(row, column):
            yield predicate, instrument(row, column, key, keys)
    yield from _particulars(row)
    yield from law_sources.links(row, "sources", sources)


def _particulars(row: Row) -> Iterator[PredicateObject]:
    if row["depositary"]:
        yield OPSC.depositary, iris.thing("body", row["depositary"])
    if boolean(row, "all_parts_listed"):
        yield OPSC.allPartsListed, Literal("true", datatype=XSD.boolean)
    if row["gist"]:
        yield OPSC.gist, english_literal(row["gist"])
    if (address := web_page(row, "page")) is not None:
        yield FOAF.page, address


def _types(row: Row) -> list[NamedNode]:
    kind = row["kind"]
    if kind not in _KINDS:
        raise row.error("kind", f"is not a kind of instrument; use one of {', '.join(_KINDS)}")
    types = [*_KINDS[kind], OPSC.Instrument, ELI.LegalResource]
    if row["depositary"] == _UN_DEPOSITARY and kind in _UN_KINDS:
        types.append(_UN_KINDS[kind])
    return types


def language_version(key: str, language: str) -> NamedNode:
    """Return the IRI of the version of an instrument in a language: ``eli/opsc/fr``."""
    return NamedNode(f"{iris.instrument(key).value}/{language}")


def language_versions() -> Iterator[Quad]:
    """Yield the six language versions of the Protocol, authentic under article 17(1), without their texts."""
    graph, protocol = iris.graph("instruments"), iris.instrument("opsc")
    for language, code in LANGUAGES.items():
        version = language_version("opsc", language)
        yield Quad(version, RDF.type, OPSC.LanguageVersion, graph)
        yield Quad(version, RDF.type, ELI.LegalExpression, graph)
        yield Quad(version, ELI.realizes, protocol, graph)
        yield Quad(protocol, ELI.is_realized_by, version, graph)
        yield Quad(version, ELI.language, NamedNode(f"{_EU_LANGUAGES}{code}"), graph)
        yield Quad(version, OPSC.authenticUnder, iris.provision("opsc", "17(1)"), graph)


def identifiers(table: Iterable[Row], sources: Collection[str]) -> Iterator[Quad]:
    """Yield identifiers: literals that begin with the name of the scheme; Wikidata items and pages as IRIs."""
    for row in table:
        subject = NamedNode(f"{iris.BASE}{row['thing']}")
        graph = iris.graph("bodies" if row["thing"].startswith("id/body/") else "instruments")
        yield from describe(subject, _identifier(row), graph)
        yield from describe(subject, law_sources.links(row, "source", sources), graph)


def _identifier(row: Row) -> Iterator[PredicateObject]:
    scheme, identifier = row["scheme"], row["identifier"]
    if not identifier:
        raise row.error("identifier", "is empty; give the identifier or remove the row")
    if scheme in _ADDRESSES:
        predicate, prefix = _ADDRESSES[scheme]
        yield predicate, NamedNode(f"{prefix}{identifier}")
    else:
        if scheme in _IDENTIFIERS:
            yield _IDENTIFIERS[scheme], Literal(identifier)
        yield DCTERMS.identifier, Literal(f"{scheme} {identifier}")
    if row["note"]:
        yield OPSC.note, english_literal(f"{scheme} {identifier}: {row['note']}")
