"""Refuses updates that would crash the engine or make it call another machine, and takes the others apart.

What is said of queries in :mod:`graph.sparql.guard` holds here too. An update is a sequence of operations; outside
their braces only keywords, names and IRIs may stand, and a keyword must be written apart from what follows it, because
the engine's parser needs no white space there and could read something else.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from graph.settings import QueryLimits
from graph.sparql.errors import LoadRefused, QueryRefused, QuerySyntaxError, QueryTooLong
from graph.sparql.guard import Reading
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
class Operation:
    """One operation of an update.

    ``tokens`` are those outside of braces, and the braces themselves. ``prologue`` holds the spans of the prefix and
    base declarations before it, those of the operations before it included.
    """

    text: str
    prologue: tuple[tuple[int, int], ...]
    tokens: tuple[Token, ...]

    @property
    def keywords(self) -> tuple[str, ...]:
        """The words that it begins with, in capitals, such as ``INSERT``, ``DATA``."""
        first = next((index for index, token in enumerate(self.tokens) if token.kind != "word"), len(self.tokens))
        return tuple(token.text.upper() for token in self.tokens[:first])

    @property
    def start(self) -> int:
        """Where it begins in the text of the update."""
        return self.tokens[0].start

    @property
    def declarations(self) -> str:
        """The prefix and base declarations that it is read with."""
        return " ".join(self.text[start:end] for start, end in self.prologue)

    @property
    def standing_alone(self) -> str:
        """The operation as an update of its own, in which every token stands where it stands in the whole."""
        kept = list(" " * self.tokens[-1].end)
        for start, end in (*self.prologue, (self.start, self.tokens[-1].end)):
            kept[start:end] = self.text[start:end]
        for index, character in enumerate(self.text[: len(kept)]):
            if character in "\r\n":
                kept[index] = character
        return "".join(kept)

    def index(self, *words: str) -> int | None:
        """Return the place among ``tokens`` of the first of some words."""
        return next((index for index, token in enumerate(self.tokens) if is_word(token, *words)), None)


def inspect(update: str, limits: QueryLimits) -> tuple[Operation, ...]:
    """Return the operations of ``update``.

    Raises ``QueryTooLong``, ``QueryTooDeep`` or ``QueryTooWide`` beyond ``limits``, ``LoadRefused`` for LOAD,
    ``ServiceRefused`` for SERVICE, ``QueryRefused`` for a query, and ``QuerySyntaxError`` for what no update may have.
    """
    if len(update) > limits.length:
        raise QueryTooLong(f"the update has {len(update)} characters; at most {limits.length} are read")
    reading = _UpdateReading(update, limits)
    for token in tokens(update):
        reading.take(token)
    reading.outline()
    return tuple(_operations(update, reading.outside))


def is_word(token: Token | None, *words: str) -> bool:
    """Tell whether a token is one of ``words``, which are written in capitals."""
    return token is not None and token.kind == "word" and token.text.upper() in words


@dataclass
class _UpdateReading(Reading):
    """The state of reading an update: beside what is checked of queries, the tokens outside of braces."""

    outside: list[Token] = field(default_factory=list)

    def take(self, token: Token) -> None:
        within = bool(self.brackets)
        if not within:
            self._check_outside(token)
        super().take(token)
        if not within or not self.brackets:
            self.outside.append(token)

    def _note_form(self, word: str, token: Token) -> None:
        """An update has no form."""

    def _note_dataset(self, token: Token) -> None:
        """The datasets of operations are read from :attr:`outside`."""

    def _check_outside(self, token: Token) -> None:
        word = token.text.upper()
        if token.kind == "word" and "SERVICE" not in word:
            if word.startswith("LOAD"):
                line, column = position(self.query, token.start)
                raise LoadRefused(
                    f"LOAD at line {line}, column {column}: nothing is fetched here; send the data itself to /data"
                )
            if word in _QUERY_FORMS:
                raise QueryRefused(f"{word} begins a query, and this address takes updates; send queries to /sparql")
            if word not in _KEYWORDS:
                raise self._unexpected(token)
        elif token.kind == "name" and self._may_be_glued(token):
            raise QuerySyntaxError(
                f"'{token.text[:40]}' may begin with a keyword here; write the IRI in full",
                *position(self.query, token.start),
            )
        elif token.kind not in {"word", "name", "iri"} and token.text not in {"{", ";"}:
            raise self._unexpected(token)

    def _may_be_glued(self, token: Token) -> bool:
        return not is_word(self.before, "PREFIX", "GRAPH") and _GLUED.match(token.text.partition(":")[0]) is not None

    def _unexpected(self, token: Token) -> QuerySyntaxError:
        return QuerySyntaxError(f"'{token.text[:40]}' is not expected here", *position(self.query, token.start))


def _operations(update: str, outside: Sequence[Token]) -> list[Operation]:
    found: list[Operation] = []
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
            found.append(Operation(update, tuple(prologue), tuple(part)))
        elif token.start < len(update):
            raise QuerySyntaxError("';' is not expected here", *position(update, token.start))
        part = []
    return found
