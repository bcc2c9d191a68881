import ipaddress

import pytest

from endpoint import addresses
from graph.settings import SettingsError

TRUSTED = addresses.networks("10.0.0.0/8, ::1", "OPSC_TRUSTED_PROXIES")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:4711", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        (" 192.0.2.1 ", "192.0.2.1"),
        ("", None),
        ("unknown", None),
        ("192.0.2.1 192.0.2.2", None),
    ],
)
def test_an_address_is_read_with_and_without_a_port(text: str, found: str | None) -> None:
    assert addresses.address(text) == (None if found is None else ipaddress.ip_address(found))


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.1", "192.0.2.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "127.0.0.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.2.3.4", "198.51.100.1"),
        ("::1", "198.51.100.1:80", "198.51.100.1"),
        ("10.0.0.1", "127.0.0.1, nonsense", None),
    ],
)
def test_a_client_is_whom_the_last_trusted_proxy_saw(peer: str, forwarded_for: str, client: str | None) -> None:
    found = addresses.client(peer, forwarded_for, TRUSTED)
    assert found == (None if client is None else ipaddress.ip_address(client))


@pytest.mark.parametrize(
    ("one", "network"), [("192.0.2.77", "192.0.2.0/24"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48")]
)
def test_a_short_address_is_a_network(one: str, network: str) -> None:
    assert addresses.short(ipaddress.ip_address(one)) == network


@pytest.mark.parametrize("text", ["localhost", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.1;10.0.0.2"])
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match=r"OPSC_METRICS_ALLOW=.*: write addresses or networks such as 10\."):
        addresses.networks(text, "OPSC_METRICS_ALLOW")
