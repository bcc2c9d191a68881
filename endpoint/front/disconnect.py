"""Stops what is done for a client that ends the connection."""

import asyncio
from collections.abc import Awaitable
from typing import Final, Protocol

from graph.pool.cancellation import Cancellation


class Connected(Protocol):
    """The other end of a connection."""

    def client_disconnect(self) -> Awaitable[None]:
        """Return when the client has ended the connection; to be called once."""


class Watch:
    """Looks whether the client of a request goes away, from when it is first asked: most are answered before that.

    To be used from one thread, but for ``cancellation``, which happens then.
    """

    def __init__(self, connected: Connected) -> None:
        self.cancellation: Final = Cancellation()
        self._connected = connected
        self._looking: asyncio.Future[None] | None = None

    def gone(self) -> "asyncio.Future[None]":
        """Return what is done when the client has gone away; begin to look."""
        if self._looking is None:
            self._looking = asyncio.ensure_future(self._look())
        return self._looking

    def end(self) -> None:
        """Look no longer."""
        if self._looking is not None:
            self._looking.cancel()

    async def _look(self) -> None:
        await self._connected.client_disconnect()
        self.cancellation.cancel()
