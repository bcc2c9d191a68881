"""Which responses of the application are cached, under which keys, and with which validators.

A response with status 200 and ``Cache-Control: public`` says that it depends on nothing but the current version and the
request: the URL and the headers that its ``Vary`` names. It is cached until the next version, gets an ``ETag`` and a
``Last-Modified`` where it has none of its own, and the ``Cache-Control`` of the settings. A response that depends on
anything else, such as the time, the ledger or the user, must not say so.
"""

import math
import threading
import time
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Final

from endpoint.front.cache import ResponseCache, VaryIndex, entity_tag
from endpoint.front.exchange import SAFE_METHODS, Exchange
from endpoint.front.response import Response, last_modified, value_of
from endpoint.http import sparql_protocol
from endpoint.http.headers import REQUEST_ID, HeaderList
from endpoint.http.problems import Problem
from endpoint.http.sparql_protocol import digest
from endpoint.serving.snapshot import Snapshot, SnapshotHolder
from endpoint.settings import FrontSettings
from graph.errors import GraphError

Since = Callable[[str], datetime]

_FIXED_STATUSES: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.PARTIAL_CONTENT, HTTPStatus.NOT_MODIFIED})
_ADDED_LATER: Final = frozenset({"etag", "last-modified", REQUEST_ID.lower()})
_NEGOTIATED: Final = frozenset({"accept"})


class CachePolicy:
    """Decides on the response cache, and uses it. To be used from one thread, but for :meth:`prepare`."""

    def __init__(self, settings: FrontSettings, snapshots: SnapshotHolder, since: Since) -> None:
        """Cache responses from the current of ``snapshots``; ``since`` returns when a version became current."""
        self._settings = settings
        self._snapshots = snapshots
        self._times = _ModificationTimes(since)
        self._cache = ResponseCache(settings.cache_bytes)
        self._vary = VaryIndex()
        reuse = f"max-age={settings.max_age}, must-revalidate" if settings.max_age else "no-cache"
        self._cache_control = f"public, {reuse}"

    def identify(self, exchange: Exchange) -> None:
        """Parse a query, and set the cache key of a complete request whose response can be cached."""
        if exchange.path == sparql_protocol.PATH:
            exchange.parse_query()
        # Only the application can answer these: with a part, or with a response that is not for everybody.
        if "authorization" in exchange.headers or (exchange.method in SAFE_METHODS and "range" in exchange.headers):
            return
        if exchange.query_request is not None:
            exchange.cache_key = exchange.query_request.cache_key
        elif exchange.method in SAFE_METHODS and not isinstance(exchange.sparql, Problem):
            scope = exchange.scope
            host = scope.authority or exchange.headers.get("host") or ""
            exchange.cache_key = digest(exchange.scheme, host, exchange.path, scope.query_string)

    def find(self, exchange: Exchange) -> Response | None:
        """Return the response from the current version that is cached for a request."""
        if exchange.cache_key is None:
            return None
        self._cache.switch(self._snapshots.current)
        key = self._vary.key(exchange.cache_key, exchange.header)
        return self._cache.get(key) if key else None

    def prepare(self, response: Response, exchange: Exchange) -> Response:
        """Take over the validators of a response, and add those that it lacks when it can be cached."""
        cache_control = value_of(response.headers, "cache-control") or ""
        response.tag = value_of(response.headers, "etag")
        response.modified = last_modified(response.headers)
        response.threshold = self._settings.compress_bytes
        response.fixed = (
            response.status in _FIXED_STATUSES
            or value_of(response.headers, "content-encoding") is not None
            or "no-transform" in cache_control
        )
        response.headers = [(name, value) for name, value in response.headers if name not in _ADDED_LATER]
        if _is_public(response, cache_control):
            self._validate(response, exchange.snapshot, exchange.cache_key)
        if response.is_text and not response.fixed:
            _add_vary(response.headers, "Accept-Encoding")
        return response

    def store(self, response: Response, exchange: Exchange) -> None:
        """Store a cacheable response under the version that it is from."""
        if exchange.cache_key is None or not response.cacheable:
            return
        negotiated = _NEGOTIATED if exchange.query_request is not None else ()
        if self._vary.learn(exchange.cache_key, value_of(response.headers, "vary") or "", negotiated):
            key = self._vary.key(exchange.cache_key, exchange.header)
            if key is not None:
                self._cache.put(exchange.snapshot, key, response)

    def _validate(self, response: Response, snapshot: Snapshot, cache_key: bytes | None) -> None:
        # Whether every part of it comes from the version that was current when the request began.
        response.cacheable = cache_key is not None and self._snapshots.current is snapshot
        if "max-age" not in (value_of(response.headers, "cache-control") or ""):
            _replace(response.headers, "cache-control", self._cache_control if response.cacheable else "no-cache")
        if response.cacheable and cache_key is not None:
            response.tag = response.tag or entity_tag(snapshot.version, cache_key, response.headers, response.body)
            response.modified = response.modified or self._times.of(snapshot)


class _ModificationTimes:
    """The times of ``Last-Modified``: later for each version than for the one before it, in whole seconds."""

    def __init__(self, since: Since) -> None:
        self._since = since
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._time = 0

    def of(self, snapshot: Snapshot) -> int:
        """Return the first whole second after a version became the current one.

        So no two versions share a second, and responses from the version before have an earlier time.
        """
        with self._lock:
            if snapshot is not self._snapshot:
                try:
                    since = self._since(snapshot.version).timestamp()
                except GraphError:
                    since = time.time()
                self._snapshot, self._time = snapshot, max(math.floor(since), self._time) + 1
            return self._time


def _is_public(response: Response, cache_control: str) -> bool:
    directives = {part.strip().lower() for part in cache_control.split(",")}
    return (
        response.status == HTTPStatus.OK and "public" in directives and value_of(response.headers, "set-cookie") is None
    )


def _replace(headers: HeaderList, name: str, value: str) -> None:
    headers[:] = [header for header in headers if header[0] != name]
    headers.append((name, value))


def _add_vary(headers: HeaderList, name: str) -> None:
    values = [value for header, value in headers if header == "vary"]
    if not any(name.lower() in value.lower() for value in values):
        _replace(headers, "vary", ", ".join((*values, name)))
