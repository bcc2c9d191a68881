"""RSGI, the interface between granian and an application, as types.

https://github.com/emmett-framework/granian/blob/master/docs/spec/RSGI.md
"""

from collections.abc import AsyncIterator, Awaitable
from typing import Protocol

from endpoint.http.headers import HeaderList


class RequestHeaders(Protocol):
    """The headers of a request, with lower-case names."""

    def __contains__(self, key: str, /) -> bool:
        """Whether there is a header of this name."""

    def get(self, key: str, /) -> str | None:
        """Return the first value of a header."""

    def get_all(self, key: str, /) -> list[str]:
        """Return all values of a header."""

    def items(self) -> list[tuple[str, str]]:
        """Return names and values in their order."""


class Scope(Protocol):
    """A request as RSGI gives it (https://github.com/emmett-framework/granian/blob/master/docs/spec/RSGI.md)."""

    proto: str
    http_version: str
    server: str
    client: str
    scheme: str
    method: str
    path: str
    query_string: str
    authority: str | None
    headers: RequestHeaders


class Stream(Protocol):
    """What a streamed body is given to."""

    def send_bytes(self, data: bytes, /) -> Awaitable[None]:
        """Send a part."""


class HttpProtocol(Protocol):
    """The protocol object of RSGI: the body of the request, and the ways to respond."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Return the parts of the request body, as they come."""

    def client_disconnect(self) -> Awaitable[None]:
        """Return when the client has ended the connection."""

    def response_empty(self, status: int, headers: HeaderList, /) -> None:
        """Respond without a body."""

    def response_bytes(self, status: int, headers: HeaderList, body: bytes, /) -> None:
        """Respond with a body; to a HEAD request with its length alone."""

    def response_file(self, status: int, headers: HeaderList, file: str, /) -> None:
        """Respond with a file."""

    def response_stream(self, status: int, headers: HeaderList, /) -> Stream:
        """Respond with what is sent to the stream."""
