"""Lookup in the quads that a loader yields."""

from collections.abc import Iterable

from pyoxigraph import NamedNode, Quad


def objects(quads: Iterable[Quad], subject: NamedNode, predicate: NamedNode) -> list[object]:
    """Return the objects with this subject and predicate, in their order."""
    return [quad.object for quad in quads if quad.subject == subject and quad.predicate == predicate]


def object_set(quads: Iterable[Quad], subject: NamedNode, predicate: NamedNode) -> set[object]:
    """Return the distinct objects with this subject and predicate."""
    return set(objects(quads, subject, predicate))
