"""Limits the requests of each client address: how many are under way at one time, and how many come each second.

A client is an IPv4 address or the /64 network of an IPv6 address, which is what one customer of a network has. The
table of clients is bounded: those that have been idle for longest are forgotten, and begin anew.
"""

import asyncio
import functools
import ipaddress
import math
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Final

from endpoint.http.problems import Problem

_MOST_CLIENTS: Final = 10_000
_NETWORK_BITS: Final = 64
_WAIT_FOR_OTHERS: Final = 1
# How long a request of a burst waits for others of the same client, which mostly take milliseconds.
_PATIENCE_SECONDS: Final = 2.0
_HITS_OF_A_REQUEST: Final = 10
_HIT: Final = 1 / _HITS_OF_A_REQUEST


@dataclass(frozen=True)
class RateLimit:
    """The limits of one client.

    ``at_once`` requests may be under way at one time. ``burst`` requests may follow each other without a pause, and
    ``rate`` more of them each second. 0 sets no limit.
    """

    at_once: int
    rate: float
    burst: int


class ClientUsage:
    """How much of its limits a client has used: a token bucket, and the requests under way."""

    __slots__ = ("at", "hits", "reserved", "tokens", "under_way", "waiting")

    def __init__(self, tokens: float, at: float) -> None:
        self.tokens = tokens
        # Of responses from the cache, in the tokens that they would take together.
        self.hits = tokens
        self.at = at
        self.under_way = 0
        # Requests that wait for a place, and places of ended requests that are about to be taken by such.
        self.waiting: deque[asyncio.Future[None]] = deque()
        self.reserved = 0

    def refund(self) -> None:
        """Do not count a request in the rate: it cost hardly anything."""
        self.tokens += 1


class RateLimiter:
    """Accepts requests or refuses them. To be used from one thread."""

    def __init__(
        self,
        limit: RateLimit,
        clock: Callable[[], float] = time.monotonic,
        most_clients: int = _MOST_CLIENTS,
        patience: float = _PATIENCE_SECONDS,
    ) -> None:
        self._limit = limit
        self._clock = clock
        self._most_clients = most_clients
        self._patience = patience
        self._clients: OrderedDict[str, ClientUsage] = OrderedDict()

    def __len__(self) -> int:
        """How many clients are remembered."""
        return len(self._clients)

    def count_hit(self, address: str) -> None:
        """Count a response from the cache, of which a client may have ten times as many; raise ``Problem`` beyond."""
        if self._limit.rate:
            client = self._client(network(address))
            self._add_tokens(client)
            if client.hits < _HIT:
                raise self._rate_refusal(_HITS_OF_A_REQUEST, _HIT - client.hits)
            client.hits -= _HIT

    def charge(self, client: ClientUsage, cost: int) -> None:
        """Count a request under way as ``cost`` more in the rate; raise ``Problem`` beyond the limit."""
        if cost:
            self._take_tokens(client, cost)

    @asynccontextmanager
    async def acquire_in_turn(self, address: str, cost: int = 1) -> AsyncIterator[ClientUsage]:
        """As :meth:`acquire`, but wait a moment when too many requests are under way, behind the others that wait.

        As many may wait as may be under way.
        """
        client = self._client(network(address))
        if self._is_full(client) and len(client.waiting) < self._limit.at_once:
            await self._wait(client)
        with self.acquire(address, cost) as usage:
            yield usage

    async def _wait(self, client: ClientUsage) -> None:
        """Wait for the end of a request, whose place is reserved until the next call of :meth:`acquire`."""
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        client.waiting.append(place)
        try:
            await asyncio.wait({place}, timeout=self._patience)
        finally:
            if place.done():
                client.reserved -= 1
            else:
                client.waiting.remove(place)

    def _is_full(self, client: ClientUsage) -> bool:
        return bool(self._limit.at_once) and client.under_way + client.reserved >= self._limit.at_once

    def _release(self, client: ClientUsage) -> None:
        client.under_way -= 1
        if client.waiting and not self._is_full(client):
            client.reserved += 1
            client.waiting.popleft().set_result(None)

    @contextmanager
    def acquire(self, address: str, cost: int = 1) -> Iterator[ClientUsage]:
        """Count a request of ``address`` until the end of the ``with`` block, as ``cost`` requests in the rate.

        Raises ``Problem`` beyond a limit.
        """
        client = self._client(network(address))
        if self._is_full(client):
            raise _refusal(
                f"{client.under_way} requests from your address are in progress; wait for one of them to finish",
                _WAIT_FOR_OTHERS,
            )
        self._take_tokens(client, cost)
        client.under_way += 1
        try:
            yield client
        finally:
            self._release(client)

    def _take_tokens(self, client: ClientUsage, cost: int) -> None:
        limit = self._limit
        if not limit.rate:
            return
        self._add_tokens(client)
        # One that costs more than can ever be there makes the next ones wait.
        needed = min(cost, limit.burst)
        if client.tokens < needed:
            raise self._rate_refusal(1, needed - client.tokens)
        client.tokens -= cost

    def _add_tokens(self, client: ClientUsage) -> None:
        limit, now = self._limit, self._clock()
        added = (now - client.at) * limit.rate
        client.tokens = min(float(limit.burst), client.tokens + added)
        client.hits = min(float(limit.burst), client.hits + added)
        client.at = now

    def _rate_refusal(self, times: int, missing: float) -> Problem:
        rate = self._limit.rate
        what = "requests" if times == 1 else "requests that are answered from the cache"
        return _refusal(
            f"your address is limited to {times * rate:g} {what} per second; slow down", math.ceil(missing / rate)
        )

    def _client(self, name: str) -> ClientUsage:
        client = self._clients.get(name)
        if client is None:
            self._forget_idle()
            client = self._clients[name] = ClientUsage(float(self._limit.burst), self._clock())
        self._clients.move_to_end(name)
        return client

    def _forget_idle(self) -> None:
        """Make room for one more. Those with requests under way stay: there are as many as requests, and no more."""
        excess = len(self._clients) + 1 - self._most_clients
        if excess > 0:
            idle = (name for name, client in self._clients.items() if not (client.under_way or client.reserved))
            for name in [name for name, _ in zip(idle, range(excess), strict=False)]:
                del self._clients[name]


def _refusal(detail: str, seconds: int) -> Problem:
    return Problem("too-many-requests", detail, headers={"Retry-After": str(seconds)})


@functools.lru_cache(_MOST_CLIENTS)
def network(address: str) -> str:
    """Return by what a client at ``address`` is known; what is no IP address, such as a socket's path, is itself."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed), _NETWORK_BITS), strict=False))
