"""Constraints on all values of a focus node together: how many, which, and against those of another property.

Each function takes the values of a parameter in the shapes graph and returns a check; it raises ``NotCompiled`` for
parameters that pySHACL might refuse.
"""

from collections.abc import Callable, Iterable
from functools import cache

from pyoxigraph import Literal, NamedNode

from ontology.terms import SH
from shapes.adapter import literals
from shapes.data import Data, Relation, Terms
from shapes.engine import parameters
from shapes.engine.checks import OfFocusNodes
from shapes.graph import Node, ShapesGraph, Term


def min_count(shapes: ShapesGraph, shape: Node) -> OfFocusNodes:
    """``sh:minCount``: at least so many values."""
    least = parameters.count(shapes, shape, SH.minCount)

    def failing(_: Data, focus_nodes: Terms, values: Relation) -> Terms:
        if least <= 1:
            return focus_nodes - values.subjects if least else set()
        enough = {node for node, found in values.repeated.items() if len(found) >= least}
        return focus_nodes - enough

    return OfFocusNodes(failing)


def max_count(shapes: ShapesGraph, shape: Node) -> OfFocusNodes:
    """``sh:maxCount``: at most so many values."""
    most = parameters.count(shapes, shape, SH.maxCount)

    def failing(_: Data, __: Terms, values: Relation) -> Terms:
        if most == 0:
            return values.subjects
        return {node for node, found in values.repeated.items() if len(found) > most}

    return OfFocusNodes(failing)


def has_value(shapes: ShapesGraph, shape: Node) -> OfFocusNodes:
    """``sh:hasValue``: every one of these is among the values."""
    wanted = shapes.objects(shape, SH.hasValue)

    def failing(_: Data, focus_nodes: Terms, values: Relation) -> Terms:
        return {node for value in wanted for node in focus_nodes.difference(values.backward.get(value, ()))}

    return OfFocusNodes(failing)


def unique_lang(shapes: ShapesGraph, shape: Node) -> OfFocusNodes:
    """``sh:uniqueLang``: no two values have the same language."""
    if not parameters.boolean(shapes, shape, SH.uniqueLang):
        return OfFocusNodes(lambda *_: set())

    def failing(_: Data, __: Terms, values: Relation) -> Terms:
        return {node for node, found in values.repeated.items() if _has_twins(found)}

    return OfFocusNodes(failing)


def equals(shapes: ShapesGraph, shape: Node) -> OfFocusNodes:
    """``sh:equals``: the same values as the other property."""
    return _pairwise(shapes, shape, SH.equals, lambda own, others: set(own) != set(others))


def disjoint(shapes: ShapesGraph, shape: Node) -> OfFocusNodes:
    """``sh:disjoint``: no value in common with the other property."""
    return _pairwise(shapes, shape, SH.disjoint, lambda own, others: not set(own).isdisjoint(others))


def less_than(parameter: NamedNode) -> Callable[[ShapesGraph, Node], OfFocusNodes]:
    """``sh:lessThan`` and ``sh:lessThanOrEquals``: every value before every value of the other property.

    Plain dates and numbers are compared here; a pair of anything else makes its focus node a suspect.
    """
    or_equal = parameter == SH.lessThanOrEquals

    def check(shapes: ShapesGraph, shape: Node) -> OfFocusNodes:
        predicates = [parameters.iri(value) for value in shapes.objects(shape, parameter)]

        def failing(data: Data, _: Terms, values: Relation) -> Terms:
            suspects = values.subjects_of({value for value in values.objects if not isinstance(value, Literal)})
            # The same two dates stand together many times.
            in_order = cache(lambda first, second: literals.is_plainly_less(first, second, or_equal=or_equal))
            for predicate in predicates:
                others = data.relation(predicate).forward
                suspects |= {
                    node for node, value in values.pairs for other in others.get(node, ()) if not in_order(value, other)
                }
            return suspects

        return OfFocusNodes(failing, exact=False)

    return check


def _pairwise(
    shapes: ShapesGraph,
    shape: Node,
    parameter: NamedNode,
    is_suspect: Callable[[Iterable[Term], Iterable[Term]], bool],
) -> OfFocusNodes:
    predicates = [parameters.iri(value) for value in shapes.objects(shape, parameter)]

    def failing(data: Data, focus_nodes: Terms, values: Relation) -> Terms:
        return {
            node
            for predicate in predicates
            for node in focus_nodes
            if is_suspect(values.forward.get(node, ()), data.relation(predicate).forward.get(node, ()))
        }

    return OfFocusNodes(failing)


def _has_twins(values: Iterable[Term]) -> bool:
    languages = [value.language.lower() for value in values if isinstance(value, Literal) and value.language]
    return len(languages) > len(set(languages))
