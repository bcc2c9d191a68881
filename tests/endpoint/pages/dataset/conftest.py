"""A server that takes contributions and publishes its dataset, and what its answers hold."""

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from tests.described import body
from tests.endpoint.auth.test_bearer import digest
from tests.endpoint.conftest import Reply, Server, running, small_release

PUBLIC = "https://example.org/"


SOURCE = "https://example.org/gazette?a=1&b='2'"


LAW = body("http://e/law/{}", "law {}")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("published")
    small_release(made)
    (made / "tokens").write_text(f"alice {digest('token-a')}\n")
    return made


@pytest.fixture(scope="session")
def desk(folder: Path) -> Iterator[Server]:
    environment = {"OPSC_TOKENS_FILE": str(folder / "tokens"), "OPSC_WORKERS": "1", "OPSC_PUBLIC_URL": PUBLIC}
    with running(folder, **environment) as started:
        yield started


def contribute(server: Server, data: str, source: str = SOURCE) -> dict[str, object]:
    path = f"/contributions?source={quote(source, safe='')}"
    reply = server.request(
        "POST",
        path,
        data.encode(),
        Content_Type="text/turtle",
        Authorization="Bearer token-a",
        Accept="application/json",
    )
    record: dict[str, object] = json.loads(reply.body)
    return record


def here(address: str) -> str:
    """Return the path of an address that the server told, as a proxy would pass it on."""
    assert address.startswith(PUBLIC)
    return "/" + address.removeprefix(PUBLIC)


def triples(reply: Reply, rdf_format: RdfFormat = RdfFormat.TURTLE) -> list[Quad]:
    assert reply.status == 200, reply.body
    return list(parse(reply.body, rdf_format))


def values(found: list[Quad], subject: NamedNode, predicate: NamedNode) -> list[str]:
    return [str(getattr(q.object, "value", "")) for q in found if (q.subject, q.predicate) == (subject, predicate)]


def problem(reply: Reply) -> tuple[int, str]:
    assert reply.content_type == "application/problem+json", reply.body[:200]
    assert b"Traceback" not in reply.body
    return reply.status, json.loads(reply.body)["code"]


class Page(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        assert (reply.status, reply.content_type) == (200, "text/html; charset=utf-8")
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(reply.body.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def links(self) -> list[str]:
        return [found["href"] or "" for tag, found in self.elements if tag == "a"]
