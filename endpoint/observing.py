"""Tells the operator about each request: a line in the log and the metrics; no framework, so any layer can call it."""

import logging
import re
import secrets
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from endpoint import addresses, metrics
from endpoint.addresses import Address, Proxies
from endpoint.observation_settings import ObservationSettings

_LOG: Final = logging.getLogger("opsc.request")
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
_QUIET: Final = frozenset({"health", "metrics"})


@dataclass(frozen=True)
class Seen:
    """A request and its answer.

    ``path`` is percent-encoded and without a query string, ``size`` the bytes of the answer's body, ``version`` the one
    that was served when the request began, ``cache`` what the result cache said, if it was asked (``hit``, ``miss``),
    ``code`` that of a problem, ``query`` the text of a query, which is written only where the operator wants it.
    """

    method: str
    path: str
    status: int
    size: int
    seconds: float
    client: Address | None
    request_id: str
    version: str | None = None
    cache: str | None = None
    code: str | None = None
    query: str | None = None


class Observer:
    """Writes down what was seen, as the settings say."""

    def __init__(self, settings: ObservationSettings | None = None, trusted_proxies: str = "") -> None:
        """Observe as ``settings`` say, and believe ``trusted_proxies``.

        Raises ``SettingsError`` for addresses that are none.
        """
        self.settings = settings or ObservationSettings()
        self.proxies = Proxies(trusted_proxies)
        self._metrics = addresses.networks(self.settings.metrics_allow, "OPSC_METRICS_ALLOW")

    def observe(self, seen: Seen) -> None:
        """Count a request, and write it to the log."""
        kind = kind_of(seen.path)
        metrics.answered(kind, seen.method, seen.status, seen.seconds, seen.size)
        level = _level(kind, seen.status)
        if self.settings.log != "off" and _LOG.isEnabledFor(level):
            _LOG.log(level, "request", extra={"fields": self._fields(kind, seen)})

    def client(self, peer: str, forwarded_for: str) -> Address | None:
        """Return who asks, given the peer of the connection and ``X-Forwarded-For``."""
        return self.proxies.client(peer, forwarded_for)

    def request_id(self, peer: str, given: str) -> str:
        """Return the identifier of a request: the one ``given`` well-formed by a trusted proxy, or a new one."""
        believed = given and self.proxies.trusts(peer) and _REQUEST_ID.fullmatch(given)
        return given if believed else secrets.token_hex(16)

    def may_read_metrics(self, peer: str, forwarded_for: str, *, forwarded: bool) -> bool:
        """Whether a client may read the metrics: one behind a proxy that is not trusted, may not."""
        if forwarded and not self.proxies.trusts(peer):
            return False
        return addresses.within(self.client(peer, forwarded_for), self._metrics)

    def _fields(self, kind: str, seen: Seen) -> dict[str, object]:
        return {
            "event": "request",
            "request_id": seen.request_id,
            "kind": kind,
            "method": seen.method[:20],
            "path": seen.path[:_LONGEST_PATH],
            "status": seen.status,
            "bytes": seen.size,
            "ms": round(seen.seconds * 1000, 3),
            "client": self._named(seen.client),
            "version": seen.version,
            "cache": seen.cache,
            "code": seen.code,
            "query": seen.query if self._tells_query(seen.seconds) else None,
        }

    def _named(self, client: Address | None) -> str | None:
        if client is None or self.settings.clients == "off":
            return None
        return str(client) if self.settings.clients == "full" else addresses.short(client)

    def _tells_query(self, seconds: float) -> bool:
        wanted = self.settings.queries
        return wanted == "all" or (wanted == "slow" and seconds >= self.settings.slow_seconds)


def kind_of(path: str) -> str:
    """Return the kind of what is asked for at a path: one of a few words."""
    return _KINDS.get(path.split("/", 2)[1] if path.startswith("/") else "", "page")


def _level(kind: str, status: int) -> int:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return logging.WARNING
    return logging.DEBUG if kind in _QUIET else logging.INFO
