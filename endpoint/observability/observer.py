"""Tells the operator about each request: a line in the access log, and the metrics; any layer can call it.

Lines of the access log have the members and the form that :mod:`endpoint.observability.logs` gives to records. They are
written past :mod:`logging`, whose records would take longer than a response from the cache.
"""

import functools
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from json.encoder import encode_basestring as _quoted
from typing import Final
from urllib.parse import quote

from endpoint.http import client_address, request_context
from endpoint.http.client_address import Proxies
from endpoint.http.memoize import memoize
from endpoint.http.redaction import redact
from endpoint.observability import logs, metrics
from endpoint.settings import ObservabilitySettings

_QUIET: Final = frozenset({"health", "metrics"})
_LONGEST_METHOD: Final = 20
# Times, and parts of lines, that many lines have in common.
_TIMES: Final = 16
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_LONGEST_PATH: Final = 500
_KINDS: Final = {
    "sparql": "query",
    "update": "update",
    "data": "graph",
    "validate": "validate",
    "contributions": "contribution",
    "health": "health",
    "metrics": "metrics",
}
# Paths and clients that need not be read anew with each request, where they are short enough to be remembered.
_REMEMBERED: Final = 1024
_SHORT: Final = 200


@dataclass(slots=True)
class AccessLogEntry:
    """A request and its response.

    ``path`` is without a query string, ``size`` the bytes of the answer's body, ``client`` as the log is to name it,
    ``version`` the one that was current when the request began, ``cache`` the outcome of the cache look-up, if any
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
        is_logged = wanted == "all" or (wanted == "slow" and entry.seconds >= self._settings.slow_seconds)
        # Redacted before a line break is written as a letter, after which no token is recognized.
        return redact(entry.query) if is_logged and entry.query is not None else None


def as_json(level: str, kind: str, path: str, entry: AccessLogEntry, query: str | None) -> str:
    """Return a line as a JSON object."""
    line = (
        f'{{"time": "{_now()}", "level": "{level}", "event": "request", "request_id": {_quoted(entry.request_id)}, '
        f"{_request_part(kind, entry.method[:_LONGEST_METHOD], path, entry.status, entry.size)}, "
        f'"ms": {_milliseconds(entry.seconds)}{_response_part(entry.client, entry.version, entry.cache, entry.code)}'
    )
    return redact(f'{line}, "query": {_quoted(query)}}}' if query is not None else line + "}")


@functools.lru_cache(_REMEMBERED)
def _request_part(kind: str, method: str, path: str, status: int, size: int) -> str:
    return (
        f'"kind": "{kind}", "method": {_quoted(method)}, "path": {_quoted(path)}, "status": {status}, "bytes": {size}'
    )


@functools.lru_cache(_REMEMBERED)
def _response_part(client: str | None, version: str | None, cache: str | None, code: str | None) -> str:
    members = {"client": client, "version": version, "cache": cache, "code": code}
    return "".join(f', "{name}": {_quoted(value)}' for name, value in members.items() if value is not None)


def as_text(level: str, kind: str, path: str, entry: AccessLogEntry, query: str | None) -> str:
    """Return a line as words."""
    members: dict[str, object] = {
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
    return logs.words({name: value for name, value in members.items() if value is not None})


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


class Observer:
    """Logs and counts requests, as the settings say."""

    def __init__(self, settings: ObservabilitySettings | None = None, trusted_proxies: str = "") -> None:
        """Observe as ``settings`` say, and trust ``trusted_proxies``.

        Raises ``SettingsError`` for addresses that are none.
        """
        self.settings = settings or ObservabilitySettings()
        self.proxies = Proxies(trusted_proxies)
        self._request_ids = request_context.request_ids()
        self._lines: AccessLog | None = None
        self._metrics = client_address.networks(self.settings.metrics_allow, "OPSC_METRICS_ALLOW")

    def write_to(self, write: Callable[[str], None]) -> None:
        """Give the line of each request to ``write`` from now on, where the settings want lines."""
        if self.settings.log != "off":
            self._lines = AccessLog(self.settings, write)

    def observe(self, entry: AccessLogEntry) -> None:
        """Count a request, and write it to the log."""
        kind, path = _place(entry.path)
        metrics.count_request(kind, entry.method, entry.status, entry.seconds, entry.size)
        if self._lines is not None:
            self._lines.write(kind, path, entry)

    def client(self, peer: str, forwarded_for: str) -> str | None:
        """Return the client as the log names it, given the peer of the connection and ``X-Forwarded-For``."""
        return _named(self.proxies, self.settings.clients, peer, forwarded_for)

    def request_id(self, peer: str, header: str | None) -> str:
        """Return the identifier of a request: its ``X-Request-ID``, if a trusted proxy sent it, or a new one.

        To be used from one thread.
        """
        if header and self.proxies.trusts(peer) and _REQUEST_ID.fullmatch(header):
            return header
        return next(self._request_ids)

    def may_read_metrics(self, peer: str, forwarded_for: str, *, forwarded: bool) -> bool:
        """Whether a client may read the metrics: one behind a proxy that is not trusted, may not."""
        if forwarded and not self.proxies.trusts(peer):
            return False
        return client_address.within(self.proxies.client(peer, forwarded_for), self._metrics)


def kind_of(path: str) -> str:
    """Return the kind of requests to a path: one of a few words."""
    return _KINDS.get(path.split("/", 2)[1] if path.startswith("/") else "", "page")


@memoize(_REMEMBERED, longest=_SHORT)
def _place(path: str) -> tuple[str, str]:
    """Return the kind of requests to a path, and the path as the log has it."""
    encoded = quote(path)
    return kind_of(encoded), encoded[:_LONGEST_PATH]


@memoize(_REMEMBERED, longest=_SHORT)
def _named(proxies: Proxies, how: str, peer: str, forwarded_for: str) -> str | None:
    client = None if how == "off" else proxies.client(peer, forwarded_for)
    if client is None:
        return None
    return str(client) if how == "full" else client_address.short(client)
