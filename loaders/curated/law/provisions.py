"""Provisions and their references, from ``provisions.csv`` and ``cross_references.csv``, for ``graph/provisions``."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from loaders.curated import law_sources
from loaders.curated.cells import boolean, english_literal, integer, required_text
from loaders.curated.citations import provision
from loaders.curated.concepts import concepts
from loaders.curated.descriptions import PredicateObject, describe
from loaders.curated.law import instruments
from loaders.tables import Row, rows
from ontology import iris
from ontology.terms import ELI, OPSC, RDF, SKOS, XSD

TABLES = ("provisions.csv", "cross_references.csv")

COLUMNS = ("instrument", "provision", "ordinal", "all_parts_listed", "theme", "gist", "source")
REFERENCE_COLUMNS = ("provision", "nature", "target_instrument", "target_provision", "target_body", "note", "source")

_SUBDIVISIONS: Final = {
    "recital": "recital",
    "art": "article",
    "par": "paragraph",
    "pnt": "point",
    "sub": "sub-point",
    "itm": "item",
    "sec": "section",
    "subsec": "subsection",
}
_NAMED_BY_THEMSELVES: Final = ("recital", "section", "paragraph")
_NATURES: Final = {
    "explicit": ELI.cites,
    "implicit": OPSC.refersTo,
    "internal": OPSC.refersTo,
    "body": OPSC.refersTo,
    "generic": None,
}


def load_provisions(folder: Path) -> Iterator[Quad]:
    """Yield the provisions and cross-references of ``folder``; raises ``InputError`` for a cell that cannot be used."""
    titles = instruments.short_titles(folder)
    sources = law_sources.source_ids(folder)
    graph = iris.graph("provisions")
    for row, subject in nodes(rows(folder / TABLES[0], COLUMNS), titles):
        yield from describe(subject, structure(row, titles), graph)
        yield from describe(subject, law_sources.links(row, "source", sources), graph)
    for row in rows(folder / TABLES[1], REFERENCE_COLUMNS):
        subject = provision(row, "provision", "opsc", row["provision"])
        yield from describe(subject, cross_reference(row, titles), graph)
        yield from describe(subject, law_sources.links(row, "source", sources), graph)
    yield from parts(rows(folder / TABLES[0], COLUMNS), "provisions")


def nodes(table: Iterable[Row], known: Collection[str]) -> Iterator[tuple[Row, NamedNode]]:
    """Yield each row with the IRI of its provision.

    Raises ``InputError`` for an instrument that is not ``known``, a repeated provision, or one whose parent has no row.
    """
    table = list(table)
    subjects = [provision(row, "provision", row["instrument"], row["provision"]) for row in table]
    units = set(subjects)
    seen: set[NamedNode] = set()
    for row, subject in zip(table, subjects, strict=True):
        whole = instruments.instrument(row, "instrument", row["instrument"], known)
        above = parent(subject)
        if subject in seen:
            raise row.error("provision", "has a row already; merge the two")
        if above != whole and above not in units:
            raise row.error("provision", f"the parent {above.value} has no row; add one")
        seen.add(subject)
        yield row, subject


def parent(subject: NamedNode) -> NamedNode:
    """Return the IRI of the provision or instrument that ``subject`` is a direct part of."""
    return NamedNode(subject.value.rpartition("/")[0])


def structure(row: Row, titles: Mapping[str, str]) -> Iterator[PredicateObject]:
    """Yield types, parent, number, label, themes and gist of the provision in ``row``."""
    key, reference = row["instrument"], row["provision"]
    subject = iris.provision(key, reference)
    yield RDF.type, OPSC.Provision
    yield RDF.type, ELI.LegalResourceSubdivision
    yield OPSC.provisionOf, iris.instrument(key)
    yield ELI.is_part_of, parent(subject)
    yield ELI.number, Literal(reference)
    yield OPSC.subdivisionType, _subdivision_type(reference)
    yield SKOS.prefLabel, english_literal(label(row, titles))
    yield OPSC.gist, required_text(row, "gist")
    if (ordinal := integer(row, "ordinal")) is not None:
        yield OPSC.ordinal, ordinal
    if boolean(row, "all_parts_listed"):
        yield OPSC.allPartsListed, Literal("true", datatype=XSD.boolean)
    for theme in concepts(row, "theme", "theme"):
        yield OPSC.theme, theme


def parts(table: Iterable[Row], graph: str) -> Iterator[Quad]:
    """Yield ``eli:has_part`` from each instrument and provision to its direct parts."""
    for row in table:
        subject = iris.provision(row["instrument"], row["provision"])
        yield Quad(parent(subject), ELI.has_part, subject, iris.graph(graph))


def label(row: Row, titles: Mapping[str, str]) -> str:
    """Return the label of the provision, ``OPSC article 3(1)(a)`` or ``OPSC recital 6``, then its subject if any."""
    reference = row["provision"]
    named = reference if reference.startswith(_NAMED_BY_THEMSELVES) else f"article {reference}"
    heading = f": {row['subject']}" if row.get("subject") else ""
    return f"{titles[row['instrument']]} {named}{heading}"


def _subdivision_type(reference: str) -> NamedNode:
    segment = iris.provision_path(reference)[-1].partition("_")[0]
    return iris.concept("subdivision", _SUBDIVISIONS[segment])


def cross_reference(row: Row, titles: Mapping[str, str]) -> Iterator[PredicateObject]:
    """Yield a reference of a provision of the OPSC.

    ``eli:cites`` is an explicit reference to another instrument, ``opsc:refersTo`` an implicit or internal one, or one
    to a body; a generic reference gives only a note.
    """
    nature = row["nature"]
    if nature not in _NATURES:
        raise row.error("nature", f"is not a nature of reference; use one of {', '.join(_NATURES)}")
    predicate = _NATURES[nature]
    if predicate is not None:
        yield predicate, _target(row, titles)
    if row["note"]:
        name = f"{titles.get(row['target_instrument'], '')} {row['target_provision']}".strip()
        reference = f"Reference to {name}:" if name else "Reference to"
        yield OPSC.note, english_literal(f"{reference} {row['note']}.")
    elif predicate is None:
        raise row.error("note", "is empty; say what the provision refers to in general terms")


def _target(row: Row, known: Collection[str]) -> NamedNode:
    if row["target_body"]:
        return iris.thing("body", row["target_body"])
    key = row["target_instrument"]
    whole = instruments.instrument(row, "target_instrument", key, known)
    reference = row["target_provision"]
    return provision(row, "target_provision", key, reference) if reference else whole
