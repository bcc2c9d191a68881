"""Value type constraints: ``sh:class``, ``sh:datatype``, ``sh:nodeKind``.

https://www.w3.org/TR/shacl/#core-components-value-type
"""

from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode

from ontology.rdf import AnyTerm, Resource
from ontology.terms import RDFS, SH
from shapes.data_graph import DataGraph, Terms
from shapes.engine import parameters
from shapes.engine.checks import ValueNodeCheck, each_value_node
from shapes.engine.errors import NotCompiled
from shapes.shapes_graph import ShapesGraph
from shapes.xsd.lexical import is_well_typed

_KINDS: Final[dict[NamedNode, tuple[type, ...]]] = {
    SH.IRI: (NamedNode,),
    SH.BlankNode: (BlankNode,),
    SH.Literal: (Literal,),
    SH.BlankNodeOrIRI: (BlankNode, NamedNode),
    SH.BlankNodeOrLiteral: (BlankNode, Literal),
    SH.IRIOrLiteral: (NamedNode, Literal),
}


def class_(shapes: ShapesGraph, shape: Resource) -> ValueNodeCheck:
    """``sh:class``: every value is an instance of every class."""
    classes = [parameters.iri(value) for value in shapes.objects(shape, SH["class"])]

    def failing(data: DataGraph, values: Terms) -> Terms:
        return {value for class_ in classes for value in values - data.instances(class_)}

    return ValueNodeCheck(failing)


def datatype(shapes: ShapesGraph, shape: Resource) -> ValueNodeCheck:
    """``sh:datatype``: every value is a literal of the datatype, and well-typed."""
    expected = parameters.iri(parameters.single(shapes, shape, SH.datatype))
    if expected in (RDFS.Literal, RDFS.Datatype):
        raise NotCompiled(f"pySHACL has a meaning of its own for sh:datatype {expected}")

    def fits(value: AnyTerm) -> bool:
        return isinstance(value, Literal) and value.datatype == expected and is_well_typed(value.value, expected)

    return each_value_node(fits)


def node_kind(shapes: ShapesGraph, shape: Resource) -> ValueNodeCheck:
    """``sh:nodeKind``: every value is an IRI, a blank node or a literal."""
    kinds = _KINDS.get(parameters.iri(parameters.single(shapes, shape, SH.nodeKind)))
    if kinds is None:
        raise NotCompiled("its sh:nodeKind is not one of the six values of SHACL")
    return each_value_node(lambda value: isinstance(value, kinds))
