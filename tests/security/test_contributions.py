"""Attacks by contribution: bombs, documents that reach elsewhere, poisoned provenance, and floods."""

import gzip
import json

import pytest

from tests.described import body
from tests.hostile_input import FOREIGN, HARMLESS, UNREADABLE, Hostile
from tests.security.attacking import SOURCE, TOKENS, UPLOAD_BYTES, answers, contribute, count, problem
from tests.serving import Listener, Server

PROVENANCE = [
    ("who", "<https://w3id.org/opsc/id/contribution/1> <http://www.w3.org/ns/prov#wasAttributedTo> <http://e/me> ."),
    ("by whom", '<http://e/x> <https://w3id.org/opsc/ns#contributedBy> "The depositary" .'),
    ("in which graph", "<http://e/x> <https://w3id.org/opsc/ns#contributedGraph> <http://e/a> ."),
]


def sent(one: Hostile, listener: Listener) -> bytes:
    return one.data.replace(b"{URL}", listener.url.encode())


@pytest.mark.parametrize("name", ["DOCTYPE", "entity bomb", "entity from a file", "deep JSON-LD", "deep RDF/XML"])
def test_a_document_that_grows_or_names_files_is_refused(server: Server, listener: Listener, name: str) -> None:
    one = UNREADABLE[name]
    reply = contribute(server, sent(one, listener), one.media_type)
    assert (problem(reply), json.loads(reply.body)["reason"]) == ((422, "contribution-refused"), one.code)
    assert listener.connections == 0
    assert answers(server)


@pytest.mark.parametrize("name", [name for name in UNREADABLE if "remote context" in name])
def test_a_context_is_never_fetched(server: Server, listener: Listener, name: str) -> None:
    one = UNREADABLE[name]
    assert problem(contribute(server, sent(one, listener), one.media_type)) == (422, "contribution-refused")
    assert listener.connections == 0


@pytest.mark.parametrize("one", HARMLESS.values(), ids=HARMLESS)
def test_an_iri_in_data_is_never_followed(server: Server, listener: Listener, one: Hostile) -> None:
    assert contribute(server, sent(one, listener), one.media_type).status in {201, 422}
    assert listener.connections == 0


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "zstd"])
def test_a_compressed_body_is_refused_unread(server: Server, encoding: str) -> None:
    bomb = gzip.compress(b"#" * 50_000_000)
    assert problem(contribute(server, bomb, Content_Encoding=encoding)) == (415, "media-type-unsupported")


def test_a_body_beyond_the_limit_is_neither_read_nor_recorded(server: Server) -> None:
    before = recorded(server)
    assert problem(contribute(server, b"#" * (UPLOAD_BYTES + 1))) == (413, "body-too-large")
    assert recorded(server) == before


@pytest.mark.parametrize("one", FOREIGN.values(), ids=FOREIGN)
def test_a_contribution_reaches_no_graph_but_its_own(server: Server, one: Hostile) -> None:
    reply = contribute(server, one.data, one.media_type)
    assert (problem(reply), json.loads(reply.body)["reason"]) == ((422, "contribution-refused"), one.code)


@pytest.mark.parametrize("triple", [triple for _, triple in PROVENANCE], ids=[name for name, _ in PROVENANCE])
def test_nobody_writes_the_record_of_a_contribution_but_the_server(server: Server, triple: str) -> None:
    reply = contribute(server, triple.encode())
    if reply.status == 201:
        graph = json.loads(reply.body)["graph"]
        records = "GRAPH <https://w3id.org/opsc/graph/contributions> { ?s ?p ?o FILTER(?o = <http://e/me>) }"
        assert count(server, records) == 0
        assert json.loads(reply.body)["who"] == "alice"
        assert graph.startswith("https://w3id.org/opsc/graph/contribution/")
    else:
        assert reply.status == 422


def test_a_source_that_is_no_iri_is_refused(server: Server) -> None:
    headers = {"Content_Type": "text/turtle", "Authorization": f"Bearer {TOKENS['alice']}"}
    for source in ("not-an-iri", "http://e/%0d%0aSet-Cookie:x <x>", "javascript alert"):
        path = "/contributions?source=" + source.replace(" ", "%20").replace("<", "%3C").replace(">", "%3E")
        assert problem(server.request("POST", path, b"<http://e/a> <http://e/p> 1 .", **headers)) == (
            400,
            "parameter-invalid",
        )


def test_a_flood_is_recorded_by_name_and_can_be_cut_off(server: Server) -> None:
    begun = recorded(server)
    for number in range(20):
        contribute(server, body(f"http://e/flood{number}", str(number)).encode(), by="bob")
    listed = json.loads(server.request("GET", f"/contributions?after={begun}&who=bob&limit=1000").body)["contributions"]
    assert len(listed) == 20
    assert {one["source"] for one in listed} == {SOURCE}
    assert answers(server)


def test_the_list_of_records_comes_in_pages(server: Server) -> None:
    assert problem(server.request("GET", "/contributions?limit=100000")) == (400, "parameter-invalid")


def recorded(server: Server) -> int:
    """Return the number of the latest submission."""
    after, page = 0, [{"number": 0}]
    while page:
        after = page[-1]["number"]
        page = json.loads(server.request("GET", f"/contributions?after={after}&limit=1000").body)["contributions"]
    return after
