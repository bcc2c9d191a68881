"""Where triples and subjects stand in a file: line and column, for Turtle, TriG, N-Triples and N-Quads.

Parsers keep no positions, so the text is read a second time, for its layout alone (:mod:`loaders.layout`). Both
readings are compared triple by triple; where they differ there is no position, because a wrong one is worse than none.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from typing import Final, NamedTuple, Protocol, Self

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


class _Span(NamedTuple):
    subject_start: int
    start: int
    end: int


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
    """The triples of one file by what they say, with the places where they say it first."""

    def __init__(self, text: _Text, spans: dict[tuple[Term, NamedNode, Term], _Span]) -> None:
        self._text = text
        self._spans = spans

    def of_triple(self, subject: Term, predicate: NamedNode, value: Term) -> Position | None:
        span = self._spans.get((subject, predicate, value)) or self._stored.get((subject, predicate, value))
        return None if span is None else self._text.position(span.start, span.end)

    def of_property(self, subject: Term, predicate: NamedNode) -> Position | None:
        span = self._properties.get((subject, predicate))
        return None if span is None else self._text.position(span.start, span.end)

    def of_subject(self, subject: Term) -> Position | None:
        start = self._subjects.get(subject)
        return None if start is None else self._text.position_of_token(start)

    @cached_property
    def _subjects(self) -> dict[Term, int]:
        return {subject: span.subject_start for (subject, _, _), span in reversed(self._spans.items())}

    @cached_property
    def _properties(self) -> dict[tuple[Term, NamedNode], _Span]:
        return {(subject, predicate): span for (subject, predicate, _), span in reversed(self._spans.items())}

    @cached_property
    def _stored(self) -> dict[tuple[Term, NamedNode, Term], _Span]:
        """Triples whose value a store writes in another way, such as ``01`` as ``1``, as the store writes them."""
        store, stored = Store(), {}
        for (subject, predicate, value), span in reversed(self._spans.items()):
            if isinstance(value, Literal) and not value.language and value.datatype != XSD.string:
                store.add(Quad(RDF.nil, RDF.first, value))
                (quad,) = store
                stored[subject, predicate, quad.object] = span
                store.clear()
        return stored


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

    def of_triple(self, subject: Term, predicate: NamedNode, value: Term) -> Position | None:
        """Return where a triple first stands: the place of its value."""
        return next(filter(None, (file.of_triple(subject, predicate, value) for file in self._known)), None)

    def of_subject(self, subject: Term) -> Position | None:
        """Return where something is first made a statement about: the place of its name, or of its bracket."""
        return next(filter(None, (file.of_subject(subject) for file in self._known)), None)

    def of_property(self, subject: Term, predicate: NamedNode) -> Position | None:
        """Return where something first has a property: the place of the value."""
        return next(filter(None, (file.of_property(subject, predicate) for file in self._known)), None)

    def of(self, result: Finding) -> Position | None:
        """Return the place of the offending triple, or of the focus node where one is missing or none is to blame."""
        found: Position | None = None
        if isinstance(result.path, NamedNode):
            if result.value is not None:
                found = self.of_triple(result.focus_node, result.path, result.value)
            elif result.component not in _OF_WHAT_IS_MISSING:
                found = self.of_property(result.focus_node, result.path)
        return found or self.of_subject(result.focus_node)


def positions(
    data: bytes,
    rdf_format: RdfFormat | str,
    file_name: str,
    *,
    base_iri: str | None = None,
    quads: Iterable[Quad] | None = None,
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
        spans = _agreed(quads, Layout(text, base_iri).statements())
    except LayoutError:
        return Positions([file_name])
    return Positions([file_name], [_File(_Text(file_name, text), spans)])


def _agreed(quads: Iterable[Quad], statements: Iterable[Statement]) -> dict[tuple[Term, NamedNode, Term], _Span]:
    """Return the places of the triples about which the parser and the layout agree; the first place of each.

    Raises ``LayoutError`` when they do not count the same number of triples.
    """
    blank_nodes = _BlankNodes()
    spans: dict[tuple[Term, NamedNode, Term], _Span] = {}
    for quad, statement in zip_longest(quads, statements):
        if quad is None or statement is None:
            raise LayoutError
        subject, predicate, value, _ = quad
        if (
            predicate == statement.predicate
            and blank_nodes.same(statement.subject, subject)
            and blank_nodes.same(statement.object, value)
        ):
            spans.setdefault((subject, predicate, value), _Span(*statement[3:]))
    return spans


class _BlankNodes:
    """Pairs the blank nodes of the two readings, each with one of the other."""

    def __init__(self) -> None:
        self._parsed: dict[Node, Term] = {}
        self._read: dict[Term, Node] = {}

    def same(self, read: Node, parsed: Term | Triple) -> bool:
        """Tell whether a node of the layout is a term of the parser."""
        if not isinstance(read, int | BlankNode):
            return read == parsed
        if not isinstance(parsed, BlankNode):
            return False
        return self._parsed.setdefault(read, parsed) == parsed and self._read.setdefault(parsed, read) == read
