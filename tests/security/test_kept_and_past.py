"""Attacks on what is kept and on what was: answers of others, versions before, files to download, figures."""

import pytest

from tests.described import body
from tests.security.attacking import MARKUP, SKOS, TOKENS, answers, contribute, count, problem, update
from tests.serving import Server

QUERY = "SELECT ?o { <http://e/1> ?p ?o }"
HOSTILE_DATES = ["x", "Thu, 32 Foo 9999 99:99:99 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "-1", "9" * 3_000, "a\tb"]


def test_an_answer_is_given_to_those_only_who_asked_the_same(server: Server) -> None:
    for _ in range(2):
        assert server.ask(QUERY, accept="text/csv").content_type.startswith("text/csv")
        assert server.ask(QUERY, accept="application/sparql-results+xml").content_type.endswith("xml")
        assert server.ask(QUERY, download="spreadsheet").body.startswith(b"\xef\xbb\xbf")
        assert not server.ask(QUERY, format="csv").body.startswith(b"\xef\xbb\xbf")
        assert len(server.ask(QUERY, accept="text/csv").body.splitlines()) == 2
        elsewhere = server.ask(QUERY, accept="text/csv", **{"default-graph-uri": "http://e/b"})
        assert len(elsewhere.body.splitlines()) == 1


def test_no_answer_is_older_than_what_a_writer_was_told(server: Server) -> None:
    graph = "https://example.org/fresh"
    for number in range(1, 4):
        text = f'INSERT DATA {{ GRAPH <{graph}> {{ <http://e/fresh> <{SKOS}altLabel> "{number}"@en }} }}'
        assert update(server, text).status == 200
        assert count(server, f"GRAPH <{graph}> {{ ?s ?p ?o }}") == number


def test_nothing_that_needs_a_token_is_kept(server: Server) -> None:
    reply = contribute(server, b"nonsense")
    assert "public" not in (reply.headers["Cache-Control"] or "")
    assert problem(contribute(server, b"nonsense", Authorization="Bearer x")) == (401, "token-invalid")
    assert TOKENS["alice"].encode() not in reply.body


@pytest.mark.parametrize("date", HOSTILE_DATES, ids=lambda date: date[:20])
@pytest.mark.parametrize("header", ["Accept_Datetime", "If_Modified_Since", "If_None_Match", "Range"])
def test_a_date_that_is_none_fails_nothing(server: Server, header: str, date: str) -> None:
    for path in ("/", "/sparql", "/data?graph=http://e/a", "/static/opsc.css", "/id/state/NOR"):
        reply = server.request("GET", path, **{header: date})
        assert reply.status < 500, path
    assert answers(server)


@pytest.mark.parametrize(
    "path",
    [
        "/dataset/../../etc/passwd",
        "/dataset/%2e%2e/%2e%2e/etc/passwd",
        "/dataset/..%2f..%2fledger.sqlite3",
        "/dataset/versions/%00",
        "/.well-known/%2e%2e/%2e%2e/etc/passwd",
    ],
)
def test_no_download_leads_out_of_what_is_published(server: Server, path: str) -> None:
    reply = server.request("GET", path)
    assert reply.status in {400, 404}
    assert b"root:" not in reply.body
    assert not reply.body.startswith(b"SQLite")


def test_figures_tell_nothing_of_what_was_asked(server: Server) -> None:
    server.ask("ASK { ?canary_93 ?p 'canary-93' }")
    contribute(server, b"nonsense", Authorization="Bearer canary-93")
    reply = server.request("GET", "/metrics")
    if reply.status == 404:
        pytest.skip("this server has no /metrics")
    assert b"canary" not in reply.body


def test_markup_in_a_thing_is_text_on_its_page(server: Server) -> None:
    thing = "https://w3id.org/opsc/id/hostile"
    escaped = MARKUP.replace('"', '\\"')
    contribute(server, body(thing, escaped).encode())
    reply = server.request("GET", "/id/hostile.html", Accept="text/html")
    if reply.status == 404:
        pytest.skip("this server has no pages for things")
    assert b"<img src=x" not in reply.body
    assert "unsafe" not in reply.headers["Content-Security-Policy"]
