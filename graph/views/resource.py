"""The concise description of a resource: its statements, the statements with it as object, and labels.

Each statement has the named graphs that hold it. The statements with a resource as object can be most of the graph, so
they are limited to a number of subjects for each property, and the description has their total.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from graph.settings import QueryLimits
from graph.sparql.engine import QueryEngine
from graph.sparql.formats import GraphFormat
from graph.views.hierarchy import Part, ancestors, part_tree
from graph.views.labels import Labels, label_quads, labels_of
from graph.views.serialization import serialize_document
from graph.views.tables import Table, tables_about
from ontology.iris import BASE
from ontology.terms import DCTERMS, FOAF, RDF, RDFS, VOID

_DATASET: Final = NamedNode(f"{BASE}dataset")
_LICENCE: Final = NamedNode("https://creativecommons.org/licenses/by/4.0/")

Resource = NamedNode | BlankNode
RdfTerm = NamedNode | BlankNode | Literal


@dataclass(frozen=True)
class PropertyValue:
    """A statement about a resource; ``graphs`` are the named graphs that hold it, empty for the default graph alone."""

    predicate: NamedNode
    value: RdfTerm
    graphs: tuple[NamedNode, ...]


@dataclass(frozen=True)
class InverseProperty:
    """The statements of one property with a resource as object: the first subjects with their graphs, and the total."""

    predicate: NamedNode
    links: tuple[PropertyValue, ...]
    total: int

    @property
    def complete(self) -> bool:
        """Whether every subject is among the links."""
        return len(self.links) == self.total


@dataclass(frozen=True)
class ResourceDescription:
    """The description of a resource, with the labels of all nodes in it by IRI.

    ``ancestors`` lead from the root of its hierarchy to its parent; ``parts`` is the tree below it.
    """

    iri: NamedNode
    facts: tuple[PropertyValue, ...]
    inverse: tuple[InverseProperty, ...]
    tables: tuple[Table, ...]
    ancestors: tuple[NamedNode, ...]
    parts: tuple[Part, ...]
    labels: Labels

    def values(self, *predicates: NamedNode) -> list[RdfTerm]:
        """Return the values of the ``predicates``, in the order of the facts."""
        return [fact.value for fact in self.facts if fact.predicate in predicates]


def find_used(engine: QueryEngine, iris: Sequence[NamedNode]) -> NamedNode | None:
    """Return the first of ``iris`` that some quad has as its subject, object, property or graph, if any."""
    return next((iri for iri in iris if _is_used(engine.store, iri)), None)


def describe(engine: QueryEngine, iri: NamedNode, max_subjects: int) -> ResourceDescription | None:
    """Return the description of ``iri`` with at most ``max_subjects`` subjects for each inverse property.

    Returns ``None`` if no quad has it as subject or object.
    """
    store = engine.store
    facts, inverse = _facts(store, iri), _inverse(store, iri, max_subjects)
    if not facts and not inverse:
        return None
    tables, parts, path = tables_about(store, iri, max_subjects), part_tree(store, iri), ancestors(store, iri)
    mentioned: set[Resource] = {iri, *path, *_part_nodes(parts), *_table_nodes(tables)}
    for fact in facts:
        mentioned.update(node for node in (fact.predicate, fact.value, *fact.graphs) if not isinstance(node, Literal))
    for entry in inverse:
        mentioned.update((entry.predicate, *(link.value for link in entry.links)))  # type: ignore[arg-type]
    return ResourceDescription(iri, facts, inverse, tables, path, parts, labels_of(store, mentioned))


def serialize_description(
    engine: QueryEngine,
    iri: NamedNode,
    document: NamedNode,
    graph_format: GraphFormat,
    max_subjects: int,
    limits: QueryLimits,
) -> bytes | None:
    """Return the description of ``iri`` as RDF, with statements on the ``document`` itself: topic, licence, omissions.

    N-Quads and TriG also contain the named graphs of the statements, but for those on the document.
    Raises ``ResultTooLarge`` beyond ``limits``, and returns ``None`` as :func:`describe` does.
    """
    store = engine.store
    facts, inverse = _facts(store, iri), _inverse(store, iri, max_subjects)
    if not facts and not inverse:
        return None
    quads = (*_quads(store, iri, facts, inverse), *_about(document, iri, inverse))
    return serialize_document(quads, graph_format, limits)


def _is_used(store: Store, iri: NamedNode) -> bool:
    patterns = ((iri, None, None, None), (None, None, iri, None), (None, iri, None, None), (None, None, None, iri))
    return any(next(store.quads_for_pattern(*pattern), None) is not None for pattern in patterns)


def _facts(store: Store, iri: NamedNode) -> tuple[PropertyValue, ...]:
    graphs: dict[Triple, list[NamedNode]] = {}
    for quad in store.quads_for_pattern(iri, None, None, None):
        named = graphs.setdefault(quad.triple, [])
        if isinstance(quad.graph_name, NamedNode):
            named.append(quad.graph_name)
    facts = (PropertyValue(triple.predicate, triple.object, _sorted(named)) for triple, named in graphs.items())  # type: ignore[arg-type]
    return tuple(sorted(facts, key=lambda fact: (str(fact.predicate), str(fact.value))))


def _inverse(store: Store, iri: NamedNode, max_subjects: int) -> tuple[InverseProperty, ...]:
    subjects: dict[NamedNode, dict[Resource, list[NamedNode]]] = {}
    for quad in store.quads_for_pattern(None, None, iri, None):
        if not isinstance(quad.subject, Triple):
            named = subjects.setdefault(quad.predicate, {}).setdefault(quad.subject, [])
            if isinstance(quad.graph_name, NamedNode):
                named.append(quad.graph_name)
    return tuple(
        InverseProperty(
            predicate,
            tuple(
                PropertyValue(predicate, node, _sorted(nodes[node]))
                for node in heapq.nsmallest(max_subjects, nodes, key=str)
            ),
            len(nodes),
        )
        for predicate, nodes in sorted(subjects.items(), key=lambda entry: str(entry[0]))
    )


def _sorted(graphs: Iterable[NamedNode]) -> tuple[NamedNode, ...]:
    return tuple(sorted(set(graphs), key=str))


def _quads(
    store: Store, iri: NamedNode, facts: Iterable[PropertyValue], inverse: Iterable[InverseProperty]
) -> Iterator[Quad]:
    neighbours: dict[Resource, None] = {}
    for fact in facts:
        yield from (Quad(iri, fact.predicate, fact.value, graph) for graph in fact.graphs or (DefaultGraph(),))
        if not isinstance(fact.value, Literal):
            neighbours[fact.value] = None
    for link in (link for entry in inverse for link in entry.links):
        if not isinstance(link.value, Literal):
            yield from (Quad(link.value, link.predicate, iri, graph) for graph in link.graphs or (DefaultGraph(),))
            neighbours[link.value] = None
    for node in neighbours:
        yield from label_quads(store, node)


def _about(document: NamedNode, iri: NamedNode, inverse: Iterable[InverseProperty]) -> Iterator[Quad]:
    yield Quad(document, RDF.type, FOAF.Document)
    yield Quad(document, FOAF.primaryTopic, iri)
    yield Quad(document, VOID.inDataset, _DATASET)
    yield Quad(document, DCTERMS.license, _LICENCE)
    for entry in inverse:
        if not entry.complete:
            note = (
                f"This document lists the first {len(entry.links)} of {entry.total} subjects that link here with "
                f"<{entry.predicate.value}>. To list all: SELECT ?subject "
                f"{{ ?subject <{entry.predicate.value}> <{iri.value}> }}"
            )
            yield Quad(document, RDFS.comment, Literal(note, language="en"))


def _part_nodes(parts: Iterable[Part]) -> Iterator[Resource]:
    for part in parts:
        yield part.node
        yield from _part_nodes(part.parts)


def _table_nodes(tables: Iterable[Table]) -> Iterator[Resource]:
    for table in tables:
        for row in table.rows:
            yield from (term for cell in row for term in cell if not isinstance(term, Literal))
