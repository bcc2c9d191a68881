"""String-based constraints: ``sh:minLength``, ``sh:maxLength``, ``sh:pattern``, ``sh:languageIn``, ``sh:uniqueLang``.

https://www.w3.org/TR/shacl/#core-components-string
"""

import re
from collections.abc import Iterable

from pyoxigraph import BlankNode, Literal, NamedNode

from ontology.rdf import AnyTerm, Resource
from ontology.terms import SH
from shapes.data_graph import DataGraph, Relation, Terms
from shapes.engine import parameters
from shapes.engine.checks import FocusNodeCheck, ValueNodeCheck, each_value_node
from shapes.engine.errors import NotCompiled
from shapes.engine.property_paths import members
from shapes.shapes_graph import ShapesGraph
from shapes.xsd import languages, patterns


def min_length(shapes: ShapesGraph, shape: Resource) -> ValueNodeCheck:
    """``sh:minLength``: the text of every value has at least so many characters; blank nodes have none."""
    least = parameters.count(shapes, shape, SH.minLength)
    return each_value_node(
        lambda value: least == 0 or (not isinstance(value, BlankNode) and len(_text(value)) >= least)
    )


def max_length(shapes: ShapesGraph, shape: Resource) -> ValueNodeCheck:
    """``sh:maxLength``: the text of every value has at most so many characters; blank nodes have none."""
    most = parameters.count(shapes, shape, SH.maxLength)
    return each_value_node(lambda value: not isinstance(value, BlankNode) and len(_text(value)) <= most)


def pattern(shapes: ShapesGraph, shape: Resource) -> ValueNodeCheck:
    """``sh:pattern`` with ``sh:flags``: the text of every value contains a match of every pattern, as in XPath."""
    texts = [parameters.literal(value).value for value in shapes.objects(shape, SH.pattern)]
    flags = [parameters.literal(value).value for value in shapes.objects(shape, SH.flags)]
    if len(flags) > 1:
        raise NotCompiled("it has more than one sh:flags")
    try:
        expressions = [patterns.compiled(text, *flags) for text in texts]
    except (re.error, RecursionError, OverflowError) as error:
        raise NotCompiled(f"its sh:pattern is not a regular expression: {error}") from error

    def fits(value: AnyTerm) -> bool:
        return not isinstance(value, BlankNode) and all(expression.search(_text(value)) for expression in expressions)

    return each_value_node(fits)


def single_line(shapes: ShapesGraph, shape: Resource) -> ValueNodeCheck:
    """``sh:singleLine`` (SHACL 1.2, draft): no value has a line break."""
    if not parameters.boolean(shapes, shape, SH.singleLine):
        return ValueNodeCheck(lambda _, __: set())
    return each_value_node(lambda value: not (isinstance(value, Literal) and patterns.LINE_BREAK.search(value.value)))


def language_in(shapes: ShapesGraph, shape: Resource) -> ValueNodeCheck:
    """``sh:languageIn``: the language of every value is in one of the language ranges, as for ``langMatches``."""
    listed = members(shapes, parameters.single(shapes, shape, SH.languageIn))
    ranges = [parameters.string(value) for value in listed]

    def fits(value: AnyTerm) -> bool:
        return isinstance(value, Literal) and any(languages.matches(value.language, wanted) for wanted in ranges)

    return each_value_node(fits)


def unique_lang(shapes: ShapesGraph, shape: Resource) -> FocusNodeCheck:
    """``sh:uniqueLang``: no two values have the same language."""
    if not parameters.boolean(shapes, shape, SH.uniqueLang):
        return FocusNodeCheck(lambda *_: set())

    def failing(_: DataGraph, __: Terms, values: Relation) -> Terms:
        return {node for node, found in values.repeated.items() if _repeats_language(found)}

    return FocusNodeCheck(failing)


def _text(value: AnyTerm) -> str:
    return value.value if isinstance(value, NamedNode | Literal) else str(value)


def _repeats_language(values: Iterable[AnyTerm]) -> bool:
    languages = [value.language.lower() for value in values if isinstance(value, Literal) and value.language]
    return len(languages) > len(set(languages))
