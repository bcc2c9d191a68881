"""Constraints that refer to other shapes: sh:node, sh:property, sh:not, sh:and, sh:or, sh:xone, qualified shapes.

A shape's suspects include every node that violates it; that is enough for sh:node, sh:property, sh:and and sh:or. What
must know who violates for certain (sh:not, sh:xone, upper counts) relies on exact checks, and otherwise suspects all.
"""

from collections import Counter
from collections.abc import Callable, Sequence

from shapes.data import Data, Relation, Terms
from shapes.engine.checks import CompiledShape, OfFocusNodes, OfValues


def all_of(shapes: Sequence[CompiledShape]) -> OfValues:
    """Every value conforms to all of ``shapes`` (``sh:node``, ``sh:property``, ``sh:and``)."""

    def failing(data: Data, values: Terms) -> Terms:
        return {value for shape in shapes for value in shape.suspects(data, values)}

    return OfValues(failing, _all_exact(shapes))


def any_of(alternatives: Sequence[CompiledShape]) -> OfValues:
    """Every value conforms to at least one of ``alternatives`` (``sh:or``)."""

    def failing(data: Data, values: Terms) -> Terms:
        remaining = values
        for shape in alternatives:
            remaining = shape.suspects(data, remaining)
        return set(remaining)

    return OfValues(failing, _all_exact(alternatives))


def none_of(shapes: Sequence[CompiledShape]) -> OfValues:
    """No value conforms to any of ``shapes`` (``sh:not``)."""
    exact = _all_exact(shapes)

    def failing(data: Data, values: Terms) -> Terms:
        if not exact:
            return values
        return {value for shape in shapes for value in values - shape.suspects(data, values)}

    return OfValues(failing, exact)


def one_of(alternatives: Sequence[CompiledShape]) -> OfValues:
    """Every value conforms to exactly one of ``alternatives`` (``sh:xone``)."""
    exact = _all_exact(alternatives)

    def failing(data: Data, values: Terms) -> Terms:
        if not exact:
            return values
        passed = Counter(value for shape in alternatives for value in values - shape.suspects(data, values))
        return {value for value in values if passed[value] != 1}

    return OfValues(failing, exact)


def qualified(
    shape: CompiledShape, siblings: Sequence[CompiledShape], least: int | None, most: int | None
) -> OfFocusNodes:
    """So many values conform to ``shape`` and to none of its siblings (``sh:qualifiedValueShape``)."""
    if not _all_exact([shape, *siblings]):
        return OfFocusNodes(_loosely(shape, has_siblings=bool(siblings), least=least, most=most), exact=False)

    def failing(data: Data, focus_nodes: Terms, values: Relation) -> Terms:
        counted = values.objects - shape.suspects(data, values.objects)
        for sibling in siblings:
            counted &= sibling.suspects(data, counted)
        numbers = _numbers(values, counted)
        return {
            node
            for node in focus_nodes
            if (least is not None and numbers[node] < least) or (most is not None and numbers[node] > most)
        }

    return OfFocusNodes(failing)


def _loosely(
    shape: CompiledShape, *, has_siblings: bool, least: int | None, most: int | None
) -> Callable[[Data, Terms, Relation], Terms]:
    def failing(data: Data, focus_nodes: Terms, values: Relation) -> Terms:
        if has_siblings:
            return focus_nodes
        conforming = _numbers(values, values.objects - shape.suspects(data, values.objects))
        everything = _numbers(values, values.objects)
        return {
            node
            for node in focus_nodes
            if (least is not None and conforming[node] < least) or (most is not None and everything[node] > most)
        }

    return failing


def _numbers(values: Relation, counted: Terms) -> Counter[object]:
    return Counter(node for node, value in values.pairs if value in counted)


def _all_exact(shapes: Sequence[CompiledShape]) -> bool:
    return all(shape.exact for shape in shapes)
