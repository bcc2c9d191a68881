"""Values of parameters (https://www.w3.org/TR/shacl/#constraint-components-parameters), read strictly.

Every function raises ``NotCompiled`` for a value that pySHACL might read differently.
"""

import re
from typing import Final

from pyoxigraph import Literal, NamedNode

from ontology.rdf import AnyTerm, Resource
from ontology.terms import XSD
from shapes.engine.errors import NotCompiled
from shapes.path_syntax import short_term
from shapes.shapes_graph import ShapesGraph

_COUNT: Final = re.compile(r"[0-9]{1,9}")


def single(shapes: ShapesGraph, shape: Resource, parameter: NamedNode) -> AnyTerm:
    """Return the only value of a parameter."""
    values = shapes.objects(shape, parameter)
    if len(values) != 1:
        raise NotCompiled(f"it has {len(values)} values of {short_term(parameter)}, where one is expected")
    return values[0]


def count(shapes: ShapesGraph, shape: Resource, parameter: NamedNode) -> int:
    """Return the only value of a parameter, an ``xsd:integer`` of 0 or more."""
    value = single(shapes, shape, parameter)
    if not isinstance(value, Literal) or value.datatype != XSD.integer or not _COUNT.fullmatch(value.value):
        raise NotCompiled(f"its {short_term(parameter)} is not a number of 0 or more")
    return int(value.value)


def boolean(shapes: ShapesGraph, shape: Resource, parameter: NamedNode) -> bool:
    """Return the only value of a parameter, ``true`` or ``false``."""
    value = single(shapes, shape, parameter)
    if not isinstance(value, Literal) or value.datatype != XSD.boolean or value.value not in ("true", "false"):
        raise NotCompiled(f"its {short_term(parameter)} is neither true nor false")
    return value.value == "true"


def iri(value: AnyTerm) -> NamedNode:
    """Return a value that is an IRI."""
    if not isinstance(value, NamedNode):
        raise NotCompiled(f"the value {value} is not an IRI")
    return value


def literal(value: AnyTerm) -> Literal:
    """Return a value that is a literal."""
    if not isinstance(value, Literal):
        raise NotCompiled(f"the value {value} is not a literal")
    return value


def string(value: AnyTerm) -> str:
    """Return the text of a value that is a literal of ``xsd:string``."""
    if not isinstance(value, Literal) or value.datatype != XSD.string:
        raise NotCompiled(f"the value {value} is not a string")
    return value.value
