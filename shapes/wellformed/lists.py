"""RDF lists in a graph (https://www.w3.org/TR/shacl/#lists)."""

from collections.abc import Sequence
from typing import Protocol

from pyoxigraph import NamedNode

from ontology.rdf import AnyTerm
from ontology.terms import RDF


class Graph(Protocol):
    """A graph that is asked for the objects of a subject."""

    def objects(self, subject: AnyTerm, predicate: NamedNode) -> Sequence[AnyTerm]:
        """Return the objects of the triples with this subject and predicate."""


class BrokenList(Exception):  # noqa: N818  # an outcome, not a fault
    """What looks like a list is none; the message says why."""


def members(graph: Graph, head: AnyTerm) -> list[AnyTerm]:
    """Return the members of a list; raises ``BrokenList`` when it has a circle, a branch or no end, or is no list."""
    found: list[AnyTerm] = []
    visited: set[AnyTerm] = set()
    while head != RDF.nil:
        first, rest = graph.objects(head, RDF.first), graph.objects(head, RDF.rest)
        if not first and not rest:
            raise BrokenList("is not a list" if not found else "is a list without an end; end it with rdf:nil")
        if head in visited:
            raise BrokenList("is a circular list")
        if len(first) != 1 or len(rest) != 1:
            raise BrokenList("is a broken list: each of its nodes needs one rdf:first and one rdf:rest")
        visited.add(head)
        found.append(first[0])
        head = rest[0]
    return found


def members_or_none(graph: Graph, head: AnyTerm) -> list[AnyTerm] | None:
    """Return the members of a list, or ``None`` for what is no list."""
    try:
        return members(graph, head)
    except BrokenList:
        return None
