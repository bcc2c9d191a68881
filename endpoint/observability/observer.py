"""Tells the operator about each request: a line in the log and the metrics; no framework, so any layer can call it."""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from endpoint.http import client_address, request_context
from endpoint.http.client_address import Proxies
from endpoint.http.memoize import memoize
from endpoint.observability import metrics
from endpoint.observability.access_log import AccessLog, AccessLogEntry
from endpoint.settings import ObservabilitySettings

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


class Observer:
    """Writes down what was seen, as the settings say."""

    def __init__(self, settings: ObservabilitySettings | None = None, trusted_proxies: str = "") -> None:
        """Observe as ``settings`` say, and believe ``trusted_proxies``.

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
        """Return who asks as the log is to name it, given the peer of the connection and ``X-Forwarded-For``."""
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
    """Return the kind of what is asked for at a path: one of a few words."""
    return _KINDS.get(path.split("/", 2)[1] if path.startswith("/") else "", "page")


@memoize(_REMEMBERED, longest=_SHORT)
def _place(path: str) -> tuple[str, str]:
    """Return the kind of what is asked for at a path, and the path as the log has it."""
    encoded = quote(path)
    return kind_of(encoded), encoded[:_LONGEST_PATH]


@memoize(_REMEMBERED, longest=_SHORT)
def _named(proxies: Proxies, how: str, peer: str, forwarded_for: str) -> str | None:
    client = None if how == "off" else proxies.client(peer, forwarded_for)
    if client is None:
        return None
    return str(client) if how == "full" else client_address.short(client)
