"""The ledger's records of contributions as JSON, and the parameters that filter them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from endpoint.http.problems import Problem
from graph.contributions.contributions import Contribution
from graph.contributions.submission import affected_graph
from graph.validation import file_extension
from graph.versions.ledger_records import LedgerEntry
from shapes import reports

_MOST: Final = 1000
_USUAL: Final = 100
_ACCEPTED: Final = {"true": True, "false": False}
_LARGEST: Final = 2**62


@dataclass(frozen=True)
class ListFilter:
    """Which records are wanted: whose, accepted or refused (or both), with numbers above ``after``, and how many."""

    submitter: str | None
    accepted: bool | None
    after: int
    limit: int


def parse_filter(parameters: Mapping[str, str]) -> ListFilter:
    """Return the filter in the parameters of a request; raise ``Problem`` for an invalid value."""
    accepted = parameters.get("accepted", "").lower()
    if accepted and accepted not in _ACCEPTED:
        raise Problem("parameter-invalid", f"the parameter 'accepted' must be true or false, not '{accepted[:40]}'")
    return ListFilter(
        parameters.get("who") or None,
        _ACCEPTED.get(accepted),
        _number(parameters, "after", 0, (0, _LARGEST)),
        _number(parameters, "limit", _USUAL, (1, _MOST)),
    )


def summarize(record: LedgerEntry) -> dict[str, Any]:
    """Return the JSON members of a record in a list; ``who`` is the submitter."""
    address = f"/contributions/{record.number}"
    graph = affected_graph(record) if record.accepted else None
    return {
        "number": record.number,
        "url": address,
        "bytes": f"{address}/bytes",
        "who": record.submitter,
        "received": record.received,
        "source": record.source,
        "licence": record.licence,
        "mediaType": record.media_type,
        "fileName": record.file_name,
        "size": record.size,
        "decided": record.decided,
        "accepted": record.accepted,
        "reason": record.code,
        "problem": record.problem,
        "operation": record.operation,
        "graph": graph.value if graph else None,
        "version": record.version,
        "retracted": record.retracted,
        "retractedBy": record.retracted_by,
    }


def describe(entry: Contribution) -> dict[str, Any]:
    """Return a record with its report, and with the one that says why it is not served, where there are such."""
    shown = summarize(entry)
    shown["report"] = json.loads(reports.write(entry.report, "json")) if entry.report else None
    shown["unapplied"] = json.loads(reports.write(entry.unapplied, "json")) if entry.unapplied else None
    return shown


def file_name(entry: Contribution) -> str:
    """Return a name to save what was received under: the number and the extension of its format, nothing of its own."""
    return f"contribution-{entry.number}{'.ru' if entry.operation == 'update' else file_extension(entry.media_type)}"


def _number(parameters: Mapping[str, str], name: str, usual: int, between: tuple[int, int]) -> int:
    text = parameters.get(name, "")
    if not text:
        return usual
    least, most = between
    if not re.fullmatch(r"[0-9]{1,18}", text, re.ASCII) or not least <= int(text) <= most:
        raise Problem("parameter-invalid", f"the parameter '{name}' must be an integer from {least} to {most}")
    return int(text)
