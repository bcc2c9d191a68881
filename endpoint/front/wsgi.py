"""Calls a WSGI application (PEP 3333) for requests that come by RSGI, in a bounded number of threads.

The application is given a whole request body and is called with GET where the request says HEAD. What it returns is
whole, a file, or a stream of which the parts are sent as they come, if its length is known before: otherwise a client
could not see that it broke off. It does not know RSGI: what it starts for a client
that goes away is stopped by :mod:`graph.pool.task`.
"""

import asyncio
import io
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, Final, TypeVar

from endpoint.front.exchange import Exchange
from endpoint.front.response import FileResponse, Response, value_of
from endpoint.http.headers import HeaderList
from endpoint.http.problems import Problem
from endpoint.http.request_context import ENVIRON_KEY

Send = Callable[[bytes], None]
Begin = Callable[[int, HeaderList], Send | None]
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_BLOCK: Final = 65_536
# A short response that comes in parts is put together, so that it can be cached and compressed.
_GATHERED: Final = 1_000_000
# Headers of one connection, which are not the application's to give, and one that the server writes itself.
_OF_CONNECTION: Final = frozenset(
    {"connection", "content-length", "date", "keep-alive", "server", "trailer", "transfer-encoding", "upgrade"}
)

_Result = TypeVar("_Result")


class IncompleteResponseError(Exception):
    """A response that failed after a part of it was sent, so that no problem can be reported."""


class RequestThreads:
    """A number of threads for requests; further requests are refused instead of waiting."""

    def __init__(self, most: int, spare: int) -> None:
        """Start up to ``most`` threads, the last ``spare`` of which are for requests that must always be answered."""
        self._most = most
        self._spare = spare
        self._busy = 0
        self._executor = ThreadPoolExecutor(most, thread_name_prefix="request")

    async def run(self, work: Callable[[], _Result], *, always: bool = False) -> _Result:
        """Return what ``work`` returns in a thread; raise ``Problem`` when all are busy."""
        if self._busy >= self._most - (0 if always else self._spare):
            raise Problem("busy", "all threads of the server are busy; try again in a moment")
        self._busy += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, work)
        finally:
            self._busy -= 1


class _FileWrapper:
    """A file that an application returns (PEP 3333, "Optional Platform-Specific File Handling")."""

    def __init__(self, file: IO[bytes], block: int = _BLOCK) -> None:
        self._file = file
        self._block = block

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self._file.read(self._block), b"")

    def close(self) -> None:
        self._file.close()

    @property
    def path(self) -> str | None:
        """The path of the file, where it has one and is to be sent from its beginning."""
        name = getattr(self._file, "name", None)
        at_start = isinstance(name, str) and self._file.seekable() and self._file.tell() == 0
        return name if at_start and Path(str(name)).is_file() else None


class _StartResponse:
    """The ``start_response`` of one request."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: HeaderList = []
        self.length: int | None = None
        self.written: list[bytes] = []

    def __call__(self, status: str, headers: HeaderList, exc_info: object = None) -> Send:
        if self.status and exc_info is None:
            raise AssertionError("start_response was called twice")
        self.status = int(status[:3])
        named = [(name.lower(), value) for name, value in headers]
        length = value_of(named, "content-length")
        self.length = int(length) if length else None
        self.headers = [(name, value) for name, value in named if name not in _OF_CONNECTION]
        return self.written.append

    @property
    def headers_with_length(self) -> HeaderList:
        """The headers of a response whose length the server below cannot know."""
        length = [] if self.length is None else [("content-length", str(self.length))]
        return [*self.headers, *length]


def call(application: Application, environ: dict[str, Any], begin: Begin) -> Response | FileResponse | None:
    """Return the response of ``application``, or ``None`` when it was streamed.

    For a stream ``begin`` is called with status and headers. It returns what sends a part, or ``None`` when nothing is
    to be sent.
    """
    started = _StartResponse()
    returned = application(environ, started)
    try:
        if isinstance(returned, _FileWrapper) and (started.length or 0) > _GATHERED and returned.path:
            return FileResponse(started.status, started.headers_with_length, returned.path)
        parts = iter(returned)
        first = b"".join(started.written) or next((part for part in parts if part), b"")
        if isinstance(returned, list | tuple) or (started.length or 0) <= _GATHERED:
            return Response(started.status, started.headers, b"".join((first, *parts)))
        if len(first) == started.length:
            return Response(started.status, started.headers, first)
        _stream(started, first, parts, begin)
        return None
    finally:
        close = getattr(returned, "close", None)
        if close is not None:
            close()


def _stream(started: _StartResponse, first: bytes, parts: Iterator[bytes], begin: Begin) -> None:
    send = begin(started.status, started.headers_with_length)
    if send is None:
        return
    try:
        send(first)
        for part in parts:
            if part:
                send(part)
    except Exception as error:
        raise IncompleteResponseError from error


def environment(exchange: Exchange) -> dict[str, Any]:
    """Return the environment of a request for the application (PEP 3333, "environ Variables")."""
    scope = exchange.scope
    server, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET" if exchange.method == "HEAD" else exchange.method,
        "SCRIPT_NAME": exchange.prefix,
        "PATH_INFO": _as_bytes(exchange.path),
        "QUERY_STRING": _as_bytes(scope.query_string),
        "REMOTE_ADDR": exchange.client,
        "SERVER_NAME": server.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": "HTTP/1.0" if scope.http_version == "1" else f"HTTP/{scope.http_version}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": exchange.scheme,
        "wsgi.input": io.BytesIO(exchange.body),
        # Not in PEP 3333: there is no more than this, whether or not a length was given.
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": _FileWrapper,
        ENVIRON_KEY: exchange,
    }
    for name, value in exchange.headers.items():
        # A name with an underscore would pass for another one.
        if "_" not in name:
            _add(environ, name.upper().replace("-", "_"), _as_bytes(value))
    if scope.authority:
        environ["HTTP_HOST"] = scope.authority
    return environ


def _add(environ: dict[str, Any], name: str, value: str) -> None:
    variable = name if name in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{name}"
    if variable in environ:
        value = f"{environ[variable]}{'; ' if name == 'COOKIE' else ', '}{value}"
    environ[variable] = value


def _as_bytes(text: str) -> str:
    """Return a text as PEP 3333 wants it: each character stands for a byte."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")
