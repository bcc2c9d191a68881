"""Messages for results of shapes without ``sh:message``: one short sentence in each language of reports."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from ontology.rdf import AnyTerm, Resource
from ontology.terms import PREFIXES, RDF, RDFS, SH, XSD
from shapes import path_syntax
from shapes.languages import LANGUAGES, Language, best
from shapes.messages import wording
from shapes.messages.nested import Nested
from shapes.messages.wording import Sentences
from shapes.report import Result
from shapes.shapes_graph import ShapesGraph

_COMPONENT: Final = "ConstraintComponent"
_LONGEST_TERM: Final = 80
_LONGEST_MESSAGE: Final = 400
_MOST_MEMBERS: Final = 6
_MOST_IN_OUTLINE: Final = 3
_LONGEST_IRI: Final = 240
_PLAIN_INTEGER: Final = re.compile("-?[0-9]+")
_NAMES: Final = (SH.name, RDFS.label)
_SINGULAR: Final = {
    ("minCount", "1"): wording.MISSING,
    ("maxCount", "1"): wording.SEVERAL_VALUES,
}


class MessageWriter:
    """Writes the messages for the shapes of one shapes graph, with prefixed names where ``prefixes`` has a prefix."""

    def __init__(self, shapes: ShapesGraph, prefixes: Mapping[str, str] = PREFIXES) -> None:
        self._shapes: Final = shapes
        self._paths: Final = path_syntax.path_triples(shapes.quads)
        self._prefixes: Final = prefixes

    def complete(self, result: Result, nested: Nested) -> Result:
        """Return the result with the messages that its shape gives, or with sentences in each language."""
        if self._is_told(result):
            return result
        sentences = wording.SENTENCES.get(_parameter(result))
        texts = (Literal(self._text(result, nested, sentences, language), language=language) for language in LANGUAGES)
        return replace(result, messages=tuple(sorted(texts, key=str)))

    def _is_told(self, result: Result) -> bool:
        """Tell whether the shape, the constraint, its component or its solution gives the messages of a result."""
        is_core = _parameter(result) in wording.SENTENCES
        return bool(result.messages) and not (is_core and not self._shapes.objects(result.source_shape, SH.message))

    def _text(self, result: Result, nested: Nested, sentences: Sentences | None, language: Language) -> str:
        fields = self._fields(result, nested, language)
        parameter = _parameter(result)
        chosen = sentences or wording.OTHER
        if sentences is not None:
            chosen = _SINGULAR.get((parameter, fields["given"]), sentences)
        if parameter == "xone" and nested.conforming:
            chosen = wording.SEVERAL_ALTERNATIVES
        text = chosen[language].format_map(fields)
        return _shortened(f"{text}{self._reason(result, nested, language)}", _LONGEST_MESSAGE)

    def _fields(self, result: Result, nested: Nested, language: Language) -> dict[str, str]:
        parameter = _parameter(result)
        values = self._shapes.objects(result.source_shape, SH[parameter]) if parameter in wording.SENTENCES else []
        given = [term for value in values for term in self._listed(value)]
        shown = [self._term(term) for term in given[:_MOST_MEMBERS]]
        return {
            "value": self._term(result.focus_node if result.value is None else result.value),
            "path": self._path(result, language),
            "given": ", ".join(shown if len(given) <= _MOST_MEMBERS else [*shown, "..."]),
            "shape": self._constraint(result, language),
            "shapes": ", ".join(self._name(shape, nested, language) for shape in nested.conforming),
            "number": str(len(nested.shapes)),
        }

    def _constraint(self, result: Result, language: Language) -> str:
        """Return the name of the shape, or of the other constraint, that a result is about."""
        parameter = _parameter(result)
        if parameter not in wording.SENTENCES:
            return self._name(result.source_constraint or result.component, Nested(), language)
        if parameter == "closed":
            return self._name(result.source_shape, Nested(), language)
        of = SH.qualifiedValueShape if parameter.startswith("qualified") else SH[parameter]
        found = [shape for shape in self._shapes.objects(result.source_shape, of) if isinstance(shape, Resource)]
        return ", ".join(self._name(shape, Nested(), language) for shape in found)

    def _reason(self, result: Result, nested: Nested, language: Language) -> str:
        if not result.details:
            return ""
        first = result.details[0].message(language)
        more = len(result.details) - 1
        counted = f" {wording.AND_MORE[language].format(number=more)}" if more else ""
        if nested.nearest is None:
            return f" {first}{counted}"
        nearest = wording.NEAREST[language].format(shape=self._name(nested.nearest, nested, language), reason=first)
        return f" {nearest}{counted}"

    def _path(self, result: Result, language: Language) -> str:
        path = None if result.path is None else path_syntax.short_path(result.path, self._paths, self._prefixes)
        named = [name for name in self._shapes.objects(result.source_shape, SH.name) if isinstance(name, Literal)]
        name = best([(name.language, name.value) for name in named], language)
        if name is None or path is None or result.path not in self._shapes.objects(result.source_shape, SH.path):
            return path or self._term(result.focus_node)
        return f"{_shortened(name, _LONGEST_TERM)} ({path})"

    def _name(self, node: Resource, nested: Nested, language: Language) -> str:
        """Return the name of a shape or constraint: its label, its IRI, or its place among alternatives."""
        for predicate in _NAMES:
            labels = [label for label in self._shapes.objects(node, predicate) if isinstance(label, Literal)]
            label = best([(label.language, label.value) for label in labels], language)
            if label is not None:
                return _shortened(label, _LONGEST_TERM)
        if not isinstance(node, BlankNode):
            return self._term(node)
        if node in nested.shapes:
            place = wording.ALTERNATIVE[language].format(number=nested.shapes.index(node) + 1)
            return f"{place} {self._outline(node)}"
        return self._outline(node)

    def _outline(self, node: Resource) -> str:
        """Return the constraints of a shape without a name, such as ``[sh:class ex:Act]``."""
        known = [name for name in self._shapes.about(node) if name.value.startswith(SH.iri) and name != SH.message]
        parts = (f"{self._term(name)} {', '.join(self._values(node, name))}" for name in known[:_MOST_IN_OUTLINE])
        return _shortened(f"[{'; '.join(parts)}", _LONGEST_TERM) + ("; ...]" if len(known) > _MOST_IN_OUTLINE else "]")

    def _values(self, node: Resource, name: NamedNode) -> list[str]:
        values = [member for value in self._shapes.objects(node, name) for member in self._listed(value)]
        return ["[...]" if isinstance(one, BlankNode) else self._term(one) for one in values[:_MOST_IN_OUTLINE]]

    def _listed(self, value: AnyTerm) -> Iterable[AnyTerm]:
        """Return the members of a list, or the value itself."""
        if value != RDF.nil and not self._shapes.objects(value, RDF.first):
            return [value]
        members: list[AnyTerm] = []
        while value != RDF.nil and len(members) <= _MOST_MEMBERS:
            members += self._shapes.objects(value, RDF.first)[:1]
            value = next(iter(self._shapes.objects(value, RDF.rest)), RDF.nil)
        return members

    def _term(self, term: AnyTerm) -> str:
        if not isinstance(term, Literal):
            text = str(term) if isinstance(term, Triple) else path_syntax.short_term(term, self._prefixes)
            return _shortened(text, _LONGEST_IRI)
        if term.datatype == XSD.integer and _PLAIN_INTEGER.fullmatch(term.value):
            return _shortened(term.value, _LONGEST_TERM)
        text = _shortened(path_syntax.short_term(term, self._prefixes), _LONGEST_TERM)
        is_typed = not term.language and term.datatype != XSD.string
        return f"{text}^^{path_syntax.short_term(term.datatype, self._prefixes)}" if is_typed else text


def _parameter(result: Result) -> str:
    """Return the local name of the parameter that the component of a result is named after."""
    name = result.component.value.removeprefix(SH.iri).removesuffix(_COMPONENT)
    return f"{name[:1].lower()}{name[1:]}"


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 3]}..."
