"""A report as SARIF 2.1.0 (OASIS), which code scanning services show at the lines of the files.

Lines and columns are those of Unicode characters. Code scanning shows nothing that has no line, so a result without a
place is put at the beginning of the first file.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from shapes.report import Report
from shapes.reports.places import Place, Positions
from shapes.reports.rows import Row, plain, rows
from shapes.reports.words import Language

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_BEGINNING: Final = {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}
_LEVELS: Final = {"violation": "error", "warning": "warning", "info": "note"}


def write(report: Report, language: Language, positions: Positions) -> bytes:
    """Return the report as a log of SARIF with one run."""
    listed = rows(report, language, positions)
    first_of_rule: dict[str, Row] = {}
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


def _rule(row: Row) -> dict[str, Any]:
    iri = row.rule
    # The message of a SPARQL constraint speaks of one case, with its dates; that of any other constraint says the rule.
    told = f"SPARQL constraint {iri}" if row.constraint or not row.message else row.message
    rule = {
        "id": iri,
        "name": _local_name(iri),
        "shortDescription": {"text": _local_name(iri)},
        "fullDescription": {"text": told},
        "help": {"text": told},
        "defaultConfiguration": {"level": _LEVELS[row.severity]},
    }
    return rule | ({"helpUri": iri} if iri.startswith(("http://", "https://")) else {})


def _result(row: Row, rule: int, files: Sequence[str]) -> dict[str, Any]:
    subject = ", ".join(part for part in (row.short_path, row.short_value) if part)
    about = f"{row.title} ({subject})" if subject else row.title
    return {
        "ruleId": row.rule,
        "ruleIndex": rule,
        "level": _LEVELS[row.severity],
        "message": {"text": f"{about}: {row.message}"},
        "locations": [
            {**physical, "logicalLocations": [{"fullyQualifiedName": row.thing}]}
            for physical in _physical(row.place, files)
        ],
        "partialFingerprints": {"resultOfConstraint/v1": _fingerprint(row)},
    }


def _physical(place: Place | None, files: Sequence[str]) -> list[dict[str, Any]]:
    if place is None:
        return [
            {"physicalLocation": {"artifactLocation": {"uri": _uri(file)}, "region": _BEGINNING}} for file in files[:1]
        ]
    region = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }
    return [{"physicalLocation": {"artifactLocation": {"uri": _uri(place.file)}, "region": region}}]


def _uri(file: str) -> str:
    """Return the reference to a file: relative to the folder in which the command runs, where it lies there."""
    path = Path(file)
    if path.is_absolute():
        if not path.is_relative_to(Path.cwd()):
            return path.as_uri()
        path = path.relative_to(Path.cwd())
    return quote(path.as_posix())


def _fingerprint(row: Row) -> str:
    parts = (row.thing, row.path or "", str(row.result.value or ""), row.rule, plain(row.result.component))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _local_name(iri: str) -> str:
    return iri.rpartition("#")[2].rpartition("/")[2]
