"""The line of a request in the log, written past :mod:`logging`: a record for each would take longer than its answer.

A line has the members and the form that :mod:`endpoint.observability.logs` gives to records.
"""

import functools
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from json.encoder import encode_basestring as _quoted
from typing import Final

from endpoint.http.redaction import redact
from endpoint.observability import logs
from endpoint.settings import ObservabilitySettings

_QUIET: Final = frozenset({"health", "metrics"})
_LONGEST_METHOD: Final = 20
# Times, and parts of lines, that many lines have in common.
_TIMES: Final = 16
_REMEMBERED: Final = 1024


@dataclass(slots=True)
class AccessLogEntry:
    """A request and its answer.

    ``path`` is without a query string, ``size`` the bytes of the answer's body, ``client`` as the log is to name it,
    ``version`` the one that was current when the request began, ``cache`` what the result cache said, if it was asked
    (``hit``, ``miss``), ``code`` that of a problem, ``query`` the text of a query, which is written only where the
    operator wants it.
    """

    method: str
    path: str
    status: int
    size: int
    seconds: float
    client: str | None
    request_id: str
    version: str | None = None
    cache: str | None = None
    code: str | None = None
    query: str | None = None


class AccessLog:
    """Writes lines as the settings say; safe to use from several threads."""

    def __init__(self, settings: ObservabilitySettings, write: Callable[[str], None]) -> None:
        """Give each line to ``write``."""
        self._settings = settings
        self._write = write
        self._form = as_text if settings.log == "text" else as_json
        self._least = logging.getLevelNamesMapping()[settings.level.upper()]

    def write(self, kind: str, path: str, entry: AccessLogEntry) -> None:
        """Write the line of a request of this ``kind``, with its ``path`` in the form for the log."""
        level, name = _level(kind, entry.status)
        if level >= self._least:
            self._write(self._form(name, kind, path, entry, self._query(entry)))

    def _query(self, entry: AccessLogEntry) -> str | None:
        wanted = self._settings.queries
        is_told = wanted == "all" or (wanted == "slow" and entry.seconds >= self._settings.slow_seconds)
        # Redacted before a line break is written as a letter, after which no token is recognized.
        return redact(entry.query) if is_told and entry.query is not None else None


def as_json(level: str, kind: str, path: str, entry: AccessLogEntry, query: str | None) -> str:
    """Return a line as a JSON object."""
    line = (
        f'{{"time": "{_now()}", "level": "{level}", "event": "request", "request_id": {_quoted(entry.request_id)}, '
        f"{_asked(kind, entry.method[:_LONGEST_METHOD], path, entry.status, entry.size)}, "
        f'"ms": {_milliseconds(entry.seconds)}{_answered(entry.client, entry.version, entry.cache, entry.code)}'
    )
    return redact(f'{line}, "query": {_quoted(query)}}}' if query is not None else line + "}")


@functools.lru_cache(_REMEMBERED)
def _asked(kind: str, method: str, path: str, status: int, size: int) -> str:
    return (
        f'"kind": "{kind}", "method": {_quoted(method)}, "path": {_quoted(path)}, "status": {status}, "bytes": {size}'
    )


@functools.lru_cache(_REMEMBERED)
def _answered(client: str | None, version: str | None, cache: str | None, code: str | None) -> str:
    told = {"client": client, "version": version, "cache": cache, "code": code}
    return "".join(f', "{name}": {_quoted(value)}' for name, value in told.items() if value is not None)


def as_text(level: str, kind: str, path: str, entry: AccessLogEntry, query: str | None) -> str:
    """Return a line as words."""
    told: dict[str, object] = {
        "time": _now(),
        "level": level,
        "event": "request",
        "request_id": entry.request_id,
        "kind": kind,
        "method": entry.method[:_LONGEST_METHOD],
        "path": path,
        "status": entry.status,
        "bytes": entry.size,
        "ms": _milliseconds(entry.seconds),
        "client": entry.client,
        "version": entry.version,
        "cache": entry.cache,
        "code": entry.code,
        "query": query,
    }
    return logs.words({name: value for name, value in told.items() if value is not None})


def _level(kind: str, status: int) -> tuple[int, str]:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return logging.WARNING, "warning"
    return (logging.DEBUG, "debug") if kind in _QUIET else (logging.INFO, "info")


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)


def _now() -> str:
    return _time(int(time.time() * 1000))


@functools.lru_cache(_TIMES)
def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
