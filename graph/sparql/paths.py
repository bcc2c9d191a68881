"""Rewrites paths that the engine evaluates otherwise than SPARQL 1.1 says (sections 9.3 and 18.4).

It removes the duplicates of alternative paths ``a|b``: one is written as UNION where it is an alternative as a whole,
stands between terms that are no blank nodes, and duplicates make a difference. It finds no path of length zero (``a*``,
``a?``) from a term that is not in the data: the term itself is added to the longer paths.
"""

from collections.abc import Callable, Sequence
from typing import Final

from graph.sparql.lexer import Token, closing_brackets, tokens

_FORMS: Final = frozenset({"SELECT", "CONSTRUCT", "DESCRIBE", "ASK"})
_AGGREGATES: Final = frozenset({"COUNT", "SUM", "AVG", "GROUP_CONCAT"})
_TERMS: Final = frozenset({"variable", "name", "iri", "number"})
_MODIFIERS: Final = frozenset({"*", "+", "?"})
_ZERO: Final = frozenset({"*", "?"})
_MAX_REWRITTEN: Final = 20


IsNode = Callable[[str], bool]
"""Whether a term, written as in the query, is a node of the graph that the query is evaluated over."""


class _NoPathError(Exception):
    """Tokens that are no path."""


def expand(query: str, is_node: IsNode) -> str:
    """Return ``query`` with its alternative paths written as UNION, and paths of length zero from unknown terms."""
    for _ in range(_MAX_REWRITTEN):
        read = tuple(tokens(query))
        expanded = _Expansion(query, read, is_node, _keeps_duplicates(read)).first()
        if expanded is None:
            return query
        query = expanded
    return query


def _keeps_duplicates(read: Sequence[Token]) -> bool:
    """Whether the number of equal solutions may show in the answer."""
    words = [token.text.upper() for token in read if token.kind == "word"]
    selects = [at for at, word in enumerate(words) if word == "SELECT"]
    has_form = any(word in _FORMS for word in words)
    if len(selects) > 1 or not has_form or not _AGGREGATES.isdisjoint(words):
        return True
    return bool(selects) and words[selects[0] + 1 : selects[0] + 2] != ["DISTINCT"]


class _Expansion:
    """The first path of a query that is to be rewritten."""

    def __init__(self, query: str, read: Sequence[Token], is_node: IsNode, keeps_duplicates: bool) -> None:
        self._is_node = is_node
        self._keeps_duplicates = keeps_duplicates
        self._query = query
        self._read = read
        self._closing = closing_brackets(read)

    def first(self) -> str | None:
        """Return the query with one path rewritten; ``None`` when there is none to rewrite."""
        groups = [at for at in self._closing if self._read[at].text == "{"]
        for opening in sorted(groups):
            for at in self._statements(opening):
                expanded = self._statement(at)
                if expanded is not None:
                    return expanded
        return None

    def _statements(self, opening: int) -> list[int]:
        """Return the tokens directly in a group at which triple patterns may begin."""
        found: list[int] = []
        at, end = opening + 1, self._closing[opening]
        while at < end:
            if self._is_term(at) and self._text(at - 1) in {"{", "}", ".", ")"}:
                found.append(at)
            at = self._closing.get(at, at) + 1
        return found

    def _statement(self, subject: int) -> str | None:
        """Return the query with the first path of a subject rewritten."""
        at = subject + 1
        try:
            while True:
                alternatives, target = self._path(at)
                end = self._object_end(target)
                if len(alternatives) > 1 and self._keeps_duplicates:
                    union = self._union(self._read[subject].text, alternatives, self._between(target, end))
                    return self._rewritten(subject, at, union, (target, end))
                if len(alternatives) == 1 and self._may_be_zero(alternatives[0], subject, (target, end)):
                    with_zero = self._with_zero_length(subject, alternatives[0], (target, end))
                    return self._rewritten(subject, at, with_zero, (target, end))
                at = end
                while self._text(at) == ",":
                    at = self._object_end(at + 1)
                if self._text(at) != ";":
                    return None
                at += 1
        except _NoPathError:
            return None

    def _union(self, subject: str, alternatives: Sequence[tuple[int, int]], target: str) -> str:
        return " UNION ".join(f"{{ {subject} {self._between(*path)} {target} }}" for path in alternatives)

    def _may_be_zero(self, path: tuple[int, int], subject: int, target: tuple[int, int]) -> bool:
        """Whether a path is one step with ``*`` or ``?`` between a variable and a term that is no node of the graph."""
        begin, end = path
        last = self._read[end - 1]
        if (
            last.text not in _ZERO
            or last.kind != "symbol"
            or self._step(begin) != end
            or self._text(begin) in {"^", "!"}
        ):
            return False
        ends = [self._read[subject], self._read[target[0]]]
        terms = [token for token in ends if token.kind in {"iri", "name"}]
        is_single = target[1] - target[0] == 1
        has_variable = any(token.kind == "variable" for token in ends)
        return is_single and has_variable and len(terms) == 1 and not self._is_node(terms[0].text)

    def _with_zero_length(self, subject: int, path: tuple[int, int], target: tuple[int, int]) -> str:
        terms = [self._read[subject].text, self._between(*target)]
        variable, term = sorted(terms, key=lambda text: text[0] not in "?$")
        longer = self._between(path[0], path[1] - 1) + ("+" if self._text(path[1] - 1) == "*" else "")
        steps = f"{{ {terms[0]} {longer} {terms[1]} }} UNION {{ VALUES {variable} {{ {term} }} }}"
        return f"{{ SELECT DISTINCT {variable} WHERE {{ {steps} }} }}"

    def _rewritten(self, subject: int, at: int, group: str, target: tuple[int, int]) -> str | None:
        """Return the query with the triple pattern of a path replaced by a group."""
        after = self._text(target[1])
        if after == ",":
            return None
        is_first = at == subject + 1
        begin = self._read[subject if is_first else at - 1].start
        end = self._read[target[1] - 1].end
        if after == ";":
            end = self._read[target[1]].end
            group += "" if self._text(target[1] + 1) in {".", "}", ";"} else f" {self._read[subject].text}"
        return f"{self._query[:begin]} {group} {self._query[end:]}"

    def _path(self, at: int) -> tuple[list[tuple[int, int]], int]:
        """Return the alternatives of the path that begins at a token, and where it ends."""
        alternatives: list[tuple[int, int]] = []
        begin = at
        while True:
            end = self._sequence(begin)
            alternatives.append((begin, end))
            if self._text(end) != "|":
                break
            begin = end + 1
        is_bracketed = self._text(at) == "(" and self._closing[at] == end - 1
        return (self._path(at + 1)[0] if is_bracketed and len(alternatives) == 1 else alternatives), end

    def _sequence(self, at: int) -> int:
        at = self._step(at)
        while self._text(at) == "/":
            at = self._step(at + 1)
        return at

    def _step(self, at: int) -> int:
        while self._text(at) in {"^", "!"}:
            at += 1
        token = self._read[at] if at < len(self._read) else None
        if token is None or not (token.kind in {"name", "iri"} or token.text in {"(", "a"}):
            if token is not None and token.kind == "variable":
                return at + 1
            raise _NoPathError
        at = self._closing.get(at, at) + 1
        return at + 1 if self._text(at) in _MODIFIERS and self._read[at].kind == "symbol" else at

    def _object_end(self, at: int) -> int:
        """Return the end of the term that begins at a token."""
        if at < len(self._read) and self._read[at].kind == "string":
            if at + 1 < len(self._read) and self._read[at + 1].kind == "language":
                return at + 2
            return at + 3 if self._text(at + 1) == "^^" else at + 1
        if not self._is_term(at):
            raise _NoPathError
        return at + 1

    def _is_term(self, at: int) -> bool:
        return at < len(self._read) and self._read[at].kind in _TERMS

    def _between(self, begin: int, end: int) -> str:
        return self._query[self._read[begin].start : self._read[end - 1].end]

    def _text(self, at: int) -> str:
        return self._read[at].text if at < len(self._read) else ""
