"""Writes alternative paths ``a|b`` as UNION: the engine removes duplicates, which SPARQL 1.1 keeps (section 18.4).

A path is rewritten where it is an alternative as a whole and stands between terms that are no blank nodes, and where
duplicates make a difference.
"""

from collections.abc import Sequence
from typing import Final

from graph.sparql.lexer import Token, closing_brackets, tokens

_FORMS: Final = frozenset({"SELECT", "CONSTRUCT", "DESCRIBE", "ASK"})
_AGGREGATES: Final = frozenset({"COUNT", "SUM", "AVG", "GROUP_CONCAT"})
_TERMS: Final = frozenset({"variable", "name", "iri", "number"})
_MODIFIERS: Final = frozenset({"*", "+", "?"})
_MAX_REWRITTEN: Final = 20


class _NoPathError(Exception):
    """Tokens that are no path."""


def expand(query: str) -> str:
    """Return ``query`` with its alternative paths written as UNION."""
    for _ in range(_MAX_REWRITTEN):
        read = tuple(tokens(query))
        if not _keeps_duplicates(read):
            return query
        expanded = _Expansion(query, read).first()
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
    """The first alternative path of a query."""

    def __init__(self, query: str, read: Sequence[Token]) -> None:
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
        """Return the query with the first alternative path of a subject rewritten."""
        at = subject + 1
        try:
            while True:
                alternatives, target = self._path(at)
                end = self._object_end(target)
                if len(alternatives) > 1:
                    return self._rewritten(subject, at, alternatives, (target, end))
                at = end
                while self._text(at) == ",":
                    at = self._object_end(at + 1)
                if self._text(at) != ";":
                    return None
                at += 1
        except _NoPathError:
            return None

    def _rewritten(
        self, subject: int, at: int, alternatives: Sequence[tuple[int, int]], target: tuple[int, int]
    ) -> str | None:
        after = self._text(target[1])
        if after == ",":
            return None
        is_first = at == subject + 1
        begin = self._read[subject if is_first else at - 1].start
        terms = (self._read[subject].text, self._between(*target))
        union = " UNION ".join(f"{{ {terms[0]} {self._between(*path)} {terms[1]} }}" for path in alternatives)
        end = self._read[target[1] - 1].end
        if after == ";":
            end = self._read[target[1]].end
            union += "" if self._text(target[1] + 1) in {".", "}", ";"} else f" {terms[0]}"
        return f"{self._query[:begin]} {union} {self._query[end:]}"

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
