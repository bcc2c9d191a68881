"""Definitions (article 2) and offences (article 3(1) and (2)) with their elements, for ``graph/offences``."""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, Quad

from loaders.curated import law_sources
from loaders.curated.cells import cell_values, english_literal, required_text
from loaders.curated.citations import cited_provisions_of
from loaders.curated.concepts import concepts
from loaders.curated.descriptions import PredicateObject, describe
from loaders.tables import Row, rows
from ontology import iris
from ontology.terms import OPSC, RDF, SKOS

TABLES = ("definitions.csv", "offences.csv")

DEFINITION_COLUMNS = ("key", "definition", "provision", "act", "object", "counterpart", "purpose", "sources")
COLUMNS = (
    *("key", "label", "gist", "conduct", "object", "purpose", "means", "participation_form"),
    *("established_by", "uses_definition", "carries_further", "accessory_to", "iccs_code", "note", "sources"),
)

_DEFINITION_ELEMENTS: Final = {
    "act": (OPSC.act, "element"),
    "object": (OPSC.object, "element"),
    "counterpart": (OPSC.counterpart, "element"),
    "purpose": (OPSC.purpose, "purpose"),
}
_OFFENCE_ELEMENTS: Final = {
    "conduct": (OPSC.conduct, "conduct"),
    "object": (OPSC.object, "object"),
    "purpose": (OPSC.purpose, "purpose"),
    "means": (OPSC.means, "means"),
    "participation_form": (OPSC.participationForm, "participation-form"),
}


def load_offences(folder: Path) -> Iterator[Quad]:
    """Yield the definitions and offences of ``folder``; raises ``InputError`` for a cell that cannot be used."""
    sources = law_sources.source_ids(folder)
    defined = rows(folder / TABLES[0], DEFINITION_COLUMNS)
    yield from definitions(defined, sources)
    yield from offences(rows(folder / TABLES[1], COLUMNS), {row["key"] for row in defined}, sources)


def definitions(table: Iterable[Row], sources: Collection[str]) -> Iterator[Quad]:
    """Yield each definition with its provision and elements; its labels are in ``labels.csv``."""
    for row in table:
        subject = iris.thing("definition", "opsc", row["key"])
        yield from describe(subject, _definition(row, sources), iris.graph("offences"))


def offences(table: Iterable[Row], defined: Collection[str], sources: Collection[str]) -> Iterator[Quad]:
    """Yield each offence with its elements, the provision that establishes it, and the related CRC provision."""
    table = list(table)
    keys = {row["key"] for row in table}
    for row in table:
        yield from describe(
            iris.thing("offence", "opsc", row["key"]),
            (*_offence(row, sources), *_relations(row, defined, keys)),
            iris.graph("offences"),
        )


def _definition(row: Row, sources: Collection[str]) -> Iterator[PredicateObject]:
    scheme = iris.scheme("opsc-definitions")
    yield RDF.type, OPSC.Definition
    yield RDF.type, SKOS.Concept
    yield SKOS.inScheme, scheme
    yield SKOS.topConceptOf, scheme
    yield SKOS.definition, required_text(row, "definition")
    for provision in cited_provisions_of(row, "provision", "opsc"):
        yield OPSC.definedIn, provision
    for column, (predicate, scheme_name) in _DEFINITION_ELEMENTS.items():
        for element in concepts(row, column, scheme_name):
            yield predicate, element
    yield from law_sources.links(row, "sources", sources)


def _offence(row: Row, sources: Collection[str]) -> Iterator[PredicateObject]:
    yield RDF.type, OPSC.Offence
    yield SKOS.prefLabel, required_text(row, "label")
    yield OPSC.gist, required_text(row, "gist")
    for column, (predicate, scheme) in _OFFENCE_ELEMENTS.items():
        for element in concepts(row, column, scheme):
            yield predicate, element
    if row["iccs_code"]:
        yield OPSC.iccsCode, Literal(row["iccs_code"])
    if row["note"]:
        yield OPSC.note, english_literal(row["note"])
    yield from law_sources.links(row, "sources", sources)


def _relations(row: Row, defined: Collection[str], offence_keys: Collection[str]) -> Iterator[PredicateObject]:
    for provision in cited_provisions_of(row, "established_by", "opsc"):
        yield OPSC.establishedBy, provision
    for provision in cited_provisions_of(row, "carries_further", "crc"):
        yield OPSC.carriesFurther, provision
    for key in _keys(row, "uses_definition", defined):
        yield OPSC.usesDefinition, iris.thing("definition", "opsc", key)
    for key in _keys(row, "accessory_to", offence_keys):
        yield OPSC.accessoryTo, iris.thing("offence", "opsc", key)


def _keys(row: Row, column: str, known: Collection[str]) -> list[str]:
    keys = cell_values(row, column)
    for key in keys:
        if key not in known:
            raise row.error(column, f"unknown key '{key}'; use one of {', '.join(sorted(known))}")
    return keys
