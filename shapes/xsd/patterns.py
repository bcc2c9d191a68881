"""Regular expressions of XPath (https://www.w3.org/TR/xpath-functions-31/#regex-syntax) as those of Python.

``$`` is the end of the text and never stands before a final line break; ``.`` matches neither line feed nor carriage
return; the flags are ``s``, ``m``, ``i``, ``x`` and ``q``. What only Python has, such as look-ahead, stays allowed.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

FLAGS: Final = frozenset("smixq")
_SPACE: Final = " \t\n\r"
_PARTS: Final = re.compile(r"\\[\s\S]|\[\^?\]?(?:\\[\s\S]|[^\\\]])*\]|[\s\S]")


@lru_cache(maxsize=1_000)
def compiled(pattern: str, flags: str = "") -> re.Pattern[str]:
    """Return a pattern with its flags compiled for Python; raises ``re.error`` for one that is not well-formed."""
    unknown = sorted(set(flags) - FLAGS)
    if unknown:
        raise re.error(f"the flag {unknown[0]!r} is none of s, m, i, x, q")
    text = re.escape(pattern) if "q" in flags else "".join(_translated(pattern, flags))
    return re.compile(text, re.IGNORECASE if "i" in flags else re.NOFLAG)


def _translated(pattern: str, flags: str) -> Iterator[str]:
    anchors = {
        "^": r"(?:\A|(?<=\n)(?!\Z))" if "m" in flags else r"\A",
        "$": r"(?=\n|\Z)" if "m" in flags else r"\Z",
        ".": r"[\s\S]" if "s" in flags else r"[^\n\r]",
    }
    for part in _PARTS.findall(pattern):
        if "x" not in flags or part not in _SPACE:
            yield anchors.get(part, part)
