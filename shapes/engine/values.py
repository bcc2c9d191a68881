"""Constraints that each value passes or fails for itself: value type, range, string and membership constraints.

Each function takes the values of a parameter in the shapes graph and returns a check; it raises ``NotCompiled`` for
parameters that pySHACL might refuse.
"""

import operator
import re
from collections.abc import Callable
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode

from ontology.terms import RDF, RDFS, SH
from shapes.adapter import literals
from shapes.data import Data, Terms
from shapes.engine import parameters
from shapes.engine.checks import OfValues
from shapes.engine.errors import NotCompiled
from shapes.engine.paths import members
from shapes.graph import Node, ShapesGraph, Term

_KINDS: Final[dict[NamedNode, tuple[type, ...]]] = {
    SH.IRI: (NamedNode,),
    SH.BlankNode: (BlankNode,),
    SH.Literal: (Literal,),
    SH.BlankNodeOrIRI: (BlankNode, NamedNode),
    SH.BlankNodeOrLiteral: (BlankNode, Literal),
    SH.IRIOrLiteral: (NamedNode, Literal),
}
_ORDERS: Final[dict[NamedNode, Callable[[int, int], bool]]] = {
    SH.minExclusive: operator.gt,
    SH.minInclusive: operator.ge,
    SH.maxExclusive: operator.lt,
    SH.maxInclusive: operator.le,
}


def class_(shapes: ShapesGraph, shape: Node) -> OfValues:
    """``sh:class``: every value is an instance of every class."""
    classes = [parameters.iri(value) for value in shapes.objects(shape, SH["class"])]

    def failing(data: Data, values: Terms) -> Terms:
        return {value for class_ in classes for value in values - data.instances(class_)}

    return OfValues(failing)


def datatype(shapes: ShapesGraph, shape: Node) -> OfValues:
    """``sh:datatype``: every value is a literal of the datatype, and well-typed."""
    wanted = parameters.iri(parameters.single(shapes, shape, SH.datatype))
    if wanted in (RDFS.Literal, RDFS.Datatype):
        raise NotCompiled(f"pySHACL has a meaning of its own for sh:datatype {wanted}")

    def fits(value: Term) -> bool:
        return isinstance(value, Literal) and value.datatype == wanted and literals.is_well_typed(value)

    return _each(fits)


def node_kind(shapes: ShapesGraph, shape: Node) -> OfValues:
    """``sh:nodeKind``: every value is an IRI, a blank node or a literal."""
    kinds = _KINDS.get(parameters.iri(parameters.single(shapes, shape, SH.nodeKind)))
    if kinds is None:
        raise NotCompiled("its sh:nodeKind is not one of the six that SHACL knows")
    return _each(lambda value: isinstance(value, kinds))


def range_(parameter: NamedNode) -> Callable[[ShapesGraph, Node], OfValues]:
    """``sh:minInclusive`` and its like: every value is a literal in the right order to every bound."""
    holds = _ORDERS[parameter]

    def check(shapes: ShapesGraph, shape: Node) -> OfValues:
        bounds = [parameters.literal(value) for value in shapes.objects(shape, parameter)]

        def fits(value: Term) -> bool:
            return isinstance(value, Literal) and all(
                literals.compared(value, bound, lambda order: holds(order, 0)) for bound in bounds
            )

        return _each(fits)

    return check


def min_length(shapes: ShapesGraph, shape: Node) -> OfValues:
    """``sh:minLength``: the text of every value is at least so long; blank nodes have none."""
    least = parameters.count(shapes, shape, SH.minLength)
    return _each(lambda value: least == 0 or (not isinstance(value, BlankNode) and len(_text(value)) >= least))


def max_length(shapes: ShapesGraph, shape: Node) -> OfValues:
    """``sh:maxLength``: the text of every value is at most so long; blank nodes have none."""
    most = parameters.count(shapes, shape, SH.maxLength)
    return _each(lambda value: not isinstance(value, BlankNode) and len(_text(value)) <= most)


def pattern(shapes: ShapesGraph, shape: Node) -> OfValues:
    """``sh:pattern`` with ``sh:flags``: the text of every value contains a match of every pattern.

    The expressions are those of Python, as in pySHACL.
    """
    texts = [parameters.literal(value).value for value in shapes.objects(shape, SH.pattern)]
    flags = [parameters.literal(value).value.lower() for value in shapes.objects(shape, SH.flags)]
    if len(flags) > 1:
        raise NotCompiled("it has more than one sh:flags")
    options = re.NOFLAG
    for name, option in (("i", re.IGNORECASE), ("m", re.MULTILINE)):
        if flags and name in flags[0]:
            options |= option
    try:
        expressions = [re.compile(text, options) for text in texts]
    except (re.error, RecursionError, OverflowError) as error:
        raise NotCompiled(f"its sh:pattern is not a regular expression of Python: {error}") from error

    def fits(value: Term) -> bool:
        return not isinstance(value, BlankNode) and all(found.search(_text(value)) for found in expressions)

    return _each(fits)


def language_in(shapes: ShapesGraph, shape: Node) -> OfValues:
    """``sh:languageIn``: every value has a language of the list, or one whose first part is in the list."""
    ranges = members(shapes, parameters.single(shapes, shape, SH.languageIn))
    wanted = {parameters.string(value).lower() for value in ranges}

    def fits(value: Term) -> bool:
        language = (value.language or "").lower() if isinstance(value, Literal) else ""
        return language != "" and not wanted.isdisjoint({"*", language, language.split("-")[0]})

    return _each(fits)


def in_(shapes: ShapesGraph, shape: Node) -> OfValues:
    """``sh:in``: every value is a member of the list."""
    allowed = set(members(shapes, parameters.single(shapes, shape, SH["in"])))
    return OfValues(lambda _, values: values - allowed)


def closed(shapes: ShapesGraph, shape: Node) -> OfValues:
    """``sh:closed``: every value has no properties but those of the property shapes and the ignored ones."""
    if not parameters.boolean(shapes, shape, SH.closed):
        return OfValues(lambda _, __: set())
    allowed = {path for child in shapes.objects(shape, SH.property) for path in shapes.objects(child, SH.path)}
    for ignored in shapes.objects(shape, SH.ignoredProperties):
        allowed.update(members(shapes, ignored))

    def failing(data: Data, values: Terms) -> Terms:
        return {
            value
            for value in values
            for predicate, found in data.about(value)
            if predicate not in allowed and (predicate, found) != (RDF.type, RDFS.Resource)
        }

    return OfValues(failing)


def _each(fits: Callable[[Term], bool]) -> OfValues:
    return OfValues(lambda _, values: {value for value in values if not fits(value)})


def _text(value: Term) -> str:
    return value.value if isinstance(value, NamedNode | Literal) else str(value)
