"""The offsets of the subject and object of each triple in the text of a document.

A line-based format has one triple on each line, so lines are parsed on demand. Turtle and TriG are parsed as a whole.
Each statement is compared with the triple of pyoxigraph; where they differ, the triple has no span.
"""

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Final, NamedTuple, Protocol

from pyoxigraph import BlankNode, Quad, RdfFormat, Triple

from loaders.rdf.positions.lines import Lines
from loaders.rdf.positions.statement_parser import ParsedNode, Statement, StatementParser, StatementParserError
from ontology.rdf import Term

LINE_FORMATS: Final = frozenset({RdfFormat.N_TRIPLES, RdfFormat.N_QUADS})
_TRIPLE: Final = re.compile(r"^[ \t]*+[^\s#][^\n]*$", re.MULTILINE)


class Span(NamedTuple):
    """The character offsets of a triple: the start of its subject, and the start and end of its object."""

    subject: int
    start: int
    end: int


class TripleSpans(Protocol):
    """The spans of the triples of a document, by their number in it."""

    def span(self, number: int) -> Span | None:
        """Return the span of a triple, or ``None`` when it is not known."""


def triple_spans(
    text: str, lines: Lines, rdf_format: RdfFormat, base_iri: str | None, quads: Sequence[Quad]
) -> TripleSpans:
    """Return the spans of ``quads``, which pyoxigraph parsed from ``text`` with these ``lines``.

    Raises ``StatementParserError`` when this parser does not understand the text, or counts other triples.
    """
    if rdf_format in LINE_FORMATS:
        # No line has two triples, so if the numbers are equal, every line has one.
        if lines.count == len(quads):
            return _LineSpans(text, lines, range(1, len(quads) + 1), quads)
        numbers = array("q", (lines.place(found.start())[0] for found in _TRIPLE.finditer(text)))
        if len(numbers) == len(quads):
            return _LineSpans(text, lines, numbers, quads)
    return _DocumentSpans(quads, StatementParser(text, base_iri).statements())


class _LineSpans:
    """The spans in a document with one triple on each line."""

    def __init__(self, text: str, lines: Lines, numbers: Sequence[int], quads: Sequence[Quad]) -> None:
        self._text = text
        self._lines = lines
        self._numbers = numbers
        self._quads = quads

    def span(self, number: int) -> Span | None:
        """Return the span of a triple, or ``None`` when its line has another triple."""
        start, end = self._lines.span(self._numbers[number])
        try:
            (found,) = _spans(self._quads[number : number + 1], StatementParser(self._text[start:end]).statements())
        except StatementParserError:
            return None
        return found and Span(*(start + offset for offset in found))


class _DocumentSpans:
    """The spans in a document that was parsed as a whole."""

    def __init__(self, quads: Sequence[Quad], statements: Iterable[Statement]) -> None:
        self._offsets = array("q")
        for found in _spans(quads, statements):
            self._offsets.extend(found or (-1, -1, -1))

    def span(self, number: int) -> Span | None:
        """Return the span of a triple, or ``None`` when the parsers differ."""
        span = Span(*self._offsets[3 * number : 3 * number + 3])
        return span if span.subject >= 0 else None


def _spans(quads: Sequence[Quad], statements: Iterable[Statement]) -> Iterator[Span | None]:
    """Yield the spans of the triples; raises ``StatementParserError`` when the parsers count other triples."""
    blank_nodes = _BlankNodes()
    for quad, statement in zip_longest(quads, statements):
        if quad is None or statement is None:
            raise StatementParserError
        subject, predicate, value, subject_start, start, end = statement
        is_same = (
            quad.predicate == predicate
            and blank_nodes.same(subject, quad.subject)
            and blank_nodes.same(value, quad.object)
        )
        yield Span(subject_start, start, end) if is_same else None


class _BlankNodes:
    """Maps the blank nodes of the two parsers to each other, one to one."""

    def __init__(self) -> None:
        self._parsed: dict[ParsedNode, Term] = {}
        self._read: dict[Term, ParsedNode] = {}

    def same(self, read: ParsedNode, parsed: Term | Triple) -> bool:
        """Tell whether a node of the statement parser is this term of pyoxigraph."""
        if not isinstance(read, (int, BlankNode)):
            return read == parsed
        if not isinstance(parsed, BlankNode):
            return False
        return self._parsed.setdefault(read, parsed) == parsed and self._read.setdefault(parsed, read) == read
