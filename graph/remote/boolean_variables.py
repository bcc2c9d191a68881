"""Finds the variables of a query that can only be booleans: Virtuoso computes with 0 and 1, and returns integers.

A variable counts as boolean when every expression bound to it is a comparison, a logical operation or a call of a
function that returns a boolean, and no pattern can bind it. In case of doubt its value stays as the store returned it.
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


def boolean_variables(query: str) -> frozenset[str]:
    """Return the names, without question mark, of the variables that are booleans wherever ``query`` binds them."""
    sequence = list(tokens(query))
    brackets = _innermost_brackets(sequence)
    bound: dict[str, bool] = {}
    for index, token in enumerate(sequence):
        if token.kind == "word" and token.text.upper() == "AS" and index + 1 < len(sequence):
            name = sequence[index + 1].text[1:]
            bound[name] = bound.get(name, True) and _is_boolean(sequence, brackets, index, bound)
    in_patterns = {
        token.text[1:]
        for index, token in enumerate(sequence)
        if token.kind == "variable"
        and _is_pattern(sequence, brackets[index])
        and sequence[index - 1].text.upper() != "AS"
    }
    return frozenset(name for name, is_boolean in bound.items() if is_boolean) - in_patterns


def _innermost_brackets(sequence: Sequence[Token]) -> list[int | None]:
    """Return for each token the index of the innermost bracket that is open there."""
    brackets: list[int | None] = []
    stack: list[int] = []
    for index, token in enumerate(sequence):
        if token.kind == "symbol" and token.text in "})]" and stack:
            stack.pop()
        brackets.append(stack[-1] if stack else None)
        if token.kind == "symbol" and token.text in "{([":
            stack.append(index)
    return brackets


def _is_pattern(sequence: Sequence[Token], bracket: int | None) -> bool:
    """Return whether the content of a bracket can bind a variable: triples, ``VALUES``, or the list of a sub-select."""
    if bracket is None:
        return False
    before = sequence[bracket - 1].text.upper() if bracket else ""
    return sequence[bracket].text != "(" or before == "VALUES"


def _is_boolean(sequence: Sequence[Token], brackets: Sequence[int | None], end: int, bound: Mapping[str, bool]) -> bool:
    """Return whether the expression before the ``AS`` at ``end`` is a boolean, given the variables bound before it."""
    bracket = brackets[end]
    if bracket is None:
        return False
    expression = [
        token
        for token, enclosing in zip(sequence[bracket + 1 : end], brackets[bracket + 1 : end], strict=True)
        if enclosing == bracket
    ]
    if any(token.kind == "symbol" and token.text in _OPERATORS for token in expression):
        return True
    if len(expression) == 1 and expression[0].kind == "variable":
        return bound.get(expression[0].text[1:], False)
    words = {token.text.upper() for token in expression if token.kind == "word"}
    is_condition = bool(expression) and (expression[0].text == "!" or bool(words & _FUNCTIONS))
    return is_condition and not words & {"IF", "COALESCE"}
