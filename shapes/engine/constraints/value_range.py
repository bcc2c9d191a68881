"""Value range constraints: ``sh:minExclusive``, ``sh:minInclusive``, ``sh:maxExclusive``, ``sh:maxInclusive``.

https://www.w3.org/TR/shacl/#core-components-range
"""

from collections.abc import Callable
from typing import Final

from pyoxigraph import Literal, NamedNode

from ontology.rdf import Resource
from ontology.terms import SH
from shapes.engine import parameters
from shapes.engine.checks import ValueNodeCheck, each_value_node
from shapes.shapes_graph import ShapesGraph
from shapes.xsd.order import compare

_ORDERS: Final = {
    SH.minExclusive: frozenset({1}),
    SH.minInclusive: frozenset({0, 1}),
    SH.maxExclusive: frozenset({-1}),
    SH.maxInclusive: frozenset({-1, 0}),
}


def range_(parameter: NamedNode) -> Callable[[ShapesGraph, Resource], ValueNodeCheck]:
    """``sh:minInclusive`` and its like: every value is a literal that can be compared to every bound, in this order."""
    allowed = _ORDERS[parameter]

    def check(shapes: ShapesGraph, shape: Resource) -> ValueNodeCheck:
        bounds = [parameters.literal(value) for value in shapes.objects(shape, parameter)]
        return each_value_node(
            lambda value: isinstance(value, Literal) and all(compare(value, bound) in allowed for bound in bounds)
        )

    return check
