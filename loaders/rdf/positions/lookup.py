"""Where triples and subjects stand in a file: line and column, for Turtle, TriG, N-Triples and N-Quads.

Parsers keep no positions, so the text is read a second time, for its layout alone
(:mod:`loaders.rdf.positions.layout`). Both readings are compared triple by triple; where they differ there is no
position, because a wrong one is worse than none.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from operator import attrgetter
from typing import Final, Protocol, Self

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Store

from loaders.rdf import reader
from loaders.rdf.positions.layout import LayoutError
from loaders.rdf.positions.lines import Lines
from loaders.rdf.positions.spans import Places, Span, Term, places
from loaders.rdf.positions.tokens import TOKEN
from loaders.tables import decode
from ontology.memory import without_collection
from ontology.terms import RDF, SH, XSD

FORMATS: Final = frozenset({RdfFormat.TURTLE, RdfFormat.TRIG, RdfFormat.N_TRIPLES, RdfFormat.N_QUADS})
"""The formats whose triples have positions."""

_SUBJECT, _OBJECT = attrgetter("subject"), attrgetter("object")
_OF_WHAT_IS_MISSING: Final = frozenset(
    {SH.MinCountConstraintComponent, SH.QualifiedMinCountConstraintComponent, SH.HasValueConstraintComponent}
)


@dataclass(frozen=True)
class Position:
    """A place in a file: 1-based lines and columns that count characters; the end is the column after the last."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Finding(Protocol):
    """What a position is looked up for: a validation result."""

    @property
    def focus_node(self) -> Term:
        """What the finding is about."""

    @property
    def path(self) -> NamedNode | BlankNode | None:
        """The property that is wrong or missing, or the head of a property path."""

    @property
    def value(self) -> Term | None:
        """The offending value."""

    @property
    def component(self) -> NamedNode:
        """The constraint component of SHACL."""


class _Text:
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


class _File:
    """The triples of one file, with the places where they stand."""

    def __init__(self, text: _Text, quads: Sequence[Quad], found: Places) -> None:
        self._text = text
        self._quads = quads
        self._places = found
        self._said: dict[Term, dict[object, list[int]]] = {}
        self._rewritten: dict[Term, dict[object, list[int]]] = {}

    def of_triple(self, subject: Term, predicate: NamedNode | None, value: Term | None) -> Position | None:
        """Return the first place of a triple; ``None`` stands for any property, or for any value."""
        span = self._first(self._saying(subject).get((predicate, value), ()))
        if span is None and isinstance(value, Literal):
            span = self._first(self._saying_rewritten(subject).get((predicate, value), ()))
        return None if span is None else self._text.position(span.start, span.end)

    def of_subject(self, subject: Term) -> Position | None:
        span = self._first(self._numbers(subject))
        return None if span is None else self._text.position_of_token(span.subject)

    def of_value(self, value: Term) -> Position | None:
        span = self._first(self._values.get(value, ()))
        return None if span is None else self._text.position(span.start, span.end)

    def _first(self, numbers: Iterable[int]) -> Span | None:
        return next(filter(None, map(self._places.span, numbers)), None)

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
        """The numbers of the triples that are about something else than the one before them, by subject."""
        numbers: dict[object, list[int]] = {}
        before: object = None
        with without_collection():
            for number, subject in enumerate(map(_SUBJECT, self._quads)):
                if subject != before:
                    numbers.setdefault(subject, []).append(number)
                    before = subject
        return numbers

    def _numbers(self, subject: Term) -> Iterator[int]:
        """Yield the numbers of the triples about ``subject``."""
        for beginning in self._beginnings.get(subject, ()):
            same = takewhile(lambda number: self._quads[number].subject == subject, range(beginning, len(self._quads)))
            yield from same

    def _saying(self, subject: Term) -> dict[object, list[int]]:
        """Return the numbers of the triples about ``subject``, by predicate and value and by each of them alone."""
        if subject not in self._said:
            said = self._said[subject] = {}
            for number in self._numbers(subject):
                quad = self._quads[number]
                said.setdefault((quad.predicate, quad.object), []).append(number)
                said.setdefault((quad.predicate, None), []).append(number)
                said.setdefault((None, quad.object), []).append(number)
        return self._said[subject]

    def _saying_rewritten(self, subject: Term) -> dict[object, list[int]]:
        """Return the same with each literal as a store would write it, such as ``1`` for ``01``."""
        if subject not in self._rewritten:
            rewritten = self._rewritten[subject] = {}
            for number in self._numbers(subject):
                quad = self._quads[number]
                if isinstance(quad.object, Literal):
                    rewritten.setdefault((quad.predicate, _as_stored(quad.object)), []).append(number)
        return self._rewritten[subject]


def _as_stored(literal: Literal) -> Term:
    if literal.language or literal.datatype == XSD.string:
        return literal
    store = Store()
    store.add(Quad(RDF.nil, RDF.first, literal))
    (quad,) = store
    value: Term = quad.object
    return value


class Positions:
    """Where the triples of some files stand; what is not known to stand anywhere has no position."""

    def __init__(self, files: Sequence[str] = (), known: Sequence[_File] = ()) -> None:
        self.files = tuple(files)
        self._known = tuple(known)

    @classmethod
    def merged(cls, parts: Iterable[Self]) -> Self:
        """Return the positions in several files as one; what stands in two of them has its position in the first."""
        listed = list(parts)
        return cls([name for part in listed for name in part.files], [file for part in listed for file in part._known])

    def of_triple(self, subject: Term, predicate: NamedNode | None, value: Term | None) -> Position | None:
        """Return where a triple first stands: the place of its value; ``None`` is any property, or any value."""
        return next(filter(None, (file.of_triple(subject, predicate, value) for file in self._known)), None)

    def of_subject(self, subject: Term) -> Position | None:
        """Return where something is first made a statement about: the place of its name, or of its bracket."""
        return next(filter(None, (file.of_subject(subject) for file in self._known)), None)

    def of_value(self, value: Term) -> Position | None:
        """Return where something first stands as the value of a triple."""
        return next(filter(None, (file.of_value(value) for file in self._known)), None)

    def of(self, result: Finding) -> Position | None:
        """Return the place of the offending triple, or of the focus node where one is missing or none is to blame.

        A focus node about which the files make no statement stands where it is first mentioned.
        """
        found: Position | None = None
        if isinstance(result.path, NamedNode) and (
            result.value is not None or result.component not in _OF_WHAT_IS_MISSING
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
    """Return where the triples of ``data`` stand, with :func:`loaders.rdf.reader.parse`'s names for blank nodes.

    Args:
        data: The content of a file, in UTF-8.
        rdf_format: The format, or the media type that names it; formats without positions give none.
        file_name: What positions call the file.
        base_iri: The base that relative IRIs are resolved against.
        quads: What :func:`loaders.rdf.reader.parse` gave for these arguments; it is called when this is not given.

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
        found = places(text, lines, rdf_format, base_iri, quads)
    except LayoutError:
        return Positions([file_name])
    return Positions([file_name], [_File(_Text(file_name, text, lines), quads, found)])
