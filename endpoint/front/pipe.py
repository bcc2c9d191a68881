"""A response body that the server below reads from a pipe, only as fast as the client reads it.

A whole body would be copied and held by the server below for as long as the client likes, and so would the parts of a
stream. A file it reads piece by piece; so a large body is given to it as a pipe, which this module fills.
"""

import asyncio
import os
from typing import Final

from endpoint.http.headers import HeaderList
from endpoint.http.problems import Problem
from endpoint.http.rsgi import HttpProtocol

_BLOCK: Final = 65_536
# A reader has the time of the settings for each such part, on average.
_PART: Final = 1_000_000
_OPENED_AFTER_SECONDS: Final = 60


class SlowReaderError(Exception):
    """A client that did not read its response in time."""


class Pipe:
    """The body of a response, which the server below reads from a pipe. To be used from the thread of the loop."""

    def __init__(self, protocol: HttpProtocol, status: int, headers: HeaderList, seconds: float) -> None:
        """Begin a response of which ``headers`` name the length; raise ``Problem`` when no file can be opened."""
        try:
            self._read_end, self._write_end = os.pipe()
        except OSError:
            raise Problem("busy", "the server has too many files open; try again in a moment") from None
        os.set_blocking(self._write_end, False)
        self._loop = asyncio.get_running_loop()
        self._seconds = seconds
        self._deadline = self._loop.time() + seconds
        self._written = 0
        self._is_open = False
        self._is_closed = False
        protocol.response_file(status, headers, f"/proc/self/fd/{self._read_end}")

    async def write(self, part: bytes | memoryview) -> None:
        """Send a part.

        Raises ``SlowReaderError`` when the client does not read, ``OSError`` when it has ended the connection.
        """
        rest = memoryview(part)
        while rest:
            try:
                written = os.write(self._write_end, rest[:_BLOCK])
            except BlockingIOError:
                await self._wait()
                continue
            self._written += written
            self._deadline += self._seconds * written / _PART
            rest = rest[written:]
            if self._written > _BLOCK and not self._is_open:
                # More than a pipe holds: the server below has opened it, too, and its end is to be noticed here.
                self._is_open = True
                os.close(self._read_end)

    def close(self) -> None:
        """End the body; one that is shorter than its length is seen to be cut by the client."""
        if self._is_closed:
            return
        self._is_closed = True
        os.close(self._write_end)
        if not self._is_open:
            # Its number must not stand for another file before the server below has opened this one.
            self._loop.call_later(_OPENED_AFTER_SECONDS, os.close, self._read_end)

    async def _wait(self) -> None:
        writable: asyncio.Future[None] = self._loop.create_future()

        def wake() -> None:
            if not writable.done():
                writable.set_result(None)

        self._loop.add_writer(self._write_end, wake)
        try:
            async with asyncio.timeout_at(self._deadline):
                await writable
        except TimeoutError:
            raise SlowReaderError from None
        finally:
            self._loop.remove_writer(self._write_end)
