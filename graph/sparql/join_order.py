"""Moves triple patterns before an OPTIONAL, MINUS or BIND that they follow, where the solutions stay the same.

The engine orders the triple patterns of one basic graph pattern well, but it does not move one across these three: it
may evaluate the later pattern first, and everything before it again for each solution, which takes seconds instead of
milliseconds. In the algebra of SPARQL (https://www.w3.org/TR/sparql11-query/#sparqlAlgebra) the order of the two joins
makes no difference if patterns before both bind every variable that they share.

The engine has no issue on exactly this: none found on 2026-11-30. The open issue on its optimizer is
https://github.com/oxigraph/oxigraph/issues/142. This module can be removed once
``test_patterns_after_an_optional_one_are_not_tried_for_all_that_there_is`` fails for want of a slow query.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from graph.sparql.errors import QuerySyntaxError
from graph.sparql.lexer import Token, closing_brackets, tokens

Kind = Literal["triples", "filter", "barrier", "other"]

BARRIERS: Final = frozenset({"OPTIONAL", "MINUS", "BIND"})
_FORMS: Final = frozenset({"SELECT", "CONSTRUCT", "DESCRIBE", "ASK"})
_IN_TRIPLES: Final = frozenset({"A", "TRUE", "FALSE"})
# Each evaluation gives another value, so that the number of evaluations matters.
_NONDETERMINISTIC: Final = frozenset({"BNODE", "RAND", "UUID", "STRUUID"})
# Keywords that the engine also recognizes directly before a name, without a space.
_GLUED: Final = ("FILTER", "BIND", "GRAPH", "VALUES", "SERVICE", "LATERAL", "EXISTS", "WHERE", "SELECT")
# The time grows with the square of the number of elements in a group.
_MAX_ELEMENTS: Final = 100


class _UnsupportedStructureError(Exception):
    """A query with a structure that this module does not rewrite."""


@dataclass(frozen=True)
class _GroupElement:
    """An element of a group graph pattern: its kind, text and variables.

    One that ``is_fixed`` is not moved, and no other is moved across it. ``binds`` is the variable of a BIND.
    """

    kind: Kind
    text: str
    variables: frozenset[str]
    is_fixed: bool = False
    binds: str | None = None


def reorder(query: str) -> str:
    """Return ``query`` with triple patterns moved where that changes no solution, else ``query`` itself."""
    try:
        return _Rewriter(query, tuple(tokens(query))).rewrite()
    except (_UnsupportedStructureError, QuerySyntaxError):
        return query


class _Rewriter:
    """A query and its tokens, with the index of the bracket that closes each bracket."""

    def __init__(self, query: str, read: Sequence[Token]) -> None:
        self._query = query
        self._read = read
        self._closing = closing_brackets(read)
        self._is_changed = False

    def rewrite(self) -> str:
        """Return the query with its outermost group, and those in it, rewritten."""
        opening = self._group()
        closing = self._closing[opening]
        before, after = self._query[: self._read[opening].start], self._query[self._read[closing].end :]
        text = f"{before}{self._rewrite_group(opening)}{after}"
        return text if self._is_changed else self._query

    def _group(self) -> int:
        """Return where the outermost group begins."""
        words = (at for at, token in enumerate(self._read) if token.kind == "word" and token.text.upper() in _FORMS)
        form = next(words, None)
        if form is None:
            raise _UnsupportedStructureError
        at = form + 1
        while at < len(self._read) and not self._is(at, "{"):
            at = self._closing.get(at, at) + 1
        if self._read[form].text.upper() == "CONSTRUCT" and at == form + 1:
            at = self._closing.get(at, at) + 1
            while at < len(self._read) and not self._is(at, "{"):
                at += 1
        if at >= len(self._read):
            raise _UnsupportedStructureError
        return at

    def _rewrite_group(self, opening: int) -> str:
        """Return the text of a group."""
        if self._word(opening + 1) == "SELECT":
            end = self._closing[opening] + 1
            self._check(opening, end, groups=1)
            return self._between(opening, end)
        elements: list[_GroupElement] = []
        for element in self._elements(opening):
            if len(elements) == _MAX_ELEMENTS:
                raise _UnsupportedStructureError
            place = _place(elements, element)
            self._is_changed |= place < len(elements)
            elements.insert(place, element)
        return "{ " + "\n".join(element.text for element in elements) + " }"

    def _elements(self, opening: int) -> Iterator[_GroupElement]:
        at, end = opening + 1, self._closing[opening]
        while at < end:
            if self._is(at, "."):
                at += 1
                continue
            element, at = self._element(at)
            yield element

    def _element(self, at: int) -> tuple[_GroupElement, int]:
        """Return the element that begins at a token, and where the next one may begin."""
        word = self._word(at)
        if word == "FILTER":
            end = self._constraint(at + 1)
            self._check(at, end, groups=1)
            return self._make_element("filter", at, end)
        if word in BARRIERS:
            return self._barrier(at)
        if word == "GRAPH":
            return self._groups(at, at + 2)
        if word == "VALUES":
            data = at + 1 if self._read[at + 1].kind == "variable" else self._after(at + 1, "(") - 1
            return self._make_element("other", at, self._after(data + 1, "{"))
        if self._is(at, "{"):
            return self._groups(at, at)
        return self._triples(at)

    def _barrier(self, at: int) -> tuple[_GroupElement, int]:
        if self._word(at) != "BIND":
            end = self._after(at + 1, "{")
            self._check(at, end, groups=1)
            return self._make_element("barrier", at, end)
        end = self._after(at + 1, "(")
        self._check(at, end, groups=0)
        variable = self._read[end - 2]
        if variable.kind != "variable" or self._word(end - 3) != "AS":
            raise _UnsupportedStructureError
        return self._make_element("barrier", at, end, binds=variable.text[1:])

    def _groups(self, at: int, opening: int) -> tuple[_GroupElement, int]:
        """Return a group, or several with UNION between them, as one element."""
        text = self._between(at, opening)
        end = self._after(opening, "{")
        text += self._rewrite_group(opening)
        while self._word(end) == "UNION":
            opening, end = end + 1, self._after(end + 1, "{")
            text += f" UNION {self._rewrite_group(opening)}"
        return _GroupElement("other", text, self._variables(at, end)), end

    def _triples(self, at: int) -> tuple[_GroupElement, int]:
        end = at
        while not (self._is(end, "{") or self._is(end, "}") or self._ends_triples(end)):
            end = self._closing.get(end, end) + 1
        last = end
        while last > at and self._is(last - 1, "."):
            last -= 1
        if last == at:
            raise _UnsupportedStructureError
        # The label of a blank node may stand in one place only.
        is_fixed = any(token.kind == "blank" for token in self._read[at:last])
        return _GroupElement("triples", f"{self._between(at, last)} .", self._variables(at, last), is_fixed), end

    def _ends_triples(self, at: int) -> bool:
        """Whether a token cannot be part of triple patterns; raise for one that is not supported."""
        token = self._read[at]
        if token.kind == "name" and any(word in token.text.partition(":")[0].upper() for word in _GLUED):
            raise _UnsupportedStructureError
        if token.text in {"<<", ">>", "~"} or (token.text == "|" and self._is(at - 1, "{")):
            raise _UnsupportedStructureError
        return token.kind == "word" and token.text.upper() not in _IN_TRIPLES

    def _constraint(self, at: int) -> int:
        """Return where the constraint of a FILTER ends."""
        if self._word(at) == "NOT":
            at += 1
        if self._word(at) == "EXISTS":
            return self._after(at + 1, "{")
        return self._after(at if self._is(at, "(") else at + 1, "(")

    def _make_element(self, kind: Kind, begin: int, end: int, binds: str | None = None) -> tuple[_GroupElement, int]:
        is_fixed = any(self._word(at) in _NONDETERMINISTIC for at in range(begin, end))
        return _GroupElement(kind, self._between(begin, end), self._variables(begin, end), is_fixed, binds), end

    def _check(self, begin: int, end: int, groups: int) -> None:
        """Raise if an element has more than ``groups`` groups in it, or an OPTIONAL, MINUS or BIND.

        In nested groups the engine wrongly gives some variables their values from outside, and which of them depends on
        the join order.
        """
        inside = range(begin + 1, end)
        if sum(self._is(at, "{") for at in inside) > groups or any(self._word(at) in BARRIERS for at in inside):
            raise _UnsupportedStructureError

    def _after(self, at: int, opening: str) -> int:
        """Return the index after the bracket that closes the one that must stand here."""
        if not self._is(at, opening):
            raise _UnsupportedStructureError
        return self._closing[at] + 1

    def _between(self, begin: int, end: int) -> str:
        return self._query[self._read[begin].start : self._read[end - 1].end] if begin < end else ""

    def _variables(self, begin: int, end: int) -> frozenset[str]:
        return frozenset(token.text[1:] for token in self._read[begin:end] if token.kind == "variable")

    def _is(self, at: int, symbol: str) -> bool:
        return at < len(self._read) and self._read[at].kind == "symbol" and self._read[at].text == symbol

    def _word(self, at: int) -> str:
        is_word = at < len(self._read) and self._read[at].kind == "word"
        return self._read[at].text.upper() if is_word else ""


def _place(elements: Sequence[_GroupElement], element: _GroupElement) -> int:
    """Return the index in ``elements`` at which to insert the next ``element`` of their group."""
    place = at = len(elements)
    if element.kind != "triples" or element.is_fixed:
        return place
    while at > 0 and elements[at - 1].kind in {"barrier", "filter"}:
        at -= 1
        if elements[at].kind == "barrier":
            bound = frozenset[str]().union(*(each.variables for each in elements[:at] if each.kind == "triples"))
            if not _may_cross(elements[at], element, bound):
                break
            place = at
    return place


def _may_cross(barrier: _GroupElement, triples: _GroupElement, bound: frozenset[str]) -> bool:
    """Whether triple patterns can be joined before an element that follows patterns which have ``bound`` variables."""
    return (
        not barrier.is_fixed
        and barrier.binds not in triples.variables
        and triples.variables & barrier.variables <= bound
        and not triples.variables.isdisjoint(bound)
    )
