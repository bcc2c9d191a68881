"""Property pair constraints: ``sh:equals``, ``sh:disjoint``, ``sh:lessThan`` and its like, ``sh:subsetOf``.

https://www.w3.org/TR/shacl/#core-components-property-pairs
"""

from collections.abc import Callable, Iterable
from functools import cache

from pyoxigraph import Literal, NamedNode

from ontology.rdf import AnyTerm, Resource
from ontology.terms import SH
from shapes.data_graph import DataGraph, Relation, Terms
from shapes.engine import parameters
from shapes.engine.checks import FocusNodeCheck
from shapes.shapes_graph import ShapesGraph
from shapes.xsd.order import compare


def equals(shapes: ShapesGraph, shape: Resource) -> FocusNodeCheck:
    """``sh:equals``: the same values as the other property."""
    return _pairwise(shapes, shape, SH.equals, lambda own, others: set(own) != set(others))


def disjoint(shapes: ShapesGraph, shape: Resource) -> FocusNodeCheck:
    """``sh:disjoint``: no value in common with the other property."""
    return _pairwise(shapes, shape, SH.disjoint, lambda own, others: not set(own).isdisjoint(others))


def subset_of(shapes: ShapesGraph, shape: Resource) -> FocusNodeCheck:
    """``sh:subsetOf`` (SHACL 1.2, draft): every value is a value of the other property, too."""
    return _pairwise(shapes, shape, SH.subsetOf, lambda own, others: not set(own).issubset(others))


def less_than(parameter: NamedNode) -> Callable[[ShapesGraph, Resource], FocusNodeCheck]:
    """``sh:lessThan`` and ``sh:lessThanOrEquals``: every value before every value of the other property.

    Two values that cannot be compared are not in order.
    """
    allowed = (-1, 0) if parameter == SH.lessThanOrEquals else (-1,)

    def is_in_order(first: AnyTerm, second: AnyTerm) -> bool:
        return isinstance(first, Literal) and isinstance(second, Literal) and compare(first, second) in allowed

    def check(shapes: ShapesGraph, shape: Resource) -> FocusNodeCheck:
        predicates = [parameters.iri(value) for value in shapes.objects(shape, parameter)]

        def failing(data: DataGraph, _: Terms, values: Relation) -> Terms:
            # The same two dates stand together many times.
            in_order = cache(is_in_order)
            return {
                node
                for predicate in predicates
                for node, value in values.pairs
                for other in data.relation(predicate).forward.get(node, ())
                if not in_order(value, other)
            }

        return FocusNodeCheck(failing)

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
