"""A report as SARIF 2.1.0 (OASIS), which code scanning services show in the files.

Lines and columns are those of Unicode characters. Code scanning shows only results with a line, so a result without a
position gets the beginning of the first file.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from shapes.languages import Language
from shapes.report import Report
from shapes.reports.positions import Position, Positions
from shapes.reports.rows import ResultRow, detail_lines, plain_text, rows

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_BEGINNING: Final = {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}
_LEVELS: Final = {"violation": "error", "warning": "warning", "info": "note"}


def write(report: Report, language: Language, positions: Positions) -> bytes:
    """Return the report as a SARIF log with one run."""
    listed = rows(report, language, positions)
    first_of_rule: dict[str, ResultRow] = {}
    for row in listed:
        first_of_rule.setdefault(row.rule, row)
    indices = {rule: index for index, rule in enumerate(first_of_rule)}
    run = {
        "tool": {
            "driver": {
                "name": "opsc validate",
                "informationUri": "https://w3id.org/opsc",
                "rules": [_rule(row) for row in first_of_rule.values()],
            }
        },
        "language": language,
        "columnKind": "unicodeCodePoints",
        "artifacts": [{"location": {"uri": _uri(file)}} for file in dict.fromkeys(positions.files)],
        "results": [_result(row, indices[row.rule], positions.files) for row in listed],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return (json.dumps(log, ensure_ascii=False, indent=2) + "\n").encode()


def _rule(row: ResultRow) -> dict[str, Any]:
    iri = row.rule
    # The message of a SPARQL constraint describes one case, with its dates; other messages describe the rule.
    description = f"SPARQL constraint {iri}" if row.constraint or not row.message else row.message
    rule = {
        "id": iri,
        "name": _local_name(iri),
        "shortDescription": {"text": _local_name(iri)},
        "fullDescription": {"text": description},
        "help": {"text": description},
        "defaultConfiguration": {"level": _LEVELS[row.severity]},
    }
    return rule | ({"helpUri": iri} if iri.startswith(("http://", "https://")) else {})


def _result(row: ResultRow, rule: int, files: Sequence[str]) -> dict[str, Any]:
    subject = ", ".join(part for part in (row.short_path, row.short_value) if part)
    about = f"{row.title} ({subject})" if subject else row.title
    return {
        "ruleId": row.rule,
        "ruleIndex": rule,
        "level": _LEVELS[row.severity],
        "message": {"text": "\n".join([f"{about}: {row.message}", *detail_lines(row)])},
        "locations": [
            {**physical, "logicalLocations": [{"fullyQualifiedName": row.focus_node}]}
            for physical in _physical(row.position, files)
        ],
        "partialFingerprints": {"resultOfConstraint/v1": _fingerprint(row)},
    }


def _physical(position: Position | None, files: Sequence[str]) -> list[dict[str, Any]]:
    if position is None:
        return [
            {"physicalLocation": {"artifactLocation": {"uri": _uri(file)}, "region": _BEGINNING}} for file in files[:1]
        ]
    region = {
        "startLine": position.line,
        "startColumn": position.column,
        "endLine": position.end_line,
        "endColumn": position.end_column,
    }
    return [{"physicalLocation": {"artifactLocation": {"uri": _uri(position.file)}, "region": region}}]


def _uri(file: str) -> str:
    """Return a URI reference to a file, relative to the working directory if the file is inside it."""
    path = Path(file)
    if path.is_absolute():
        if not path.is_relative_to(Path.cwd()):
            return path.as_uri()
        path = path.relative_to(Path.cwd())
    return quote(path.as_posix())


def _fingerprint(row: ResultRow) -> str:
    parts = (row.focus_node, row.path or "", str(row.result.value or ""), row.rule, plain_text(row.result.component))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _local_name(iri: str) -> str:
    return iri.rpartition("#")[2].rpartition("/")[2]
