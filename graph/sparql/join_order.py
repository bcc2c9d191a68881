"""Brings triple patterns before the OPTIONAL, MINUS and BIND that they follow, where the solutions stay the same.

The engine may evaluate a pattern that follows one of these first, and all that stands before it anew for each of its
solutions, which takes seconds instead of milliseconds. Patterns that stand together it puts in a good order. In the
algebra of SPARQL (https://www.w3.org/TR/sparql11-query/#sparqlAlgebra) it makes no difference which of the two is
joined first, as long as every variable that they share is bound by patterns before both.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from graph.sparql.errors import QuerySyntaxError
from graph.sparql.lexer import Token, tokens

Kind = Literal["triples", "filter", "crossed", "other"]

CROSSED: Final = frozenset({"OPTIONAL", "MINUS", "BIND"})
_FORMS: Final = frozenset({"SELECT", "CONSTRUCT", "DESCRIBE", "ASK"})
_IN_TRIPLES: Final = frozenset({"A", "TRUE", "FALSE"})
# Their values are others each time: it matters how often they are asked for.
_EVER_NEW: Final = frozenset({"BNODE", "RAND", "UUID", "STRUUID"})
# Keywords that the engine also reads where a name follows without a space.
_GLUED: Final = ("FILTER", "BIND", "GRAPH", "VALUES", "SERVICE", "LATERAL", "EXISTS", "WHERE", "SELECT")
# The work grows with the square of how many there are in a group, and a reader writes fewer.
_MOST_ELEMENTS: Final = 100
_CLOSING: Final = {"{": "}", "(": ")", "[": "]"}
_OPENING: Final = {closing: opening for opening, closing in _CLOSING.items()}


class _UnclearError(Exception):
    """A query whose structure is not the one that is understood here."""


@dataclass(frozen=True)
class _Element:
    """A part of a group: its kind, its text, and the variables in it; one ``is_fixed`` that is not moved or crossed."""

    kind: Kind
    text: str
    variables: frozenset[str]
    is_fixed: bool = False
    binds: str | None = None


def together(query: str) -> str:
    """Return ``query`` with triple patterns brought together where that changes no solution, or as it is."""
    try:
        return _Text(query, tuple(tokens(query))).rewritten()
    except (_UnclearError, QuerySyntaxError):
        return query


class _Text:
    """A query and its tokens, with the index of the bracket that closes each bracket."""

    def __init__(self, query: str, read: Sequence[Token]) -> None:
        self._query = query
        self._read = read
        self._closing = _pairs(read)
        self._is_changed = False

    def rewritten(self) -> str:
        """Return the query with its outermost group, and those in it, rewritten."""
        opening = self._group()
        closing = self._closing[opening]
        before, after = self._query[: self._read[opening].start], self._query[self._read[closing].end :]
        text = f"{before}{self._of_group(opening)}{after}"
        return text if self._is_changed else self._query

    def _group(self) -> int:
        """Return where the outermost group begins."""
        words = (at for at, token in enumerate(self._read) if token.kind == "word" and token.text.upper() in _FORMS)
        form = next(words, None)
        if form is None:
            raise _UnclearError
        at = form + 1
        while at < len(self._read) and not self._is(at, "{"):
            at = self._closing.get(at, at) + 1
        if self._read[form].text.upper() == "CONSTRUCT" and at == form + 1:
            at = self._closing.get(at, at) + 1
            while at < len(self._read) and not self._is(at, "{"):
                at += 1
        if at >= len(self._read):
            raise _UnclearError
        return at

    def _of_group(self, opening: int) -> str:
        """Return the text of a group."""
        if self._word(opening + 1) == "SELECT":
            end = self._closing[opening] + 1
            self._check(opening, end, groups=1)
            return self._between(opening, end)
        elements: list[_Element] = []
        for element in self._elements(opening):
            if len(elements) == _MOST_ELEMENTS:
                raise _UnclearError
            place = _place(elements, element)
            self._is_changed |= place < len(elements)
            elements.insert(place, element)
        return "{ " + "\n".join(element.text for element in elements) + " }"

    def _elements(self, opening: int) -> Iterator[_Element]:
        at, end = opening + 1, self._closing[opening]
        while at < end:
            if self._is(at, "."):
                at += 1
                continue
            element, at = self._element(at)
            yield element

    def _element(self, at: int) -> tuple[_Element, int]:
        """Return the element that begins at a token, and where the next one may begin."""
        word = self._word(at)
        if word == "FILTER":
            end = self._constraint(at + 1)
            self._check(at, end, groups=1)
            return self._made("filter", at, end)
        if word in CROSSED:
            return self._crossed(at)
        if word == "GRAPH":
            return self._groups(at, at + 2)
        if word == "VALUES":
            data = at + 1 if self._read[at + 1].kind == "variable" else self._after(at + 1, "(") - 1
            return self._made("other", at, self._after(data + 1, "{"))
        if self._is(at, "{"):
            return self._groups(at, at)
        return self._triples(at)

    def _crossed(self, at: int) -> tuple[_Element, int]:
        if self._word(at) != "BIND":
            end = self._after(at + 1, "{")
            self._check(at, end, groups=1)
            return self._made("crossed", at, end)
        end = self._after(at + 1, "(")
        self._check(at, end, groups=0)
        variable = self._read[end - 2]
        if variable.kind != "variable" or self._word(end - 3) != "AS":
            raise _UnclearError
        return self._made("crossed", at, end, binds=variable.text[1:])

    def _groups(self, at: int, opening: int) -> tuple[_Element, int]:
        """Return a group, or several with UNION between them, as one element."""
        text = self._between(at, opening)
        end = self._after(opening, "{")
        text += self._of_group(opening)
        while self._word(end) == "UNION":
            opening, end = end + 1, self._after(end + 1, "{")
            text += f" UNION {self._of_group(opening)}"
        return _Element("other", text, self._variables(at, end)), end

    def _triples(self, at: int) -> tuple[_Element, int]:
        end = at
        while not (self._is(end, "{") or self._is(end, "}") or self._ends_triples(end)):
            end = self._closing.get(end, end) + 1
        last = end
        while last > at and self._is(last - 1, "."):
            last -= 1
        if last == at:
            raise _UnclearError
        # The label of a blank node may stand in one place only.
        is_fixed = any(token.kind == "blank" for token in self._read[at:last])
        return _Element("triples", f"{self._between(at, last)} .", self._variables(at, last), is_fixed), end

    def _ends_triples(self, at: int) -> bool:
        """Whether a token can be no part of triple patterns; raise ``_UnclearError`` for one that is not understood."""
        token = self._read[at]
        if token.kind == "name" and any(word in token.text.partition(":")[0].upper() for word in _GLUED):
            raise _UnclearError
        if token.text in {"<<", ">>", "~"} or (token.text == "|" and self._is(at - 1, "{")):
            raise _UnclearError
        return token.kind == "word" and token.text.upper() not in _IN_TRIPLES

    def _constraint(self, at: int) -> int:
        """Return where the constraint of a FILTER ends."""
        if self._word(at) == "NOT":
            at += 1
        if self._word(at) == "EXISTS":
            return self._after(at + 1, "{")
        return self._after(at if self._is(at, "(") else at + 1, "(")

    def _made(self, kind: Kind, begin: int, end: int, binds: str | None = None) -> tuple[_Element, int]:
        is_fixed = any(self._word(at) in _EVER_NEW for at in range(begin, end))
        return _Element(kind, self._between(begin, end), self._variables(begin, end), is_fixed, binds), end

    def _check(self, begin: int, end: int, groups: int) -> None:
        """Raise ``_UnclearError`` if there are more ``groups`` in a part, or an OPTIONAL, MINUS or BIND in it.

        In groups within groups the engine gives some variables the values that they have outside, which is wrong, and
        which of them depends on the order in which it joins.
        """
        inside = range(begin + 1, end)
        if sum(self._is(at, "{") for at in inside) > groups or any(self._word(at) in CROSSED for at in inside):
            raise _UnclearError

    def _after(self, at: int, opening: str) -> int:
        """Return the index after the bracket that closes the one that must stand here."""
        if not self._is(at, opening):
            raise _UnclearError
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


def _pairs(read: Sequence[Token]) -> dict[int, int]:
    """Return where the bracket stands that closes each bracket."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    for at, token in enumerate(read):
        if token.kind != "symbol":
            continue
        if token.text in _CLOSING:
            opened.append(at)
        elif token.text in _OPENING:
            if not opened or read[opened[-1]].text != _OPENING[token.text]:
                raise _UnclearError
            pairs[opened.pop()] = at
    if opened:
        raise _UnclearError
    return pairs


def _place(elements: Sequence[_Element], one: _Element) -> int:
    """Return where among ``elements`` the next ``one`` of their group is to stand."""
    place = at = len(elements)
    if one.kind != "triples" or one.is_fixed:
        return place
    while at > 0 and elements[at - 1].kind in {"crossed", "filter"}:
        at -= 1
        if elements[at].kind == "crossed":
            bound = frozenset[str]().union(*(each.variables for each in elements[:at] if each.kind == "triples"))
            if not _may_cross(elements[at], one, bound):
                break
            place = at
    return place


def _may_cross(crossed: _Element, triples: _Element, bound: frozenset[str]) -> bool:
    """Whether triple patterns can be joined before an element that follows patterns which have ``bound`` variables."""
    return (
        not crossed.is_fixed
        and crossed.binds not in triples.variables
        and triples.variables & crossed.variables <= bound
        and not triples.variables.isdisjoint(bound)
    )
