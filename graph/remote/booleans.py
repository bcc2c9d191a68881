"""Which variables of a query can only be truth values: Virtuoso computes with 0 and 1 instead, and answers so.

A variable is taken for one when every expression that it is given is a comparison, a logical operation or a function
with a truth value, and when no pattern can bind it otherwise. What is in doubt is left as the store has it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from graph.sparql.lexer import Token, tokens

_OPERATORS: Final = frozenset({"=", "!=", "<", ">", "<=", ">=", "&&", "||"})
_FUNCTIONS: Final = frozenset(
    {
        *("BOUND", "EXISTS", "NOT", "SAMETERM", "ISIRI", "ISURI", "ISBLANK", "ISLITERAL", "ISNUMERIC", "REGEX"),
        *("CONTAINS", "STRSTARTS", "STRENDS", "LANGMATCHES", "TRUE", "FALSE", "IN"),
    }
)


def computed(query: str) -> frozenset[str]:
    """Return the variables, without question mark, that are truth values wherever ``query`` gives them a value."""
    read = list(tokens(query))
    around = _around(read)
    given: dict[str, bool] = {}
    for at, token in enumerate(read):
        if token.kind == "word" and token.text.upper() == "AS" and at + 1 < len(read):
            name = read[at + 1].text[1:]
            given[name] = given.get(name, True) and _is_boolean(read, around, at, given)
    in_patterns = {
        token.text[1:]
        for at, token in enumerate(read)
        if token.kind == "variable" and _is_pattern(read, around[at]) and read[at - 1].text.upper() != "AS"
    }
    return frozenset(name for name, boolean in given.items() if boolean) - in_patterns


def _around(read: Sequence[Token]) -> list[int | None]:
    """Return for each token the index of the innermost bracket that is open there."""
    found: list[int | None] = []
    opened: list[int] = []
    for at, token in enumerate(read):
        if token.kind == "symbol" and token.text in "})]" and opened:
            opened.pop()
        found.append(opened[-1] if opened else None)
        if token.kind == "symbol" and token.text in "{([":
            opened.append(at)
    return found


def _is_pattern(read: Sequence[Token], bracket: int | None) -> bool:
    """Whether what stands in a bracket may bind a variable: triples, ``VALUES``, or the list of a sub-select."""
    if bracket is None:
        return False
    before = read[bracket - 1].text.upper() if bracket else ""
    return read[bracket].text != "(" or before == "VALUES"


def _is_boolean(read: Sequence[Token], around: Sequence[int | None], end: int, given: Mapping[str, bool]) -> bool:
    """Whether the expression before the ``AS`` at ``end`` has a truth value; ``given`` are those before it."""
    bracket = around[end]
    if bracket is None:
        return False
    inside = [
        one for one, within in zip(read[bracket + 1 : end], around[bracket + 1 : end], strict=True) if within == bracket
    ]
    if any(one.kind == "symbol" and one.text in _OPERATORS for one in inside):
        return True
    if len(inside) == 1 and inside[0].kind == "variable":
        return given.get(inside[0].text[1:], False)
    words = {one.text.upper() for one in inside if one.kind == "word"}
    return bool(inside) and (inside[0].text == "!" or bool(words & _FUNCTIONS)) and not words & {"IF", "COALESCE"}
