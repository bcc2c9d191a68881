"""Who sends a request, by which scheme and identifier, as the connection tells and proxies that are trusted."""

import functools
from typing import Final

from endpoint.front.cache_policy import header
from endpoint.http.rsgi import RequestHeaders, Scope
from endpoint.observability.observer import Observer, identifiers

# About as many as there are connections at one time.
_REMEMBERED: Final = 1024


class Callers:
    """Tells of requests what their connection and trusted proxies say. To be used from one thread."""

    def __init__(self, observer: Observer) -> None:
        """Believe the proxies that ``observer`` believes."""
        self._observer = observer
        self._identifiers = identifiers()

    def client(self, scope: Scope) -> str:
        """Return the address that answers for a request."""
        return self._observer.proxies.answerable(_peer(scope), header(scope.headers, "x-forwarded-for") or "")

    def named(self, scope: Scope, headers: RequestHeaders) -> str | None:
        """Return who asks, as the log is to name it."""
        return self._observer.client(_peer(scope), header(headers, "x-forwarded-for") or "")

    def identifier(self, scope: Scope, headers: RequestHeaders) -> str:
        """Return the identifier of a request: its own, if a trusted proxy gave it one, or a new one."""
        given = headers.get("x-request-id")
        return (self._observer.believed(_peer(scope), given) if given else None) or next(self._identifiers)

    def scheme(self, scope: Scope) -> str:
        """Return the scheme by which the client asked."""
        forwarded = scope.headers.get("x-forwarded-proto")
        if forwarded in {"http", "https"} and self._observer.proxies.trusts(_peer(scope)):
            return str(forwarded)
        return scope.scheme


def _peer(scope: Scope) -> str:
    return _address(scope.client)


@functools.lru_cache(_REMEMBERED)
def _address(client: str) -> str:
    return client.rpartition(":")[0].strip("[]")
