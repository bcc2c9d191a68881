"""Logical constraints: ``sh:not``, ``sh:and``, ``sh:or``, ``sh:xone``.

https://www.w3.org/TR/shacl/#core-components-logical

The suspects of a shape include every node that violates it, which is enough for ``sh:and`` and ``sh:or``. ``sh:not``
and ``sh:xone`` need exact suspects, and otherwise make every value node a suspect.
"""

from collections import Counter
from collections.abc import Sequence

from shapes.data_graph import DataGraph, Terms
from shapes.engine.checks import CompiledShape, ValueNodeCheck


def not_(shapes: Sequence[CompiledShape]) -> ValueNodeCheck:
    """No value conforms to any of ``shapes`` (``sh:not``)."""
    exact = is_exact(shapes)

    def failing(data: DataGraph, values: Terms) -> Terms:
        if not exact:
            return values
        return {value for shape in shapes for value in values - shape.suspects(data, values)}

    return ValueNodeCheck(failing, exact)


def and_(shapes: Sequence[CompiledShape]) -> ValueNodeCheck:
    """Every value conforms to all of ``shapes`` (``sh:and``)."""

    def failing(data: DataGraph, values: Terms) -> Terms:
        return {value for shape in shapes for value in shape.suspects(data, values)}

    return ValueNodeCheck(failing, is_exact(shapes))


def or_(alternatives: Sequence[CompiledShape]) -> ValueNodeCheck:
    """Every value conforms to at least one of ``alternatives`` (``sh:or``)."""

    def failing(data: DataGraph, values: Terms) -> Terms:
        remaining = values
        for shape in alternatives:
            remaining = shape.suspects(data, remaining)
        return set(remaining)

    return ValueNodeCheck(failing, is_exact(alternatives))


def xone(alternatives: Sequence[CompiledShape]) -> ValueNodeCheck:
    """Every value conforms to exactly one of ``alternatives`` (``sh:xone``)."""
    exact = is_exact(alternatives)

    def failing(data: DataGraph, values: Terms) -> Terms:
        if not exact:
            return values
        passed = Counter(value for shape in alternatives for value in values - shape.suspects(data, values))
        return {value for value in values if passed[value] != 1}

    return ValueNodeCheck(failing, exact)


def is_exact(shapes: Sequence[CompiledShape]) -> bool:
    """Tell whether the suspects of every shape are exact."""
    return all(shape.exact for shape in shapes)
