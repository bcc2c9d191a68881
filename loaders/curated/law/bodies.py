"""Bodies and the parts that they play, from ``bodies.csv`` and ``body_roles.csv``, for ``graph/bodies``."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad

from loaders.curated import law_sources
from loaders.curated.cells import items, temporal
from loaders.curated.citations import provisions
from loaders.curated.concepts import concept
from loaders.curated.law import instruments
from loaders.curated.texts import prose
from loaders.tables import Row, rows
from ontology import iris
from ontology.terms import DCTERMS, OPSC, ORG, RDF, SKOS

TABLES = ("bodies.csv", "body_roles.csv")

COLUMNS = ("key", "name", "part_of")
ROLE_COLUMNS = ("key", "body", "role", "in_respect_of", "since", "provisions", "gist", "sources")

Property = tuple[NamedNode, NamedNode | Literal]


def load(folder: Path) -> Iterator[Quad]:
    """Yield the bodies and roles of ``folder``; raises ``InputError`` for a cell that cannot be used."""
    table = rows(folder / TABLES[0], COLUMNS)
    names = {row["key"]: row["name"] for row in table}
    graph = iris.graph("bodies")
    for row in table:
        for predicate, value in _body(row, names):
            yield Quad(iris.thing("body", row["key"]), predicate, value, graph)
    titles = instruments.short_titles(folder)
    yield from roles(rows(folder / TABLES[1], ROLE_COLUMNS), names, titles, law_sources.known(folder))


def roles(
    table: Iterable[Row], names: Mapping[str, str], titles: Collection[str], sources: Collection[str]
) -> Iterator[Quad]:
    """Yield each role: who plays which part for which instruments; ``names`` and ``titles`` have the keys of both."""
    graph = iris.graph("bodies")
    for row in table:
        subject = iris.thing("role", row["body"], row["key"])
        for predicate, value in _role(row, names, titles):
            yield Quad(subject, predicate, value, graph)
        for predicate, source in law_sources.links(row, "sources", sources):
            yield Quad(subject, predicate, source, graph)


def _body(row: Row, names: Collection[str]) -> Iterator[Property]:
    yield RDF.type, OPSC.Body
    yield RDF.type, ORG.Organization
    yield SKOS.prefLabel, prose(row, "name")
    for key in items(row, "part_of"):
        yield DCTERMS.isPartOf, _known_body(row, "part_of", key, names)


def _role(row: Row, names: Collection[str], titles: Collection[str]) -> Iterator[Property]:
    yield RDF.type, OPSC.BodyRole
    yield OPSC.body, _known_body(row, "body", row["body"], names)
    yield OPSC.role, concept(row, "role", "role")
    yield OPSC.gist, prose(row, "gist")
    for key in items(row, "in_respect_of"):
        yield OPSC.inRespectOf, instruments.instrument(row, "in_respect_of", key, titles)
    for provision in provisions(row, "provisions"):
        yield OPSC.underProvision, provision
    if (since := temporal(row, "since")) is not None:
        yield OPSC.since, since


def _known_body(row: Row, column: str, key: str, names: Collection[str]) -> NamedNode:
    if key not in names:
        raise row.error(column, f"'{key}' is the key of no body; add it to bodies.csv or correct it")
    return iris.thing("body", key)
