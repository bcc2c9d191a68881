"""Tests of the values that a property of a shape may have.

Each test returns why a value cannot be used, as the end of a sentence that begins with the property ("is ...; give
..."), or ``None``.
"""

import re
from collections.abc import Callable, Iterable
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode

from ontology.rdf import AnyTerm
from ontology.terms import RDF, SH, XSD
from shapes.shapes_graph import ShapesGraph
from shapes.wellformed import paths
from shapes.wellformed.lists import BrokenList, members
from shapes.wellformed.naming import nearest, shown
from shapes.wellformed.vocabulary import LISTED_NODE_KINDS, NODE_KINDS, SEVERITIES, Value
from shapes.xsd import patterns
from shapes.xsd.lexical import is_well_typed

Test = Callable[[ShapesGraph, AnyTerm], str | None]

_COUNT: Final = re.compile(r"\+?[0-9]{1,1000}|-0+")
_TEXTS: Final = frozenset({XSD.string, RDF.langString})
_PREFIX: Final = re.compile(r"(?:[^\W\d_](?:[\w.-]*[\w-])?)?")


def mistake(shapes: ShapesGraph, kind: Value, value: AnyTerm) -> str | None:
    """Return why ``value`` is not of the kind that a property needs, or ``None``."""
    return _TESTS[kind](shapes, value)


def is_shape(shapes: ShapesGraph, value: AnyTerm) -> str | None:
    """Return why a value cannot be a shape."""
    del shapes
    if isinstance(value, Literal):
        return f"is the text {shown(value)}, where a shape belongs; write its IRI without quotation marks"
    return None if isinstance(value, NamedNode | BlankNode) else f"is {shown(value)}, where a shape belongs"


def _node_shape(shapes: ShapesGraph, value: AnyTerm) -> str | None:
    if shapes.objects(value, SH.path):
        return f"is {shown(value)}, a property shape; use sh:property for it"
    return is_shape(shapes, value)


def _property_shape(shapes: ShapesGraph, value: AnyTerm) -> str | None:
    literal = is_shape(shapes, value)
    if literal is None and not shapes.objects(value, SH.path):
        missing = "" if shapes.about(value) else ", which the shapes do not describe"
        return f"is {shown(value)}{missing}: a property shape needs sh:path"
    return literal


def _each(test: Test, what: str) -> Test:
    def of_list(shapes: ShapesGraph, value: AnyTerm) -> str | None:
        try:
            listed = members(shapes, value)
        except BrokenList as broken:
            return f"{broken}; give a list {what}, such as ( ... )"
        found = next((found for member in listed if (found := test(shapes, member))), None)
        return f"has a member that {found}" if found else None

    return of_list


def _list_of_shapes(shapes: ShapesGraph, value: AnyTerm) -> str | None:
    if value == RDF.nil:
        return "is an empty list; give at least one shape"
    return _each(is_shape, "of shapes")(shapes, value)


def _iri(shapes: ShapesGraph, value: AnyTerm) -> str | None:
    del shapes
    if isinstance(value, Literal):
        return f"is the text {shown(value)}, where an IRI belongs; write it without quotation marks"
    return None if isinstance(value, NamedNode) else f"is {shown(value)}, where an IRI belongs"


def _iri_or_list(shapes: ShapesGraph, value: AnyTerm) -> str | None:
    if not _starts_list(shapes, value):
        return _iri(shapes, value)
    if value == RDF.nil:
        return "is an empty list; give at least one IRI"
    return _each(_iri, "of IRIs")(shapes, value)


def _iri_or_literal(shapes: ShapesGraph, value: AnyTerm) -> str | None:
    del shapes
    return None if isinstance(value, NamedNode | Literal) else f"is {shown(value)}; give an IRI or a literal"


def _resource(shapes: ShapesGraph, value: AnyTerm) -> str | None:
    del shapes
    is_literal = isinstance(value, Literal)
    return f"is the literal {shown(value)}, where an IRI or a blank node belongs" if is_literal else None


def _text(shapes: ShapesGraph, value: AnyTerm) -> str | None:
    del shapes
    is_text = isinstance(value, Literal) and value.datatype in _TEXTS
    return None if is_text else f"is {_described(value)}; give a text in quotation marks, with or without a language"


def _string(shapes: ShapesGraph, value: AnyTerm) -> str | None:
    del shapes
    is_string = isinstance(value, Literal) and value.datatype == XSD.string
    return None if is_string else f"is {_described(value)}; give a text in quotation marks, without a language"


def _boolean(shapes: ShapesGraph, value: AnyTerm) -> str | None:
    del shapes
    is_boolean = isinstance(value, Literal) and value.datatype == XSD.boolean
    is_value = is_boolean and isinstance(value, Literal) and is_well_typed(value.value, XSD.boolean)
    return None if is_value else f"is {_described(value)}; give true or false, without quotation marks"


def _count(shapes: ShapesGraph, value: AnyTerm) -> str | None:
    del shapes
    is_integer = isinstance(value, Literal) and value.datatype == XSD.integer
    is_count = is_integer and isinstance(value, Literal) and _COUNT.fullmatch(value.value) is not None
    return None if is_count else f"is {_described(value)}; give an integer of 0 or more, such as 1"


def _literal(shapes: ShapesGraph, value: AnyTerm) -> str | None:
    del shapes
    return None if isinstance(value, Literal) else f"is {shown(value)}, where a literal belongs"


def _node_kind(shapes: ShapesGraph, value: AnyTerm) -> str | None:
    if _starts_list(shapes, value):
        return "is an empty list" if value == RDF.nil else _each(_listed_node_kind, "of node kinds")(shapes, value)
    if value in NODE_KINDS:
        return None
    wanted = "give sh:IRI, sh:BlankNode, sh:Literal or two of them, as sh:IRIOrLiteral"
    return f"is {_described(value)}{_meant(value, NODE_KINDS)}; {wanted}"


def _listed_node_kind(shapes: ShapesGraph, value: AnyTerm) -> str | None:
    del shapes
    is_listed = value in LISTED_NODE_KINDS
    return None if is_listed else f"is {_described(value)}; list sh:IRI, sh:BlankNode and sh:Literal only"


def _severity(shapes: ShapesGraph, value: AnyTerm) -> str | None:
    del shapes
    is_own = isinstance(value, NamedNode) and not value.value.startswith(SH.iri)
    if is_own or value in SEVERITIES:
        return None
    wanted = "give sh:Violation, sh:Warning, sh:Info or a severity of your own, as an IRI"
    return f"is {_described(value)}{_meant(value, SEVERITIES)}; {wanted}"


def _pattern(shapes: ShapesGraph, value: AnyTerm) -> str | None:
    # The flags of the shape are judged with the pattern; see :mod:`shapes.wellformed.check`.
    return _string(shapes, value)


def _flags(shapes: ShapesGraph, value: AnyTerm) -> str | None:
    wrong = _string(shapes, value)
    unknown = "" if wrong or not isinstance(value, Literal) else "".join(sorted(set(value.value) - patterns.FLAGS))
    return wrong or (f"is {shown(value)}; the flags are s, m, i, x and q" if unknown else None)


def _prefix(shapes: ShapesGraph, value: AnyTerm) -> str | None:
    wrong = _string(shapes, value)
    is_prefix = isinstance(value, Literal) and _PREFIX.fullmatch(value.value) is not None
    return wrong or (None if is_prefix else f'is {shown(value)}; give a prefix without its colon, such as "ex"')


def _namespace(shapes: ShapesGraph, value: AnyTerm) -> str | None:
    del shapes
    is_text = isinstance(value, Literal) and value.datatype in (XSD.anyURI, XSD.string)
    unusable = re.search(r'[<>"{}|^`\\\x00-\x20]', value.value) if isinstance(value, Literal) else None
    wanted = 'give an IRI as xsd:anyURI, such as "http://example.org/"^^xsd:anyURI'
    return None if is_text and unusable is None else f"is {_described(value)}; {wanted}"


def _starts_list(shapes: ShapesGraph, value: AnyTerm) -> bool:
    return value == RDF.nil or not shapes.about(value).keys().isdisjoint((RDF.first, RDF.rest))


def _described(value: AnyTerm) -> str:
    if not isinstance(value, Literal) or value.datatype in (XSD.string, RDF.langString):
        return shown(value)
    return f"{shown(value)} of the datatype {shown(value.datatype)}"


def _meant(value: AnyTerm, among: Iterable[NamedNode]) -> str:
    is_of_shacl = isinstance(value, NamedNode) and value.value.startswith(SH.iri)
    found = nearest(value, among) if is_of_shacl and isinstance(value, NamedNode) else None
    return f" (did you mean {shown(found)}?)" if found is not None else ""


_TESTS: Final[dict[Value, Test]] = {
    "any term": lambda *_: None,
    "IRI or literal": _iri_or_literal,
    "IRI": _iri,
    "resource": _resource,
    "text": _text,
    "boolean": _boolean,
    "count": _count,
    "literal": _literal,
    "list": _each(lambda *_: None, "of values"),
    "list of IRIs": _each(_iri, "of IRIs"),
    "list of texts": _each(_string, "of language tags"),
    "IRI or list": _iri_or_list,
    "node kind": _node_kind,
    "severity": _severity,
    "path": paths.mistake,
    "shape": is_shape,
    "node shape": _node_shape,
    "property shape": _property_shape,
    "list of shapes": _list_of_shapes,
    "pattern": _pattern,
    "flags": _flags,
    "query": _string,
    "namespace": _namespace,
    "prefix": _prefix,
}
