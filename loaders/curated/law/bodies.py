"""Bodies and their roles, from ``bodies.csv`` and ``body_roles.csv``, for ``graph/bodies``."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from pyoxigraph import NamedNode, Quad

from loaders.curated import law_sources
from loaders.curated.cells import cell_values, partial_date, required_text
from loaders.curated.citations import cited_provisions
from loaders.curated.concepts import concept
from loaders.curated.descriptions import PredicateObject, describe
from loaders.curated.law import instruments
from loaders.tables import Row, rows
from ontology import iris
from ontology.terms import DCTERMS, OPSC, ORG, RDF, SKOS

TABLES = ("bodies.csv", "body_roles.csv")

COLUMNS = ("key", "name", "part_of")
ROLE_COLUMNS = ("key", "body", "role", "in_respect_of", "since", "provisions", "gist", "sources")


def load_bodies(folder: Path) -> Iterator[Quad]:
    """Yield the bodies and roles of ``folder``; raises ``InputError`` for a cell that cannot be used."""
    table = rows(folder / TABLES[0], COLUMNS)
    names = {row["key"]: row["name"] for row in table}
    graph = iris.graph("bodies")
    for row in table:
        yield from describe(iris.thing("body", row["key"]), _body(row, names), graph)
    titles = instruments.short_titles(folder)
    yield from roles(rows(folder / TABLES[1], ROLE_COLUMNS), names, titles, law_sources.source_ids(folder))


def roles(
    table: Iterable[Row], names: Mapping[str, str], titles: Collection[str], sources: Collection[str]
) -> Iterator[Quad]:
    """Yield the roles; ``names`` has the keys of bodies, ``titles`` those of instruments."""
    graph = iris.graph("bodies")
    for row in table:
        subject = iris.thing("role", row["body"], row["key"])
        yield from describe(subject, _role(row, names, titles), graph)
        yield from describe(subject, law_sources.links(row, "sources", sources), graph)


def _body(row: Row, names: Collection[str]) -> Iterator[PredicateObject]:
    yield RDF.type, OPSC.Body
    yield RDF.type, ORG.Organization
    yield SKOS.prefLabel, required_text(row, "name")
    for key in cell_values(row, "part_of"):
        yield DCTERMS.isPartOf, _known_body(row, "part_of", key, names)


def _role(row: Row, names: Collection[str], titles: Collection[str]) -> Iterator[PredicateObject]:
    yield RDF.type, OPSC.BodyRole
    yield OPSC.body, _known_body(row, "body", row["body"], names)
    yield OPSC.role, concept(row, "role", "role")
    yield OPSC.gist, required_text(row, "gist")
    for key in cell_values(row, "in_respect_of"):
        yield OPSC.inRespectOf, instruments.instrument(row, "in_respect_of", key, titles)
    for provision in cited_provisions(row, "provisions"):
        yield OPSC.underProvision, provision
    if (since := partial_date(row, "since")) is not None:
        yield OPSC.since, since


def _known_body(row: Row, column: str, key: str, names: Collection[str]) -> NamedNode:
    if key not in names:
        raise row.error(column, f"'{key}' is not the key of a body; add it to bodies.csv or correct it")
    return iris.thing("body", key)
