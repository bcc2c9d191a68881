"""Where triples and subjects stand in a file: line and column, for Turtle, TriG, N-Triples and N-Quads.

Parsers keep no positions, so the text is read a second time, for its layout alone (:mod:`loaders.layout`). Both
readings are compared triple by triple; where they differ there is no position, because a wrong one is worse than none.
"""

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from typing import Final, Protocol, Self

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Store, Triple

from loaders import rdf
from loaders.layout import Layout, LayoutError, Node, Statement
from loaders.tables import decode
from loaders.turtle_tokens import TOKEN
from ontology.terms import RDF, SH, XSD

Term = NamedNode | BlankNode | Literal

FORMATS: Final = frozenset({RdfFormat.TURTLE, RdfFormat.TRIG, RdfFormat.N_TRIPLES, RdfFormat.N_QUADS})
"""The formats whose triples have positions."""

_LINE_END: Final = re.compile(r"\r\n?|\n")
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
    """The lines of one file."""

    def __init__(self, file_name: str, text: str) -> None:
        self._file_name = file_name
        self._text = text

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in _LINE_END.finditer(self._text))]

    def position(self, start: int, end: int) -> Position:
        line, column = self._place(start)
        return Position(self._file_name, line, column, *self._place(end))

    def position_of_token(self, start: int) -> Position:
        token = TOKEN.match(self._text, start)
        return self.position(start, start if token is None else token.end())

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1


class _File:
    """The triples of one file, with the places where they stand.

    ``spans`` has three numbers for each of ``quads``: the offset of its subject, and those where its value begins and
    ends; they are negative where the triple has no place.
    """

    def __init__(self, text: _Text, quads: Sequence[Quad], spans: Sequence[int]) -> None:
        self._text = text
        self._quads = quads
        self._spans = spans
        self._said: dict[Term, dict[object, int]] = {}
        self._rewritten: dict[Term, dict[object, int]] = {}

    def of_triple(self, subject: Term, predicate: NamedNode | None, value: Term | None) -> Position | None:
        """Return the first place of a triple; ``None`` stands for any property, or for any value."""
        number = self._first_said(subject).get((predicate, value))
        if number is None and isinstance(value, Literal):
            number = self._first_rewritten(subject).get((predicate, value))
        return None if number is None else self._text.position(*self._spans[3 * number + 1 : 3 * number + 3])

    def of_subject(self, subject: Term) -> Position | None:
        numbers = self._numbers.get(subject)
        return None if numbers is None else self._text.position_of_token(self._spans[3 * numbers[0]])

    def of_value(self, value: Term) -> Position | None:
        number = self._values.get(value)
        return None if number is None else self._text.position(*self._spans[3 * number + 1 : 3 * number + 3])

    @cached_property
    def _values(self) -> dict[object, int]:
        """The number of the first triple that has a place, by value."""
        values: dict[object, int] = {}
        for numbers in self._numbers.values():
            for number in numbers:
                value = self._quads[number].object
                values[value] = min(number, values.get(value, number))
        return values

    @cached_property
    def _numbers(self) -> dict[object, list[int]]:
        """The numbers of the triples that have a place, by subject."""
        numbers: dict[object, list[int]] = {}
        for number, quad in enumerate(self._quads):
            if self._spans[3 * number] >= 0:
                numbers.setdefault(quad.subject, []).append(number)
        return numbers

    def _first_said(self, subject: Term) -> dict[object, int]:
        """Return the number of the first triple about ``subject`` by predicate and value, and by each of them alone."""
        if subject not in self._said:
            said = self._said[subject] = {}
            for number in self._numbers.get(subject, ()):
                quad = self._quads[number]
                said.setdefault((quad.predicate, quad.object), number)
                said.setdefault((quad.predicate, None), number)
                said.setdefault((None, quad.object), number)
        return self._said[subject]

    def _first_rewritten(self, subject: Term) -> dict[object, int]:
        """Return the same with each literal as a store would write it, such as ``1`` for ``01``."""
        if subject not in self._rewritten:
            rewritten = self._rewritten[subject] = {}
            for number in self._numbers.get(subject, ()):
                quad = self._quads[number]
                if isinstance(quad.object, Literal):
                    rewritten.setdefault((quad.predicate, _as_stored(quad.object)), number)
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
    """Return where the triples of ``data`` stand, under the names that :func:`loaders.rdf.parse` gives to blank nodes.

    Args:
        data: The content of a file, in UTF-8.
        rdf_format: The format, or the media type that names it; formats without positions give none.
        file_name: What positions call the file.
        base_iri: The base that relative IRIs are resolved against.
        quads: What :func:`loaders.rdf.parse` gave for these arguments; it is called when this is not given.

    Raises:
        InputError: The data cannot be parsed.
    """
    if isinstance(rdf_format, str):
        rdf_format = rdf.format_of_media_type(rdf_format, file_name)
    if rdf_format not in FORMATS:
        return Positions([file_name])
    if quads is None:
        quads = rdf.parse(data, rdf_format, file_name, base_iri=base_iri)
    text = decode(file_name, data)
    try:
        spans = _spans(quads, Layout(text, base_iri).statements())
    except LayoutError:
        return Positions([file_name])
    return Positions([file_name], [_File(_Text(file_name, text), quads, spans)])


def _spans(quads: Sequence[Quad], statements: Iterable[Statement]) -> Sequence[int]:
    """Return the places of the triples, negative where the parser and the layout disagree about one.

    Raises ``LayoutError`` when they do not count the same number of triples.
    """
    blank_nodes = _BlankNodes()
    spans = array("q")
    for quad, statement in zip_longest(quads, statements):
        if quad is None or statement is None:
            raise LayoutError
        subject, predicate, value, subject_start, start, end = statement
        if (
            quad.predicate == predicate
            and blank_nodes.same(subject, quad.subject)
            and blank_nodes.same(value, quad.object)
        ):
            spans.extend((subject_start, start, end))
        else:
            spans.extend((-1, -1, -1))
    return spans


class _BlankNodes:
    """Pairs the blank nodes of the two readings, each with one of the other."""

    def __init__(self) -> None:
        self._parsed: dict[Node, Term] = {}
        self._read: dict[Term, Node] = {}

    def same(self, read: Node, parsed: Term | Triple) -> bool:
        """Tell whether a node of the layout is a term of the parser."""
        if not isinstance(read, (int, BlankNode)):
            return read == parsed
        if not isinstance(parsed, BlankNode):
            return False
        return self._parsed.setdefault(read, parsed) == parsed and self._read.setdefault(parsed, read) == read
