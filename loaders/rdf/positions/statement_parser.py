"""A parser of Turtle, TriG, N-Triples and N-Quads that keeps the offsets of subjects and objects.

Statements come in the order of pyoxigraph: a blank node in brackets as object after the triples inside the brackets,
and the triples that one token completes (in collections) in reverse order.
"""

from collections.abc import Callable, Iterator
from re import Match
from typing import Final, NamedTuple

from loaders.rdf.positions.tokens import TOKEN, TermReader
from ontology.rdf import Term
from ontology.terms import RDF

ParsedNode = Term | int
"""A term, or the number of a blank node without a label."""

_SUBJECT, _PREDICATE, _OBJECT, _ITEM, _END = range(5)


class StatementParserError(Exception):
    """A text that this parser does not understand, although pyoxigraph may."""


class Statement(NamedTuple):
    """A triple, and the character offsets of the tokens of its subject and of its object."""

    subject: ParsedNode
    predicate: ParsedNode
    object: ParsedNode
    subject_start: int
    start: int
    end: int


class _OuterContext(NamedTuple):
    """The state outside a bracket, restored at its end; ``predicate`` is ``None`` where the bracket is a subject."""

    subject: ParsedNode
    subject_start: int
    predicate: ParsedNode | None
    after_object: int
    bracket: int


class StatementParser:
    """Parses the statements of one text, one token at a time."""

    def __init__(self, text: str, base_iri: str | None = None) -> None:
        self._text = text
        self._terms = TermReader(base_iri)
        self._expecting = _SUBJECT
        self._after_object = _END
        self._subject: ParsedNode = 0
        self._subject_start = 0
        self._predicate: ParsedNode = RDF.first
        self._outer: list[_OuterContext] = []
        self._cells: list[tuple[int, int] | None] = []
        self._blank_nodes = 0
        self._completed: list[Statement] = []

    def statements(self) -> Iterator[Statement]:
        """Yield the statements; raises :class:`StatementParserError`."""
        for match in TOKEN.finditer(self._text):
            kind = match.lastgroup or "end"
            if kind == "end":
                if match.end() != len(self._text):
                    raise StatementParserError
                return
            try:
                if kind == "literal" and self._expecting == _ITEM:
                    # pyoxigraph reads beyond a closing quote, so all triples before it are complete by then.
                    self._begin_item(match.start(kind))
                    yield from self._complete_now()
                self._read(match, kind)
            except (ValueError, LookupError, TypeError, SyntaxError) as error:
                raise StatementParserError from error
            if self._completed and not (kind == "literal" and match.end("quoted") == match.end()):
                yield from self._complete_now()

    def _complete_now(self) -> Iterator[Statement]:
        completed, self._completed = self._completed, []
        return reversed(completed)

    def _read(self, match: Match[str], kind: str) -> None:
        if kind == "mark":
            _MARKS[match[kind]](self, match.start(kind))
        elif kind == "word" and self._keyword(match[kind]):
            return
        elif kind in ("prefix", "base"):
            self._terms.declare(match)
        else:
            self._term(self._terms.term(match, kind), match.start(kind), match.end(kind))

    def _keyword(self, word: str) -> bool:
        """Process a keyword, and tell whether the word is one."""
        if word == "a" and self._expecting == _PREDICATE:
            self._predicate, self._expecting = RDF.type, _OBJECT
            return True
        return self._expecting == _SUBJECT and word.upper() == "GRAPH"

    def _term(self, term: Term, start: int, end: int) -> None:
        if self._expecting == _ITEM:
            self._begin_item(start)
        if self._expecting == _OBJECT:
            self._complete(term, start, end)
        elif self._expecting == _PREDICATE:
            self._predicate, self._expecting = term, _OBJECT
        elif self._expecting == _SUBJECT:
            self._begin_statement(term, start)
        # A term after the object is the graph of an N-Quad.

    def _begin_statement(self, subject: ParsedNode, start: int) -> None:
        self._subject, self._subject_start, self._expecting = subject, start, _PREDICATE

    def _complete(self, value: ParsedNode, start: int, end: int) -> None:
        self._completed.append(Statement(self._subject, self._predicate, value, self._subject_start, start, end))
        self._expecting = self._after_object

    def _blank_node(self) -> int:
        self._blank_nodes += 1
        return self._blank_nodes

    def _end_statement(self, _start: int) -> None:
        self._expecting = _SUBJECT

    def _next_predicate(self, _start: int) -> None:
        self._expecting = _PREDICATE

    def _next_object(self, _start: int) -> None:
        self._expecting = _OBJECT

    def _enter(self, start: int) -> None:
        predicate = None if self._expecting == _SUBJECT else self._predicate
        self._outer.append(_OuterContext(self._subject, self._subject_start, predicate, self._after_object, start))

    def _leave(self) -> _OuterContext:
        outer = self._outer.pop()
        self._subject, self._subject_start, self._after_object = outer.subject, outer.subject_start, outer.after_object
        if outer.predicate is not None:
            self._predicate = outer.predicate
        return outer

    def _open_bracket(self, start: int) -> None:
        if self._expecting == _ITEM:
            self._begin_item(start)
        self._enter(start)
        self._after_object = _END
        self._begin_statement(self._blank_node(), start)

    def _close_bracket(self, _start: int) -> None:
        node, begun = self._subject, self._subject_start
        outer = self._leave()
        if outer.predicate is None:
            self._begin_statement(node, begun)
        else:
            self._complete(node, begun, begun + 1)

    def _open_collection(self, start: int) -> None:
        if self._expecting == _ITEM:
            self._begin_item(start)
        self._enter(start)
        self._cells.append(None)
        self._expecting = self._after_object = _ITEM

    def _begin_item(self, start: int) -> None:
        """Begin the next cell of the innermost collection, and link the previous cell, or the subject, to it."""
        cells, cell, outer = self._cells[-1], self._blank_node(), self._outer[-1]
        self._cells[-1] = (cell, cell) if cells is None else (cells[0], cell)
        if cells is not None:
            self._completed.append(Statement(cells[1], RDF.rest, cell, self._subject_start, start, start + 1))
        elif outer.predicate is not None:
            bracket = outer.bracket
            whole = Statement(outer.subject, outer.predicate, cell, outer.subject_start, bracket, bracket + 1)
            self._completed.append(whole)
        self._begin_statement(cell, outer.bracket if cells is None else start)
        self._predicate, self._expecting = RDF.first, _OBJECT

    def _close_collection(self, start: int) -> None:
        cells = self._cells.pop()
        if cells is not None:
            self._completed.append(Statement(cells[1], RDF.rest, RDF.nil, self._subject_start, start, start + 1))
        outer = self._leave()
        if outer.predicate is None:
            self._begin_statement(RDF.nil if cells is None else cells[0], outer.bracket)
        elif cells is None:
            self._complete(RDF.nil, outer.bracket, start + 1)
        else:
            self._expecting = self._after_object


_MARKS: Final[dict[str, Callable[[StatementParser, int], None]]] = {
    ".": StatementParser._end_statement,
    "{": StatementParser._end_statement,
    "}": StatementParser._end_statement,
    ";": StatementParser._next_predicate,
    ",": StatementParser._next_object,
    "[": StatementParser._open_bracket,
    "]": StatementParser._close_bracket,
    "(": StatementParser._open_collection,
    ")": StatementParser._close_collection,
}
