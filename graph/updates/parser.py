"""Parses an update request into its operations; refuses those that would crash the engine or call another server.

The checks of :mod:`graph.sparql.guard` apply. An update request is a sequence of operations (SPARQL 1.1 Update, section
3). Outside of their braces only keywords, names and IRIs are allowed, and a keyword has to be delimited, because the
engine's parser needs no white space there and could read another token.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from graph.settings import QueryLimits
from graph.sparql.errors import LoadRefused, QueryRefused, QuerySyntaxError, QueryTooLong
from graph.sparql.guard import QueryGuard
from graph.sparql.lexer import Token, position, tokens

_QUERY_FORMS: Final = frozenset({"SELECT", "CONSTRUCT", "DESCRIBE", "ASK"})
_KEYWORDS: Final = frozenset(
    {"BASE", "PREFIX", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "SILENT", "GRAPH", "DEFAULT", "NAMED", "ALL"}
) | frozenset({"TO", "INSERT", "DELETE", "DATA", "WHERE", "WITH", "USING"})
_GLUED: Final = re.compile(
    r"(?:insert|delete|data|where|with|using|named|silent|load|into|to|default|all|graph)", re.IGNORECASE
)
_PROLOGUE_TOKENS: Final = {"BASE": 2, "PREFIX": 3}


@dataclass(frozen=True)
class UpdateOperation:
    """One operation of an update request.

    ``tokens`` are those outside of braces, and the braces themselves. ``prologue`` holds the spans (start and end
    offsets) of all prefix and base declarations before the operation.
    """

    text: str
    prologue: tuple[tuple[int, int], ...]
    tokens: tuple[Token, ...]

    @property
    def keywords(self) -> tuple[str, ...]:
        """The keywords at the beginning, in capitals, such as ``INSERT``, ``DATA``."""
        first = next((index for index, token in enumerate(self.tokens) if token.kind != "word"), len(self.tokens))
        return tuple(token.text.upper() for token in self.tokens[:first])

    @property
    def start(self) -> int:
        """The offset at which it begins in the update request."""
        return self.tokens[0].start

    @property
    def declarations(self) -> str:
        """The prefix and base declarations that apply to it."""
        return " ".join(self.text[start:end] for start, end in self.prologue)

    @property
    def standing_alone(self) -> str:
        """The operation as an update request of its own, in which all tokens keep their positions."""
        characters = list(" " * self.tokens[-1].end)
        for start, end in (*self.prologue, (self.start, self.tokens[-1].end)):
            characters[start:end] = self.text[start:end]
        for index, character in enumerate(self.text[: len(characters)]):
            if character in "\r\n":
                characters[index] = character
        return "".join(characters)

    def index(self, *words: str) -> int | None:
        """Return the place among ``tokens`` of the first of some words."""
        return next((index for index, token in enumerate(self.tokens) if is_word(token, *words)), None)


def inspect(update: str, limits: QueryLimits) -> tuple[UpdateOperation, ...]:
    """Return the operations of ``update``.

    Raises ``QueryTooLong``, ``QueryTooDeep`` or ``QueryTooWide`` beyond ``limits``, ``LoadRefused`` for LOAD,
    ``ServiceRefused`` for SERVICE, ``QueryRefused`` for a query, and ``QuerySyntaxError`` for invalid syntax.
    """
    if len(update) > limits.length:
        raise QueryTooLong(f"the update has {len(update)} characters; at most {limits.length} are allowed")
    guard = _UpdateGuard(update, limits)
    for token in tokens(update):
        guard.take(token)
    guard.parsed_query()
    return tuple(_operations(update, guard.outside))


def is_word(token: Token | None, *words: str) -> bool:
    """Tell whether a token is one of ``words``, which are written in capitals."""
    return token is not None and token.kind == "word" and token.text.upper() in words


@dataclass
class _UpdateGuard(QueryGuard):
    """The state of checking an update request: in addition to that of queries, the tokens outside of braces."""

    outside: list[Token] = field(default_factory=list)

    def take(self, token: Token) -> None:
        within = bool(self.brackets)
        if not within:
            self._check_outside(token)
        super().take(token)
        if not within or not self.brackets:
            self.outside.append(token)

    def _note_form(self, word: str, token: Token) -> None:
        """Do nothing: an update has no query form."""

    def _note_dataset(self, token: Token) -> None:
        """Do nothing: USING clauses are parsed from :attr:`outside`."""

    def _check_outside(self, token: Token) -> None:
        word = token.text.upper()
        if token.kind == "word" and "SERVICE" not in word:
            if word.startswith("LOAD"):
                line, column = position(self.query, token.start)
                raise LoadRefused(
                    f"LOAD at line {line}, column {column}: LOAD is disabled here; send the data itself to /data"
                )
            if word in _QUERY_FORMS:
                raise QueryRefused(f"{word} is a query form; send queries to /sparql, updates to /update")
            if word not in _KEYWORDS:
                raise self._unexpected(token)
        elif token.kind == "name" and self._may_be_glued(token):
            raise QuerySyntaxError(
                f"'{token.text[:40]}' may be read as a keyword here; write the IRI in full",
                *position(self.query, token.start),
            )
        elif token.kind not in {"word", "name", "iri"} and token.text not in {"{", ";"}:
            raise self._unexpected(token)

    def _may_be_glued(self, token: Token) -> bool:
        return not is_word(self.before, "PREFIX", "GRAPH") and _GLUED.match(token.text.partition(":")[0]) is not None

    def _unexpected(self, token: Token) -> QuerySyntaxError:
        return QuerySyntaxError(f"unexpected '{token.text[:40]}'", *position(self.query, token.start))


def _operations(update: str, outside: Sequence[Token]) -> list[UpdateOperation]:
    found: list[UpdateOperation] = []
    prologue: list[tuple[int, int]] = []
    part: list[Token] = []
    for token in (*outside, Token("symbol", ";", len(update))):
        if token.text != ";":
            part.append(token)
            continue
        while part and (length := _PROLOGUE_TOKENS.get(part[0].text.upper())):
            declaration, part = part[:length], part[length:]
            prologue.append((declaration[0].start, declaration[-1].end))
        if part:
            found.append(UpdateOperation(update, tuple(prologue), tuple(part)))
        elif token.start < len(update):
            raise QuerySyntaxError("unexpected ';'", *position(update, token.start))
        part = []
    return found
