"""The terminals of SPARQL 1.1 (https://www.w3.org/TR/sparql11-query/#sparqlGrammar), as far as the guard needs them.

The patterns accept no more inside strings, names and IRIs than the engine does: a string that ends elsewhere for the
guard than for the engine could hide a keyword. A character that no pattern accepts is refused. The prefix of a name is
bounded, because the pattern is tried again from each word of the prefix when no colon follows.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple, cast

from graph.sparql.errors import QuerySyntaxError

Kind = Literal["iri", "string", "language", "variable", "blank", "name", "number", "word", "symbol"]


class Token(NamedTuple):
    """A terminal: its kind, its text, and where it starts (offset in characters)."""

    kind: Kind
    text: str
    start: int

    @property
    def end(self) -> int:
        """The offset after the last character."""
        return self.start + len(self.text)


_CLOSING: Final = {"{": "}", "(": ")", "[": "]"}
_OPENING: Final = {closing: opening for opening, closing in _CLOSING.items()}
_BASE: Final = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_COMBINING: Final = "\u00b7\u0300-\u036f\u203f-\u2040"
_CHARS: Final = f"{_BASE}_0-9{_COMBINING}-"
_LOCAL_ESCAPE: Final = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%]"
_ESCAPE: Final = (
    r"\\(?:[tbnrf\\\"']|u(?![dD][89a-fA-F])[0-9A-Fa-f]{4}|U(?!0000[dD][89a-fA-F])00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4})"
)

# Groups are atomic, (?>...): before Python 3.11.5 a possessive group loses its place when an iteration fails
# (https://github.com/python/cpython/issues/106052).
# White space and comments, which come before a terminal and after the last.
_SPACE: Final = r"(?:[ \t\r\n]++|\#[^\r\n]*+)*+"
_SKIPPED: Final = re.compile(_SPACE)
_TOKEN: Final = re.compile(
    rf"""
    {_SPACE}(?:
      (?P<iri>       <[^<>"{{}}|^`\x00-\x20]*+> )
    | (?P<string>    '''(?>(?:'{{0,2}}(?:[^'\\]++|{_ESCAPE}))*)'''
                   | \"\"\"(?>(?:"{{0,2}}(?:[^"\\]++|{_ESCAPE}))*)\"\"\"
                   | '(?!'')(?>(?:[^'\\\r\n]++|{_ESCAPE})*)'
                   | "(?!"")(?>(?:[^"\\\r\n]++|{_ESCAPE})*)" )
    | (?P<language>  @[A-Za-z]++(?>(?:-[A-Za-z0-9]++)*)(?:--[A-Za-z]++)? )
    | (?P<variable>  [?$][{_BASE}_0-9][{_BASE}_0-9{_COMBINING}]*+ )
    | (?P<blank>     _:[{_BASE}_0-9](?>(?:\.*+[{_CHARS}])*) )
    | (?P<name>      (?:[{_BASE}](?>(?:\.{{0,9}}+[{_CHARS}]){{0,99}}))?:
                     (?:(?:[{_BASE}_0-9:]|{_LOCAL_ESCAPE})(?>(?:\.*+(?:[{_CHARS}:]|{_LOCAL_ESCAPE}))*))? )
    | (?P<number>    (?:[0-9]++\.[0-9]*+|\.?[0-9]++)[eE][+-]?[0-9]++ | [0-9]*+\.[0-9]++ | [0-9]++ )
    | (?P<word>      [A-Za-z_][A-Za-z0-9_]*+ )
    | (?P<symbol>    <<|>>|&&|\|\||\^\^|!=|<=|>=|[{{}}()\[\].,;=<>+\-*/|^!?~@] )
    )
    """,
    re.VERBOSE,
)


def tokens(query: str) -> Iterator[Token]:
    """Yield the terminals of ``query``; raise ``QuerySyntaxError`` at the first character that begins none."""
    match, offset = _TOKEN.match(query), 0
    while match is not None:
        kind = cast("Kind", match.lastgroup)
        yield Token(kind, match[kind], match.start(kind))
        offset = match.end()
        match = _TOKEN.match(query, offset)
    space = _SKIPPED.match(query, offset)
    unread = space.end() if space else offset
    if unread < len(query):
        raise QuerySyntaxError(_unreadable(query[unread]), *position(query, unread))


def closing_brackets(read: Sequence[Token]) -> dict[int, int]:
    """Return the index of the closing bracket, by the index of each opening bracket.

    Raises ``QuerySyntaxError`` for a bracket that has no other one.
    """
    pairs: dict[int, int] = {}
    opened: list[int] = []
    for at, token in enumerate(read):
        if token.kind != "symbol":
            continue
        if token.text in _CLOSING:
            opened.append(at)
        elif token.text in _OPENING:
            if not opened or read[opened[-1]].text != _OPENING[token.text]:
                raise QuerySyntaxError(f"unmatched '{token.text}'", 1, token.start + 1)
            pairs[opened.pop()] = at
    if opened:
        raise QuerySyntaxError(f"unmatched '{read[opened[-1]].text}'", 1, read[opened[-1]].start + 1)
    return pairs


def position(query: str, offset: int) -> tuple[int, int]:
    """Return the line and the column of ``offset``, both counted from 1."""
    before = query[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def _unreadable(character: str) -> str:
    if character in "'\"":
        return "unterminated string, or a string with an invalid escape sequence"
    return f"unexpected character {character!r}"
