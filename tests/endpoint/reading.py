"""Reads documents of linked data: links, pages and RDF."""

import re
from html.parser import HTMLParser

from tests.endpoint.conftest import Reply, Server

BASE = "https://w3id.org/opsc/"
FORMS = {
    ".html": "text/html; charset=utf-8",
    ".ttl": "text/turtle; charset=utf-8",
    ".jsonld": "application/ld+json",
    ".nt": "application/n-triples",
    ".rdf": "application/rdf+xml",
    ".nq": "application/n-quads",
    ".trig": "application/trig",
}


class Page(HTMLParser):
    """Collects the elements of a page with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def attributes(self, tag: str, name: str) -> list[str]:
        return [found[name] or "" for element, found in self.elements if element == tag and name in found]

    @property
    def tags(self) -> list[str]:
        return [tag for tag, _ in self.elements]


def page(server: Server, path: str, **headers: str) -> Page:
    reply = server.request("GET", path, **{"Accept": "text/html", **headers})
    assert (reply.status, reply.content_type) == (200, "text/html; charset=utf-8"), (path, reply.body[:500])
    return Page(reply.body.decode())


def links(reply: Reply) -> dict[tuple[str, str], str]:
    """Return the targets of the ``Link`` headers by relation and type."""
    found: dict[tuple[str, str], str] = {}
    for header in reply.headers.get_all("Link", []):
        for target, attributes in re.findall(r"<([^>]*)>((?:; ?[a-z]+=\"[^\"]*\")+)", header):
            named = dict(re.findall(r'([a-z]+)="([^"]*)"', attributes))
            for relation in named["rel"].split():
                found[relation, named.get("type", "")] = target
    return found


def local(iri: str) -> str:
    """Return the path on the server of an IRI, without its fragment."""
    return "/" + iri.removeprefix(BASE).partition("#")[0]
