"""``/sparql`` in a browser: a page with a form, and answers as tables."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.endpoint.conftest import RESULT_BYTES, Reply, Server, running
from tests.endpoint.reading import Page

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ALL = "SELECT ?s ?o { ?s <http://e/p> ?o } ORDER BY ?s"


@pytest.fixture(scope="module")
def opsc(built_home: Path) -> Iterator[Server]:
    with running(built_home, OPSC_WORKERS="1") as started:
        yield started


def page(reply: Reply) -> Page:
    assert reply.content_type == "text/html; charset=utf-8", reply.body[:500]
    assert reply.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert {"Accept", "Accept-Language"} <= {name.strip() for name in reply.headers["Vary"].split(",")}
    return Page(reply.body.decode())


def test_without_a_query_there_is_a_form(server: Server) -> None:
    for accept in (BROWSER, "text/html"):
        shown = page(server.request("GET", "/sparql", Accept=accept))
        assert shown.attributes("form", "action") == ["/sparql"]
        assert set(shown.attributes("label", "for")) == {
            *shown.attributes("textarea", "id"),
            *shown.attributes("select", "id"),
        }
    assert server.request("GET", "/sparql", Accept="*/*").content_type == "text/turtle; charset=utf-8"


def test_solutions_are_a_table_with_links_and_every_format(server: Server) -> None:
    reply = server.ask(ALL, accept=BROWSER)
    shown = page(reply)
    assert (reply.status, shown.attributes("th", "scope")) == (200, ["col", "col"])
    assert "400 rows" in shown.text
    assert "http://e/7" in shown.attributes("a", "href")
    link = next(link for link in shown.attributes("a", "href") if link.endswith("format=csv"))
    assert server.request("GET", link).body == server.ask(ALL, format="csv").body
    again = server.request("GET", f"/sparql?query={quote(ALL)}", Accept=BROWSER, If_None_Match=reply.headers["ETag"])
    assert again.status == 304


def test_of_many_rows_the_first_are_shown_and_all_are_counted(server: Server) -> None:
    shown = page(server.ask("SELECT * { ?s <http://e/p> ?o VALUES ?n { 1 2 3 } }", format="html"))
    assert "1200 rows" in shown.text
    assert "First 1000 of 1200" in shown.text


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("ASK {}", "Answer: yes"),
        ("ASK { <http://e/> a 1 }", "Answer: no"),
        ("SELECT ?x {} LIMIT 0", "0 rows"),
        ("CONSTRUCT WHERE { ?s <http://e/p> ?o } LIMIT 2", "2 triples"),
        ("DESCRIBE <http://e/7>", "1 triple"),
        ("SELECT (<<( <http://e/a> <http://e/b> 'c' )>> AS ?x) {}", "<http://e/a>"),
    ],
)
def test_every_form_of_query_has_a_page(server: Server, query: str, text: str) -> None:
    assert text in page(server.ask(query, accept=BROWSER)).text
    body = f"query={quote(query)}".encode()
    form = server.request("POST", "/sparql", body, Content_Type="application/x-www-form-urlencoded", Accept=BROWSER)
    assert text in page(form).text


def test_names_are_shown_in_the_language_of_the_reader(opsc: Server) -> None:
    query = "SELECT * { VALUES ?state { <https://w3id.org/opsc/id/state/NOR> } }"
    for language, name in (("en", "Norway"), ("fr", "Norv\u00e8ge")):
        reply = opsc.request("GET", f"/sparql?query={quote(query)}", Accept=BROWSER, Accept_Language=language)
        shown = page(reply)
        assert name in shown.text
        assert "/id/state/NOR" in shown.attributes("a", "href")


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [
        ("SELECT * {", 400, "unmatched"),
        ("SELECT ?a ?b ?c ?d { ?a ?p ?b . ?c ?p ?d }", 422, f"more than {RESULT_BYTES} bytes"),
        ("SELECT * { SERVICE <http://e/> { ?s ?p ?o } }", 400, "SERVICE"),
    ],
)
def test_a_query_that_fails_stays_on_the_page_with_the_reason(
    server: Server, query: str, status: int, text: str
) -> None:
    reply = server.ask(query, accept=BROWSER)
    shown = page(reply)
    assert reply.status == status
    assert text in shown.text
    assert query in shown.text


def test_markup_is_text(server: Server) -> None:
    markup = "<img src=x onerror=alert(1)>"
    for query in (f"SELECT ('{markup}' AS ?x) {{}}", f"SELECT * {{ {markup}"):
        shown = page(server.ask(query, accept=BROWSER))
        assert "img" not in [tag for tag, _ in shown.elements]
        assert markup in shown.text


def test_the_dataset_of_the_request_stays_in_form_and_links(server: Server) -> None:
    reply = server.ask(ALL, format="html", **{"default-graph-uri": "http://e/b"})
    shown = page(reply)
    assert "101 rows" in shown.text
    link = next(link for link in shown.attributes("a", "href") if link.endswith("format=json"))
    assert len(json.loads(server.request("GET", link).body)["results"]["bindings"]) == 101
    assert "http://e/b" in shown.attributes("input", "value")


@pytest.mark.parametrize(
    "accept",
    ["*/*", "text/html, */*", "application/json, text/html", "application/sparql-results+xml, text/html;q=0.9"],
)
def test_programs_get_data(server: Server, accept: str) -> None:
    assert "html" not in server.ask("ASK {}", accept=accept).content_type


def test_a_link_as_virtuoso_writes_it_is_a_page(server: Server) -> None:
    parameters = {"default-graph-uri": "", "timeout": "0", "debug": "on", "run": " Run Query "}
    assert "Answer: yes" in page(server.ask("ASK {}", format="text/html", **parameters)).text
