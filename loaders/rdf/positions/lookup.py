"""Positions of triples and subjects in files of Turtle, TriG, N-Triples and N-Quads.

pyoxigraph keeps no positions, so the text is parsed a second time (:mod:`loaders.rdf.positions.statement_parser`). Both
results are compared triple by triple; where they differ there is no position, rather than a wrong one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from operator import attrgetter
from typing import Final, Protocol, Self

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Store

from loaders.rdf import reader
from loaders.rdf.positions.lines import Lines
from loaders.rdf.positions.spans import Span, TripleSpans, triple_spans
from loaders.rdf.positions.statement_parser import StatementParserError
from loaders.rdf.positions.tokens import TOKEN
from loaders.tables import decode
from ontology.memory import without_collection
from ontology.rdf import Term
from ontology.terms import RDF, SH, XSD

FORMATS: Final = frozenset({RdfFormat.TURTLE, RdfFormat.TRIG, RdfFormat.N_TRIPLES, RdfFormat.N_QUADS})
"""The formats whose triples have positions."""

_SUBJECT, _OBJECT = attrgetter("subject"), attrgetter("object")
_COMPONENTS_OF_MISSING_VALUES: Final = frozenset(
    {SH.MinCountConstraintComponent, SH.QualifiedMinCountConstraintComponent, SH.HasValueConstraintComponent}
)


@dataclass(frozen=True)
class Position:
    """A range in a file: 1-based lines and columns, counted in characters; the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class ValidationResult(Protocol):
    """A validation result (https://www.w3.org/TR/shacl/#results-validation-result)."""

    @property
    def focus_node(self) -> Term:
        """The focus node."""

    @property
    def path(self) -> NamedNode | BlankNode | None:
        """The result path: a predicate, or the head of another property path."""

    @property
    def value(self) -> Term | None:
        """The value node."""

    @property
    def component(self) -> NamedNode:
        """The source constraint component."""


class _PositionedText:
    """The text of one file."""

    def __init__(self, file_name: str, text: str, lines: Lines) -> None:
        self._file_name = file_name
        self._text = text
        self._lines = lines

    def position(self, start: int, end: int) -> Position:
        line, column = self._lines.place(start)
        return Position(self._file_name, line, column, *self._lines.place(end))

    def position_of_token(self, start: int) -> Position:
        token = TOKEN.match(self._text, start)
        return self.position(start, start if token is None else token.end())


class _TripleIndex:
    """The triples of one file, with their spans."""

    def __init__(self, text: _PositionedText, quads: Sequence[Quad], spans: TripleSpans) -> None:
        self._text = text
        self._quads = quads
        self._spans = spans
        self._numbers_by_subject: dict[Term, dict[object, list[int]]] = {}
        self._stored_numbers_by_subject: dict[Term, dict[object, list[int]]] = {}

    def of_triple(self, subject: Term, predicate: NamedNode | None, value: Term | None) -> Position | None:
        """Return the first position of a triple; ``None`` matches any predicate, or any value."""
        span = self._first(self._numbers_by_pattern(subject).get((predicate, value), ()))
        if span is None and isinstance(value, Literal):
            span = self._first(self._numbers_by_stored_pattern(subject).get((predicate, value), ()))
        return None if span is None else self._text.position(span.start, span.end)

    def of_subject(self, subject: Term) -> Position | None:
        span = self._first(self._numbers(subject))
        return None if span is None else self._text.position_of_token(span.subject)

    def of_value(self, value: Term) -> Position | None:
        span = self._first(self._values.get(value, ()))
        return None if span is None else self._text.position(span.start, span.end)

    def _first(self, numbers: Iterable[int]) -> Span | None:
        return next(filter(None, map(self._spans.span, numbers)), None)

    @cached_property
    def _values(self) -> dict[object, list[int]]:
        """The numbers of the triples, by value."""
        numbers: dict[object, list[int]] = {}
        with without_collection():
            for number, value in enumerate(map(_OBJECT, self._quads)):
                numbers.setdefault(value, []).append(number)
        return numbers

    @cached_property
    def _beginnings(self) -> dict[object, list[int]]:
        """The numbers of the triples with another subject than the triple before, by subject."""
        numbers: dict[object, list[int]] = {}
        before: object = None
        with without_collection():
            for number, subject in enumerate(map(_SUBJECT, self._quads)):
                if subject != before:
                    numbers.setdefault(subject, []).append(number)
                    before = subject
        return numbers

    def _numbers(self, subject: Term) -> Iterator[int]:
        """Yield the numbers of the triples with this subject."""
        for beginning in self._beginnings.get(subject, ()):
            same = takewhile(lambda number: self._quads[number].subject == subject, range(beginning, len(self._quads)))
            yield from same

    def _numbers_by_pattern(self, subject: Term) -> dict[object, list[int]]:
        """Return the numbers of the triples with this subject, by predicate and value and by each of them alone."""
        if subject not in self._numbers_by_subject:
            numbers = self._numbers_by_subject[subject] = {}
            for number in self._numbers(subject):
                quad = self._quads[number]
                numbers.setdefault((quad.predicate, quad.object), []).append(number)
                numbers.setdefault((quad.predicate, None), []).append(number)
                numbers.setdefault((None, quad.object), []).append(number)
        return self._numbers_by_subject[subject]

    def _numbers_by_stored_pattern(self, subject: Term) -> dict[object, list[int]]:
        """Return the same with each literal as a store would rewrite it, such as ``1`` for ``01``."""
        if subject not in self._stored_numbers_by_subject:
            numbers = self._stored_numbers_by_subject[subject] = {}
            for number in self._numbers(subject):
                quad = self._quads[number]
                if isinstance(quad.object, Literal):
                    numbers.setdefault((quad.predicate, _as_stored(quad.object)), []).append(number)
        return self._stored_numbers_by_subject[subject]


def _as_stored(literal: Literal) -> Term:
    if literal.language or literal.datatype == XSD.string:
        return literal
    store = Store()
    store.add(Quad(RDF.nil, RDF.first, literal))
    (quad,) = store
    value: Term = quad.object
    return value


class Positions:
    """The positions of the triples of files."""

    def __init__(self, files: Sequence[str] = (), known: Sequence[_TripleIndex] = ()) -> None:
        self.files = tuple(files)
        self._known = tuple(known)

    @classmethod
    def merged(cls, parts: Iterable[Self]) -> Self:
        """Merge the positions in several files; a triple in two files has its position in the first."""
        listed = list(parts)
        return cls([name for part in listed for name in part.files], [file for part in listed for file in part._known])

    def of_triple(self, subject: Term, predicate: NamedNode | None, value: Term | None) -> Position | None:
        """Return the position of a value in its first triple; ``None`` matches any predicate, or any value."""
        return next(filter(None, (file.of_triple(subject, predicate, value) for file in self._known)), None)

    def of_subject(self, subject: Term) -> Position | None:
        """Return the position of a subject in its first triple, or of its bracket."""
        return next(filter(None, (file.of_subject(subject) for file in self._known)), None)

    def of_value(self, value: Term) -> Position | None:
        """Return the position of a value in its first triple."""
        return next(filter(None, (file.of_value(value) for file in self._known)), None)

    def of(self, result: ValidationResult) -> Position | None:
        """Return the position of the triple that a result is about, or of the focus node where there is none.

        A focus node that is not a subject has the position of its first use as object.
        """
        found: Position | None = None
        if isinstance(result.path, NamedNode) and (
            result.value is not None or result.component not in _COMPONENTS_OF_MISSING_VALUES
        ):
            found = self.of_triple(result.focus_node, result.path, result.value)
        elif result.path is None and result.value is not None:
            found = self.of_triple(result.focus_node, None, result.value)
        return found or self.of_subject(result.focus_node) or self.of_value(result.focus_node)


def positions(
    data: bytes,
    rdf_format: RdfFormat | str,
    file_name: str,
    *,
    base_iri: str | None = None,
    quads: Sequence[Quad] | None = None,
) -> Positions:
    """Return the positions of triples in ``data``, with blank nodes labelled as by :func:`loaders.rdf.reader.parse`.

    Args:
        data: The content of a file, in UTF-8.
        rdf_format: The format, or the media type that names it; formats without positions give none.
        file_name: The name of the file in positions.
        base_iri: The base that relative IRIs are resolved against.
        quads: The result of :func:`loaders.rdf.reader.parse` for these arguments; by default it is called.

    Raises:
        InputError: The data cannot be parsed.
    """
    if isinstance(rdf_format, str):
        rdf_format = reader.format_of_media_type(rdf_format, file_name)
    if rdf_format not in FORMATS:
        return Positions([file_name])
    if quads is None:
        quads = reader.parse(data, rdf_format, file_name, base_iri=base_iri)
    text = decode(file_name, data)
    lines = Lines(text)
    try:
        found = triple_spans(text, lines, rdf_format, base_iri, quads)
    except StatementParserError:
        return Positions([file_name])
    return Positions([file_name], [_TripleIndex(_PositionedText(file_name, text, lines), quads, found)])
