"""Concepts in cells, given by the last segment of their IRI and checked against ``ontology/schemes``."""

from functools import cache

from pyoxigraph import NamedNode, RdfFormat, parse

from loaders.curated.cells import cell_values
from loaders.tables import Row
from ontology import documents, iris
from ontology.terms import SKOS


def concepts(row: Row, column: str, scheme: str) -> list[NamedNode]:
    """Return the concepts of ``scheme`` that the cell lists; an unknown one raises ``InputError``."""
    return [_concept(row, column, scheme, name) for name in cell_values(row, column)]


def concept(row: Row, column: str, scheme: str) -> NamedNode:
    """Return the one concept of ``scheme`` that the cell names; an empty or unknown cell raises ``InputError``."""
    return _concept(row, column, scheme, row[column])


def _concept(row: Row, column: str, scheme: str, name: str) -> NamedNode:
    known = _names().get(iris.scheme(scheme), {})
    if name not in known:
        raise row.error(column, f"'{name}' is not a concept of scheme/{scheme}; use one of {', '.join(sorted(known))}")
    return known[name]


@cache
def _names() -> dict[NamedNode, dict[str, NamedNode]]:
    """Return the concepts of every scheme by the last segment of their IRI."""
    names: dict[NamedNode, dict[str, NamedNode]] = {}
    for path, graph in documents.documents().items():
        if graph != iris.graph("schemes"):
            continue
        for triple in parse(path=path, format=RdfFormat.TURTLE):
            member, scheme = triple.subject, triple.object
            if triple.predicate == SKOS.inScheme and isinstance(member, NamedNode) and isinstance(scheme, NamedNode):
                names.setdefault(scheme, {})[member.value.rpartition("/")[2]] = member
    return names
