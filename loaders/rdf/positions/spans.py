"""Where each triple of a document stands in its text: the offsets of its subject and of its value.

A line format has one triple a line, so that only the lines that somebody asks about are read. Turtle and TriG are read
as a whole. Either way the reading is compared with the parser's triple; where they differ, the triple has no place.
"""

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Final, NamedTuple, Protocol

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Triple

from loaders.rdf.positions.layout import Layout, LayoutError, Node, Statement
from loaders.rdf.positions.lines import Lines

Term = NamedNode | BlankNode | Literal

LINE_FORMATS: Final = frozenset({RdfFormat.N_TRIPLES, RdfFormat.N_QUADS})
_TRIPLE: Final = re.compile(r"^[ \t]*+[^\s#][^\n]*$", re.MULTILINE)


class Span(NamedTuple):
    """The character offsets of a triple: where its subject begins, and where its value begins and ends."""

    subject: int
    start: int
    end: int


class Places(Protocol):
    """The places of the triples of a document, by their number in it."""

    def span(self, number: int) -> Span | None:
        """Return where a triple stands, or ``None`` when that is not known."""


def places(text: str, lines: Lines, rdf_format: RdfFormat, base_iri: str | None, quads: Sequence[Quad]) -> Places:
    """Return the places of ``quads``, which the parser gave for ``text`` with these ``lines``.

    Raises ``LayoutError`` when the text is not understood, or has another number of triples.
    """
    if rdf_format in LINE_FORMATS:
        # No line has two triples, so that none is without one where there are as many of both.
        if lines.count == len(quads):
            return _Lines(text, lines, range(1, len(quads) + 1), quads)
        numbers = array("q", (lines.place(found.start())[0] for found in _TRIPLE.finditer(text)))
        if len(numbers) == len(quads):
            return _Lines(text, lines, numbers, quads)
    return _Whole(quads, Layout(text, base_iri).statements())


class _Lines:
    """The places in a document with one triple a line."""

    def __init__(self, text: str, lines: Lines, numbers: Sequence[int], quads: Sequence[Quad]) -> None:
        self._text = text
        self._lines = lines
        self._numbers = numbers
        self._quads = quads

    def span(self, number: int) -> Span | None:
        """Return where a triple stands, or ``None`` when its line says something else."""
        start, end = self._lines.span(self._numbers[number])
        try:
            (found,) = _spans(self._quads[number : number + 1], Layout(self._text[start:end]).statements())
        except LayoutError:
            return None
        return found and Span(*(start + offset for offset in found))


class _Whole:
    """The places in a document that was read from its beginning to its end."""

    def __init__(self, quads: Sequence[Quad], statements: Iterable[Statement]) -> None:
        self._offsets = array("q")
        for found in _spans(quads, statements):
            self._offsets.extend(found or (-1, -1, -1))

    def span(self, number: int) -> Span | None:
        """Return where a triple stands, or ``None`` when the two readings of it differ."""
        span = Span(*self._offsets[3 * number : 3 * number + 3])
        return span if span.subject >= 0 else None


def _spans(quads: Sequence[Quad], statements: Iterable[Statement]) -> Iterator[Span | None]:
    """Yield the places of the triples; raises ``LayoutError`` when the two readings do not count the same number."""
    blank_nodes = _BlankNodes()
    for quad, statement in zip_longest(quads, statements):
        if quad is None or statement is None:
            raise LayoutError
        subject, predicate, value, subject_start, start, end = statement
        is_same = (
            quad.predicate == predicate
            and blank_nodes.same(subject, quad.subject)
            and blank_nodes.same(value, quad.object)
        )
        yield Span(subject_start, start, end) if is_same else None


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
