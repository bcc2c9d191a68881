"""A server below a path of a proxy: every link, ``Location`` and ``Link`` leads back through the proxy."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.endpoint.auth.test_bearer import digest
from tests.endpoint.conftest import Server, running, small_release
from tests.endpoint.reading import Page
from tests.endpoint.writing import SOURCE

PAGES = [
    "/",
    "/sparql",
    "/browse",
    "/dataset.html",
    "/dataset/versions.html",
    "/graph/x/nothing",
    "/sparql?query=ASK%7B%7D",
]
REDIRECTIONS = ["/sparql/", "/dataset/latest.nq.gz", "/.well-known/void"]


@pytest.fixture(scope="module")
def prefixed_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("below")
    small_release(folder)
    (folder / "tokens").write_text(f"alice {digest('token-a')}\n")
    return folder


@pytest.fixture(scope="module", params=["public URL", "header"])
def below(request: pytest.FixtureRequest, prefixed_home: Path) -> Iterator[tuple[Server, dict[str, str]]]:
    if request.param == "header":
        with running(prefixed_home, OPSC_WORKERS="1", OPSC_TRUSTED_PROXIES="127.0.0.1") as server:
            yield server, {"X_Forwarded_Prefix": "/opsc"}
    else:
        with running(prefixed_home, OPSC_WORKERS="1", OPSC_PUBLIC_URL="https://example.org/opsc/") as server:
            yield server, {}


@pytest.mark.parametrize("path", PAGES)
def test_links_of_pages_begin_with_the_prefix(below: tuple[Server, dict[str, str]], path: str) -> None:
    server, headers = below
    for _ in range(2):
        reply = server.request("GET", path, Accept="text/html", **headers)
        shown = Page(reply.body.decode())
        local = [one for one in (*shown.attributes("a", "href"), *shown.attributes("link", "href")) if one[0] == "/"]
        local += shown.attributes("form", "action")
        local += [one for one in re.findall("<([^>]*)>", reply.headers["Link"] or "") if one[0] == "/"]
        assert local
        assert [one for one in local if not one.startswith("/opsc/")] == []


@pytest.mark.parametrize("path", REDIRECTIONS)
def test_redirections_begin_with_the_prefix(below: tuple[Server, dict[str, str]], path: str) -> None:
    server, headers = below
    location = server.request("GET", path, **headers).headers["Location"]
    assert location.startswith("/opsc/")


def test_what_was_written_is_below_the_prefix(below: tuple[Server, dict[str, str]]) -> None:
    server, headers = below
    path = f"/data?graph=http://e/below/{len(headers)}&source={SOURCE}"
    data = b'<http://e/law> <http://www.w3.org/2004/02/skos/core#prefLabel> "law"@en .'
    authorization = "Bearer token-a"
    reply = server.request("PUT", path, data, Content_Type="text/turtle", Authorization=authorization, **headers)
    assert reply.status == 201, reply.body
    assert reply.headers["Location"].startswith("/opsc/data?graph=")
    assert reply.headers["Link"].startswith("</opsc/contributions/")


@pytest.mark.parametrize("prefix", ["//evil.example", "/a//b", "/../x", "opsc", "/a?b", "/<b>", "https://evil.example"])
def test_a_prefix_that_is_no_path_is_ignored(below: tuple[Server, dict[str, str]], prefix: str) -> None:
    server, headers = below
    own = "/opsc/sparql" if not headers else "/sparql"
    assert server.request("GET", "/sparql/", X_Forwarded_Prefix=prefix).headers["Location"] == own


def test_only_a_trusted_proxy_names_a_prefix(server: Server) -> None:
    assert server.request("GET", "/sparql/", X_Forwarded_Prefix="/opsc").headers["Location"] == "/sparql"
