"""Cells of tables for spreadsheets, which take what begins like a formula for one, and then may run it.

What is here escapes such cells as https://owasp.org/www-community/attacks/CSV_Injection advises.
"""

import re
from typing import Final

# With the full-width forms, which some spreadsheets read as the others.
_FORMULA: Final = "=+\\-@\uff1d\uff0b\uff0d\uff20"
_BEGINS: Final = re.compile(rf"[{_FORMULA}\t\r\n]")
# Where decimals have a comma, spreadsheets part the cells of a row at semicolons.
_PART: Final = re.compile(rf"(?<=[;\t\r\n])(?=[{_FORMULA}])")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def cell(text: str) -> str:
    """Return the text of a cell that no spreadsheet takes for a formula: one that looks like it gets an apostrophe.

    Numbers stay as they are, with their sign. Control characters, which a terminal would obey, and at some of which
    programs end a cell, are replaced.
    """
    if _NUMBER.fullmatch(text):
        return text
    shown = _PART.sub("'", _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text))
    return f"'{shown}" if _BEGINS.match(shown) else shown
