"""The change feed: a page of the history as an Atom feed (RFC 4287, paged by RFC 5005), and as a JSON Feed 1.1.

Addresses are below the base URL of the server, which ends with a slash; identifiers are IRIs of the project, so that
they are the same on every server.
"""

from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from graph.exports.changelog import ChangelogEntry, ChangelogPage
from ontology.iris import dataset_part
from ontology.xml_characters import replace_non_xml

ATOM_TYPE: Final = "application/atom+xml"
JSON_TYPE: Final = "application/feed+json"

_TITLE: Final = "OPSC graph: changes"
_ABOUT: Final = "Every version of the graph: releases, contributions and retractions, newest first."
_ATOM: Final = "http://www.w3.org/2005/Atom"


def to_atom(page: ChangelogPage, address: str) -> bytes:
    """Return a page as an Atom feed."""
    register_namespace("", _ATOM)
    feed = Element(f"{{{_ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": "en"})
    _text(feed, "id", dataset_part("changes").value)
    _text(feed, "title", _TITLE)
    _text(feed, "subtitle", _ABOUT)
    _text(feed, "updated", page.entries[0].version.when)
    _link(feed, "alternate", f"{address}dataset/versions", "text/html")
    for relation, number in _pages(page).items():
        _link(feed, relation, _page_url(address, "atom", number), ATOM_TYPE)
    for entry in page.entries:
        _entry(feed, entry, address)
    document: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return document


def to_json_feed(page: ChangelogPage, address: str) -> dict[str, Any]:
    """Return a page as a JSON Feed (https://www.jsonfeed.org/version/1.1/); ``_opsc`` holds the extension members."""
    pages = _pages(page)
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _TITLE,
        "description": _ABOUT,
        "home_page_url": f"{address}dataset/versions",
        "feed_url": _page_url(address, "json", page.number),
        **({"next_url": _page_url(address, "json", pages["next"])} if "next" in pages else {}),
        "language": "en",
        "items": [_item(entry, address) for entry in page.entries],
    }


def entry_json(entry: ChangelogEntry, address: str) -> dict[str, Any]:
    """Return an entry as JSON, with links to the version, the submission and the difference."""
    one, record = entry.version, entry.record
    url = f"{address}dataset/{one.id}"
    changes = f"{address}dataset/changes/{one.parent}..{one.id}" if one.parent else None
    return {
        "id": entry.iri,
        "title": entry.title,
        "version": one.id,
        "url": url,
        "parent": one.parent,
        "kind": one.kind,
        "when": one.when,
        "who": entry.author,
        "source": record.source if record else None,
        "licence": record.licence if record else None,
        "contribution": f"{address}contributions/{record.number}" if record else None,
        "operation": record.operation if record else None,
        "added": one.added,
        "removed": one.removed,
        "nquads": f"{url}.nq.gz",
        "patch": f"{changes}.rdfp" if changes else None,
        "addedQuads": f"{changes}.added.nq" if changes else None,
        "removedQuads": f"{changes}.removed.nq" if changes else None,
    }


def http_url(iri: str | None) -> str | None:
    """Return ``iri`` when its scheme is http or https, and ``None`` otherwise."""
    return iri if iri and iri.lower().startswith(("http://", "https://")) else None


def _entry(feed: Element, entry: ChangelogEntry, address: str) -> None:
    members = entry_json(entry, address)
    element = SubElement(feed, f"{{{_ATOM}}}entry")
    _text(element, "id", entry.iri)
    _text(element, "title", entry.title)
    _text(element, "updated", entry.version.when)
    _text(element, "published", entry.version.when)
    _text(SubElement(element, f"{{{_ATOM}}}author"), "name", entry.author)
    SubElement(element, f"{{{_ATOM}}}category", {"term": entry.version.kind})
    _text(element, "summary", _summary(entry))
    _link(element, "alternate", members["url"], "text/html")
    _link(element, "enclosure", members["nquads"], "application/gzip")
    if members["patch"]:
        _link(element, "related", members["patch"], "application/rdf-patch")
    if members["contribution"]:
        _link(element, "related", members["contribution"], "application/json")
    if http_url(members["source"]):
        _link(element, "via", members["source"])


def _item(entry: ChangelogEntry, address: str) -> dict[str, Any]:
    members = entry_json(entry, address)
    return {
        "id": entry.iri,
        "url": members["url"],
        "title": entry.title,
        "content_text": _summary(entry),
        "date_published": entry.version.when,
        "date_modified": entry.version.when,
        "authors": [{"name": entry.author}],
        "tags": [entry.version.kind],
        "_opsc": {name: value for name, value in members.items() if name not in {"id", "title", "url"}},
    }


def _summary(entry: ChangelogEntry) -> str:
    source = f" Source: {entry.record.source}" if entry.record else ""
    return f"{entry.title}.{source}"


def _pages(page: ChangelogPage) -> dict[str, int]:
    """Return the link relations of RFC 5005, section 3, with the number of the page that each leads to."""
    before = {"previous": page.number - 1} if page.number > 1 else {}
    after = {"next": page.number + 1} if page.number < page.last else {}
    return {"self": page.number, "first": 1, **before, **after, "last": page.last}


def _page_url(address: str, form: str, number: int) -> str:
    return f"{address}dataset/changes.{form}" + (f"?page={number}" if number > 1 else "")


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, f"{{{_ATOM}}}{name}").text = replace_non_xml(text)


def _link(parent: Element, relation: str, address: str, media_type: str | None = None) -> None:
    typed = {"type": media_type} if media_type else {}
    SubElement(parent, f"{{{_ATOM}}}link", {"rel": relation, "href": address, **typed})
