"""Repairs a wrong plan of Virtuoso 7, which joins on the range that a FILTER compares with and then loses solutions.

Whether it chooses that plan depends on the samples that it takes of a database, so the same query over the same triples
gives all solutions in most databases and none in some. An expression that is negated twice has the same value and is
compared after the join (https://www.w3.org/TR/sparql11-query/#evaluation: the negation of an error is an error).
"""

from typing import Final

from graph.sparql.lexer import Token, tokens

_ORDER: Final = frozenset({"<", ">", "<=", ">="})


def compare_after_join(text: str) -> str:
    """Return the query ``text`` with each FILTER that compares by order negated twice."""
    sequence = list(tokens(text))
    pieces, copied = [], 0
    for begin, end in _expressions(sequence):
        if not any(token.kind == "symbol" and token.text in _ORDER for token in sequence[begin:end]):
            continue
        opening, closing = sequence[begin].start, sequence[end - 1].end
        pieces += [text[copied:opening], "(!(!", text[opening:closing], "))"]
        copied = closing
    return "".join([*pieces, text[copied:]])


def _expressions(sequence: list[Token]) -> list[tuple[int, int]]:
    """Return where the bracketed expression of each FILTER begins and ends, without those inside another one."""
    found: list[tuple[int, int]] = []
    for at, token in enumerate(sequence[:-1]):
        is_filter = token.kind == "word" and token.text.upper() == "FILTER" and sequence[at + 1].text == "("
        if is_filter and (not found or at >= found[-1][1]):
            found.append((at + 1, _closing(sequence, at + 1) + 1))
    return found


def _closing(sequence: list[Token], opening: int) -> int:
    depth = 0
    for at in range(opening, len(sequence)):
        token = sequence[at]
        depth += (token.kind == "symbol") * ((token.text == "(") - (token.text == ")"))
        if depth == 0:
            return at
    return len(sequence) - 1
