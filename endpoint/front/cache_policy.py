"""What is kept of the application's responses, under which keys, and with which validators.

A response with status 200 and ``Cache-Control: public`` says that it depends on nothing but the served version and the
request: the address, its parameters, and the headers that its ``Vary`` names. It is kept until the next version, gets
an ``ETag`` and a ``Last-Modified`` where it has none of its own, and the ``Cache-Control`` that the settings want. What
depends on anything else, such as the time, the ledger or who asks, must not say so.
"""

import functools
import math
import threading
import time
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Final

from endpoint.front import cache_key
from endpoint.front.cache import Answer, ResultCache, entity_tag
from endpoint.front.cache_key import Address
from endpoint.front.wsgi import Whole
from endpoint.http.compression import is_text
from endpoint.http.conditional import seconds
from endpoint.http.headers import REQUEST_ID, HeaderList, value_of
from endpoint.http.rsgi import RequestHeaders, Scope
from endpoint.serving.snapshot import Served, Serving
from endpoint.settings import FrontSettings
from graph.errors import GraphError

Since = Callable[[str], datetime]

_UNCHANGEABLE: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.PARTIAL_CONTENT, HTTPStatus.NOT_MODIFIED})
_ADDED_LATER: Final = frozenset({"etag", "last-modified", REQUEST_ID.lower()})


class Keeping:
    """Keeps answers. To be used from one thread, but for :meth:`answer`."""

    def __init__(self, settings: FrontSettings, served: Served, since: Since) -> None:
        """Keep answers from what is ``served``; ``since`` tells since when a version is the current one."""
        self._settings = settings
        self._served = served
        self._times = _Times(since)
        self._cache = ResultCache(settings.cache_bytes)
        self._varying = cache_key.Varying()
        reuse = f"max-age={settings.max_age}, must-revalidate" if settings.max_age else "no-cache"
        self._cache_control = f"public, {reuse}"

    @staticmethod
    def address(scope: Scope, headers: RequestHeaders, scheme: Callable[[Scope], str]) -> Address | None:
        """Return what a GET or HEAD request asks for, or ``None`` when no answer to it is kept."""
        # Only the application can answer these: they ask for a part, or may get what others must not see.
        if "range" in headers or "authorization" in headers:
            return None
        path, query_string = scope.path, scope.query_string
        if path == cache_key.QUERIES and "query" in query_string:
            return cache_key.of_url(query_string, header(headers, "accept"))
        host = scope.authority or headers.get("host") or ""
        return Address(cache_key.digest(scheme(scope), host, path, query_string))

    @staticmethod
    def query_address(scope: Scope, headers: RequestHeaders, body: bytes) -> Address | None:
        """Return what a POST request with a query asks for, or ``None`` when no answer to it is kept."""
        if "authorization" in headers:
            return None
        encoding = (headers.get("content-encoding") or "").strip().lower()
        content_type = headers.get("content-type") or ""
        return cache_key.of_body(scope.query_string, content_type, encoding, body, header(headers, "accept"))

    def found(self, address: Address, headers: RequestHeaders) -> Answer | None:
        """Return the answer from the served version that is kept for a request with these ``headers``."""
        self._cache.serve(self._served.now)
        key = self._varying.key(address.digest, functools.partial(header, headers))
        return self._cache.get(key) if key else None

    def answer(self, response: Whole, serving: Serving, address: Address | None) -> Answer:
        """Return a response as an answer, with validators when it is from ``serving`` and can be kept."""
        said = value_of(response.headers, "cache-control") or ""
        is_text_like = is_text(value_of(response.headers, "content-type") or "")
        fixed = (
            response.status in _UNCHANGEABLE
            or value_of(response.headers, "content-encoding") is not None
            or "no-transform" in said
        )
        answer = Answer(
            response.status,
            [(name, value) for name, value in response.headers if name not in _ADDED_LATER],
            response.body,
            value_of(response.headers, "etag"),
            seconds(value_of(response.headers, "last-modified")),
            self._settings.compress_bytes,
            fixed,
        )
        if _is_hint(response, said):
            self._validate(answer, serving, address)
        if is_text_like and not fixed:
            _vary(answer.headers, "Accept-Encoding")
        return answer

    def keep(self, address: Address, headers: RequestHeaders, serving: Serving, answer: Answer) -> bool:
        """Keep an answer that says so, under the version that it is from; return whether it can be kept."""
        if not answer.keep or not self._varying.learn(
            address.digest, value_of(answer.headers, "vary") or "", address.considered
        ):
            return False
        key = self._varying.key(address.digest, functools.partial(header, headers))
        if key is not None:
            self._cache.put(serving, key, answer)
        return True

    def _validate(self, answer: Answer, serving: Serving, address: Address | None) -> None:
        # Whether every part of it comes from the version that was served when the request began.
        answer.keep = address is not None and self._served.now is serving
        if "max-age" not in (value_of(answer.headers, "cache-control") or ""):
            _replace(answer.headers, "cache-control", self._cache_control if answer.keep else "no-cache")
        if answer.keep and address is not None:
            answer.tag = answer.tag or entity_tag(serving.version, address.digest, answer.headers, answer.body)
            answer.modified = answer.modified or self._times.of(serving)


class _Times:
    """The times of ``Last-Modified``: later for each version than for the one before it, in whole seconds."""

    def __init__(self, since: Since) -> None:
        self._since = since
        self._asking = threading.Lock()
        self._serving: Serving | None = None
        self._time = 0

    def of(self, serving: Serving) -> int:
        """Return the first whole second after a version became the current one.

        So no two versions share a second, and what a client got before it has an earlier time.
        """
        with self._asking:
            if serving is not self._serving:
                try:
                    since = self._since(serving.version).timestamp()
                except GraphError:
                    since = time.time()
                self._serving, self._time = serving, max(math.floor(since), self._time) + 1
            return self._time


def header(headers: RequestHeaders, name: str) -> str | None:
    """Return the value of a header, of which a request may have several lines (RFC 9110, section 5.2)."""
    # To look whether it is there takes less time than to get a list without anything in it.
    values = headers.get_all(name) if name in headers else None
    return ", ".join(values) if values else None


def _is_hint(response: Whole, cache_control: str) -> bool:
    directives = {part.strip().lower() for part in cache_control.split(",")}
    return (
        response.status == HTTPStatus.OK and "public" in directives and value_of(response.headers, "set-cookie") is None
    )


def _replace(headers: HeaderList, name: str, value: str) -> None:
    headers[:] = [(one, said) for one, said in headers if one != name]
    headers.append((name, value))


def _vary(headers: HeaderList, name: str) -> None:
    said = [value for one, value in headers if one == "vary"]
    if not any(name.lower() in value.lower() for value in said):
        _replace(headers, "vary", ", ".join((*said, name)))
