"""A report as CSV (RFC 4180), one row for each result, for spreadsheets."""

import csv
import io
from typing import Final

from ontology.spreadsheet import cell
from shapes.languages import Language
from shapes.report import Report
from shapes.reports.positions import Positions
from shapes.reports.rows import ResultRow, plain_text, rows

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


def _values(row: ResultRow) -> tuple[str | int | None, ...]:
    position = (
        (None, None, None) if row.position is None else (row.position.file, row.position.line, row.position.column)
    )
    return (
        row.severity,
        *position,
        row.focus_node,
        row.label,
        row.path,
        row.value,
        row.datatype,
        row.value_language,
        row.message,
        plain_text(row.result.component),
        row.shape,
        row.constraint,
    )


def _cell(value: str | int | None) -> str:
    return "" if value is None else cell(str(value))
