"""Markup, script addresses and odd names in what pages show: it is text, and links lead to the web or nowhere."""

import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from graph.versions import release
from tests.endpoint.conftest import Server, running
from tests.endpoint.reading import BASE, Page, page

MARKUP = "<img src=x onerror=alert(1)>\"'&{{ 7*7 }}</title><script>alert(2)</script>"
THING = NamedNode(f"{BASE}id/state/HOSTILE")
GRAPH = NamedNode(f"{BASE}graph/contribution/o'neil&amp;\u202eevil")
LABEL = NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel")
TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
STATE = NamedNode(f"{BASE}ns#State")
ODD = NamedNode(f"{BASE}id/state/a'b(c)&d;e=é%2F..%2F")
ANY_URI = NamedNode("http://www.w3.org/2001/XMLSchema#anyURI")
POINTS = NamedNode("http://e/p?a='&b=\u2028")
SCRIPTS = ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,alert(1)", "vbscript:x", "file:///etc/passwd"]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("hostile")
    values: list[NamedNode | Literal] = [
        Literal(MARKUP),
        Literal("odd", language="x-a-odd1"),
        Literal(MARKUP, language="en"),
        Literal("javascript:alert(1)", datatype=ANY_URI),
        Literal("typed", datatype=NamedNode("javascript:datatype")),
        ODD,
        NamedNode("https://e/'onmouseover='alert(1)"),
        *(NamedNode(script) for script in SCRIPTS),
    ]
    found = [
        Quad(THING, TYPE, STATE, GRAPH),
        Quad(THING, LABEL, Literal(MARKUP, language="en"), GRAPH),
        Quad(ODD, LABEL, Literal("odd name", language="ar-x-evil"), GRAPH),
        Quad(ODD, POINTS, THING, GRAPH),
        *(Quad(THING, POINTS, value, GRAPH) for value in values),
        Quad(STATE, LABEL, Literal(MARKUP), NamedNode(f"{BASE}graph/ontology")),
    ]
    release.write(folder, release.sorted_nquads(found), {}, b"")
    with running(folder, OPSC_WORKERS="2") as started:
        yield started


def harmless(shown: Page) -> None:
    assert not {"img", "script", "style", "iframe"} & set(shown.tags)
    assert shown.tags.count("title") == 1
    assert not [name for _, found in shown.elements for name in found if name.startswith("on") or name == "style"]
    addresses = [*shown.attributes("a", "href"), *shown.attributes("link", "href")]
    assert all(one.startswith(("/", "#", "http://", "https://", "mailto:")) for one in addresses), addresses
    assert not any(one.startswith("//") for one in addresses)


PATHS = [
    "/doc/id/state/HOSTILE",
    f"/{quote('graph/' + GRAPH.value.rpartition('/graph/')[2])}",
    "/ns",
    "/browse",
    "/browse/State",
    f"/doc/{quote(ODD.value.removeprefix(BASE))}",
]


@pytest.mark.parametrize("path", PATHS)
def test_what_the_graph_says_is_text(hostile: Server, path: str) -> None:
    shown = page(hostile, path)
    harmless(shown)


def test_hostile_values_are_shown_as_they_are(hostile: Server) -> None:
    shown = page(hostile, "/doc/id/state/HOSTILE")
    assert MARKUP in shown.text
    for script in SCRIPTS:
        assert script in shown.text
    assert "https://e/'onmouseover='alert(1)" in shown.attributes("a", "href")
    assert {"lang": "x-a-odd1", "dir": "ltr"} in [found for tag, found in shown.elements if tag == "span"]


def test_an_iri_with_odd_characters_leads_where_it_says(hostile: Server) -> None:
    shown = page(hostile, "/doc/id/state/HOSTILE")
    (link,) = {one for one in shown.attributes("a", "href") if "state/a" in one}
    reply = hostile.request("GET", link)
    assert reply.status == 303
    assert ODD.value in page(hostile, reply.headers["Location"]).text


@pytest.mark.parametrize("suffix", [".ttl", ".jsonld", ".nt", ".nq", ".trig"])
def test_hostile_values_survive_in_rdf(hostile: Server, suffix: str) -> None:
    assert hostile.request("GET", f"/doc/id/state/HOSTILE{suffix}").status == 200


def test_what_rdf_xml_cannot_write_is_406_and_not_broken_xml(hostile: Server) -> None:
    reply = hostile.request("GET", "/doc/id/state/HOSTILE.rdf")
    assert (reply.status, json.loads(reply.body)["code"]) == (406, "not-acceptable")
    assert "RDF/XML cannot represent the property" in json.loads(reply.body)["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/id/%3Cscript%3Ealert(1)%3C/script%3E",
        "/id/%0D%0ASet-Cookie:%20a=b",
        "/id/..%2F..%2Fetc/passwd",
        "/doc/%22onload=%22",
        "/graph/%7B%7B7*7%7D%7D",
        "/id/%FF%FE",
        "/timemap/%3Cb%3E",
        "/browse/%3Cb%3E",
        "/doc/" + "a" * 4000,
        "/id/state/NOR?version=" + "f" * 64,
        "/doc/id/state/HOSTILE?version=../../etc",
        "/doc/id/state/HOSTILE?version=a&version=b",
        "/browse/State?page=99999",
    ],
)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_an_odd_address_is_nothing_to_be_found(hostile: Server, path: str, accept: str) -> None:
    reply = hostile.request("GET", path, Accept=accept)
    assert reply.status == 404, reply.body[:300]
    assert "Set-Cookie" not in reply.headers
    assert b"Traceback" not in reply.body
    if reply.content_type.startswith("text/html"):
        harmless(Page(reply.body.decode()))


def test_pages_keep_the_strict_policy(hostile: Server) -> None:
    reply = hostile.request("GET", "/doc/id/state/HOSTILE", Accept="text/html")
    assert reply.headers["Content-Security-Policy"] == "default-src 'self'; frame-ancestors 'none'; base-uri 'none'"
