"""Other constraints: ``sh:closed``, ``sh:hasValue``, ``sh:in``.

https://www.w3.org/TR/shacl/#core-components-other
"""

from ontology.rdf import Resource
from ontology.terms import RDF, RDFS, SH
from shapes.data_graph import DataGraph, Relation, Terms
from shapes.engine import parameters
from shapes.engine.checks import FocusNodeCheck, ValueNodeCheck
from shapes.engine.property_paths import members
from shapes.shapes_graph import ShapesGraph


def closed(shapes: ShapesGraph, shape: Resource) -> ValueNodeCheck:
    """``sh:closed``: every value has only properties of the property shapes, or ignored ones."""
    if not parameters.boolean(shapes, shape, SH.closed):
        return ValueNodeCheck(lambda _, __: set())
    allowed = {path for child in shapes.objects(shape, SH.property) for path in shapes.objects(child, SH.path)}
    for ignored in shapes.objects(shape, SH.ignoredProperties):
        allowed.update(members(shapes, ignored))

    def failing(data: DataGraph, values: Terms) -> Terms:
        return {
            value
            for value in values
            for predicate, found in data.about(value)
            if predicate not in allowed and (predicate, found) != (RDF.type, RDFS.Resource)
        }

    return ValueNodeCheck(failing)


def has_value(shapes: ShapesGraph, shape: Resource) -> FocusNodeCheck:
    """``sh:hasValue``: each of these terms is among the values."""
    required = shapes.objects(shape, SH.hasValue)

    def failing(_: DataGraph, focus_nodes: Terms, values: Relation) -> Terms:
        return {node for value in required for node in focus_nodes.difference(values.backward.get(value, ()))}

    return FocusNodeCheck(failing)


def in_(shapes: ShapesGraph, shape: Resource) -> ValueNodeCheck:
    """``sh:in``: every value is a member of the list."""
    allowed = set(members(shapes, parameters.single(shapes, shape, SH["in"])))
    return ValueNodeCheck(lambda _, values: values - allowed)
