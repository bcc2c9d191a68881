"""Cardinality constraints: ``sh:minCount``, ``sh:maxCount``.

https://www.w3.org/TR/shacl/#core-components-cardinality
"""

from ontology.rdf import Resource
from ontology.terms import SH
from shapes.data_graph import DataGraph, Relation, Terms
from shapes.engine import parameters
from shapes.engine.checks import FocusNodeCheck
from shapes.shapes_graph import ShapesGraph


def min_count(shapes: ShapesGraph, shape: Resource) -> FocusNodeCheck:
    """``sh:minCount``: at least so many values."""
    least = parameters.count(shapes, shape, SH.minCount)

    def failing(_: DataGraph, focus_nodes: Terms, values: Relation) -> Terms:
        if least <= 1:
            return focus_nodes - values.subjects if least else set()
        enough = {node for node, found in values.repeated.items() if len(found) >= least}
        return focus_nodes - enough

    return FocusNodeCheck(failing)


def max_count(shapes: ShapesGraph, shape: Resource) -> FocusNodeCheck:
    """``sh:maxCount``: at most so many values."""
    most = parameters.count(shapes, shape, SH.maxCount)

    def failing(_: DataGraph, __: Terms, values: Relation) -> Terms:
        if most == 0:
            return values.subjects
        return {node for node, found in values.repeated.items() if len(found) > most}

    return FocusNodeCheck(failing)
