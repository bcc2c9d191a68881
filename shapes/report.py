"""Validation reports: their results, and whether they conform. :mod:`shapes.reports` writes them out.

The terms are those of https://www.w3.org/TR/shacl/#validation-report. Unless told otherwise, a report conforms when all
of its results are warnings and infos: those are advice.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Self
from typing import Literal as OneOf

from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from ontology.terms import SH
from shapes import paths

Term = NamedNode | BlankNode | Literal
FailOn = OneOf["violation", "warning", "info"]

_SEVERITIES: Final = {SH.Violation: "violation", SH.Warning: "warning", SH.Info: "info"}
_FAILING: Final[Mapping[FailOn, tuple[str, ...]]] = {
    "violation": ("violation",),
    "warning": ("violation", "warning"),
    "info": ("violation", "warning", "info"),
}


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
    ``labels`` name the things that the results are about, by IRI and language. ``fail_on`` is the least severity that
    makes the report one that does not conform.
    """

    results: tuple[Result, ...] = ()
    details: tuple[Quad, ...] = ()
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    fail_on: FailOn = "violation"

    @classmethod
    def of(cls, results: Iterable[Result], details: Iterable[Quad]) -> Self:
        """Return the report of ``results`` without repetition, by thing, then by severity, path and constraint."""
        described = tuple(details)
        nodes = paths.described(described)
        return cls(tuple(sorted(set(results), key=lambda result: _order(result, nodes))), described)

    @classmethod
    def merged(cls, reports: Iterable[Self]) -> Self:
        """Return several reports as one."""
        parts = list(reports)
        details = dict.fromkeys(quad for part in parts for quad in part.details)
        merged = cls.of((result for part in parts for result in part.results), details)
        return replace(merged, labels={iri: label for part in parts for iri, label in part.labels.items()})

    def about(self, things: Collection[object]) -> Self:
        """Return the report with the results about ``things`` only."""
        return replace(self, results=tuple(result for result in self.results if result.focus_node in things))

    @property
    def conforms(self) -> bool:
        """Whether no result is as severe as ``fail_on``, or more."""
        return self.conforms_at(self.fail_on)

    def count(self, severity_name: str) -> int:
        """Return how many results have a severity: ``violation``, ``warning`` or ``info``."""
        return sum(result.severity_name == severity_name for result in self.results)

    def conforms_at(self, fail_on: FailOn) -> bool:
        """Tell whether no result is as severe as ``fail_on``, or more."""
        return not any(self.count(name) for name in _FAILING[fail_on])

    def fails(self, result: Result) -> bool:
        """Tell whether a result is one for which the report does not conform."""
        return result.severity_name in _FAILING[self.fail_on]

    def label(self, iri: str, language: str) -> str | None:
        """Return the label of a thing in a language, else in English, or in the first language that there is."""
        known = self.labels.get(iri, {})
        return known.get(language) or known.get("en") or next((known[other] for other in sorted(known)), None)


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


def labels(
    quads: Iterable[Quad], things: Collection[Term], predicates: Iterable[NamedNode]
) -> dict[str, dict[str, str]]:
    """Return the labels of those of ``things`` that have any, by IRI and language; without a language is English.

    ``predicates`` are the properties that hold labels, in order of preference.
    """
    rank = {predicate: place for place, predicate in enumerate(predicates)}
    wanted: dict[object, str] = {thing: thing.value for thing in things if isinstance(thing, NamedNode)}
    found: dict[str, dict[str, tuple[int, str]]] = {}
    for quad in quads:
        if quad.predicate in rank and quad.subject in wanted and isinstance(quad.object, Literal):
            of_thing, language = found.setdefault(wanted[quad.subject], {}), quad.object.language or "en"
            candidate = (rank[quad.predicate], quad.object.value)
            of_thing[language] = min(candidate, of_thing.get(language, candidate))
    return {
        iri: {language: label for language, (_, label) in sorted(of_thing.items())} for iri, of_thing in found.items()
    }
