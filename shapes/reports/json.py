"""A report as JSON, in the form that ``docs/validation.md`` describes."""

import json
from typing import Any

from shapes.report import Report
from shapes.reports.places import Place, Positions
from shapes.reports.rows import Row, counts, plain, rows
from shapes.reports.words import Language


def write(report: Report, language: Language, positions: Positions) -> bytes:
    """Return the report as JSON."""
    content = {
        "conforms": report.conforms,
        **{f"{name}s": number for name, number in counts(report).items()},
        "results": [_flat(row) for row in rows(report, language, positions)],
    }
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def _flat(row: Row) -> dict[str, Any]:
    flat = {
        "severity": row.severity,
        "focusNode": row.thing,
        "focusNodeLabel": row.label,
        "path": row.path,
        "value": row.value,
        "valueDatatype": row.datatype,
        "valueLanguage": row.value_language,
        "component": plain(row.result.component),
        "sourceShape": row.shape,
        "sourceConstraint": row.constraint,
        "message": row.message,
        "messages": {message.language or "": message.value for message in row.result.messages},
        **_place(row.place),
    }
    return {key: content for key, content in flat.items() if content is not None}


def _place(place: Place | None) -> dict[str, str | int]:
    if place is None:
        return {}
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }
