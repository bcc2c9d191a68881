"""Hierarchies: the subdivisions of an instrument, and the concepts of a scheme."""

from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode, Store

from ontology.terms import ELI, OPSC, SKOS

_PARENT_PROPERTIES: Final = (ELI.is_part_of, SKOS.broader, SKOS.inScheme, ELI.realizes)
_MAX_DEPTH: Final = 12
# More than any instrument or scheme of the graph has; a longer page would be of no use.
_MAX_NODES: Final = 2_000


@dataclass(frozen=True)
class Part:
    """A part, with its gist or definition in each language, and its own parts."""

    node: NamedNode
    gloss: tuple[Literal, ...]
    parts: tuple["Part", ...]


def ancestors(store: Store, iri: NamedNode) -> tuple[NamedNode, ...]:
    """Return the ancestors of ``iri``, the root first; of several parents, the first by IRI."""
    path: list[NamedNode] = []
    parent = _parent(store, iri)
    while parent is not None and parent != iri and parent not in path and len(path) < _MAX_DEPTH:
        path.append(parent)
        parent = _parent(store, parent)
    return tuple(reversed(path))


def part_tree(store: Store, iri: NamedNode) -> tuple[Part, ...]:
    """Return the parts of ``iri`` with their parts, in the order of ``opsc:ordinal``."""
    return _part_tree(store, iri, {iri}, 0)


def _parent(store: Store, iri: NamedNode) -> NamedNode | None:
    for predicate in _PARENT_PROPERTIES:
        parents = {quad.object for quad in store.quads_for_pattern(iri, predicate, None, None)}
        iris = sorted((parent for parent in parents if isinstance(parent, NamedNode)), key=str)
        if iris:
            return iris[0]
    return None


def _part_tree(store: Store, iri: NamedNode, seen: set[NamedNode], depth: int) -> tuple[Part, ...]:
    parts: list[Part] = []
    for part in sorted(_parts(store, iri) - seen, key=lambda part: _order(store, part)):
        if depth < _MAX_DEPTH and len(seen) < _MAX_NODES:
            seen.add(part)
            parts.append(Part(part, _gloss(store, part), _part_tree(store, part, seen, depth + 1)))
    return tuple(parts)


def _parts(store: Store, iri: NamedNode) -> set[NamedNode]:
    subjects = (
        quad.subject
        for predicate in (ELI.is_part_of, SKOS.topConceptOf, SKOS.broader)
        for quad in store.quads_for_pattern(None, predicate, iri, None)
    )
    objects = (
        quad.object
        for predicate in (ELI.has_part, SKOS.hasTopConcept, SKOS.narrower)
        for quad in store.quads_for_pattern(iri, predicate, None, None)
    )
    return {node for node in (*subjects, *objects) if isinstance(node, NamedNode)}


def _order(store: Store, iri: NamedNode) -> tuple[bool, float, str]:
    """Return a sort key: recitals before articles, then by ordinal, then by IRI."""
    ordinals = [
        float(quad.object.value)
        for quad in store.quads_for_pattern(iri, OPSC.ordinal, None, None)
        if isinstance(quad.object, Literal) and quad.object.value.isdecimal()
    ]
    is_recital = "/recital_" in iri.value
    return not is_recital, min(ordinals, default=0.0), iri.value


def _gloss(store: Store, iri: NamedNode) -> tuple[Literal, ...]:
    for predicate in (OPSC.gist, SKOS.definition):
        values = {quad.object for quad in store.quads_for_pattern(iri, predicate, None, None)}
        literals = sorted((value for value in values if isinstance(value, Literal)), key=str)
        if literals:
            return tuple(literals)
    return ()
