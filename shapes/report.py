"""Validation reports (https://www.w3.org/TR/shacl/#validation-report); :mod:`shapes.reports` serializes them.

By default a report conforms when none of its results is a violation: warnings and infos are advice.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Self
from typing import Literal as OneOf

from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from ontology.rdf import Resource, Term
from ontology.terms import PREFIXES, SH
from shapes import path_syntax
from shapes.languages import best

FailOn = OneOf["violation", "warning", "info"]

_SEVERITIES: Final = {SH.Violation: "violation", SH.Warning: "warning", SH.Info: "info"}
_FAILING: Final[Mapping[FailOn, tuple[str, ...]]] = {
    "violation": ("violation",),
    "warning": ("violation", "warning"),
    "info": ("violation", "warning", "info"),
}


@dataclass(frozen=True)
class Result:
    """A validation result (https://www.w3.org/TR/shacl/#results-validation-result).

    ``details`` are results of nested shapes, which explain this one (``sh:detail``).
    """

    focus_node: Term
    component: NamedNode
    severity: NamedNode
    source_shape: Resource
    path: Resource | None = None
    value: Term | None = None
    source_constraint: Resource | None = None
    messages: tuple[Literal, ...] = ()
    details: tuple["Result", ...] = ()

    @property
    def severity_name(self) -> str:
        """``violation``, ``warning`` or ``info``; a severity that SHACL does not define counts as ``violation``."""
        return _SEVERITIES.get(self.severity, "violation")

    def message(self, language: str = "en") -> str:
        """Return the message in a language, chosen by RFC 4647; see :func:`shapes.languages.best`."""
        return best([(message.language, message.value) for message in self.messages], language) or ""


NoteKind = OneOf[
    "no-target", "no-instance", "no-triple", "not-described", "no-effect", "not-shown", "vocabulary", "not-imported"
]


@dataclass(frozen=True)
class Note:
    """What the results do not say.

    By the kind of the note the term is a shape, class or property that looked at nothing, or the number of results that
    are not shown.
    """

    kind: NoteKind
    term: str


@dataclass(frozen=True)
class ContributionEffect:
    """What the validated data would do as a contribution: the number of triples, and of those that are new.

    ``described`` are the things that get a type, ``extended`` the things of others to which something is added.
    """

    triples: int
    new: int
    described: tuple[str, ...] = ()
    extended: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """A validation report.

    ``details`` are the triples that describe blank nodes in results: shapes without an IRI and property paths.
    ``labels`` are the labels of focus nodes by IRI and language. The report does not conform when a result has the
    severity ``fail_on`` or a worse one. ``notes`` tell what the results do not say; ``effect`` is known of data that
    were validated as a contribution. ``prefixes`` shorten IRIs for readers.
    """

    results: tuple[Result, ...] = ()
    details: tuple[Quad, ...] = ()
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    fail_on: FailOn = "violation"
    notes: tuple[Note, ...] = ()
    effect: ContributionEffect | None = None
    prefixes: Mapping[str, str] = field(default_factory=lambda: PREFIXES)

    @classmethod
    def of(cls, results: Iterable[Result], details: Iterable[Quad]) -> Self:
        """Return the report of ``results``, sorted by focus node, severity, path and constraint."""
        described = tuple(details)
        nodes = path_syntax.path_triples(described)
        return cls(tuple(sorted(results, key=lambda result: _order(result, nodes))), described)

    @classmethod
    def merged(cls, reports: Iterable[Self]) -> Self:
        """Merge several reports into one."""
        parts = list(reports)
        details = dict.fromkeys(quad for part in parts for quad in part.details)
        merged = cls.of((result for part in parts for result in part.results), details)
        return replace(
            merged,
            labels={iri: label for part in parts for iri, label in part.labels.items()},
            notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        )

    def about(self, focus_nodes: Collection[object]) -> Self:
        """Return the report with only the results of these focus nodes."""
        return replace(self, results=tuple(result for result in self.results if result.focus_node in focus_nodes))

    @property
    def conforms(self) -> bool:
        """Whether no result is as severe as ``fail_on``, or more: not ``sh:conforms``, which is ``is_empty``."""
        return self.conforms_at(self.fail_on)

    @property
    def is_empty(self) -> bool:
        """Whether there is no result of any severity, which is the meaning of ``sh:conforms``."""
        return not self.results

    def distinct(self) -> Self:
        """Return the report for readers: results that are equal in all that they say are shown once."""
        return replace(self, results=tuple(dict.fromkeys(self.results)))

    def count(self, severity_name: str) -> int:
        """Return the number of results with a severity: ``violation``, ``warning`` or ``info``."""
        return sum(result.severity_name == severity_name for result in self.results)

    def conforms_at(self, fail_on: FailOn) -> bool:
        """Tell whether no result is as severe as ``fail_on``, or more."""
        return not any(self.count(name) for name in _FAILING[fail_on])

    def fails(self, result: Result) -> bool:
        """Tell whether a result has a severity for which the report does not conform."""
        return result.severity_name in _FAILING[self.fail_on]

    def label(self, iri: str, language: str) -> str | None:
        """Return the label of a focus node in a language, chosen by RFC 4647; see :func:`shapes.languages.best`."""
        return best(sorted(self.labels.get(iri, {}).items()), language)


def _order(result: Result, nodes: path_syntax.PathTriples) -> tuple[str, ...]:
    """Return a sort key that does not depend on the labels of blank nodes."""
    path = "" if result.path is None else path_syntax.full_path(result.path, nodes)
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
    """Return the labels of ``things`` by IRI and language; a label without language counts as English.

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
