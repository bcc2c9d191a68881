"""Results of nested shapes (``sh:detail``: SHACL, section 3.6.2.4), and the alternative that comes nearest."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pyoxigraph import Literal

from ontology.rdf import AnyTerm, Resource
from ontology.terms import RDF, SH
from shapes.report import Result
from shapes.shapes_graph import ShapesGraph

Evaluate = Callable[[Resource, Collection[AnyTerm]], Sequence[Result]]
"""Returns the results of a shape, which needs no targets, for focus nodes."""

_DEEPEST: Final = 4
# Beyond them a report says what failed, and not why: each of them is evaluated once more.
_MOST: Final = 1000
_OF_ONE: Final = {SH.NodeConstraintComponent: SH.node}
_OF_KIND: Final = frozenset({SH.DatatypeConstraintComponent, SH.NodeKindConstraintComponent})
_OF_LIST: Final = {
    SH.AndConstraintComponent: SH["and"],
    SH.OrConstraintComponent: SH["or"],
    SH.XoneConstraintComponent: SH.xone,
}


@dataclass(frozen=True)
class Nested:
    """What is known of the shapes inside the shape of a result.

    ``shapes`` are all of them, in their order. ``nearest`` is the alternative with the fewest results, and
    ``conforming`` are the alternatives without any.
    """

    shapes: tuple[Resource, ...] = ()
    nearest: Resource | None = None
    conforming: tuple[Resource, ...] = ()


Complete = Callable[[Result, Nested], Result]
"""Returns a result with its messages."""


def has_nested(result: Result) -> bool:
    """Tell whether a result may be explained by results of nested shapes."""
    return result.component in _OF_ONE or result.component in _OF_LIST


def explained(
    shapes: ShapesGraph, results: Iterable[Result], evaluate: Evaluate, complete: Complete, depth: int = 0
) -> list[Result]:
    """Return the results with details, each made complete with what is known of the shapes inside its shape."""
    listed = list(results)
    asked = dict.fromkeys([one for one in listed if has_nested(one)][:_MOST] if depth < _DEEPEST else [])
    found = _evaluated(
        shapes, asked, lambda shape, nodes: explained(shapes, evaluate(shape, nodes), evaluate, complete, depth + 1)
    )
    return [
        complete(*_explained(result, nested_shapes(shapes, result), found))
        if result in asked
        else complete(result, Nested())
        for result in listed
    ]


def nested_shapes(shapes: ShapesGraph, result: Result) -> tuple[Resource, ...]:
    """Return the shapes that the constraint of a result refers to, in their order."""
    if result.component in _OF_ONE:
        return _resources(shapes.objects(result.source_shape, _OF_ONE[result.component]))
    heads = shapes.objects(result.source_shape, _OF_LIST.get(result.component, SH["and"]))
    return tuple(member for head in heads for member in _members(shapes, head))


def _evaluated(
    shapes: ShapesGraph, results: Iterable[Result], evaluate: Evaluate
) -> Mapping[tuple[Resource, AnyTerm], list[Result]]:
    """Return the results of each nested shape by shape and value node; each shape is evaluated once, for all nodes."""
    nodes: dict[Resource, dict[AnyTerm, None]] = {}
    for result in results:
        for shape in nested_shapes(shapes, result):
            nodes.setdefault(shape, {})[_value_node(result)] = None
    found: dict[tuple[Resource, AnyTerm], list[Result]] = {}
    for shape, wanted in nodes.items():
        for result in evaluate(shape, wanted):
            found.setdefault((shape, result.focus_node), []).append(result)
    return found


def _explained(
    result: Result, shapes: tuple[Resource, ...], found: Mapping[tuple[Resource, AnyTerm], list[Result]]
) -> tuple[Result, Nested]:
    by_shape = {shape: found.get((shape, _value_node(result)), []) for shape in shapes}
    conforming = tuple(shape for shape in shapes if not by_shape[shape])
    if result.component in (SH.OrConstraintComponent, SH.XoneConstraintComponent):
        if conforming or not shapes:
            return result, Nested(shapes, None, conforming)
        nearest = min(shapes, key=lambda shape: _distance(by_shape[shape]))
        return replace(result, details=tuple(by_shape[nearest])), Nested(shapes, nearest)
    details = tuple(dict.fromkeys(one for shape in shapes for one in by_shape[shape]))
    return replace(result, details=details), Nested(shapes, None, conforming)


def _distance(results: Sequence[Result]) -> tuple[bool, int]:
    """Return how far a value node is from an alternative: one that is meant for nodes of another kind is farthest."""
    return any(_is_of_other_kind(result) for result in results), len(results)


def _is_of_other_kind(result: Result) -> bool:
    """Tell whether a value node fails as a node of its kind: a literal has no class and no properties."""
    if isinstance(result.focus_node, Literal):
        return (
            result.component in _OF_KIND or result.component == SH.ClassConstraintComponent or result.path is not None
        )
    return result.path is None and result.component in _OF_KIND


def _value_node(result: Result) -> AnyTerm:
    return result.focus_node if result.value is None else result.value


def _members(shapes: ShapesGraph, head: AnyTerm) -> tuple[Resource, ...]:
    members: list[AnyTerm] = []
    seen: set[AnyTerm] = set()
    while head != RDF.nil and head not in seen:
        seen.add(head)
        members += shapes.objects(head, RDF.first)
        head = next(iter(shapes.objects(head, RDF.rest)), RDF.nil)
    return _resources(members)


def _resources(terms: Iterable[AnyTerm]) -> tuple[Resource, ...]:
    return tuple(term for term in terms if isinstance(term, Resource))
