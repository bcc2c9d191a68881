"""How things are called: the literals that name a resource in each language."""

from collections.abc import Iterable, Iterator
from typing import Final

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store

from ontology.terms import DCTERMS, RDFS, SH, SKOS

# In this order: the first that a resource has is its name.
LABEL_PROPERTIES: Final = (SKOS.prefLabel, DCTERMS.title, RDFS.label, SH.name)

Labels = dict[str, tuple[Literal, ...]]


def labels_of(store: Store, nodes: Iterable[NamedNode | BlankNode]) -> Labels:
    """Return the names of each of ``nodes`` that has any, by its IRI, sorted by language."""
    found: Labels = {}
    for node in nodes:
        names = {quad.object for quad in label_quads(store, node) if isinstance(quad.object, Literal)}
        if names:
            found[node.value] = tuple(sorted(names, key=lambda name: (name.language or "", name.value)))
    return found


def label_quads(store: Store, node: NamedNode | BlankNode) -> list[Quad]:
    """Return the quads of named graphs that name ``node``; those of the default graph where no named graph does."""
    for predicate in LABEL_PROPERTIES:
        quads = list(_named(store.quads_for_pattern(node, predicate, None, None)))
        if quads:
            return quads
    return []


def _named(quads: Iterable[Quad]) -> Iterator[Quad]:
    """Leave out the copies in the merge of the named graphs."""
    found = list(quads)
    named = [quad for quad in found if not isinstance(quad.graph_name, DefaultGraph)]
    return iter(named or found)
