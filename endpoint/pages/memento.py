"""Memento (RFC 7089): the version in force at a time, by ``Accept-Datetime``, and the TimeMap of a thing.

Things and documents are their own TimeGates (section 4.1.1). A memento is the document with ``?version=``.
"""

import re
from datetime import UTC, datetime
from typing import Final

from flask import Response, request
from werkzeug.http import http_date

from endpoint.http.problems import Problem
from endpoint.http.representations import PRESENT, address, link, parse_document_path, redirect
from graph.archive import ArchiveProcess, Memento

_FORM: Final = "%a, %d %b %Y %H:%M:%S GMT"
_VERSION: Final = re.compile(r"[0-9a-f]{64}")


def requested_version() -> str | None:
    """Return the version that the parameter names; raise ``Problem`` when it cannot be one."""
    given = request.args.getlist("version")
    if not given:
        return None
    if len(given) > 1 or not _VERSION.fullmatch(given[0]):
        raise Problem("version-unknown", "'version' must be one SHA-256 in 64 hexadecimal digits")
    return given[0]


def requested_time() -> datetime | None:
    """Return the time that ``Accept-Datetime`` asks for; raise ``Problem`` when it is none (section 2.1.1)."""
    header = request.headers.get("Accept-Datetime")
    if header is None:
        return None
    try:
        when = datetime.strptime(header.strip(), _FORM).replace(tzinfo=UTC)
    except ValueError:
        when = None
    if when is None or http_date(when) != header.strip():
        raise Problem(
            "datetime-invalid",
            "write Accept-Datetime in the form Thu, 15 Jan 2026 12:00:00 GMT, with the day of the week",
        )
    return when


def gate(past: ArchiveProcess, when: datetime, path: str, original: str) -> Response:
    """Return the redirection to the memento of the document at ``path`` that was in force at ``when``.

    Raises ``Problem`` for a time before the first version.
    """
    moment = past.memento_at(when)
    if moment is None:
        raise Problem("before-first-version", f"there was no version of the graph at {http_date(when)}")
    response = redirect(address(path, moment.version), 302)
    _links(response, parse_document_path(path).path, original)
    link(response, address(path, moment.version), _memento(moment))
    return response


def add_headers(response: Response, path: str, original: str, moment: Memento | None) -> Response:
    """Add to a document the links to its TimeGate and TimeMap, and to a memento the time from which it holds."""
    _links(response, path, original)
    if moment is not None:
        response.headers["Memento-Datetime"] = http_date(moment.since)
        link(response, address(path, moment.version), _memento(moment))
    return response


def timemap(path: str, original: str, found: list[tuple[Memento, int]]) -> Response:
    """Return the TimeMap (section 5) of the document at ``path``: the versions that changed what is stated of it."""
    kept = [moment for moment, count in found if count]
    lines = [
        f'<{_absolute(original)}>; rel="original timegate"',
        f'<{_absolute(_timemap(path))}>; rel="self"; type="application/link-format"'
        + (f'; from="{http_date(kept[0].since)}"; until="{http_date(kept[-1].since)}"' if kept else ""),
        *(f"<{_absolute(address(path, moment.version))}>; {_memento(moment)}" for moment in kept),
    ]
    response = Response(",\n".join(lines) + "\n", content_type="application/link-format")
    response.headers["Cache-Control"] = PRESENT
    return response


def link_timemap(response: Response, path: str) -> None:
    """Add the link to the TimeMap of the document at ``path``."""
    link(response, _timemap(path), 'rel="timemap"; type="application/link-format"')


def _links(response: Response, path: str, original: str) -> None:
    link(response, original, 'rel="original timegate"')
    link_timemap(response, path)


def _memento(moment: Memento) -> str:
    return f'rel="memento"; datetime="{http_date(moment.since)}"'


def _timemap(path: str) -> str:
    return address(f"timemap/{path}")


def _absolute(local: str) -> str:
    return request.host_url.rstrip("/") + local
