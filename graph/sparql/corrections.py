"""Rewrites queries that the engine evaluates otherwise than SPARQL 1.1 says; ``docs/sparql-conformance.md`` lists them.

Each correction is an edit of the text of the query, found by its tokens. A query without the words in question is not
read.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from graph.sparql import paths
from graph.sparql.lexer import Token, closing_brackets, tokens
from graph.sparql.ordering import Edit, IsComparable, OrderRewriter
from graph.sparql.paths import IsNode

_CANDIDATE: Final = re.compile(
    r"ORDER|\bMIN\b|\bMAX\b|GROUP_CONCAT|\+|\bGRAPH\s*[?$#]|\bTRUE\b|\bFALSE\b", re.IGNORECASE
)
_PATH: Final = re.compile(r"(?<!\|)\|(?!\|)|[\w>)][*?](?!\w)")
# The declarations of a prologue hold neither braces nor variables.
_SELECT_ALL: Final = re.compile(
    r"(?>(?:\s|#[^\r\n]*|(?:PREFIX\s*[^\s:<]*:|BASE)\s*<[^<>]*>)*)SELECT\b(?:\s*(?:DISTINCT|REDUCED)\b)?\s*(\*)",
    re.IGNORECASE,
)
_VARIABLE: Final = re.compile(r"[?$](\w+)")
_EXPRESSION_WORDS: Final = frozenset({"A", "WHERE", "UNION", "OPTIONAL", "VALUES"})
_OPERAND_ENDS: Final = frozenset({",", ";", "+", "-", "&&", "||", "=", "!=", "<", ">", "<=", ">=", ")", "}", "{"})
_MULTIPLYING: Final = frozenset({"*", "/"})


def correct(query: str, is_comparable: IsComparable, is_node: IsNode) -> str:
    """Return ``query`` with the corrections that it needs, else ``query`` itself."""
    if _PATH.search(query):
        query = paths.expand(query, is_node)
    if not _CANDIDATE.search(query):
        return query
    read = tuple(tokens(query))
    closing = closing_brackets(read)
    edits = [
        *OrderRewriter(read, closing, is_comparable).edits(),
        *_sums(read, closing),
        *_concatenations(read, closing),
        *_booleans(read),
        *_graphs(read, closing),
    ]
    return _edited(query, edits)


def name_columns(query: str, names: Sequence[str]) -> str:
    """Return ``query`` with the ``*`` of ``SELECT *`` replaced by its variables, in order of appearance.

    ``names`` are those that the engine found, in another order. A query without ``*``, or in that order, is returned
    as it is.
    """
    selected = _SELECT_ALL.match(query)
    if selected is None:
        return query
    appearing = dict.fromkeys(match[1] for match in _VARIABLE.finditer(query, selected.end()))
    ordered = [name for name in appearing if name in set(names)]
    if ordered == list(names) or len(ordered) != len(names):
        return query
    variables = " ".join(f"?{name}" for name in ordered)
    return f"{query[: selected.start(1)]} {variables} {query[selected.end() :]}"


def _edited(query: str, edits: Sequence[Edit]) -> str:
    parts: list[str] = []
    done = 0
    for start, end, text in sorted(edits, key=lambda edit: edit[:2]):
        parts += (query[done:start], text)
        done = end
    return "".join(parts) + query[done:]


def _concatenations(read: Sequence[Token], closing: dict[int, int]) -> Iterator[Edit]:
    """Make the result of GROUP_CONCAT a simple literal (section 18.5.1.7), whatever the languages of the values."""
    for at, token in enumerate(read):
        if token.kind == "word" and token.text.upper() == "GROUP_CONCAT" and at + 1 in closing:
            yield token.start, token.start, "STR("
            end = read[closing[at + 1]].end
            yield end, end, ")"


def _booleans(read: Sequence[Token]) -> Iterator[Edit]:
    """Write TRUE as ``true``: keywords are not case-sensitive (section 19.8)."""
    for token in read:
        if token.kind == "word" and token.text.upper() in {"TRUE", "FALSE"}:
            yield token.start, token.end, token.text.lower()


def _graphs(read: Sequence[Token], closing: dict[int, int]) -> Iterator[Edit]:
    """Correct ``GRAPH ?g`` around VALUES and MINUS (section 18.6, Evaluation of Graph).

    VALUES needs a pattern that binds ``?g``. MINUS removes nothing if no variable but ``?g`` is in both groups.
    """
    for at, token in enumerate(read[:-2]):
        is_graph = token.kind == "word" and token.text.upper() == "GRAPH" and read[at + 1].kind == "variable"
        if not is_graph or at + 2 not in closing:
            continue
        inside = range(at + 3, closing[at + 2])
        words = {index: read[index].text.upper() for index in inside if read[index].kind == "word"}
        if words.get(at + 3) == "VALUES":
            yield token.start, token.start, f"GRAPH {read[at + 1].text} {{}} "
        for index, word in words.items():
            if word == "MINUS" and index + 1 in closing:
                end = closing[index + 1]
                if _variables(read[at + 3 : index]).isdisjoint(_variables(read[index:end])):
                    yield read[index].start, read[end].end, ""


def _variables(read: Sequence[Token]) -> frozenset[str]:
    return frozenset(token.text[1:] for token in read if token.kind == "variable")


def _sums(read: Sequence[Token], closing: dict[int, int]) -> Iterator[Edit]:
    """Write ``a + b`` as ``a - (-(b))``: the engine swaps the operands of a sum, and adds no date to a duration."""
    in_expression: list[bool] = []
    for at, token in enumerate(read):
        if at in closing:
            in_expression.append(_opens_expression(read, at, bool(in_expression and in_expression[-1])))
        elif in_expression and token.text in {")", "}", "]"} and token.kind == "symbol":
            in_expression.pop()
        elif in_expression and in_expression[-1] and token.text == "+" and _is_binary(read, at):
            end = _operand_end(read, closing, at + 1)
            if read[at + 1].kind != "number" and end is not None:
                yield token.start, token.end, "- (-("
                yield read[end].end, read[end].end, "))"


def _opens_expression(read: Sequence[Token], at: int, in_expression: bool) -> bool:
    """Whether a bracket opens an expression, and not a path, a collection, a group or data."""
    if read[at].text != "(":
        return False
    if in_expression or at == 0:
        return True
    before = read[at - 1]
    if before.kind == "word":
        return before.text.upper() not in _EXPRESSION_WORDS
    if before.kind in {"name", "iri"}:
        return at > 1 and read[at - 2].kind == "word" and read[at - 2].text.upper() in {"FILTER", "HAVING", "BY"}
    return _is_projected(read, at)


def _is_projected(read: Sequence[Token], at: int) -> bool:
    """Whether ``expression AS ?variable`` stands in a bracket, or one before it in a list of conditions."""
    depth = 0
    for index in range(at, len(read)):
        text = read[index].text
        depth += (text == "(") - (text == ")")
        if depth == 0:
            return read[index - 2].text.upper() == "AS"
    return False


def _is_binary(read: Sequence[Token], at: int) -> bool:
    before = read[at - 1]
    return before.text == ")" or before.kind in {"variable", "string", "language", "number", "name", "iri"}


def _operand_end(read: Sequence[Token], closing: dict[int, int], at: int) -> int | None:
    """Return the last token of the products that follow a plus sign."""
    begin = at
    while at < len(read):
        token = read[at]
        if token.kind == "symbol" and token.text in _OPERAND_ENDS and at > begin:
            signed = token.text in {"+", "-"} and read[at - 1].text in _MULTIPLYING
            if not signed:
                return at - 1
        if token.kind == "word" and token.text.upper() in {"AS", "IN", "NOT"}:
            return at - 1
        at = closing.get(at, at) + 1
    return None
