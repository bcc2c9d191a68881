"""The documents of the project's namespaces: ontology, alignments and shapes."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Store, Triple

import shapes.documents
from graph.settings import QueryLimits
from graph.sparql.engine import QueryEngine
from graph.sparql.formats import GraphFormat
from graph.views.labels import Labels, labels_of
from graph.views.resource import PropertyValue, RdfTerm
from graph.views.serialization import serialize_document
from ontology import iris
from ontology.terms import RDF

ONTOLOGY: Final = iris.graph("ontology")
ALIGNMENTS: Final = iris.graph("alignments")
# More members than any list in shapes or ontology has.
_LONGEST_LIST: Final = 1_000


@dataclass(frozen=True)
class VocabularyTerm:
    """A term or shape: its statements, with the members of lists, and the number of triples that use it."""

    iri: NamedNode
    facts: tuple[PropertyValue, ...]
    uses: int


@dataclass(frozen=True)
class Vocabulary:
    """The terms of a document, sorted by IRI, with the labels of all nodes in their statements."""

    terms: tuple[VocabularyTerm, ...]
    labels: Labels


def read_vocabulary(engine: QueryEngine, graph: NamedNode) -> Vocabulary:
    """Return the vocabulary in a named graph."""
    return _build_vocabulary(engine.store, engine.store.quads_for_pattern(None, None, None, graph))


def read_shapes(engine: QueryEngine, quads: Iterable[Quad]) -> Vocabulary:
    """Return the shapes in ``quads``, with the labels that the graph has for their classes and properties."""
    return _build_vocabulary(engine.store, quads)


@cache
def shapes_quads() -> tuple[Quad, ...]:
    """Return every triple of the project's shapes, those for contributions included."""
    return (*shapes.documents.core(), *shapes.documents.contribution(), *shapes.documents.gate())


def serialize_vocabulary(
    engine: QueryEngine, graph: NamedNode, graph_format: GraphFormat, limits: QueryLimits
) -> bytes:
    """Return the document of a vocabulary in an RDF format; raise ``ResultTooLarge`` beyond ``limits``."""
    return serialize_quads(engine.store.quads_for_pattern(None, None, None, graph), graph_format, limits)


def serialize_quads(quads: Iterable[Quad], graph_format: GraphFormat, limits: QueryLimits) -> bytes:
    """Return the document with ``quads`` in an RDF format, sorted by subject."""
    ordered = sorted(quads, key=lambda quad: (isinstance(quad.subject, BlankNode), str(quad.subject), str(quad)))
    return serialize_document(ordered, graph_format, limits)


def _build_vocabulary(store: Store, quads: Iterable[Quad]) -> Vocabulary:
    document = Store()
    document.extend(Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
    subjects = sorted({quad.subject for quad in document if isinstance(quad.subject, NamedNode)}, key=str)
    terms = tuple(VocabularyTerm(iri, _facts(document, iri), _uses(store, iri)) for iri in subjects)
    mentioned: dict[NamedNode | BlankNode, None] = dict.fromkeys(subjects)
    for term in terms:
        for fact in term.facts:
            mentioned[fact.predicate] = None
            if isinstance(fact.value, NamedNode):
                mentioned[fact.value] = None
    return Vocabulary(terms, {**labels_of(document, mentioned), **labels_of(store, mentioned)})


def _facts(document: Store, iri: NamedNode) -> tuple[PropertyValue, ...]:
    facts: list[PropertyValue] = []
    for quad in document.quads_for_pattern(iri, None, None, None):
        if not isinstance(quad.object, Triple):
            values = _members(document, quad.object) if isinstance(quad.object, BlankNode) else [quad.object]
            facts += [PropertyValue(quad.predicate, value, ()) for value in values]
    return tuple(sorted(facts, key=lambda fact: (str(fact.predicate), str(fact.value))))


def _members(document: Store, node: BlankNode) -> list[RdfTerm]:
    """Return the members of an RDF list; a blank node that is not a list is returned itself."""
    members: list[RdfTerm] = []
    cell: object = node
    while isinstance(cell, BlankNode) and len(members) < _LONGEST_LIST:
        first = next(document.quads_for_pattern(cell, RDF.first, None, DefaultGraph()), None)
        rest = next(document.quads_for_pattern(cell, RDF.rest, None, DefaultGraph()), None)
        if first is None or rest is None or isinstance(first.object, Triple):
            return members or [node]
        members.append(first.object)
        cell = rest.object
    return members


def _uses(store: Store, iri: NamedNode) -> int:
    """Return how many triples have ``iri`` as their property or class, counted once whatever graphs hold them."""
    return _count(store, iri, None) + _count(store, RDF.type, iri)


def _count(store: Store, predicate: NamedNode, value: NamedNode | None) -> int:
    merged = sum(1 for _ in store.quads_for_pattern(None, predicate, value, DefaultGraph()))
    return merged or len({quad.triple for quad in store.quads_for_pattern(None, predicate, value, None)})
