"""Address tricks: whatever an allow-list, a query, a name or an answer says, no connection goes where it must not."""

import ipaddress
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.federation import addresses as service_addresses
from graph.federation.addresses import AddressError
from graph.federation.client import ServiceClient
from graph.federation.messages import ServiceRequest
from graph.federation.settings import FederationSettings
from graph.settings import SettingsError
from graph.sparql.errors import ServiceFailed
from tests.remotes import Remote, answering, remote

NONE = '{"head":{"vars":[]},"results":{"bindings":[]}}'
PUBLIC = "192.0.1.1"

NOT_PUBLIC = {
    "loopback": "127.0.0.1",
    "the rest of loopback": "127.255.255.254",
    "unspecified": "0.0.0.0",  # noqa: S104 - no address to listen on
    "this network": "0.1.2.3",
    "private 10": "10.0.0.1",
    "private 172": "172.16.0.1",
    "the end of private 172": "172.31.255.255",
    "private 192": "192.168.1.1",
    "link-local": "169.254.1.1",
    "metadata of clouds": "169.254.169.254",
    "carrier-grade NAT": "100.64.0.1",
    "the end of carrier-grade NAT": "100.127.255.255",
    "protocol assignments": "192.0.0.1",
    "documentation 1": "192.0.2.1",
    "documentation 2": "198.51.100.1",
    "documentation 3": "203.0.113.1",
    "6to4 relays": "192.88.99.1",
    "benchmarking": "198.18.0.1",
    "multicast": "224.0.0.1",
    "multicast of the whole internet": "233.252.0.1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "IPv6 loopback": "::1",
    "IPv6 unspecified": "::",
    "IPv4-mapped loopback": "::ffff:127.0.0.1",
    "IPv4-mapped private": "::ffff:10.0.0.1",
    "IPv4-mapped metadata": "::ffff:a9fe:a9fe",
    "IPv4-mapped public": "::ffff:8.8.8.8",
    "IPv4-compatible": "::127.0.0.1",
    "IPv4-translated": "::ffff:0:127.0.0.1",
    "NAT64 of loopback": "64:ff9b::7f00:1",
    "NAT64 of a local network": "64:ff9b:1::7f00:1",
    "6to4 of loopback": "2002:7f00:1::",
    "6to4 of a public address": "2002:808:808::1",
    "Teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "ORCHID": "2001:20::1",
    "IPv6 benchmarking": "2001:2::1",
    "IPv6 documentation": "2001:db8::1",
    "the newer IPv6 documentation": "3fff::1",
    "6bone": "3ffe::1",
    "unique local": "fd00::1",
    "unique local, the other half": "fc00::1",
    "IPv6 link-local": "fe80::1",
    "IPv6 link-local with a zone": "fe80::1%1",
    "site-local": "fec0::1",
    "IPv6 multicast": "ff02::1",
    "IPv6 multicast of the whole internet": "ff0e::1",
    "discard": "100::1",
    "segment routing": "5f00::1",
    "not yet given out": "4000::1",
}

WRITTEN_OTHERWISE = [
    "file:///etc/passwd",
    "ftp://example.org/sparql",
    "gopher://example.org/",
    "//example.org/sparql",
    "example.org/sparql",
    "http://",
    "http:///sparql",
    "http:/example.org/sparql",
    "HTTP://example.org/sparql",
    "http://EXAMPLE.org/sparql",
    "http://user@example.org/sparql",
    "http://user:word@example.org/sparql",
    "http://example.org@127.0.0.1/sparql",
    "http://127.0.0.1#@example.org/sparql",
    "http://127.0.0.1\\@example.org/sparql",
    "http://example.org\\sparql",
    "http://example.org/sparql#part",
    "http://example.org./sparql",
    "http://127.0.0.1./sparql",
    "http://.example.org/sparql",
    "http://example..org/sparql",
    "http://2130706433/sparql",
    "http://0x7f000001/sparql",
    "http://0x7f.0.0.1/sparql",
    "http://0177.0.0.1/sparql",
    "http://017700000001/sparql",
    "http://127.1/sparql",
    "http://127.0.1/sparql",
    "http://127.0.0.01/sparql",
    "http://256.256.256.256/sparql",
    "http://1.2.3.4.5/sparql",
    "http://example.0x1/sparql",
    "http://%31%32%37.0.0.1/sparql",
    "http://exa%6dple.org/sparql",
    "http://①②⑦.0.0.1/sparql",
    "http://exämple.org/sparql",
    "http://example。org/sparql",
    "http://[::1/sparql",
    "http://::1/sparql",
    "http://[0:0:0:0:0:0:0:1]/sparql",
    "http://[::FFFF:127.0.0.1]/sparql",
    "http://[fe80::1%25eth0]/sparql",
    "http://[v1.x]/sparql",
    "http://example.org:0/sparql",
    "http://example.org:080/sparql",
    "http://example.org:65536/sparql",
    "http://example.org:/sparql",
    "http://example.org:80:80/sparql",
    "http://-example.org/sparql",
    "http://exam_ple.org/sparql",
    "http://" + "a." * 130 + "org/sparql",
    "http://example.org/\u200bsparql",
    "http://example.org/<sparql>",
]


@pytest.mark.parametrize("text", NOT_PUBLIC.values(), ids=NOT_PUBLIC)
def test_an_address_that_is_not_public_is_told(text: str) -> None:
    assert not service_addresses.is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", PUBLIC, "2606:4700::1", "2a00::1"])
def test_a_public_address_is_told(text: str) -> None:
    assert service_addresses.is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", WRITTEN_OTHERWISE)
def test_an_endpoint_that_can_be_read_in_two_ways_stops_the_start(text: str) -> None:
    with pytest.raises(AddressError):
        service_addresses.endpoint(text)
    with pytest.raises(SettingsError, match="OPSC_SERVICE_ALLOW"):
        FederationSettings(text)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.0.0.1", "[::1]", "[fd00::1]", "[::ffff:7f00:1]", "169.254.169.254", "[64:ff9b::7f00:1]"]
)
def test_a_written_address_that_is_not_public_stops_the_start(host: str) -> None:
    with pytest.raises(SettingsError, match="not a public address; see OPSC_SERVICE_PRIVATE"):
        FederationSettings(f"http://{host}/sparql")


@pytest.mark.parametrize("private", ["allow", "127.0.0.1/8", "10.0.0.1.2", "example.org", "*", "10.0.0.0/33"])
def test_an_exception_that_is_no_address_stops_the_start(private: str) -> None:
    with pytest.raises(SettingsError, match="OPSC_SERVICE_PRIVATE"):
        FederationSettings("https://example.org/sparql", private)


@pytest.mark.parametrize(
    ("text", "taken_apart"),
    [
        ("https://example.org/sparql", ("https", "example.org", 443, "example.org", "/sparql")),
        ("http://example.org:8080/a/b?c=d", ("http", "example.org", 8080, "example.org:8080", "/a/b?c=d")),
        ("http://example.org", ("http", "example.org", 80, "example.org", "/")),
        ("http://[2606:4700::1]:81/s", ("http", "2606:4700::1", 81, "[2606:4700::1]:81", "/s")),
        ("https://xn--exmple-cua.org/sparql", ("https", "xn--exmple-cua.org", 443, "xn--exmple-cua.org", "/sparql")),
    ],
)
def test_an_exact_endpoint_is_taken_apart(text: str, taken_apart: tuple[str, str, int, str, str]) -> None:
    found = service_addresses.endpoint(text)
    assert (found.scheme, found.host, found.port, found.authority, found.path) == taken_apart


@pytest.fixture
def canary() -> Iterator[Remote]:
    """A server that must not be called, on every address of this machine that begins with 127."""
    with remote(answering(NONE)) as running:
        yield running


def asked(settings: FederationSettings, *addresses: str) -> None:
    """Ask the first allowed endpoint, whose name has ``addresses``."""
    (endpoint, *_) = settings.endpoints
    client = ServiceClient(settings, lambda _host, _port: list(addresses))
    client.fetch_solutions(ServiceRequest(endpoint, "SELECT * {}", (), silent=False), "urn:mark:1")


@pytest.mark.parametrize("address", NOT_PUBLIC.values(), ids=NOT_PUBLIC)
def test_a_name_with_an_address_that_is_not_public_is_not_asked(canary: Remote, address: str) -> None:
    settings = FederationSettings(f"http://endpoint.example:{canary.port}/sparql", seconds=2)
    with pytest.raises(ServiceFailed, match="has an address that is not public"):
        asked(settings, address)
    assert canary.headers == []


@pytest.mark.parametrize(
    "addresses",
    [(PUBLIC, "127.0.0.1"), ("127.0.0.1", PUBLIC), ("2606:4700::1", "::ffff:127.0.0.1"), (PUBLIC, "what?"), ()],
)
def test_a_name_with_mixed_answers_is_not_asked_at_any(canary: Remote, addresses: tuple[str, ...]) -> None:
    settings = FederationSettings(f"http://endpoint.example:{canary.port}/sparql", seconds=2)
    with pytest.raises(ServiceFailed, match="has an address that is not public"):
        asked(settings, *addresses)
    assert canary.headers == []


@pytest.mark.parametrize(
    ("private", "address"),
    [("127.0.0.2", "127.0.0.1"), ("10.0.0.0/8", "127.0.0.1"), ("127.0.0.1", "::ffff:127.0.0.1"), ("::1", "127.0.0.1")],
)
def test_an_exception_holds_for_its_address_only(canary: Remote, private: str, address: str) -> None:
    settings = FederationSettings(f"http://endpoint.example:{canary.port}/sparql", private, seconds=2)
    with pytest.raises(ServiceFailed, match="has an address that is not public"):
        asked(settings, address)
    assert canary.headers == []


@pytest.mark.parametrize("private", ["127.0.0.1", "10.0.0.1, 127.0.0.0/8"])
def test_the_connection_goes_to_the_address_that_was_checked_under_the_name(canary: Remote, private: str) -> None:
    settings = FederationSettings(f"http://endpoint.example:{canary.port}/sparql", private)
    asked(settings, "127.0.0.1")
    assert [headers["Host"] for headers in canary.headers] == [f"endpoint.example:{canary.port}"]


def test_a_name_is_resolved_once(canary: Remote) -> None:
    answers = [["127.0.0.1"], ["127.0.0.2"]]
    settings = FederationSettings(f"http://endpoint.example:{canary.port}/sparql", "127.0.0.1")
    client = ServiceClient(settings, lambda _host, _port: answers.pop(0))
    client.fetch_solutions(
        ServiceRequest(next(iter(settings.endpoints)), "SELECT * {}", (), silent=False), "urn:mark:1"
    )
    assert answers == [["127.0.0.2"]]


def test_the_resolver_of_the_system_is_asked_and_checked(canary: Remote) -> None:
    settings = FederationSettings(f"http://localhost:{canary.port}/sparql", seconds=2)
    question = ServiceRequest(next(iter(settings.endpoints)), "SELECT * {}", (), silent=False)
    with pytest.raises(ServiceFailed, match="has an address that is not public"):
        ServiceClient(settings).fetch_solutions(question, "urn:mark:1")
    assert canary.headers == []


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(canary: Remote, status: int) -> None:
    sending_on = answering("", status=status, Location=canary.url)
    with remote(sending_on) as first:
        settings = FederationSettings(f"{first.url} {canary.url}", "127.0.0.1")
        with pytest.raises(ServiceFailed, match="redirects are not followed"):
            asked(settings)
    assert (len(first.headers), canary.headers) == (1, [])


def test_a_proxy_of_the_environment_is_not_used(canary: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
    with remote(answering(NONE)) as honest:
        asked(FederationSettings(honest.url, "127.0.0.1"))
    assert (len(honest.headers), canary.headers) == (1, [])


def test_nothing_but_the_query_is_sent(canary: Remote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login alice password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    asked(FederationSettings(canary.url, "127.0.0.1"))
    (headers,) = canary.headers
    assert set(headers) == {"Host", "Accept", "Accept-Encoding", "Connection", "Content-Type", "Content-Length"} | {
        "User-Agent"
    }
    assert headers["Accept-Encoding"] == "identity"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for ``endpoint.example`` that signs itself, with its key in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("certificate")
    both, key = folder / "both.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=endpoint"]
    names = ["-addext", "subjectAltName=DNS:endpoint.example", "-keyout", str(key), "-out", str(both)]
    subprocess.run([*command, *names], check=True, capture_output=True)
    both.write_bytes(both.read_bytes() + key.read_bytes())
    return both


def test_https_proves_the_name_although_the_address_is_fixed(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with remote(answering(NONE), certificate) as running:
        asked(FederationSettings(f"https://endpoint.example:{running.port}/sparql", "127.0.0.1"), "127.0.0.1")
        assert (len(running.headers), running.names) == (1, ["endpoint.example"])
        with pytest.raises(ServiceFailed, match="has no valid TLS certificate"):
            asked(FederationSettings(f"https://other.example:{running.port}/sparql", "127.0.0.1"), "127.0.0.1")
        assert len(running.headers) == 1


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Path) -> None:
    with remote(answering(NONE), certificate) as running:
        settings = FederationSettings(f"https://endpoint.example:{running.port}/sparql", "127.0.0.1")
        with pytest.raises(ServiceFailed, match="has no valid TLS certificate"):
            asked(settings, "127.0.0.1")
        assert running.headers == []
