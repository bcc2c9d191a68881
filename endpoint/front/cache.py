"""The response cache: the most recently used responses from one version, and the headers by which responses vary."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Final

from endpoint.front.response import CONTENT_HEADERS, Response
from endpoint.http.headers import HeaderList
from endpoint.http.sparql_protocol import digest
from endpoint.observability import metrics

HeaderValue = Callable[[str], str | None]

# No response may take the place of too many others.
_LARGEST_SHARE: Final = 4
_TAG_BYTES: Final = 16
_MOST_VARYING: Final = 10_000
_NEVER_VARIES: Final = frozenset({"accept-encoding"})


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
