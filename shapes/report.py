"""Validation reports: their results, and the forms in which they are written.

The terms are those of https://www.w3.org/TR/shacl/#validation-report. A report conforms when all of its results are
warnings and infos: those are advice.
"""

import io
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final, Self

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Triple, serialize

from ontology.terms import PREFIXES, RDF, SH, XSD
from shapes import paths

Term = NamedNode | BlankNode | Literal

_SEVERITIES: Final = {SH.Violation: "violation", SH.Warning: "warning", SH.Info: "info"}


@dataclass(frozen=True)
class Result:
    """One validation result: what is wrong with one focus node, by which constraint of which shape."""

    focus_node: Term
    component: NamedNode
    severity: NamedNode
    source_shape: paths.Node
    path: paths.Node | None = None
    value: Term | None = None
    source_constraint: paths.Node | None = None
    messages: tuple[Literal, ...] = ()

    @property
    def severity_name(self) -> str:
        """``violation``, ``warning`` or ``info``; a severity that SHACL does not define counts as ``violation``."""
        return _SEVERITIES.get(self.severity, "violation")

    def message(self, language: str = "en") -> str:
        """Return the message in a language, else the one without language, in English, or the first, in this order."""
        for wanted in (language, None, "en"):
            for message in self.messages:
                if message.language == wanted:
                    return message.value
        return self.messages[0].value if self.messages else ""


@dataclass(frozen=True)
class Report:
    """A validation report.

    ``details`` describe the blank nodes that results point at: shapes without an IRI, and paths of several steps.
    ``labels`` name the things that the results are about, by IRI.
    """

    results: tuple[Result, ...] = ()
    details: tuple[Quad, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, results: Iterable[Result], details: Iterable[Quad]) -> Self:
        """Return the report of ``results`` without repetition, by thing, then by severity, path and constraint."""
        described = tuple(details)
        nodes = paths.described(described)
        return cls(tuple(sorted(set(results), key=lambda result: _order(result, nodes))), described)

    @property
    def conforms(self) -> bool:
        """Whether there is no violation."""
        return self.count("violation") == 0

    def count(self, severity_name: str) -> int:
        """Return how many results have a severity: ``violation``, ``warning`` or ``info``."""
        return sum(result.severity_name == severity_name for result in self.results)

    def as_text(self, labels: Mapping[str, str] | None = None, language: str = "en") -> str:
        """Return the report for a reader: by thing, what is wrong and what to do about it.

        ``labels`` add to the report's own; a thing without a label is named by its IRI alone.
        """
        named = {**self.labels, **(labels or {})}
        nodes = paths.described(self.details)
        blocks = [self._summary()]
        for focus_node, results in groupby(self.results, key=lambda result: result.focus_node):
            lines = (line for result in results for line in _lines(result, nodes, language))
            blocks.append("\n".join([*_heading(focus_node, named), *lines]))
        return "\n\n".join(blocks) + "\n"

    def as_turtle(self) -> str:
        """Return the report as the RDF of SHACL, in Turtle; the same report gives the same text."""
        prefixes = {name: PREFIXES[name] for name in ("opsc", "opscsh", "rdf", "sh", "xsd")}
        turtle = io.BytesIO()
        serialize(self._triples(), turtle, RdfFormat.TURTLE, prefixes=prefixes)
        lines = turtle.getvalue().decode("utf-8").splitlines(keepends=True)
        # The serializer writes prefixes in no fixed order.
        return "".join([*sorted(lines[: len(prefixes)]), "\n", *lines[len(prefixes) :]])

    def as_json(self) -> str:
        """Return the report as JSON, in the form that ``docs/validation.md`` describes."""
        nodes = paths.described(self.details)
        content = {
            "conforms": self.conforms,
            **{f"{name}s": self.count(name) for name in _SEVERITIES.values()},
            "results": [self._flat(result, nodes) for result in self.results],
        }
        return json.dumps(content, ensure_ascii=False, indent=2) + "\n"

    def _summary(self) -> str:
        counts = ", ".join(
            f"{number} {name}{'' if number == 1 else 's'}"
            for name in _SEVERITIES.values()
            if (number := self.count(name))
        )
        verdict = "Conforms" if self.conforms else "Does not conform"
        return f"{verdict}: {counts}." if counts else f"{verdict}."

    def _flat(self, result: Result, nodes: paths.Described) -> dict[str, Any]:
        path = None if result.path is None else paths.full(result.path, nodes)
        flat = {
            "severity": result.severity_name,
            "focusNode": _text(result.focus_node),
            "focusNodeLabel": self.labels.get(_text(result.focus_node)),
            "path": path,
            **_value(result.value),
            "component": result.component.value,
            "sourceShape": _text(result.source_shape),
            "sourceConstraint": None if result.source_constraint is None else _text(result.source_constraint),
            "messages": {message.language or "": message.value for message in result.messages},
        }
        return {key: content for key, content in flat.items() if content is not None}

    def _triples(self) -> Iterator[Triple]:
        nodes = _BlankNodes(self.details)
        report = BlankNode("report")
        yield Triple(report, RDF.type, SH.ValidationReport)
        yield Triple(report, SH.conforms, Literal(str(self.conforms).lower(), datatype=XSD.boolean))
        pairs = [(BlankNode(f"result{number}"), result) for number, result in enumerate(self.results, start=1)]
        for node, _ in pairs:
            yield Triple(report, SH.result, node)
        for node, result in pairs:
            yield from _result_triples(node, result, nodes)
        yield from nodes.descriptions()


def _order(result: Result, nodes: paths.Described) -> tuple[str, ...]:
    """Return what sorts a result the same way whatever names a parser gave to the blank nodes of shapes."""
    path = "" if result.path is None else paths.full(result.path, nodes)
    terms = (result.source_shape, result.source_constraint, result.component, result.value)
    return (
        str(result.focus_node),
        str(list(_SEVERITIES.values()).index(result.severity_name)),
        path,
        *(_sortable(term) for term in terms),
        *(str(message) for message in result.messages),
    )


def _sortable(term: Term | None) -> str:
    return "" if term is None or isinstance(term, BlankNode) else str(term)


class _BlankNodes:
    """Names the blank nodes of a report in the order in which they are met, since parsers name them at random."""

    def __init__(self, details: Iterable[Quad]) -> None:
        self._details: dict[paths.Node, list[Quad]] = {}
        for quad in details:
            if isinstance(quad.subject, BlankNode):
                self._details.setdefault(quad.subject, []).append(quad)
        self._names: dict[paths.Node, BlankNode] = {}
        self._undescribed: list[paths.Node] = []

    def named(self, term: Term) -> Term:
        if not isinstance(term, BlankNode):
            return term
        if term not in self._names:
            self._names[term] = BlankNode(f"node{len(self._names) + 1}")
            self._undescribed.append(term)
        return self._names[term]

    def descriptions(self) -> Iterator[Triple]:
        """Yield the triples of every node that has been named, and of the nodes that these lead to."""
        while self._undescribed:
            node = self._undescribed.pop(0)
            for quad in sorted(self._details.get(node, []), key=_detail_order):
                value = quad.object if isinstance(quad.object, Triple) else self.named(quad.object)
                yield Triple(self._names[node], quad.predicate, value)


def labels(quads: Iterable[Quad], things: Collection[Term], predicates: Iterable[NamedNode]) -> dict[str, str]:
    """Return an English label for each of ``things`` that has one, by its IRI.

    ``predicates`` are the properties that hold labels, in order of preference.
    """
    rank = {predicate: place for place, predicate in enumerate(predicates)}
    wanted: dict[object, str] = {thing: thing.value for thing in things if isinstance(thing, NamedNode)}
    found: dict[str, tuple[int, str]] = {}
    for quad in quads:
        if quad.predicate in rank and quad.subject in wanted and isinstance(quad.object, Literal):
            iri, candidate = wanted[quad.subject], (rank[quad.predicate], quad.object.value)
            if quad.object.language in ("en", None):
                found[iri] = min(candidate, found.get(iri, candidate))
    return {iri: label for iri, (_, label) in found.items()}


def _heading(focus_node: Term, named: Mapping[str, str]) -> list[str]:
    label = named.get(_text(focus_node))
    return [str(focus_node)] if label is None else [label, f"  {focus_node}"]


def _lines(result: Result, nodes: paths.Described, language: str) -> Iterator[str]:
    subject = [] if result.path is None else [paths.short(result.path, nodes)]
    if result.value is not None and result.value != result.focus_node:
        subject.append(paths.short_term(result.value))
    yield f"  {result.severity_name}: {' '.join(subject)}".rstrip(": ")
    yield f"    {result.message(language)}"


def _result_triples(node: BlankNode, result: Result, nodes: _BlankNodes) -> Iterator[Triple]:
    yield Triple(node, RDF.type, SH.ValidationResult)
    properties: dict[NamedNode, Term | None] = {
        SH.focusNode: result.focus_node,
        SH.resultPath: result.path,
        SH.value: result.value,
        SH.resultSeverity: result.severity,
        SH.sourceConstraintComponent: result.component,
        SH.sourceShape: result.source_shape,
        SH.sourceConstraint: result.source_constraint,
    }
    for predicate, term in properties.items():
        if term is not None:
            yield Triple(node, predicate, nodes.named(term))
    for message in result.messages:
        yield Triple(node, SH.resultMessage, message)


def _detail_order(quad: Quad) -> tuple[str, str]:
    value = quad.object
    return (quad.predicate.value, "" if isinstance(value, BlankNode) else str(value))


def _text(term: Term) -> str:
    return str(term) if isinstance(term, BlankNode) else term.value


def _value(term: Term | None) -> dict[str, str | None]:
    if not isinstance(term, Literal):
        return {"value": None if term is None else _text(term)}
    datatype = None if term.language else term.datatype.value
    return {"value": term.value, "valueDatatype": datatype, "valueLanguage": term.language}
