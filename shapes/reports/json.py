"""A report as JSON, in the form that ``docs/validation.md`` describes."""

import json
from typing import Any

from shapes.languages import Language
from shapes.report import ContributionEffect, Report
from shapes.reports import notes
from shapes.reports.positions import Position, Positions
from shapes.reports.rows import ResultRow, counts, plain_text, rows


def write(report: Report, language: Language, positions: Positions) -> bytes:
    """Return the report as JSON."""
    content = {
        "conforms": report.is_empty,
        **{f"{name}s": number for name, number in counts(report).items()},
        **({"notes": notes.sentences(report.notes, language)} if report.notes else {}),
        **_effect(report.effect),
        "results": [_flat(row) for row in rows(report, language, positions)],
    }
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def _flat(row: ResultRow) -> dict[str, Any]:
    flat = {
        "severity": row.severity,
        "focusNode": row.focus_node,
        "focusNodeLabel": row.label,
        "path": row.path,
        "value": row.value,
        "valueDatatype": row.datatype,
        "valueLanguage": row.value_language,
        "component": plain_text(row.result.component),
        "sourceShape": row.shape,
        "sourceConstraint": row.constraint,
        "message": row.message,
        "messages": _messages(row),
        "details": [_flat(detail) for detail in row.details] or None,
        **_position(row.position),
    }
    return {key: content for key, content in flat.items() if content is not None}


def _effect(effect: ContributionEffect | None) -> dict[str, Any]:
    if effect is None:
        return {}
    counts_of = {"triples": effect.triples, "new": effect.new, "known": effect.triples - effect.new}
    return {"contribution": {**counts_of, "describes": list(effect.described), "addsTo": list(effect.extended)}}


def _messages(row: ResultRow) -> dict[str, str]:
    """Return the messages by language; several in one language are lines of one text."""
    by_language: dict[str, list[str]] = {}
    for message in row.result.messages:
        by_language.setdefault(message.language or "", []).append(message.value)
    return {language: "\n".join(texts) for language, texts in by_language.items()}


def _position(position: Position | None) -> dict[str, str | int]:
    if position is None:
        return {}
    return {
        "file": position.file,
        "line": position.line,
        "column": position.column,
        "endLine": position.end_line,
        "endColumn": position.end_column,
    }
