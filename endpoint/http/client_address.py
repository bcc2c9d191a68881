"""Addresses of clients, also behind trusted proxies, and their form in the log."""

import functools
import ipaddress
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

from graph.settings import SettingsError

Address = IPv4Address | IPv6Address
Networks = tuple[IPv4Network | IPv6Network, ...]

_SHORT: Final = {4: 24, 6: 48}
# Clients whose address need not be read anew with each request.
_KNOWN: Final = 1024


def networks(text: str, variable: str) -> Networks:
    """Return the networks in ``text``, with commas or spaces between them; an address is one, too.

    Raises ``SettingsError`` for what is neither.
    """
    found = []
    for part in text.replace(",", " ").split():
        try:
            found.append(ipaddress.ip_network(part))
        except ValueError:
            raise SettingsError(
                f"{variable}={text}: write addresses or networks such as 10.0.0.0/8, not {part}"
            ) from None
    return tuple(found)


@functools.lru_cache(_KNOWN)
def address(text: str) -> Address | None:
    """Return the address in ``text``, with or without a port, or ``None`` when there is none.

    An IPv4 address that is mapped into IPv6 is that IPv4 address.
    """
    text = text.strip()
    for candidate in (text, text.rpartition(":")[0]):
        try:
            found = ipaddress.ip_address(candidate.strip("[]"))
        except ValueError:
            continue
        mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
        return mapped or found
    return None


def within(one: Address | None, among: Networks) -> bool:
    """Whether an address lies in one of the networks."""
    return one is not None and any(one.version == network.version and one in network for network in among)


class Proxies:
    """The proxies that are trusted to name the client of a request."""

    def __init__(self, trusted: str = "") -> None:
        """Trust what ``trusted`` names, as :func:`networks` reads it, and raises ``SettingsError``."""
        self._trusted = networks(trusted, "OPSC_TRUSTED_PROXIES")

    def trusts(self, peer: str) -> bool:
        """Whether a request that comes straight from ``peer`` comes from a trusted proxy."""
        return within(address(peer), self._trusted)

    def client(self, peer: str, forwarded_for: str) -> Address | None:
        """Return the client: the ``peer`` of the connection, or the address that trusted proxies received from.

        ``forwarded_for`` is the value of ``X-Forwarded-For``, to which each proxy adds whom it saw at the end; so it is
        read from there, and what stands before an address that is no trusted proxy may be invented. ``None`` is nobody
        known.
        """
        return self._seen(peer, forwarded_for)[-1]

    def answerable(self, peer: str, forwarded_for: str) -> str:
        """Return the address whose limits hold: that of :meth:`client`, or of the proxy that does not know it.

        A ``peer`` without an address, such as the path of a socket, is returned as it is.
        """
        known = [one for one in self._seen(peer, forwarded_for) if one is not None]
        return str(known[-1]) if known else peer

    def _seen(self, peer: str, forwarded_for: str) -> list[Address | None]:
        """Return the peer of this server, and that of each trusted proxy on the way, the nearest first."""
        seen = [address(peer)]
        for part in reversed(forwarded_for.split(",") if forwarded_for.strip() else []):
            if not within(seen[-1], self._trusted):
                break
            seen.append(address(part))
        return seen


@functools.lru_cache(_KNOWN)
def short(one: Address) -> str:
    """Return a network around an address, small enough to attribute load and too large to identify a person."""
    return str(ipaddress.ip_network((one, _SHORT[one.version]), strict=False))


def is_forwarded(names: Iterable[str]) -> bool:
    """Whether a request came through a proxy, by the lower-case ``names`` of its headers."""
    return not {"x-forwarded-for", "x-real-ip", "forwarded", "via"}.isdisjoint(names)
