"""CSV for spreadsheet programs, in which no cell is evaluated as a formula.

Cells are escaped as https://owasp.org/www-community/attacks/CSV_Injection advises.
"""

import csv
import io
import re
from collections.abc import Iterable
from typing import Final

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
"""What a UTF-8 file has to begin with, because some spreadsheet programs assume another encoding without it."""

# With the full-width forms, which some spreadsheet programs read as the others.
_FORMULA: Final = "=+\\-@\uff1d\uff0b\uff0d\uff20"
_BEGINS: Final = re.compile(rf"[{_FORMULA}\t\r\n]")
# Where decimals have a comma, spreadsheet programs split a row into cells at semicolons.
_PART: Final = re.compile(rf"(?<=[;\t\r\n])(?=[{_FORMULA}])")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def cell(text: str) -> str:
    """Return ``text`` as a cell: with an apostrophe before it if a spreadsheet program would take it for a formula.

    Numbers stay as they are, with their sign. Control characters are replaced: some programs end a cell at them, and
    a terminal obeys them.
    """
    if _NUMBER.fullmatch(text):
        return text
    shown = _PART.sub("'", _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text))
    return f"'{shown}" if _BEGINS.match(shown) else shown


def rows(table: Iterable[Iterable[str]]) -> bytes:
    """Return rows of CSV (RFC 4180) in UTF-8, with every cell quoted and escaped by :func:`cell`."""
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([cell(value) for value in row] for row in table)
    return text.getvalue().encode()
