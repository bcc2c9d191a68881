"""The response cache: which responses of the application are cached, under which keys, and with which validators.

A response with status 200 and ``Cache-Control: public`` says that it depends on nothing but the current version and the
request: the URL and the headers that its ``Vary`` names. It is cached until the next version, gets an ``ETag`` and a
``Last-Modified`` where it has none of its own, and the ``Cache-Control`` of the settings. A response that depends on
anything else, such as the time, the ledger or the user, must not say so.
"""

import hashlib
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from datetime import datetime
from http import HTTPStatus
from typing import Final

from endpoint.front.exchange import SAFE_METHODS, Exchange
from endpoint.front.response import CONTENT_HEADERS, Response, last_modified, value_of
from endpoint.http import sparql_protocol
from endpoint.http.headers import REQUEST_ID, HeaderList
from endpoint.http.problems import Problem
from endpoint.http.rsgi import Scope
from endpoint.http.sparql_protocol import digest
from endpoint.observability import metrics
from endpoint.serving.snapshot import Snapshot, SnapshotHolder
from endpoint.settings import FrontSettings
from graph.errors import GraphError

Since = Callable[[str], datetime]

_FIXED_STATUSES: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.PARTIAL_CONTENT, HTTPStatus.NOT_MODIFIED})
_ADDED_LATER: Final = frozenset({"etag", "last-modified", REQUEST_ID.lower()})
_NEGOTIATED: Final = frozenset({"accept"})
HeaderValue = Callable[[str], str | None]

# No response may take the place of too many others.
_LARGEST_SHARE: Final = 4
_TAG_BYTES: Final = 16
_MOST_VARYING: Final = 10_000
# A parameter that no route reads would make another entry of the same response, and displace others.
_PARAMETERS: Final = frozenset({"version", "format", "output", "download", "page", "graph", "default", "lang"})
_NEVER_VARIES: Final = frozenset({"accept-encoding"})


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
            # The links of a page begin with the prefix, which is not part of the key.
            if not (exchange.query_request.as_page and exchange.prefix):
                exchange.cache_key = exchange.query_request.cache_key
        elif exchange.method in SAFE_METHODS and not isinstance(exchange.sparql, Problem) and _is_known(exchange.scope):
            scope = exchange.scope
            host = scope.authority or exchange.headers.get("host") or ""
            exchange.cache_key = digest(exchange.scheme, host, exchange.prefix, exchange.path, scope.query_string)

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


def _is_known(scope: Scope) -> bool:
    """Whether the routes read all parameters of a request."""
    if not scope.query_string:
        return True
    try:
        return _PARAMETERS.issuperset(name for name, _ in sparql_protocol.parameters(scope.query_string.encode()))
    except Problem:
        return False


class ResponseCache:
    """Responses from one version. To be used from one thread."""

    def __init__(self, max_bytes: int) -> None:
        """Store up to ``max_bytes``; 0 disables the cache."""
        self._max_bytes = max_bytes
        self._size = 0
        self._version: object = None
        self._entries: OrderedDict[bytes, tuple[Response, int]] = OrderedDict()

    @property
    def size(self) -> int:
        """How many bytes are stored."""
        return self._size

    def __len__(self) -> int:
        """How many responses are stored."""
        return len(self._entries)

    def switch(self, version: object) -> None:
        """Store responses from ``version`` from here on, and remove all others."""
        if version is not self._version:
            self._version = version
            self._entries.clear()
            self._size = 0
            metrics.set_cache_bytes(self._size)

    def get(self, key: bytes) -> Response | None:
        """Return the response that is stored under ``key``."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, version: object, key: bytes, response: Response) -> None:
        """Store a response from ``version``, or update its size, unless the version was replaced or it is too large."""
        if version is not self._version:
            return
        self._remove(key)
        size = response.size
        if size * _LARGEST_SHARE <= self._max_bytes:
            self._entries[key] = (response, size)
            self._size += size
        while self._size > self._max_bytes:
            self._remove(next(iter(self._entries)))
        metrics.set_cache_bytes(self._size)

    def _remove(self, key: bytes) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._size -= entry[1]


class VaryIndex:
    """The request headers by which the responses to a request differ, as their header ``Vary`` says."""

    def __init__(self) -> None:
        self._names: OrderedDict[bytes, tuple[str, ...]] = OrderedDict()

    def key(self, request_key: bytes, header: HeaderValue) -> bytes | None:
        """Return the key of a response, or ``None`` when no response to such a request has been stored."""
        names = self._names.get(request_key)
        if names is None:
            return None
        return digest(request_key.hex(), *(f"{name}: {header(name)}" for name in names)) if names else request_key

    def learn(self, request_key: bytes, vary: str, negotiated: Collection[str] = ()) -> bool:
        """Note the ``Vary`` of a response; return whether such responses can be stored at all.

        The headers that were ``negotiated`` before the key was made are part of it already.
        """
        names = {name.strip().lower() for name in vary.split(",") if name.strip()} - _NEVER_VARIES - {*negotiated}
        if "*" in names:
            return False
        self._names[request_key] = tuple(sorted(names.union(self._names.get(request_key, ()))))
        self._names.move_to_end(request_key)
        if len(self._names) > _MOST_VARYING:
            self._names.popitem(last=False)
        return True


def entity_tag(version: str, key: bytes, headers: HeaderList, body: bytes) -> str:
    """Return the strong entity tag of a response: of the version, the request, the format, and the bytes.

    The bytes count too, since a query that is evaluated again need not have its results in the same order.
    """
    hasher = hashlib.blake2b(digest_size=_TAG_BYTES)
    content_headers = [value for name, value in headers if name in CONTENT_HEADERS]
    for part in (version.encode(), key, *(value.encode() for value in content_headers), body):
        hasher.update(len(part).to_bytes(8, "big"))
        hasher.update(part)
    return f'"{hasher.hexdigest()}"'
