"""Constraints on lists: ``sh:memberShape``, ``sh:minListLength``, ``sh:maxListLength``, ``sh:uniqueMembers``.

SHACL 1.2 Core, draft: a value that is no list fails each of them, and there is one result for each value.
"""

from collections.abc import Callable, Sequence

from ontology.rdf import AnyTerm, Resource
from ontology.terms import SH
from shapes.data_graph import DataGraph, Terms
from shapes.engine import parameters
from shapes.engine.checks import CompiledShape, ValueNodeCheck
from shapes.engine.constraints.logical import is_exact
from shapes.shapes_graph import ShapesGraph
from shapes.wellformed.lists import members_or_none


def member_shape(shapes: Sequence[CompiledShape]) -> ValueNodeCheck:
    """``sh:memberShape``: every value is a list, and all its members conform to every shape."""

    def failing(data: DataGraph, values: Terms) -> Terms:
        lists = {value: members_or_none(data, value) for value in values}
        everything = {member for listed in lists.values() if listed for member in listed}
        wrong = {member for shape in shapes for member in shape.suspects(data, everything)}
        return {value for value, listed in lists.items() if listed is None or not wrong.isdisjoint(listed)}

    return ValueNodeCheck(failing, is_exact(shapes))


def min_list_length(shapes: ShapesGraph, shape: Resource) -> ValueNodeCheck:
    """``sh:minListLength``: every value is a list with at least so many members."""
    least = parameters.count(shapes, shape, SH.minListLength)
    return _each_list(lambda listed: len(listed) >= least)


def max_list_length(shapes: ShapesGraph, shape: Resource) -> ValueNodeCheck:
    """``sh:maxListLength``: every value is a list with at most so many members."""
    most = parameters.count(shapes, shape, SH.maxListLength)
    return _each_list(lambda listed: len(listed) <= most)


def unique_members(shapes: ShapesGraph, shape: Resource) -> ValueNodeCheck:
    """``sh:uniqueMembers``: every value is a list without a member that is repeated."""
    if not parameters.boolean(shapes, shape, SH.uniqueMembers):
        return ValueNodeCheck(lambda _, __: set())
    return _each_list(lambda listed: len(set(listed)) == len(listed))


def _each_list(fits: Callable[[list[AnyTerm]], bool]) -> ValueNodeCheck:
    def failing(data: DataGraph, values: Terms) -> Terms:
        lists = {value: members_or_none(data, value) for value in values}
        return {value for value, listed in lists.items() if listed is None or not fits(listed)}

    return ValueNodeCheck(failing)
