"""Labels: the literals that name a resource in each language."""

from collections.abc import Iterable, Iterator
from typing import Final

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store

from graph.sparql.engine import QueryEngine
from ontology.terms import DCTERMS, RDFS, SH, SKOS

# In order of preference: only the first property that a resource has is used.
LABEL_PROPERTIES: Final = (SKOS.prefLabel, DCTERMS.title, RDFS.label, SH.name)

Labels = dict[str, tuple[Literal, ...]]


def read_labels(engine: QueryEngine, iris: Iterable[NamedNode]) -> Labels:
    """Return the labels of ``iris``, as :func:`labels_of` does."""
    return labels_of(engine.store, iris)


def labels_of(store: Store, nodes: Iterable[NamedNode | BlankNode]) -> Labels:
    """Return the labels of each of ``nodes`` that has any, by its IRI, sorted by language."""
    labels: Labels = {}
    for node in nodes:
        names = {quad.object for quad in label_quads(store, node) if isinstance(quad.object, Literal)}
        if names:
            labels[node.value] = tuple(sorted(names, key=lambda name: (name.language or "", name.value)))
    return labels


def label_quads(store: Store, node: NamedNode | BlankNode) -> list[Quad]:
    """Return the quads that label ``node``: of named graphs, or of the default graph if no named graph has any."""
    for predicate in LABEL_PROPERTIES:
        quads = list(_prefer_named_graphs(store.quads_for_pattern(node, predicate, None, None)))
        if quads:
            return quads
    return []


def _prefer_named_graphs(quads: Iterable[Quad]) -> Iterator[Quad]:
    """Leave out the copies of the default graph, which is the merge of the named graphs."""
    all_quads = list(quads)
    named = [quad for quad in all_quads if not isinstance(quad.graph_name, DefaultGraph)]
    return iter(named or all_quads)
