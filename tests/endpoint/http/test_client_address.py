import ipaddress

import pytest

from endpoint.http import client_address
from endpoint.http.client_address import Proxies
from graph.settings import SettingsError

TRUSTED = Proxies("10.0.0.0/8, ::1")


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
    assert client_address.address(text) == (None if found is None else ipaddress.ip_address(found))


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
    found = TRUSTED.client(peer, forwarded_for)
    assert found == (None if client is None else ipaddress.ip_address(client))


@pytest.mark.parametrize("text", ["10.0.0.0/8,::1", "10.0.0.0/8 ::1", " 10.0.0.0/8 ,\n ::1, "])
@pytest.mark.parametrize(
    ("peer", "trusted"),
    [("10.2.3.4", True), ("::ffff:10.2.3.4", True), ("::1", True), ("11.2.3.4", False), ("::2", False), ("", False)],
)
def test_proxies_are_named_with_commas_or_spaces_between_them(text: str, peer: str, *, trusted: bool) -> None:
    assert Proxies(text).trusts(peer) is trusted


def test_no_proxy_is_trusted_unless_it_is_named() -> None:
    assert not Proxies().trusts("127.0.0.1")


@pytest.mark.parametrize(
    ("one", "network"), [("192.0.2.77", "192.0.2.0/24"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48")]
)
def test_a_short_address_is_a_network(one: str, network: str) -> None:
    assert client_address.short(ipaddress.ip_address(one)) == network


@pytest.mark.parametrize("text", ["localhost", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.1;10.0.0.2"])
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match=r"OPSC_METRICS_ALLOW=.*: write addresses or networks such as 10\."):
        client_address.networks(text, "OPSC_METRICS_ALLOW")
