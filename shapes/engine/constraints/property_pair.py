"""Property pair constraints: ``sh:equals``, ``sh:disjoint``, ``sh:lessThan``, ``sh:lessThanOrEquals``.

https://www.w3.org/TR/shacl/#core-components-property-pairs
"""

from collections.abc import Callable, Iterable
from functools import cache

from pyoxigraph import Literal, NamedNode

from ontology.rdf import AnyTerm, Resource
from ontology.terms import SH
from shapes.adapter import literals
from shapes.data_graph import DataGraph, Relation, Terms
from shapes.engine import parameters
from shapes.engine.checks import FocusNodeCheck
from shapes.shapes_graph import ShapesGraph


def equals(shapes: ShapesGraph, shape: Resource) -> FocusNodeCheck:
    """``sh:equals``: the same values as the other property."""
    return _pairwise(shapes, shape, SH.equals, lambda own, others: set(own) != set(others))


def disjoint(shapes: ShapesGraph, shape: Resource) -> FocusNodeCheck:
    """``sh:disjoint``: no value in common with the other property."""
    return _pairwise(shapes, shape, SH.disjoint, lambda own, others: not set(own).isdisjoint(others))


def less_than(parameter: NamedNode) -> Callable[[ShapesGraph, Resource], FocusNodeCheck]:
    """``sh:lessThan`` and ``sh:lessThanOrEquals``: every value before every value of the other property.

    Plain dates and numbers are compared here; a pair of anything else makes its focus node a suspect.
    """
    or_equal = parameter == SH.lessThanOrEquals

    def check(shapes: ShapesGraph, shape: Resource) -> FocusNodeCheck:
        predicates = [parameters.iri(value) for value in shapes.objects(shape, parameter)]

        def failing(data: DataGraph, _: Terms, values: Relation) -> Terms:
            suspects = values.subjects_of({value for value in values.objects if not isinstance(value, Literal)})
            # The same two dates stand together many times.
            in_order = cache(lambda first, second: literals.is_plainly_less(first, second, or_equal=or_equal))
            for predicate in predicates:
                others = data.relation(predicate).forward
                suspects |= {
                    node for node, value in values.pairs for other in others.get(node, ()) if not in_order(value, other)
                }
            return suspects

        return FocusNodeCheck(failing, exact=False)

    return check


def _pairwise(
    shapes: ShapesGraph,
    shape: Resource,
    parameter: NamedNode,
    is_suspect: Callable[[Iterable[AnyTerm], Iterable[AnyTerm]], bool],
) -> FocusNodeCheck:
    predicates = [parameters.iri(value) for value in shapes.objects(shape, parameter)]

    def failing(data: DataGraph, focus_nodes: Terms, values: Relation) -> Terms:
        return {
            node
            for predicate in predicates
            for node in focus_nodes
            if is_suspect(values.forward.get(node, ()), data.relation(predicate).forward.get(node, ()))
        }

    return FocusNodeCheck(failing)
