"""Where a thing stands in a whole: the units of an instrument, and the concepts of a scheme."""

from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode, Store

from ontology.terms import ELI, OPSC, SKOS

_UPWARDS: Final = (ELI.is_part_of, SKOS.broader, SKOS.inScheme, ELI.realizes)
_DEEPEST: Final = 12
# More branches than any instrument or scheme here has; a page that is longer helps nobody.
_MOST: Final = 2_000


@dataclass(frozen=True)
class Part:
    """A part, with what is said of it in a sentence and its own parts."""

    node: NamedNode
    gloss: tuple[Literal, ...]
    parts: tuple["Part", ...]


def ancestors(store: Store, iri: NamedNode) -> tuple[NamedNode, ...]:
    """Return what ``iri`` is a part of, the whole first; the first parent by name where there are several."""
    found: list[NamedNode] = []
    parent = _parent(store, iri)
    while parent is not None and parent != iri and parent not in found and len(found) < _DEEPEST:
        found.append(parent)
        parent = _parent(store, parent)
    return tuple(reversed(found))


def part_tree(store: Store, iri: NamedNode) -> tuple[Part, ...]:
    """Return the parts of ``iri`` with their parts, in the order of ``opsc:ordinal``."""
    return _part_tree(store, iri, {iri}, 0)


def _parent(store: Store, iri: NamedNode) -> NamedNode | None:
    for predicate in _UPWARDS:
        parents = {quad.object for quad in store.quads_for_pattern(iri, predicate, None, None)}
        named = sorted((one for one in parents if isinstance(one, NamedNode)), key=str)
        if named:
            return named[0]
    return None


def _part_tree(store: Store, iri: NamedNode, seen: set[NamedNode], depth: int) -> tuple[Part, ...]:
    found: list[Part] = []
    for part in sorted(_parts(store, iri) - seen, key=lambda one: _order(store, one)):
        if depth < _DEEPEST and len(seen) < _MOST:
            seen.add(part)
            found.append(Part(part, _gloss(store, part), _part_tree(store, part, seen, depth + 1)))
    return tuple(found)


def _parts(store: Store, iri: NamedNode) -> set[NamedNode]:
    pointing = (
        quad.subject
        for predicate in (ELI.is_part_of, SKOS.topConceptOf, SKOS.broader)
        for quad in store.quads_for_pattern(None, predicate, iri, None)
    )
    pointed_to = (
        quad.object
        for predicate in (ELI.has_part, SKOS.hasTopConcept, SKOS.narrower)
        for quad in store.quads_for_pattern(iri, predicate, None, None)
    )
    return {one for one in (*pointing, *pointed_to) if isinstance(one, NamedNode)}


def _order(store: Store, iri: NamedNode) -> tuple[bool, float, str]:
    """Recitals come before articles, and numbers in their order; what has none is sorted by its IRI."""
    ordinals = [
        float(quad.object.value)
        for quad in store.quads_for_pattern(iri, OPSC.ordinal, None, None)
        if isinstance(quad.object, Literal) and quad.object.value.isdecimal()
    ]
    is_recital = "/recital_" in iri.value
    return not is_recital, min(ordinals, default=0.0), iri.value


def _gloss(store: Store, iri: NamedNode) -> tuple[Literal, ...]:
    for predicate in (OPSC.gist, SKOS.definition):
        found = {quad.object for quad in store.quads_for_pattern(iri, predicate, None, None)}
        literals = sorted((one for one in found if isinstance(one, Literal)), key=str)
        if literals:
            return tuple(literals)
    return ()
