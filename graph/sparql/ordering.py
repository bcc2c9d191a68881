"""Has ORDER BY, MIN and MAX use a total order (:mod:`graph.sparql.term_order`) where the engine's own is none.

The engine's order is right, and faster, for values that ``<`` compares with each other. So values keep it if they are
the results of certain functions, or objects of predicates whose objects in the store can be compared.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from graph.sparql.lexer import Token
from graph.sparql.term_order import KEY, MAX, MIN

Edit = tuple[int, int, str]
"""Offsets of a part of the query, and the text in its place."""

IsComparable = Callable[[Sequence[str]], bool]
"""Whether the objects of some predicates, given as the query writes them, can be compared with each other."""

# Functions whose results ``<`` compares with each other.
_UNIFORM: Final = frozenset(
    {"STR", "LCASE", "UCASE", "LANG", "DATATYPE", "IRI", "URI", "COUNT", "STRLEN", "YEAR", "MONTH", "DAY", "HOURS"}
    | {"MINUTES", "BOUND", "CONCAT", "SUBSTR", "REPLACE", "STRBEFORE", "STRAFTER", "GROUP_CONCAT", "ISIRI", "ISURI"}
    | {"ISBLANK", "ISLITERAL", "ISNUMERIC", "REGEX", "CONTAINS", "STRSTARTS", "STRENDS", "LANGMATCHES", "SAMETERM"}
    | {"ENCODE_FOR_URI", "MD5", "SHA1", "SHA256", "SHA384", "SHA512", "STRUUID", "UUID", "RAND"}
)
_CHOOSING: Final = frozenset({"MIN", "MAX", "SAMPLE"})
_DIRECTIONS: Final = frozenset({"ASC", "DESC"})
_EXTREMES: Final = {"MIN": MIN, "MAX": MAX}
# Later ones decide between rows that are equal by all of these; the engine orders them as it does.
_MOST_CONDITIONS: Final = 100
_AFTER_CONDITIONS: Final = frozenset({"LIMIT", "OFFSET", "VALUES", "HAVING"})
_BEFORE_PROJECTED: Final = frozenset({"SELECT", "DISTINCT", "REDUCED", "BY"})


class OrderRewriter:
    """The edits of one query, whose tokens and closing brackets are given."""

    def __init__(self, read: Sequence[Token], closing: dict[int, int], is_comparable: IsComparable) -> None:
        self._read = read
        self._closing = closing
        self._is_comparable = is_comparable
        self._opening = _openings(read, closing)

    def edits(self) -> Iterator[Edit]:
        """Yield the edits, which do not overlap."""
        for at, token in enumerate(self._read):
            if token.kind != "word":
                continue
            word = token.text.upper()
            if word == "ORDERBY" or (word == "BY" and self._word(at - 1) == "ORDER"):
                yield from self._conditions(at + 1)
            elif word in _EXTREMES and self._text(at + 1) == "(":
                yield from self._extreme(at, token)

    def _conditions(self, at: int) -> Iterator[Edit]:
        for _ in range(_MOST_CONDITIONS):
            if at >= len(self._read) or self._text(at) == "}" or self._word(at) in _AFTER_CONDITIONS:
                return
            first = at + 1 if self._word(at) in _DIRECTIONS else at
            last = first
            while last < len(self._read) and last not in self._closing and self._read[last].kind != "variable":
                last += 1
            last = self._closing.get(last, last)
            if last >= len(self._read):
                return
            if not self._is_uniform(first, last):
                yield self._read[first].start, self._read[first].start, f"({KEY}("
                yield self._read[last].end, self._read[last].end, "))"
            at = last + 1

    def _extreme(self, at: int, token: Token) -> Iterator[Edit]:
        first = at + 3 if self._word(at + 2) == "DISTINCT" else at + 2
        if not self._is_uniform(first, self._closing[at + 1] - 1):
            # DISTINCT, which the engine does not parse here, makes no difference.
            yield token.start, self._read[first - 1].end, f"{_EXTREMES[token.text.upper()]}("

    def _is_uniform(self, first: int, last: int) -> bool:
        """Whether the engine compares the values of an expression, from its first to its last token, rightly."""
        sources = self._sources(first, last, frozenset())
        return sources is not None and (not sources or self._is_comparable(sorted(sources)))

    def _sources(self, first: int, last: int, seen: frozenset[str]) -> frozenset[str] | None:
        """Return predicates that have all literal values of an expression as objects; ``None`` if none are known."""
        while self._text(first) == "(" and self._closing[first] == last:
            first, last = first + 1, last - 1
        if first == last and self._read[first].kind == "variable":
            return self._sources_of_variable(self._read[first].text[1:], seen)
        if self._text(first + 1) != "(" or self._closing[first + 1] != last:
            return None
        if self._word(first) in _CHOOSING:
            inner = first + 3 if self._word(first + 2) == "DISTINCT" else first + 2
            return self._sources(inner, last - 1, seen)
        return frozenset() if self._word(first) in _UNIFORM else None

    def _sources_of_variable(self, name: str, seen: frozenset[str]) -> frozenset[str] | None:
        if name in seen:
            return None
        found: set[str] = set()
        bindings = 0
        for at, token in enumerate(self._read):
            if token.kind != "variable" or token.text[1:] != name:
                continue
            is_expression = self._word(at - 1) == "AS"
            sources = self._assigned(at, seen | {name}) if is_expression else self._sources_at(at)
            if sources is None:
                return None
            found |= sources
            bindings += is_expression
        return None if bindings > 1 or (bindings and self._is_matched(name)) else frozenset(found)

    def _is_matched(self, name: str) -> bool:
        """Whether a variable that an expression is assigned to also occurs as an object."""
        places = (at for at, token in enumerate(self._read) if token.kind == "variable" and token.text[1:] == name)
        return any(self._word(at - 1) != "AS" and self._sources_at(at) for at in places)

    def _assigned(self, at: int, seen: frozenset[str]) -> frozenset[str] | None:
        """Return the sources of the expression that is assigned to the variable at a token."""
        opening = self._opening[at]
        return None if opening is None else self._sources(opening + 1, at - 2, seen)

    def _sources_at(self, at: int) -> frozenset[str] | None:
        """Return the predicates that one occurrence of a variable has values from, none for a mere use of it."""
        opening = self._opening[at]
        before = self._read[at - 1]
        if opening is None:
            return None if self._word(at - 1) == "VALUES" else frozenset()
        if self._text(opening) == "(":
            is_use = self._read[opening - 1].kind not in {"name", "iri"} and self._word(opening - 1) not in {
                "VALUES",
                "A",
            }
            return frozenset() if is_use else None
        if before.kind in {"name", "iri"}:
            return self._predicates(at - 1)
        if before.kind == "variable":
            return self._after_variables(at)
        if before.kind == "word":
            return frozenset() if before.text.upper() in {*_BEFORE_PROJECTED, "GRAPH", "A"} else None
        return frozenset() if before.text in {".", "{", "}", ";", "["} else None

    def _after_variables(self, at: int) -> frozenset[str] | None:
        while self._read[at].kind == "variable":
            at -= 1
        return frozenset() if self._word(at) in _BEFORE_PROJECTED else None

    def _predicates(self, at: int) -> frozenset[str] | None:
        """Return the last predicates of the path that ends at a token."""
        found = {self._read[at].text}
        while self._text(at - 1) == "|" and self._read[at - 2].kind in {"name", "iri"}:
            at -= 2
            found.add(self._read[at].text)
        if self._text(at - 1) in {"^", "!", "|"}:
            return None
        return frozenset(found)

    def _text(self, at: int) -> str:
        return self._read[at].text if 0 <= at < len(self._read) else ""

    def _word(self, at: int) -> str:
        is_word = 0 <= at < len(self._read) and self._read[at].kind == "word"
        return self._read[at].text.upper() if is_word else ""


def _openings(read: Sequence[Token], closing: dict[int, int]) -> list[int | None]:
    """Return the innermost bracket around each token."""
    openings: list[int | None] = []
    opened: list[int] = []
    for at, _ in enumerate(read):
        if opened and closing[opened[-1]] == at:
            opened.pop()
        openings.append(opened[-1] if opened else None)
        if at in closing:
            opened.append(at)
    return openings
