"""The concise description of one thing: all that is stated of it, what points to it, and what these are called.

Each fact says which named graphs state it. What points to a thing can be most of the graph, so it is cut at a number of
subjects for each property, and the description says how many there are.
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
from graph.views.tables import Table, tables_about
from ontology.iris import BASE
from ontology.terms import DCTERMS, FOAF, RDF, RDFS, VOID

_DATASET: Final = NamedNode(f"{BASE}dataset")
_LICENCE: Final = NamedNode("https://creativecommons.org/licenses/by/4.0/")

Resource = NamedNode | BlankNode
RdfTerm = NamedNode | BlankNode | Literal


@dataclass(frozen=True)
class PropertyValue:
    """One statement about a thing; ``graphs`` are the named graphs that hold it, none for the default graph alone."""

    predicate: NamedNode
    value: RdfTerm
    graphs: tuple[NamedNode, ...]


@dataclass(frozen=True)
class InverseProperty:
    """What points to a thing by one property: the first subjects with their graphs, and how many there are in all."""

    predicate: NamedNode
    links: tuple[PropertyValue, ...]
    total: int

    @property
    def complete(self) -> bool:
        """Whether every subject is among the links."""
        return len(self.links) == self.total


@dataclass(frozen=True)
class ResourceDescription:
    """What the graph says of a thing, and the names of everything in it by IRI.

    ``place`` leads from the whole to the thing's parent; ``parts`` are what it consists of, level by level.
    """

    iri: NamedNode
    facts: tuple[PropertyValue, ...]
    inverse: tuple[InverseProperty, ...]
    tables: tuple[Table, ...]
    ancestors: tuple[NamedNode, ...]
    parts: tuple[Part, ...]
    labels: Labels

    def values(self, *predicates: NamedNode) -> list[RdfTerm]:
        """Return the values of some properties, in the order of the facts."""
        return [fact.value for fact in self.facts if fact.predicate in predicates]


def find_used(engine: QueryEngine, iris: Sequence[NamedNode]) -> NamedNode | None:
    """Return the first of ``iris`` that some quad has as its subject, object, property or graph, if any."""
    return next((iri for iri in iris if _is_used(engine.store, iri)), None)


def describe(engine: QueryEngine, iri: NamedNode, most: int) -> ResourceDescription | None:
    """Return the description of ``iri`` with at most ``most`` subjects for each inverse property.

    ``None`` when nothing is stated of it and nothing points to it.
    """
    store = engine.store
    facts, inverse = _facts(store, iri), _inverse(store, iri, most)
    if not facts and not inverse:
        return None
    shown, parts, place = tables_about(store, iri, most), part_tree(store, iri), ancestors(store, iri)
    mentioned: set[Resource] = {iri, *place, *_part_nodes(parts), *_table_nodes(shown)}
    for fact in facts:
        mentioned.update(node for node in (fact.predicate, fact.value, *fact.graphs) if not isinstance(node, Literal))
    for pointing in inverse:
        mentioned.update((pointing.predicate, *(link.value for link in pointing.links)))  # type: ignore[arg-type]
    return ResourceDescription(iri, facts, inverse, shown, place, parts, labels_of(store, mentioned))


def serialize_description(
    engine: QueryEngine, iri: NamedNode, document: NamedNode, wanted: GraphFormat, most: int, limits: QueryLimits
) -> bytes | None:
    """Return the description of ``iri`` as the RDF of ``document``, which also says what it is about and leaves out.

    N-Quads and TriG show the named graph of each statement; what the document says of itself stands in a graph of its
    own name. Raises ``ResultTooLarge`` beyond ``limits``; ``None`` as :func:`describe`.
    """
    store = engine.store
    facts, inverse = _facts(store, iri), _inverse(store, iri, most)
    if not facts and not inverse:
        return None
    quads = dict.fromkeys((*_quads(store, iri, facts, inverse), *_about(document, iri, inverse)))
    if wanted.content == "dataset":
        return wanted.serialize(quads, limits.result_bytes)
    triples = dict.fromkeys(quad.triple for quad in quads)
    return wanted.serialize(triples, limits.result_bytes)


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


def _inverse(store: Store, iri: NamedNode, most: int) -> tuple[InverseProperty, ...]:
    subjects: dict[NamedNode, dict[Resource, list[NamedNode]]] = {}
    for quad in store.quads_for_pattern(None, None, iri, None):
        if not isinstance(quad.subject, Triple):
            named = subjects.setdefault(quad.predicate, {}).setdefault(quad.subject, [])
            if isinstance(quad.graph_name, NamedNode):
                named.append(quad.graph_name)
    return tuple(
        InverseProperty(
            predicate,
            tuple(PropertyValue(predicate, one, _sorted(found[one])) for one in heapq.nsmallest(most, found, key=str)),
            len(found),
        )
        for predicate, found in sorted(subjects.items(), key=lambda entry: str(entry[0]))
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
    for link in (link for pointing in inverse for link in pointing.links):
        if not isinstance(link.value, Literal):
            yield from (Quad(link.value, link.predicate, iri, graph) for graph in link.graphs or (DefaultGraph(),))
            neighbours[link.value] = None
    for node in neighbours:
        yield from label_quads(store, node)


def _about(document: NamedNode, iri: NamedNode, inverse: Iterable[InverseProperty]) -> Iterator[Quad]:
    yield Quad(document, RDF.type, FOAF.Document, document)
    yield Quad(document, FOAF.primaryTopic, iri, document)
    yield Quad(document, VOID.inDataset, _DATASET, document)
    yield Quad(document, DCTERMS.license, _LICENCE, document)
    for pointing in inverse:
        if not pointing.complete:
            note = (
                f"This document lists the first {len(pointing.links)} of {pointing.total} subjects that link here with "
                f"<{pointing.predicate.value}>. To list all: SELECT ?subject "
                f"{{ ?subject <{pointing.predicate.value}> <{iri.value}> }}"
            )
            yield Quad(document, RDFS.comment, Literal(note, language="en"), document)


def _part_nodes(parts: Iterable[Part]) -> Iterator[Resource]:
    for part in parts:
        yield part.node
        yield from _part_nodes(part.parts)


def _table_nodes(shown: Iterable[Table]) -> Iterator[Resource]:
    for table in shown:
        for row in table.rows:
            yield from (term for cell in row for term in cell if not isinstance(term, Literal))
