"""What answers give away: nothing of files, libraries, versions or the engine's own words."""

import pytest

from tests.hostile_input import UNREADABLE
from tests.security.attacking import contribute, problem, shown_inside, validate
from tests.serving import Server

BROKEN = [
    "SELECT",
    "SELECT * { ?s ?p }",
    "SELECT (<http://e/f>(1) AS ?x) {}",
    "SELECT * { FILTER(REGEX('a', '(')) }",
    "SELECT (SUM(?x) AS ?y) ?z { ?x ?p ?z }",
    "ASK { ?s ?p '\\q' }",
    "CONSTRUCT { ?s ?p ?o }",
    "\0",
]


@pytest.mark.parametrize("query", BROKEN)
def test_a_broken_query_is_answered_in_our_words(server: Server, query: str) -> None:
    reply = server.ask(query)
    assert reply.status == 200 or problem(reply)[0] in {400, 422}
    assert not shown_inside(reply.body.decode())


@pytest.mark.parametrize("one", UNREADABLE.values(), ids=UNREADABLE)
def test_a_broken_document_is_answered_in_our_words(server: Server, one) -> None:  # noqa: ANN001
    reply = validate(server, one.data.replace(b"{URL}", b"http://e/"), Content_Type=one.media_type)
    assert problem(reply) == (400, "document-unreadable")


@pytest.mark.parametrize(
    "path",
    [
        "/contributions/99999999999999999999999999",
        "/contributions/9223372036854775808/bytes",
        "/contributions/-1",
        "/contributions?after=99999999999999999999",
        "/contributions?limit=1&endpoint=x",
        "/contributions?limit=1&_external=1&_scheme=javascript",
        "/contributions?limit=1&_method=X",
        "/contributions?who=%00",
        "/data?graph=",
        "/nowhere",
        "/static/",
        "/.git/config",
        "/.env",
    ],
)
def test_an_odd_address_never_fails_inside(server: Server, path: str) -> None:
    for data in (b'<http://e/odd1> <http://e/p> "1" .', b'<http://e/odd2> <http://e/p> "2" .'):
        contribute(server, data)
    reply = server.request("GET", path)
    assert reply.status == 200 or problem(reply)[0] in {400, 404}
    assert b"javascript:" not in reply.body


@pytest.mark.parametrize("path", ["/", "/sparql", "/health", "/nowhere", "/static/opsc.css", "/contributions"])
def test_no_header_names_a_version_of_the_software(server: Server, path: str) -> None:
    headers = server.request("GET", path).headers
    assert headers["X-Powered-By"] is None
    assert not any(character.isdigit() for character in headers["Server"] or "")


def test_a_page_of_a_debugger_is_not_there(server: Server) -> None:
    for path in ("/console", "/?__debugger__=yes&cmd=resource&f=style.css", "/_debug"):
        reply = server.request("GET", path)
        assert b"debugger" not in reply.body.lower()
