"""Limits how many bytes of responses wait for clients to read them, and for how long."""

import contextlib
from collections import Counter
from typing import Final

from endpoint.front.exchange import Exchange
from endpoint.front.pipe import Pipe, SlowReaderError
from endpoint.http.problems import Problem

# What one client may have of the memory for responses.
_SHARE: Final = 4


class Sender:
    """Sends large bodies within a limit of memory. To be used from one thread."""

    def __init__(self, most: int, seconds: float) -> None:
        """Let ``most`` bytes wait for readers, a quarter of them for one client; wait ``seconds`` for a reader."""
        self._most = most
        self.seconds = seconds
        self._bodies: Counter[int] = Counter()
        self._clients: Counter[str] = Counter()
        self.waiting = 0

    def reserve(self, exchange: Exchange, body: bytes) -> None:
        """Count a body until :meth:`release`; raise ``Problem`` beyond the limit.

        The same body for several clients, from the cache, counts once, and a body that is larger than the share of a
        client counts when it is the only one.
        """
        size = 0 if self._bodies[id(body)] else len(body)
        mine = self._clients[exchange.client]
        if size and (
            (self.waiting and self.waiting + size > self._most) or (mine and mine + size > self._most / _SHARE)
        ):
            raise Problem(
                "busy",
                "too many large responses wait for their readers; read the responses that you requested, and try again",
            )
        self._bodies[id(body)] += 1
        self._clients[exchange.client] += size
        self.waiting += size
        exchange.reserved = (body, size)

    def release(self, exchange: Exchange) -> None:
        """Count the body of a response no longer, and end the response."""
        if exchange.pipe is not None:
            exchange.pipe.close()
        if exchange.reserved is None:
            return
        (body, size), exchange.reserved = exchange.reserved, None
        self._bodies[id(body)] -= 1
        self._clients[exchange.client] -= size
        self.waiting -= size
        # Counters keep what they have counted down to 0.
        self._bodies, self._clients = +self._bodies, +self._clients

    async def send(self, exchange: Exchange) -> None:
        """Send the body that a response waits to send, if it has one, as fast as the client reads."""
        if exchange.outgoing is None:
            return
        status, headers, body = exchange.outgoing
        length = [("content-length", str(len(body)))]
        exchange.pipe = Pipe(exchange.protocol, status, [*headers, *length], self.seconds)
        with contextlib.suppress(SlowReaderError, OSError):
            await exchange.pipe.write(body)
