"""Regular expressions of XPath (https://www.w3.org/TR/xpath-functions-31/#regex-syntax) as those of Python.

``$`` is the end of the text and never stands before a final line break; ``.`` matches neither line feed nor carriage
return; the flags are ``s``, ``m``, ``i``, ``x`` and ``q``. ``\\p{L}``, ``\\i``, ``\\c`` and the subtraction of classes,
``[a-z-[aeiou]]``, are those of XML Schema. What only Python has, such as look-ahead, stays allowed.
"""

import re
import warnings
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from shapes.xsd.characters import escaped

FLAGS: Final = frozenset("smixq")
LINE_BREAK: Final = re.compile("[\n\v\f\r]")
"""What ``sh:singleLine`` of SHACL 1.2 takes for a line break."""

_SPACE: Final = " \t\n\r"
_ESCAPE: Final = re.compile(r"\\(?:(?P<letter>[pP])\{(?P<name>[^{}]*)\}|(?P<short>[iIcC])|[\s\S])")
_MEANING_TWO_SETS: Final = frozenset("[&~|")


@lru_cache(maxsize=1_000)
def compiled(pattern: str, flags: str = "") -> re.Pattern[str]:
    """Return a pattern with its flags compiled for Python; raises ``re.error`` for one that is not well-formed."""
    unknown = sorted(set(flags) - FLAGS)
    if unknown:
        raise re.error(f"the flag {unknown[0]!r} is none of s, m, i, x, q")
    text = re.escape(pattern) if "q" in flags else "".join(_translated(pattern, flags))
    with warnings.catch_warnings():
        # What Python may read otherwise in future is escaped; the rest is no matter of whoever validates.
        warnings.simplefilter("ignore")
        return re.compile(text, re.IGNORECASE if "i" in flags else re.NOFLAG)


def _translated(pattern: str, flags: str) -> Iterator[str]:
    anchors = {
        "^": r"(?:\A|(?<=\n)(?!\Z))" if "m" in flags else r"\A",
        "$": r"(?=\n|\Z)" if "m" in flags else r"\Z",
        ".": r"[\s\S]" if "s" in flags else r"[^\n\r]",
    }
    at = 0
    while at < len(pattern):
        character = pattern[at]
        if character == "\\":
            text, at = _escape(pattern, at)
            yield f"[{text}]" if len(text) > len(r"\x") else text
        elif character == "[":
            text, at = _class(pattern, at)
            yield text
        else:
            at += 1
            if "x" not in flags or character not in _SPACE:
                yield anchors.get(character, character)


def _escape(pattern: str, at: int) -> tuple[str, int]:
    """Return an escape as it stands in a set of Python, and the place behind it."""
    match = _ESCAPE.match(pattern, at)
    if match is None:
        raise re.error("a backslash at the end", pattern, at)
    letter = match["letter"] or match["short"]
    if letter is None and match[0][1:] in ("p", "P"):
        raise re.error(r"\p needs the name of a category, such as \p{L}", pattern, at)
    return (escaped(letter, match["name"] or ""), match.end()) if letter else (match[0], match.end())


def _class(pattern: str, at: int) -> tuple[str, int]:
    """Return a class of characters as a set of Python, and the place behind it; ``at`` is that of its ``[``."""
    begun = at
    at += 1
    negated = pattern.startswith("^", at)
    at += negated
    items, subtracted = "", ""
    while not pattern.startswith("]", at) or not items:
        if at >= len(pattern) or subtracted:
            raise re.error("a class of characters has no ]", pattern, begun)
        if pattern[at] == "\\":
            text, at = _escape(pattern, at)
            items += text
        elif pattern.startswith("-[", at) and items:
            subtracted, at = _class(pattern, at + 1)
        else:
            items += f"\\{pattern[at]}" if pattern[at] in _MEANING_TWO_SETS else pattern[at]
            at += 1
    found = f"[{'^' * negated}{items}]"
    return (f"(?:(?!{subtracted}){found})" if subtracted else found), at + 1
