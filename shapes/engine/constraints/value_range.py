"""Value range constraints: ``sh:minExclusive``, ``sh:minInclusive``, ``sh:maxExclusive``, ``sh:maxInclusive``.

https://www.w3.org/TR/shacl/#core-components-range
"""

import operator
from collections.abc import Callable
from typing import Final

from pyoxigraph import Literal, NamedNode

from ontology.rdf import AnyTerm, Resource
from ontology.terms import SH
from shapes.adapter import literals
from shapes.engine import parameters
from shapes.engine.checks import ValueNodeCheck, each_value_node
from shapes.shapes_graph import ShapesGraph

_ORDERS: Final[dict[NamedNode, Callable[[int, int], bool]]] = {
    SH.minExclusive: operator.gt,
    SH.minInclusive: operator.ge,
    SH.maxExclusive: operator.lt,
    SH.maxInclusive: operator.le,
}


def range_(parameter: NamedNode) -> Callable[[ShapesGraph, Resource], ValueNodeCheck]:
    """``sh:minInclusive`` and its like: every value is a literal in the right order to every bound."""
    holds = _ORDERS[parameter]

    def check(shapes: ShapesGraph, shape: Resource) -> ValueNodeCheck:
        bounds = [parameters.literal(value) for value in shapes.objects(shape, parameter)]

        def fits(value: AnyTerm) -> bool:
            return isinstance(value, Literal) and all(
                literals.in_order(value, bound, lambda order: holds(order, 0)) for bound in bounds
            )

        return each_value_node(fits)

    return check
