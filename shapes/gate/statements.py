"""The triples of a change that the gate judges."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from pyoxigraph import NamedNode, Quad, Triple

from ontology import iris
from ontology.rdf import Resource, Term

PROVENANCE: Final = iris.graph("contributions")


class Statement(NamedTuple):
    """A triple of RDF 1.1."""

    subject: Resource
    predicate: NamedNode
    object: Term


def statements(quads: Iterable[Quad]) -> Iterator[Statement]:
    """Yield each triple of ``quads`` once; provenance, which the graph itself writes, is left out."""
    for triple in dict.fromkeys(quad.triple for quad in quads if quad.graph_name != PROVENANCE):
        if not isinstance(triple.subject, Triple) and not isinstance(triple.object, Triple):
            yield Statement(triple.subject, triple.predicate, triple.object)
