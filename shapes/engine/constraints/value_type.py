"""Value type constraints: ``sh:class``, ``sh:datatype``, ``sh:nodeKind``.

https://www.w3.org/TR/shacl/#core-components-value-type
"""

from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode

from ontology.rdf import AnyTerm, Resource
from ontology.terms import RDF, RDFS, SH
from shapes.data_graph import DataGraph, Terms
from shapes.engine import parameters
from shapes.engine.checks import ValueNodeCheck, each_value_node
from shapes.engine.errors import NotCompiled
from shapes.engine.property_paths import members
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
    """``sh:class``: every value is an instance of every class, or of any class in a list."""
    alternatives = [_alternatives(shapes, value) for value in shapes.objects(shape, SH["class"])]

    def failing(data: DataGraph, values: Terms) -> Terms:
        instances = [set().union(*(data.instances(class_) for class_ in classes)) for classes in alternatives]
        return {value for allowed in instances for value in values - allowed}

    return ValueNodeCheck(failing)


def datatype(shapes: ShapesGraph, shape: Resource) -> ValueNodeCheck:
    """``sh:datatype``: every value is a literal of the datatype, or of one in a list, and well-typed."""
    expected = _alternatives(shapes, parameters.single(shapes, shape, SH.datatype))
    if not {RDFS.Literal, RDFS.Datatype}.isdisjoint(expected):
        raise NotCompiled("pySHACL has a meaning of its own for sh:datatype rdfs:Literal and rdfs:Datatype")

    def fits(value: AnyTerm) -> bool:
        is_of_datatype = isinstance(value, Literal) and value.datatype in expected
        return is_of_datatype and isinstance(value, Literal) and is_well_typed(value.value, value.datatype)

    return each_value_node(fits)


def node_kind(shapes: ShapesGraph, shape: Resource) -> ValueNodeCheck:
    """``sh:nodeKind``: every value is an IRI, a blank node or a literal."""
    expected = _alternatives(shapes, parameters.single(shapes, shape, SH.nodeKind))
    if not expected.issubset(_KINDS):
        raise NotCompiled("its sh:nodeKind is not one of the six values of SHACL")
    kinds = tuple(kind for name in expected for kind in _KINDS[name])
    return each_value_node(lambda value: isinstance(value, kinds))


def _alternatives(shapes: ShapesGraph, value: AnyTerm) -> frozenset[NamedNode]:
    """Return the IRI that a value is, or those in the list that it is (SHACL 1.2, draft)."""
    is_list = RDF.first in shapes.about(value)
    return frozenset(map(parameters.iri, members(shapes, value) if is_list else [value]))
