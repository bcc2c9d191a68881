"""Classes of characters of XML Schema (https://www.w3.org/TR/xmlschema11-2/#regexs) as ranges of code points."""

import re
import sys
import unicodedata
from functools import lru_cache
from typing import Final

Ranges = tuple[tuple[int, int], ...]

_NAME_START: Final[Ranges] = (
    *((0x3A, 0x3A), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x2FF)),
    *((0x370, 0x37D), (0x37F, 0x1FFF), (0x200C, 0x200D), (0x2070, 0x218F), (0x2C00, 0x2FEF), (0x3001, 0xD7FF)),
    *((0xF900, 0xFDCF), (0xFDF0, 0xFFFD), (0x10000, 0xEFFFF)),
)
_NAME: Final[Ranges] = tuple(
    sorted((*_NAME_START, (0x2D, 0x2E), (0x30, 0x39), (0xB7, 0xB7), (0x300, 0x36F), (0x203F, 0x2040)))
)
_LAST: Final = sys.maxunicode
_ESCAPES: Final = {"i": _NAME_START, "c": _NAME}


def escaped(letter: str, name: str) -> str:
    """Return the characters of ``\\p{name}``, ``\\i`` or ``\\c``, or all others for a capital, as in a set of Python.

    Raises ``re.error`` for a category that Unicode lacks, and for the name of a block.
    """
    ranges = _ESCAPES[letter.lower()] if letter.lower() in _ESCAPES else _of_category(name)
    chosen = _others(ranges) if letter.isupper() else ranges
    return "".join(f"\\U{first:08X}-\\U{last:08X}" for first, last in chosen)


def _of_category(name: str) -> Ranges:
    if name.startswith("Is"):
        raise re.error(
            f"the block of characters \\p{{{name}}} is not known here; write its range, such as [\u03b1-\u03c9]"
        )
    found = sorted(one for category, ranges in _categories().items() if category.startswith(name) for one in ranges)
    if not found or not name:
        raise re.error(f"\\p{{{name}}} is no category of characters; use one such as \\p{{L}}, \\p{{Lu}} or \\p{{Nd}}")
    return tuple(found)


@lru_cache(maxsize=1)
def _categories() -> dict[str, list[tuple[int, int]]]:
    """Return the ranges of each general category of Unicode."""
    categories: dict[str, list[tuple[int, int]]] = {}
    first, current = 0, unicodedata.category(chr(0))
    for point in range(1, _LAST + 2):
        category = unicodedata.category(chr(point)) if point <= _LAST else ""
        if category != current:
            categories.setdefault(current, []).append((first, point - 1))
            first, current = point, category
    return categories


def _others(ranges: Ranges) -> Ranges:
    edges = [-1, *(point for first, last in ranges for point in (first, last)), _LAST + 1]
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return tuple((before + 1, after - 1) for before, after in pairs if before + 1 < after)
