"""One connection to a store elsewhere: requests over HTTP/1.1 with one deadline, and a size limit for responses.

It connects only to the address in the operator's settings: no redirect is followed.
"""

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from graph.remote.credentials import Authorization, Credentials
from graph.remote.errors import (
    StoreAnswerTooLargeError,
    StoreBrokenError,
    StoreBusyError,
    StoreFailedError,
    StoreLateError,
    StoreUnreachableError,
)

_PIECE: Final = 65_536
_LOGGED: Final = 500
_STALE: Final = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)
_LATE: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.GATEWAY_TIMEOUT})
_BUSY: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
# Statuses for wrong credentials or a wrong address.
_CLOSED: Final = {
    HTTPStatus.UNAUTHORIZED: "does not accept the credentials; see OPSC_STORE_CREDENTIALS",
    HTTPStatus.FORBIDDEN: "does not authorise this account; see OPSC_STORE_CREDENTIALS",
    HTTPStatus.NOT_FOUND: "was not found; correct the URL",
    HTTPStatus.METHOD_NOT_ALLOWED: "does not accept SPARQL requests; correct the URL",
    HTTPStatus.BAD_GATEWAY: "is unavailable behind its gateway",
    HTTPStatus.INSUFFICIENT_STORAGE: "has no disk space left; extend its storage",
}


@dataclass(frozen=True)
class StoreResponse:
    """A successful response: its media type without parameters, its headers, and its body."""

    media_type: str
    headers: http.client.HTTPMessage
    body: bytes


@dataclass(frozen=True)
class StoreRequest:
    """A request: a body of a media type, and the accepted media type."""

    body: bytes
    content_type: str
    accept: str = "*/*"


class Client:
    """Sends requests to one URL, one after the other, over a persistent connection. To be used by one thread."""

    def __init__(self, url: str, credentials: Credentials | None, limit: int) -> None:
        """Send to ``url``; a response may have ``limit`` bytes."""
        self._url = url
        parts = urlsplit(url)
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._https = parts.scheme == "https"
        self._address = (parts.hostname or "", parts.port or (443 if self._https else 80))
        self._authorization = Authorization(url, credentials)
        self._limit = limit
        self._connection: http.client.HTTPConnection | None = None
        self._socket: socket.socket | None = None

    def post(self, request: StoreRequest, seconds: float) -> StoreResponse:
        """Return the response to a request, which must be complete within ``seconds``.

        Raises a ``StoreError`` with a message for the operator.
        """
        with self._within(seconds):
            response = self._send(request, seconds)
            if response.status == HTTPStatus.UNAUTHORIZED and self._authorization.challenged(response.headers):
                self._body(response)
                response = self._send(request, seconds)
            return self._response(response)

    def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection = self._socket = None

    @contextlib.contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        """Shut the connection down after ``seconds``: a timeout for each read would not stop a slow sender."""
        late = threading.Event()

        def cut() -> None:
            late.set()
            connected = self._socket
            if connected is not None:
                with contextlib.suppress(OSError):
                    connected.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(seconds, cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (OSError, http.client.HTTPException, StoreBrokenError) as error:
            self.close()
            if late.is_set() or isinstance(error, TimeoutError):
                raise StoreLateError(f"{self._url} did not respond completely within {seconds:g} seconds") from error
            if isinstance(error, StoreBrokenError):
                raise
            raise StoreUnreachableError(f"{self._url} cannot be reached: {_reason(error)}") from error
        except BaseException:
            self.close()
            raise
        finally:
            timer.cancel()

    def _send(self, request: StoreRequest, seconds: float) -> http.client.HTTPResponse:
        reused = self._connection is not None
        try:
            return self._send_once(request, seconds)
        except _STALE:
            self.close()
            # The store may have closed an idle connection; every request can be repeated.
            if not reused:
                raise
            return self._send_once(request, seconds)

    def _send_once(self, request: StoreRequest, seconds: float) -> http.client.HTTPResponse:
        connection = self._connect(seconds)
        headers = {"Content-Type": request.content_type, "Accept": request.accept, "User-Agent": "opsc"}
        authorization = self._authorization.header(request.body)
        if authorization:
            headers["Authorization"] = authorization
        connection.request("POST", self._target, request.body, headers)
        return connection.getresponse()

    def _connect(self, seconds: float) -> http.client.HTTPConnection:
        # A response with 'Connection: close' leaves no socket in the connection.
        if self._connection is None or self._connection.sock is None:
            host, port = self._address
            self._connection = (
                http.client.HTTPSConnection(host, port, timeout=seconds, context=ssl.create_default_context())
                if self._https
                else http.client.HTTPConnection(host, port, timeout=seconds)
            )
            self._connection.connect()
            self._socket = self._connection.sock
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._connection

    def _body(self, response: http.client.HTTPResponse) -> bytes:
        """Read the whole body; raise ``StoreAnswerTooLargeError`` as soon as it is larger than it may be."""
        pieces, size = [], 0
        while piece := response.read(_PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > self._limit:
                raise StoreAnswerTooLargeError(f"{self._url} returned more than {self._limit} bytes")
        # The standard library reports no error for a body that is shorter than its Content-Length.
        if response.length:
            raise StoreBrokenError(f"{self._url} closed the connection early; {response.length} bytes are missing")
        return b"".join(pieces)

    def _response(self, response: http.client.HTTPResponse) -> StoreResponse:
        body, status = self._body(response), response.status
        if status not in {HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT}:
            self._raise_for(status, body)
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise StoreBrokenError(f"{self._url} sent a compressed response that was not requested")
        return StoreResponse(response.headers.get_content_type(), response.headers, body)

    def _raise_for(self, status: int, body: bytes) -> None:
        # Virtuoso repeats the query after its reason.
        said = " ".join(body[:_LOGGED].decode("utf-8", "replace").partition("SPARQL query:")[0].split())
        if status in _CLOSED:
            raise StoreBrokenError(f"{self._url} {_CLOSED[HTTPStatus(status)]} (status {status})")
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            raise StoreBrokenError(f"{self._url} redirects to another address; correct the URL")
        if status in _LATE or "S1T00" in said:
            raise StoreLateError(f"{self._url} stopped the request (status {status})")
        if "SR353" in said:
            raise StoreAnswerTooLargeError(f"{self._url} refuses to sort more rows than its MaxSortedTopRows")
        if status in _BUSY:
            raise StoreBusyError(f"{self._url} accepts no more requests at the moment (status {status})")
        raise StoreFailedError(f"{self._url} answered with status {status}", said or "no reason given")


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
