"""Values of cells in the curated tables: lists, dates, numbers, booleans, IRIs and English text.

An empty cell gives ``None`` or an empty list, unless a value is required; a cell that cannot be read raises
``InputError`` with its file and line.
"""

import calendar
import re
from datetime import date

from pyoxigraph import Literal, NamedNode

from loaders.tables import Row
from ontology.terms import XSD

_TEMPORAL = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?")
_DATATYPES = {4: XSD.gYear, 7: XSD.gYearMonth, 10: XSD.date}


def cell_values(row: Row, column: str) -> list[str]:
    """Return the values of a cell, separated by semicolons."""
    return [part.strip() for part in row[column].split(";") if part.strip()]


def english_literal(text: str) -> Literal:
    """Return ``text`` as an English literal."""
    return Literal(text, language="en")


def date_range(row: Row, column: str) -> tuple[date, date] | None:
    """Return the first and the last day, both inclusive, of the day, month or year that the cell names."""
    text = row[column]
    if not text:
        return None
    match = _TEMPORAL.fullmatch(text)
    if match is None:
        raise row.error(column, "is not a date; write 2004-05-06, or 2004-05 or 2004 if the day is unknown")
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        return _first_and_last(year or 0, month, day)
    except ValueError as error:
        raise row.error(column, f"is not a valid date: {error}") from error


def partial_date(row: Row, column: str) -> Literal | None:
    """Return the cell as ``xsd:date``, ``xsd:gYearMonth`` or ``xsd:gYear``, according to its precision."""
    if date_range(row, column) is None:
        return None
    return Literal(row[column], datatype=_DATATYPES[len(row[column])])


def full_date(row: Row, column: str) -> Literal | None:
    """Return the cell as ``xsd:date``; a month or a year raises ``InputError``."""
    value = partial_date(row, column)
    if value is not None and value.datatype != XSD.date:
        raise row.error(column, "is not a full date; write it as 2004-05-06")
    return value


def date_literal(value: date) -> Literal:
    """Return a day as ``xsd:date``."""
    return Literal(value.isoformat(), datatype=XSD.date)


def integer(row: Row, column: str) -> Literal | None:
    """Return the cell as ``xsd:integer``."""
    text = row[column]
    if not text:
        return None
    if not re.fullmatch(r"\d+", text):
        raise row.error(column, "is not a whole number")
    return Literal(str(int(text)), datatype=XSD.integer)


def web_page(row: Row, column: str) -> NamedNode | None:
    """Return the cell as the IRI of a page on the web."""
    text = row[column]
    if not text:
        return None
    try:
        return NamedNode(text)
    except ValueError as error:
        raise row.error(column, "is not an address; write it in full, beginning with https://") from error


def required_text(row: Row, column: str) -> Literal:
    """Return the cell as an English literal; an empty cell raises ``InputError``."""
    if not row[column]:
        raise row.error(column, "is empty; write it in your own words")
    return english_literal(row[column])


def boolean(row: Row, column: str) -> bool:
    """Return whether the cell is ``yes`` rather than empty; any other text raises ``InputError``."""
    if row[column] not in ("", "yes"):
        raise row.error(column, "is neither empty nor yes")
    return row[column] == "yes"


def _first_and_last(year: int, month: int | None, day_of_month: int | None) -> tuple[date, date]:
    first = date(year, month or 1, day_of_month or 1)
    if month is None:
        return first, first.replace(month=12, day=31)
    if day_of_month is None:
        return first, first.replace(day=calendar.monthrange(year, month)[1])
    return first, first
