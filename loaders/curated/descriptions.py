"""Descriptions of resources as quads."""

from collections.abc import Iterable, Iterator

from pyoxigraph import Literal, NamedNode, Quad

PredicateObject = tuple[NamedNode, NamedNode | Literal]


def describe(subject: NamedNode, properties: Iterable[PredicateObject], graph: NamedNode) -> Iterator[Quad]:
    """Yield a quad in ``graph`` for each predicate and object of ``subject``."""
    return (Quad(subject, predicate, value, graph) for predicate, value in properties)
