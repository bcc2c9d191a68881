"""The change feeds, and what a version says of itself."""

import json
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from pyoxigraph import NamedNode

from graph.exports import dumps
from ontology.terms import DCAT
from tests.described import LABEL
from tests.endpoint.conftest import Server
from tests.endpoint.pages.dataset.conftest import LAW, PUBLIC, SOURCE, Page, contribute, here, triples, values

ATOM = "{http://www.w3.org/2005/Atom}"


REFUSED = "<http://e/act> a <https://w3id.org/opsc/ns#Ratification> ."


def entries(server: Server) -> list[ElementTree.Element]:
    reply = server.request("GET", "/dataset/changes.atom")
    assert (reply.status, reply.content_type) == (200, "application/atom+xml; charset=utf-8")
    return ElementTree.fromstring(reply.body).findall(f"{ATOM}entry")  # noqa: S314 - written by our own server


def titles(server: Server) -> list[str]:
    return [entry.findtext(f"{ATOM}title") or "" for entry in entries(server)]


def links(entry: ElementTree.Element, relation: str) -> list[str]:
    return [link.attrib["href"] for link in entry.findall(f"{ATOM}link") if link.attrib["rel"] == relation]


def test_a_contribution_and_its_retraction_appear_at_once(desk: Server) -> None:
    record = contribute(desk, LAW.format("feed", "feed"))
    # With what the graph says of the contribution: who, when, source.
    assert titles(desk)[0] == f"Contribution {record['number']} by alice: 11 quads added"
    newest = entries(desk)[0]
    assert here(links(newest, "alternate")[0]) == f"/dataset/{record['version']}"
    assert f"{PUBLIC}contributions/{record['number']}" in links(newest, "related")
    assert links(newest, "via") == [SOURCE]
    desk.request("DELETE", str(record["url"]), Authorization="Bearer token-a")
    assert titles(desk)[:2] == [
        f"Retraction of contribution {record['number']} by alice: 11 quads removed",
        f"Contribution {record['number']} by alice: 11 quads added",
    ]


def test_what_was_refused_does_not_appear(desk: Server) -> None:
    before = titles(desk)
    assert contribute(desk, REFUSED).get("accepted") is not True
    assert titles(desk) == before


def test_the_difference_that_an_entry_links_to_is_what_changed(desk: Server) -> None:
    record = contribute(desk, LAW.format("diff", "diff"))
    (patch,) = [link for link in links(entries(desk)[0], "related") if link.endswith(".rdfp")]
    reply = desk.request("GET", here(patch))
    assert reply.content_type == "application/rdf-patch"
    changed = [line for line in reply.body.decode().splitlines() if line.startswith(("A ", "D "))]
    assert len(changed) == 11
    graph = f"<https://w3id.org/opsc/graph/contribution/{record['number']}>"
    assert f'A <http://e/law/diff> {LABEL} "law diff"@en {graph} .' in changed
    added = desk.request("GET", here(patch).replace(".rdfp", ".added.nq"))
    assert added.body.decode().splitlines() == [line.removeprefix("A ") for line in changed]
    assert desk.request("GET", here(patch).replace(".rdfp", ".removed.nq")).body == b""


def test_a_json_feed_and_the_list_say_the_same_as_the_atom_feed(desk: Server) -> None:
    feed = desk.request("GET", "/dataset/changes.json")
    assert feed.content_type == "application/feed+json"
    assert [item["title"] for item in json.loads(feed.body)["items"]] == titles(desk)
    versions = desk.request("GET", "/dataset/versions", Accept="application/json")
    assert [one["title"] for one in json.loads(versions.body)["versions"]] == titles(desk)


def test_feeds_are_conditional(desk: Server) -> None:
    for path in ("/dataset/changes.atom", "/dataset/changes.json", "/dataset/versions.json"):
        tag = desk.request("GET", path).headers["ETag"]
        assert desk.request("GET", path, If_None_Match=tag).status == 304


def test_pages_announce_the_feeds(desk: Server) -> None:
    for path in ("/", "/dataset.html", "/dataset/versions.html"):
        page = Page(desk.request("GET", path))
        alternates = {found["type"]: found["href"] for tag, found in page.elements if found.get("rel") == "alternate"}
        assert alternates["application/atom+xml"] == "/dataset/changes.atom"
        assert alternates["application/feed+json"] == "/dataset/changes.json"


def test_a_version_has_a_page_and_a_description_of_its_own(desk: Server) -> None:
    record = contribute(desk, LAW.format("page", "page"))
    path = f"/dataset/{record['version']}"
    page = Page(desk.request("GET", path, Accept="text/html"))
    assert f"Contribution {record['number']} by alice" in page.text
    assert f"{path}.nq.gz" in page.links()
    reply = desk.request("GET", path, Accept="text/turtle")
    node = NamedNode(f"https://w3id.org/opsc{path}")
    assert len(values(triples(reply), node, DCAT.distribution)) == len(dumps.DUMP_FORMATS)
    assert "Accept" in reply.headers["Vary"]


@pytest.mark.parametrize("source", ["javascript:alert(1)", "data:text/html,alert(1)"])
def test_a_hostile_source_is_text_and_never_a_link(desk: Server, source: str) -> None:
    record = contribute(desk, LAW.format(quote(source), "hostile"), source)
    assert record["accepted"] is True
    for path in ("/dataset/versions.html", f"/dataset/{record['version']}"):
        page = Page(desk.request("GET", path, Accept="text/html"))
        assert source in page.text
        assert all(link.startswith(("/", "http://", "https://")) for link in page.links())
        assert "script" not in [tag for tag, _ in page.elements]
    assert links(entries(desk)[0], "via") == []
