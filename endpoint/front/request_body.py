"""Reads request bodies before the application is called, within limits of size, time and memory."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final, Protocol

from endpoint.http.problems import Problem
from endpoint.http.rsgi import RequestHeaders
from endpoint.settings import EndpointSettings

# How many of the largest bodies may be in memory at one time, beside those of requests that are being answered.
_LARGEST_AT_ONCE: Final = 16
_UPLOADS: Final = ("/validate", "/contributions", "/data")


class Chunks(Protocol):
    """A request body as RSGI gives it."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Return the parts of the body, as they come."""


class BodyReader:
    """Reads bodies. To be used from one thread."""

    def __init__(self, settings: EndpointSettings, seconds: float) -> None:
        """Read up to the limits of ``settings``, and for ``seconds``."""
        self._settings = settings
        self._seconds = seconds
        self._room = _LARGEST_AT_ONCE * (settings.upload_bytes + settings.body_bytes)

    async def read(self, path: str, headers: RequestHeaders, chunks: Chunks) -> bytes:
        """Return the body of a request for ``path``, or what came before its end.

        Of a body beyond the limit only so much is read that the application sees that, and nothing when its length says
        so. Raises ``Problem``: ``request-timeout`` for a slow body, ``busy`` when the memory for bodies is used up,
        ``request-invalid`` for one in chunks that ends before its last chunk.
        """
        length = headers.get("content-length")
        if length is None and headers.get("transfer-encoding") is None:
            return b""
        is_upload = path.startswith(_UPLOADS)
        most = self._settings.upload_bytes if is_upload else self._settings.body_bytes
        if length is not None and (not length.isdigit() or not 0 < int(length) <= most + 1):
            return b""
        try:
            async with asyncio.timeout(self._seconds):
                if length is not None:
                    return (await self._read(chunks, min(most, int(length) - 1)))[0]
                return _whole(*await self._read(chunks, most))
        except TimeoutError:
            raise Problem("request-timeout", "the body of the request did not arrive in time; send it again") from None

    async def _read(self, chunks: Chunks, enough: int) -> tuple[bytes, int]:
        """Return what comes until it is more than ``enough``: to wait for the end of a whole body takes a while.

        The number of empty parts in it is returned, too.
        """
        read, empty = bytearray(), 0
        try:
            async for chunk in chunks:
                read += chunk
                empty += not chunk
                self._room -= len(chunk)
                if self._room < 0:
                    raise Problem(
                        "busy",
                        "the server is receiving as many request bodies as it has memory for; try again in a moment",
                    )
                if len(read) > enough:
                    break
            return bytes(read), empty
        finally:
            self._room += len(read)


def _whole(content: bytes, empty: int) -> bytes:
    """Return a body that came in chunks; raise ``Problem`` when it is not complete.

    Granian passes on an error in place of a chunk, such as the end of the connection, as an empty part, and ends every
    body with one more. Fields after the last chunk, which may not change anything, come in the same way.
    """
    if empty > 1:
        raise Problem(
            "request-invalid",
            "the body ended before its last chunk, or has trailer fields; send it again, best with Content-Length",
        )
    return content
