"""Attacks on graphs: without a token, on graphs of others, by halves, and with updates that lose what others wrote."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.security.attacking import SKOS, SOURCE, TOKENS, contribute, count, problem, put, raw, read, status, update
from tests.serving import Server

TRIPLE = b'<http://e/x%d> <%s> "x"@en .\n'
PREDICATE = f"{SKOS}prefLabel".encode()


def triples(*numbers: int) -> bytes:
    return b"".join(TRIPLE % (number, PREDICATE) for number in numbers)


def test_nobody_writes_without_a_token(server: Server) -> None:
    before = count(server)
    for reply in (
        update(server, "DROP ALL", by=None),
        put(server, "http://e/a", triples(1), by=None),
        server.request("DELETE", f"/data?graph=http://e/a&source={SOURCE}"),
        server.request("POST", f"/contributions?source={SOURCE}", triples(1), Content_Type="text/turtle"),
        server.request("DELETE", "/contributions/1"),
    ):
        assert problem(reply) == (401, "token-missing")
    assert count(server) == before


def test_a_graph_is_changed_by_whoever_filled_it_and_by_nobody_else(server: Server) -> None:
    graph = "https://example.org/of-alice"
    assert put(server, graph, triples(1)).status == 201
    before = read(server, graph).body
    addition = f"INSERT DATA {{ GRAPH <{graph}> {{ <http://e/b> <http://e/p> 1 }} }}"
    assert problem(put(server, graph, triples(2), by="bob")) == (403, "foreign-graph")
    assert problem(update(server, f"DROP GRAPH <{graph}>", by="bob")) == (403, "foreign-graph")
    assert problem(update(server, addition, by="bob")) == (403, "foreign-graph")
    assert read(server, graph).body == before


def test_the_release_is_nobodys_to_change(server: Server) -> None:
    assert problem(update(server, "DROP GRAPH <http://e/a>")) == (403, "foreign-graph")
    assert problem(update(server, "CLEAR ALL"))[0] == 403
    assert count(server, "GRAPH <http://e/a> { ?s ?p ?o }") == 300


@pytest.mark.parametrize("term", ["https://w3id.org/opsc/ns#State", "https://w3id.org/opsc/ns#Treaty"])
def test_reserved_terms_are_not_described_anew(server: Server, term: str) -> None:
    reply = contribute(server, f'<{term}> <{SKOS}prefLabel> "mine"@en .'.encode())
    assert problem(reply) == (422, "contribution-refused")
    assert json.loads(reply.body)["reason"] == "reserved"


FORMS = ["HTTPS://w3id.org/opsc/", "http://w3id.org/opsc/", "https://w3id.org:443/opsc/", "https://w3id.org/%6fpsc/"]


@pytest.mark.parametrize("base", FORMS)
def test_no_form_of_a_reserved_name_is_free(server: Server, base: str) -> None:
    reply = contribute(server, f'<{base}ns#Offence> <{SKOS}prefLabel> "mine"@de .'.encode())
    assert (reply.status, "https://w3id.org/opsc/ns#Offence" in reply.body.decode()) == (422, True)
    assert problem(put(server, f"{base}graph/participation", triples(1))) == (403, "foreign-graph")


def test_two_writes_from_one_state_do_not_lose_the_first(server: Server) -> None:
    graph = "https://example.org/contested"
    assert put(server, graph, triples(1)).status == 201
    state = read(server, graph).headers["ETag"]
    with ThreadPoolExecutor() as threads:
        both = [threads.submit(put, server, graph, triples(number), If_Match=state) for number in (2, 3)]
        assert sorted(one.result().status for one in both) == [200, 412]


def test_an_update_is_applied_whole_or_not_at_all(server: Server) -> None:
    before = count(server)
    half = f'INSERT DATA {{ GRAPH <https://example.org/half> {{ <http://e/h> <{SKOS}prefLabel> "h"@en }} }}'
    assert problem(update(server, f"{half} ; DROP GRAPH <http://e/a>")) == (403, "foreign-graph")
    assert count(server) == before


CUT = {
    "in the last chunk": b"%x\r\n%s" % (1_000, triples(7)),
    "before the last chunk": b"%x\r\n%s\r\n" % (len(triples(7)), triples(7)),
    "by a chunk that is none": b"%x\r\n%s\r\nZZ\r\n" % (len(triples(7)), triples(7)),
}


@pytest.mark.parametrize("body", CUT.values(), ids=CUT)
@pytest.mark.parametrize("path", ["/data?graph=https://example.org/cut&", "/contributions?", "/update?"])
def test_a_body_that_is_cut_on_its_way_changes_nothing(server: Server, path: str, body: bytes) -> None:
    before = count(server)
    head = f"{'PUT' if path.startswith('/data') else 'POST'} {path}source={SOURCE} HTTP/1.1\r\nHost: e\r\n"
    media_type = "application/sparql-update" if path.startswith("/update") else "application/n-triples"
    headers = f"Content-Type: {media_type}\r\nAuthorization: Bearer {TOKENS['alice']}\r\n"
    chunked = raw(server, f"{head}{headers}Transfer-Encoding: chunked\r\n\r\n".encode() + body, half_closed=True)
    assert status(chunked) == 400
    counted = raw(server, f"{head}{headers}Content-Length: 9999\r\n\r\n".encode() + body, half_closed=True)
    assert status(counted) == 400
    assert count(server) == before


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("file:///etc/passwd", (404, "graph-unknown")),
        ("https://example.org/../../etc/passwd", (404, "graph-unknown")),
        ("https://example.org/%2e%2e/%00", (404, "graph-unknown")),
        ("https://example.org/" + "a" * 50_000, (404, "graph-unknown")),
        ("../../etc/passwd", (400, "parameter-invalid")),
        ("http://e/\0", (400, "parameter-invalid")),
        ("http://e/\r\nSet-Cookie: x=y", (400, "parameter-invalid")),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_a_graph_name_becomes_no_path_and_no_header(server: Server, name: str, refused: tuple[int, str]) -> None:
    reply = read(server, name)
    assert problem(reply) == refused
    assert reply.headers["Set-Cookie"] is None
