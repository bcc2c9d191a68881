"""Which addresses this server connects to when a query asks another endpoint.

An endpoint is written exactly, in one form only, because two readers of an unusual form may read two hosts. A name is
resolved here, every address that it has is checked, and the connection goes to an address that was checked.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from graph.errors import GraphError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<path>/[A-Za-z0-9._~!$&'()*+;=:@%/-]*)?(?P<query>\?[A-Za-z0-9._~!$&'()*+;=:@%/?-]*)?"
)
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_LONGEST_HOST: Final = 253
_HIGHEST_PORT: Final = 65_535

# Global unicast is what the IANA has given out; all else, such as local, mapped, compatible or translated addresses
# (NAT64), lies outside of it.
_GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
_SPECIAL: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",  # protocol assignments
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.175.48.0/24",  # AS112
        "2001::/23",  # protocol assignments, Teredo, benchmarking, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # AS112
        "3ffe::/16",  # the former 6bone
        "3fff::/20",  # documentation
    )
)


class AddressError(GraphError):
    """An address that is not written as it has to be, or not one that may be connected to."""


@dataclass(frozen=True)
class Endpoint:
    """A SPARQL endpoint, taken apart: ``authority`` is the host with its port, ``path`` has the query string, too."""

    iri: str
    scheme: str
    host: str
    port: int
    authority: str
    path: str


def endpoint(text: str) -> Endpoint:
    """Return the endpoint with the URL ``text``; raise ``AddressError`` for one that has not the one form."""
    parts = _URL.fullmatch(text)
    if parts is None:
        raise AddressError(
            f"{text[:200]} is not a valid endpoint URL; write an http or https URL with a lower-case host "
            "name, without user name, fragment and unusual characters"
        )
    host, scheme = parts["host"].strip("[]"), parts["scheme"]
    if not _is_name(host) and str(literal(host)) != host:
        raise AddressError(f"{text[:200]} has a host that is neither a domain name nor a canonical IP address")
    port = int(parts["port"] or _DEFAULT_PORTS[scheme])
    if port > _HIGHEST_PORT:
        raise AddressError(f"{text[:200]} has an invalid port")
    authority = parts["host"] + (f":{parts['port']}" if parts["port"] else "")
    return Endpoint(text, scheme, host, port, authority, (parts["path"] or "/") + (parts["query"] or ""))


def literal(host: str) -> Address | None:
    """Return the address that ``host`` is, or ``None`` for a name; only the usual forms are addresses."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def networks(text: str) -> tuple[Network, ...]:
    """Return the addresses and networks in ``text``; raise ``AddressError`` for what is neither."""
    try:
        return tuple(ipaddress.ip_network(part) for part in text.replace(",", " ").split())
    except ValueError as error:
        raise AddressError(f"{error}; write addresses or networks such as 10.1.2.3 or 10.1.0.0/16") from None


def is_public(address: Address) -> bool:
    """Tell whether ``address`` is one that the public internet routes to a single host."""
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    special = any(address in network for network in _SPECIAL if network.version == address.version)
    return address.is_global and not address.is_multicast and not special


def may_be_reached(addresses: Iterable[Address], exceptions: Iterable[Network]) -> bool:
    """Tell whether every one of ``addresses`` is public or among the ``exceptions``, and there is one."""
    allowed = tuple(exceptions)
    verdicts = [is_public(address) or _is_in(address, allowed) for address in addresses]
    return bool(verdicts) and all(verdicts)


def _is_in(address: Address, allowed: tuple[Network, ...]) -> bool:
    return any(address in network for network in allowed if network.version == address.version)


def _is_name(host: str) -> bool:
    """Whether ``host`` is a domain name that no resolver takes for a number."""
    labels = host.split(".")
    is_written_well = len(host) <= _LONGEST_HOST and all(_LABEL.fullmatch(label) for label in labels)
    return is_written_well and not _NUMBER.fullmatch(labels[-1])
