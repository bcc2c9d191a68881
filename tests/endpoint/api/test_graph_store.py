"""Graphs over HTTP: the SPARQL 1.1 Graph Store HTTP Protocol, its writes through the gate of contributions."""

import base64
import json
import socket
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

import pytest
from pyoxigraph import RdfFormat, parse

from tests.described import body_lines
from tests.endpoint import multipart
from tests.endpoint.api.test_contributions import read
from tests.endpoint.auth.test_bearer import digest
from tests.endpoint.conftest import Listener, Reply, Server, running, small_release
from tests.endpoint.multipart import Part
from tests.endpoint.serving.test_snapshot import served_version
from tests.endpoint.writing import SOURCE, read_graph, reason, says, send, update, write
from tests.polling import PATIENCE

LABEL = "http://www.w3.org/2004/02/skos/core#prefLabel"
UPLOAD_BYTES = 300_000


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("graphs")
    small_release(folder)
    (folder / "tokens").write_text(f"alice {digest('token-a')}\nbob {digest('token-b')}\n")
    limits = {"OPSC_WORKERS": "2", "OPSC_UPLOAD_BYTES": str(UPLOAD_BYTES)}
    with running(folder, OPSC_TOKENS_FILE=str(folder / "tokens"), **limits) as started:
        yield started


def law(*names: str) -> str:
    return "".join(f'<http://e/law/{name}> <{LABEL}> "The law {name}"@en .\n' for name in names)


def lines(reply: Reply) -> set[str]:
    assert reply.status == 200, reply.body
    return set(reply.body.decode().splitlines(keepends=True))


def as_lines(text: str) -> set[str]:
    return set(text.splitlines(keepends=True))


def test_put_creates_and_replaces_a_graph(desk: Server) -> None:
    created = write(desk, "PUT", "http://e/put", law("a", "b"))
    assert created.status == 201
    record = json.loads(created.body)
    assert (record["operation"], record["graph"], record["reason"]) == ("put", "http://e/put", "created")
    assert lines(read_graph(desk, "http://e/put")) == as_lines(law("a", "b"))
    assert write(desk, "PUT", "http://e/put", law("c")).status == 200
    assert lines(read_graph(desk, "http://e/put")) == as_lines(law("c"))
    assert not says(desk, "<http://e/law/a> ?p ?o")


def test_post_creates_and_merges(desk: Server) -> None:
    assert write(desk, "POST", "http://e/post", law("d")).status == 201
    assert write(desk, "POST", "http://e/post", law("d", "e")).status == 200
    assert lines(read_graph(desk, "http://e/post")) == as_lines(law("d", "e"))


def test_post_without_a_graph_makes_one(desk: Server) -> None:
    own = body_lines("http://e/own", "Office")
    reply = send(desk, "POST", f"/data?source={SOURCE}", own, Content_Type="text/turtle")
    record = json.loads(reply.body)
    assert (reply.status, reply.headers["Location"]) == (201, f"/graph/contribution/{record['number']}")
    assert record["graph"] == f"https://w3id.org/opsc/graph/contribution/{record['number']}"
    assert lines(read_graph(desk, record["graph"])) == as_lines(own)


def test_delete_drops_a_graph_once(desk: Server) -> None:
    write(desk, "PUT", "http://e/delete", law("f"))
    assert write(desk, "DELETE", "http://e/delete").status == 200
    assert reason(read_graph(desk, "http://e/delete"))[:2] == (404, "graph-unknown")
    assert reason(write(desk, "DELETE", "http://e/delete")) == (404, "graph-unknown", "graph-unknown")
    assert write(desk, "PUT", "http://e/delete", law("f")).status == 201


@pytest.mark.parametrize(
    ("media_type", "rdf_format"),
    [
        ("text/turtle", RdfFormat.TURTLE),
        ("application/n-triples", RdfFormat.N_TRIPLES),
        ("application/rdf+xml", RdfFormat.RDF_XML),
        ("application/ld+json", RdfFormat.JSON_LD),
        ("application/trig", RdfFormat.TRIG),
        ("application/n-quads", RdfFormat.N_QUADS),
    ],
)
def test_a_graph_comes_in_the_format_that_is_accepted_and_can_be_sent_back(
    desk: Server, media_type: str, rdf_format: RdfFormat
) -> None:
    write(desk, "PUT", "http://e/formats", law("g", "h"))
    reply = read_graph(desk, "http://e/formats", media_type)
    assert reply.content_type.partition(";")[0] == media_type
    assert "Accept" in reply.headers["Vary"]
    assert len(list(parse(reply.body, rdf_format))) == 2
    back = write(desk, "PUT", "http://e/formats", reply.body, Content_Type=media_type)
    assert (back.status, json.loads(back.body)["reason"]) == (200, "unchanged")


def test_the_default_graph_and_the_dataset_are_read(desk: Server) -> None:
    triples, quads = lines(read_graph(desk, "default")), lines(desk.request("GET", "/data"))
    assert '<http://e/299> <http://e/p> "\u00e9 299"@fr .\n' in triples
    assert sum("<http://e/299>" in line for line in triples) == 1
    assert sum("<http://e/299>" in line for line in quads) == 2
    assert desk.request("GET", "/data").content_type == "application/n-quads"
    trig = desk.request("GET", "/data", Accept="application/trig")
    assert len(list(parse(trig.body, RdfFormat.TRIG))) == len(quads)


def test_head_is_get_without_a_body(desk: Server) -> None:
    got = read_graph(desk, "http://e/a")
    head = desk.request("HEAD", f"/data?graph={quote('http://e/a')}", Accept="application/n-triples")
    assert (head.status, head.body, head.headers["ETag"]) == (200, b"", got.headers["ETag"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("graph=http://e/nowhere", (404, "graph-unknown")),
        ("graph=nowhere", (400, "parameter-invalid")),
        ("graph=", (400, "parameter-invalid")),
        ("graph=http://e/a&graph=http://e/b", (400, "parameter-repeated")),
        ("graph=http://e/a&default", (400, "parameter-repeated")),
        ("default&default=", (400, "parameter-repeated")),
        ("graph=%FF", (400, "encoding-invalid")),
        ("graph=http://e/a&format=pdf", (406, "format-unknown")),
        ("format=turtle", (406, "not-acceptable")),
    ],
)
def test_a_graph_that_cannot_be_read_is_a_problem(desk: Server, query: str, expected: tuple[int, str]) -> None:
    assert reason(desk.request("GET", f"/data?{query}"))[:2] == expected


def test_a_request_that_accepts_no_format_is_a_problem(desk: Server) -> None:
    assert reason(read_graph(desk, "http://e/a", "image/png"))[:2] == (406, "not-acceptable")


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_write_names_its_graph(desk: Server, method: str) -> None:
    reply = send(desk, method, f"/data?source={SOURCE}", law("x"), Content_Type="text/turtle")
    assert reason(reply)[:2] == (400, "graph-missing")


def test_patch_is_no_method_here(desk: Server) -> None:
    reply = write(desk, "PATCH", "http://e/a", law("x"))
    assert reason(reply)[:2] == (405, "method-not-allowed")
    assert sorted(reply.headers["Allow"].split(", ")) == ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"]


FOREIGN = ["http://e/a", "https://w3id.org/opsc/graph/participation", "https://w3id.org/opsc/graph/contribution/1"]


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
@pytest.mark.parametrize("graph", FOREIGN)
def test_a_graph_of_somebody_else_stays_as_it_is(desk: Server, method: str, graph: str) -> None:
    write(desk, "PUT", "http://e/first", law("first"))
    version = served_version(desk)
    reply = write(desk, method, graph, law("x") if method != "DELETE" else "", by="token-b")
    assert reason(reply)[1] in {"foreign-graph", "graph-unknown"}
    assert reply.status == (404 if reason(reply)[1] == "graph-unknown" else 403)
    assert (served_version(desk), says(desk, "<http://e/law/x> ?p ?o")) == (version, False)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_the_default_graph_is_not_replaced(desk: Server, method: str) -> None:
    reply = write(desk, method, "default", law("x") if method == "PUT" else "")
    assert reason(reply) == (403, "foreign-graph", "foreign-graph")


def test_what_is_posted_to_the_default_graph_gets_a_graph_of_its_own(desk: Server) -> None:
    reply = write(desk, "POST", "default", law("default"))
    number = json.loads(reply.body)["number"]
    assert reply.status == 200
    assert says(desk, f"GRAPH <https://w3id.org/opsc/graph/contribution/{number}> {{ <http://e/law/default> ?p ?o }}")


UNREADABLE = {
    "truncated": (b'<http://e/a> <http://e/p> "te', "text/turtle", "malformed"),
    "not UTF-8": (b'<http://e/a> <http://e/p> "\xff" .', "text/turtle", "wrong-encoding"),
    "nothing": (b"# nothing", "text/turtle", "empty"),
    "DOCTYPE": (b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>", "application/rdf+xml", "doctype"),
    "deep": (b"[" * 1000, "application/ld+json", "too-deep"),
}


@pytest.mark.parametrize(("data", "media_type", "why"), UNREADABLE.values(), ids=UNREADABLE)
def test_data_that_cannot_be_read_are_named_and_kept(desk: Server, data: bytes, media_type: str, why: str) -> None:
    reply = write(desk, "PUT", "http://e/unreadable", data, Content_Type=media_type)
    assert reason(reply) == (400, "document-unreadable", why)
    assert read(desk, reply.headers["Location"])["reason"] == why
    assert desk.request("GET", f"{reply.headers['Location']}/bytes").body == data


def test_a_context_is_not_fetched(desk: Server, listener: Listener) -> None:
    data = f'{{"@context": "{listener.url}", "name": "x"}}'
    reply = write(desk, "PUT", "http://e/context", data, Content_Type="application/ld+json")
    assert reason(reply) == (400, "document-unreadable", "remote-context")
    assert listener.connections == 0


def test_a_body_may_name_its_own_graph_only(desk: Server) -> None:
    line = law("named").replace(" .\n", " <http://e/named> .\n")
    assert write(desk, "PUT", "http://e/named", line, Content_Type="application/n-quads").status == 201
    other = write(desk, "PUT", "http://e/other", line, Content_Type="application/n-quads")
    assert reason(other) == (403, "foreign-graph", "foreign-graph")


def test_what_does_not_conform_is_refused_with_the_report(desk: Server) -> None:
    data = "@prefix opsc: <https://w3id.org/opsc/ns#> .\n<http://e/act> a opsc:Ratification .\n"
    reply = write(desk, "PUT", "http://e/act", data, Accept="text/plain")
    assert (reply.status, reply.headers["OPSC-Conforms"]) == (422, "false")
    assert "body:2:" in reply.body.decode()
    assert reason(read_graph(desk, "http://e/act"))[:2] == (404, "graph-unknown")


def test_a_form_does_as_well(desk: Server) -> None:
    content = multipart.body(Part("data", law("form").encode(), "application/octet-stream", "law.ttl"))
    reply = write(desk, "PUT", "http://e/form", content, Content_Type=multipart.CONTENT_TYPE)
    assert (reply.status, json.loads(reply.body)["fileName"]) == (201, "law.ttl")


@pytest.mark.parametrize(
    ("headers", "data", "expected"),
    [
        ({"Content_Type": "text/csv"}, b"a,b", (415, "media-type-unsupported")),
        ({"Content_Encoding": "gzip"}, b"x", (415, "media-type-unsupported")),
        ({"Content_Type": "application/n-triples"}, b"#" * (UPLOAD_BYTES + 1), (413, "body-too-large")),
    ],
)
def test_a_request_that_cannot_be_met_is_a_problem_and_not_recorded(
    desk: Server, headers: dict[str, str], data: bytes, expected: tuple[int, str]
) -> None:
    before = read(desk, "/contributions?limit=1000")
    assert reason(write(desk, "PUT", "http://e/problem", data, **headers))[:2] == expected
    assert read(desk, "/contributions?limit=1000") == before


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
@pytest.mark.parametrize(("token", "code"), [(None, "token-missing"), ("token-c", "token-invalid")])
def test_without_a_token_nothing_is_written(desk: Server, method: str, token: str | None, code: str) -> None:
    assert reason(write(desk, method, "http://e/token", law("x"), by=token)) == (401, code, None)


def test_a_body_that_ends_too_early_is_not_recorded(desk: Server) -> None:
    before = read(desk, "/contributions?limit=1000")
    head = (
        f"PUT /data?graph=http://e/cut&source={SOURCE} HTTP/1.1\r\nHost: e\r\nAuthorization: Bearer token-a\r\n"
        "Content-Type: application/n-triples\r\nContent-Length: 500\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", desk.port), timeout=30) as connection:
        connection.sendall(head.encode() + law("cut").encode())
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(4096).startswith(b"HTTP/1.1 400 ")
    assert says(desk, "<http://e/law/cut> ?p ?o") is False
    assert read(desk, "/contributions?limit=1000") == before


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_graph_is_written_in_chunks(desk: Server, method: str) -> None:
    graph = f"http://e/chunks/{method}"
    connection = HTTPConnection("127.0.0.1", desk.port, timeout=PATIENCE)
    headers = {"Authorization": "Bearer token-a", "Content-Type": "text/turtle"}
    parts = [law("one").encode(), law("two").encode()]
    connection.request(method, f"/data?graph={graph}&source={SOURCE}", iter(parts), headers, encode_chunked=True)
    assert connection.getresponse().status == 201
    connection.close()
    assert lines(read_graph(desk, graph)) == as_lines(law("one", "two"))


def test_too_many_chunks_are_refused(desk: Server) -> None:
    connection = HTTPConnection("127.0.0.1", desk.port, timeout=PATIENCE)
    headers = {"Authorization": "Bearer token-a", "Content-Type": "text/turtle"}
    parts = [b"#" * (UPLOAD_BYTES + 1)]
    connection.request("PUT", f"/data?graph=http://e/long&source={SOURCE}", iter(parts), headers, encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.parametrize("credentials", ["alice:token-a", ":token-a"])
def test_a_token_may_be_a_password(desk: Server, credentials: str) -> None:
    """As curl -u, rdflib, SPARQLWrapper, RDF4J and Jena send it."""
    basic = "Basic " + base64.b64encode(credentials.encode()).decode()
    path = f"/update?source={SOURCE}"
    body = f"INSERT DATA {{ GRAPH <http://e/basic> {{ {law('basic')} }} }}".encode()
    media_type = "application/sparql-update"
    asked = desk.request("POST", path, body, Content_Type=media_type)
    assert "Basic" in asked.headers["WWW-Authenticate"]
    from_page = desk.request("POST", path, body, Content_Type=media_type, Authorization=basic, Origin="https://e.org")
    assert reason(from_page)[:2] == (401, "token-invalid")
    assert desk.request("POST", path, body, Content_Type=media_type, Authorization=basic).status == 200


@pytest.mark.parametrize("path", ["/sparql", "/update", "/data", "/validate", "/contributions"])
def test_a_slash_at_the_end_leads_to_the_address_without_it(desk: Server, path: str) -> None:
    for method in ("GET", "POST") if path in {"/sparql", "/data", "/contributions"} else ("POST",):
        reply = desk.request(method, f"{path}/?graph=http://e/a%2Fb&x=1")
        assert (reply.status, reply.headers["Location"]) == (308, f"{path}?graph=http://e/a%2Fb&x=1")


def test_a_graph_that_was_read_is_not_sent_again(desk: Server) -> None:
    etag = read_graph(desk, "http://e/a").headers["ETag"]
    write(desk, "PUT", "http://e/elsewhere", law("elsewhere"))
    again = read_graph(desk, "http://e/a", If_None_Match=etag)
    assert (again.status, again.body) == (304, b"")
    assert read_graph(desk, "http://e/a", "text/turtle").headers["ETag"] != etag


def test_what_was_changed_meanwhile_is_not_overwritten(desk: Server) -> None:
    write(desk, "PUT", "http://e/shared", law("one"))
    etag = read_graph(desk, "http://e/shared", "text/turtle").headers["ETag"]
    replies: dict[str, Reply] = {}

    def put(name: str) -> None:
        replies[name] = write(desk, "PUT", "http://e/shared", law(name), If_Match=etag)

    writing = [threading.Thread(target=put, args=(name,)) for name in ("two", "three")]
    for thread in writing:
        thread.start()
    for thread in writing:
        thread.join()
    assert sorted(reply.status for reply in replies.values()) == [200, 412]
    lost = next(reply for reply in replies.values() if reply.status == 412)
    assert reason(lost) == (412, "precondition-failed", "precondition-failed")
    kept = next(name for name, reply in replies.items() if reply.status == 200)
    assert lines(read_graph(desk, "http://e/shared")) == as_lines(law(kept))


def test_a_graph_is_created_only_where_there_is_none(desk: Server) -> None:
    assert write(desk, "PUT", "http://e/new", law("n"), If_None_Match="*").status == 201
    assert write(desk, "PUT", "http://e/new", law("m"), If_None_Match="*").status == 412
    assert write(desk, "DELETE", "http://e/new", If_Match='"other.turtle"').status == 412
    assert write(desk, "DELETE", "http://e/new", If_Match="*").status == 200


def test_what_an_update_wrote_is_read_as_a_graph(desk: Server) -> None:
    update(desk, f"INSERT DATA {{ GRAPH <http://e/updated> {{ {law('updated')} }} }}")
    assert lines(read_graph(desk, "http://e/updated")) == as_lines(law("updated"))


def test_without_tokens_graphs_are_only_read(server: Server) -> None:
    assert read_graph(server, "http://e/a").status == 200
    assert reason(write(server, "PUT", "http://e/mine", law("x"))) == (403, "contributions-closed", None)


def test_a_graph_beyond_the_limit_of_answers_is_an_error(home: Path) -> None:
    with running(home, OPSC_WORKERS="1", OPSC_RESULT_BYTES="5000") as small:
        for path in ("/data", "/data?default", "/data?graph=http://e/a"):
            assert reason(small.request("GET", path))[:2] == (422, "result-too-large")
