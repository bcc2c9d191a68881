"""A report as CSV (RFC 4180), one row a result, for spreadsheets."""

import csv
import io
from typing import Final

from ontology.spreadsheet import cell
from shapes.report import Report
from shapes.reports.places import Positions
from shapes.reports.rows import Row, plain, rows
from shapes.reports.words import Language

COLUMNS: Final = (
    "severity",
    "file",
    "line",
    "column",
    "focusNode",
    "focusNodeLabel",
    "path",
    "value",
    "valueDatatype",
    "valueLanguage",
    "message",
    "component",
    "sourceShape",
    "sourceConstraint",
)


def write(report: Report, language: Language, positions: Positions) -> bytes:
    """Return the report as CSV in UTF-8, with a heading."""
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in _values(row)] for row in rows(report, language, positions))
    return table.getvalue().encode()


def _values(row: Row) -> tuple[str | int | None, ...]:
    place = (None, None, None) if row.place is None else (row.place.file, row.place.line, row.place.column)
    return (
        row.severity,
        *place,
        row.thing,
        row.label,
        row.path,
        row.value,
        row.datatype,
        row.value_language,
        row.message,
        plain(row.result.component),
        row.shape,
        row.constraint,
    )


def _cell(value: str | int | None) -> str:
    return "" if value is None else cell(str(value))
