"""Graphs under their own addresses: direct addressing of the SPARQL 1.1 Graph Store HTTP Protocol, section 4.1."""

import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from graph.versions import release
from ontology import iris
from tests.described import body_lines
from tests.endpoint.auth.test_bearer import digest
from tests.endpoint.conftest import Reply, Server, running
from tests.endpoint.writing import SOURCE, read_graph, reason, says, send

LABEL = "http://www.w3.org/2004/02/skos/core#prefLabel"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("direct")
    predicate = NamedNode("http://e/p")
    quads = [
        Quad(NamedNode(f"http://e/{n}"), predicate, NamedNode("http://e/o"), iris.graph("source/untc-2015"))
        for n in range(5)
    ]
    release.write(folder, release.sorted_nquads(quads), {}, b"")
    (folder / "tokens").write_text(f"alice {digest('token-a')}\nbob {digest('token-b')}\n")
    with running(folder, OPSC_TOKENS_FILE=str(folder / "tokens"), OPSC_WORKERS="1") as started:
        yield started


def law(*names: str) -> str:
    return "".join(f'<http://e/law/{name}> <{LABEL}> "The law {name}"@en .\n' for name in names)


def write(server: Server, method: str, path: str, data: str = "", by: str | None = "token-a") -> Reply:
    typed = {"Content_Type": "text/turtle"} if data else {}
    return send(server, method, f"{path}?source={SOURCE}", data, by, **typed)


@pytest.mark.parametrize(
    ("accept", "rdf_format"),
    [
        ("text/turtle", RdfFormat.TURTLE),
        ("application/n-triples", RdfFormat.N_TRIPLES),
        ("application/rdf+xml", RdfFormat.RDF_XML),
        ("application/ld+json", RdfFormat.JSON_LD),
        ("application/trig", RdfFormat.TRIG),
        ("application/n-quads", RdfFormat.N_QUADS),
    ],
)
def test_a_graph_is_read_at_its_own_path(desk: Server, accept: str, rdf_format: RdfFormat) -> None:
    reply = desk.request("GET", "/graph/source/untc-2015", Accept=accept)
    assert (reply.status, reply.content_type.partition(";")[0]) == (200, accept)
    assert len(list(parse(reply.body, rdf_format))) == 5


def test_head_is_get_without_a_body(desk: Server) -> None:
    got = desk.request("GET", "/graph/source/untc-2015", Accept="text/turtle")
    head = desk.request("HEAD", "/graph/source/untc-2015", Accept="text/turtle")
    assert (head.status, head.body, head.headers["ETag"]) == (200, b"", got.headers["ETag"])


def test_direct_and_indirect_addresses_are_of_one_graph(desk: Server) -> None:
    indirect = read_graph(desk, "https://w3id.org/opsc/graph/source/untc-2015", "text/turtle")
    direct = desk.request("GET", "/graph/source/untc-2015", Accept="text/turtle")
    assert (direct.body, direct.headers["ETag"]) == (indirect.body, indirect.headers["ETag"])


def test_what_is_posted_is_found_where_location_says(desk: Server) -> None:
    new = body_lines("http://e/new", "Office")
    reply = send(desk, "POST", f"/data?source={SOURCE}", new, Content_Type="text/turtle")
    record = json.loads(reply.body)
    assert reply.status == 201
    assert reply.headers["Location"] == f"/graph/contribution/{record['number']}"
    assert reply.headers["Link"] == f'<{record["url"]}>; rel="describedby"'
    found = desk.request("GET", reply.headers["Location"], Accept="application/n-triples")
    assert sorted(found.body.decode().splitlines()) == new.splitlines()


def test_a_graph_is_replaced_added_to_deleted_and_made_again_at_its_own_path(desk: Server) -> None:
    first = body_lines("http://e/a", "Office")
    path = send(desk, "POST", f"/data?source={SOURCE}", first, Content_Type="text/turtle").headers["Location"]
    replaced = write(desk, "PUT", path, law("b"))
    assert (replaced.status, json.loads(replaced.body)["graph"]) == (200, f"https://w3id.org/opsc{path}")
    assert write(desk, "POST", path, law("c")).status == 200
    found = desk.request("GET", path, Accept="application/n-triples").body.decode()
    assert sorted(found.splitlines()) == law("b", "c").splitlines()
    assert says(desk, f"GRAPH <https://w3id.org/opsc{path}> {{ <http://e/law/c> ?p ?o }}")
    assert write(desk, "DELETE", path).status == 200
    assert reason(desk.request("GET", path, Accept="text/turtle"))[:2] == (410, "thing-gone")
    assert reason(write(desk, "DELETE", path))[:2] == (404, "graph-unknown")
    created = write(desk, "PUT", path, law("d"))
    assert (created.status, created.headers["Location"]) == (201, path)


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_name_of_the_project_is_nobody_elses_to_take(desk: Server, method: str) -> None:
    assert reason(write(desk, method, "/graph/mine/laws", law("x")))[:2] == (403, "foreign-graph")
    assert desk.request("GET", "/graph/mine/laws", Accept="text/turtle").status == 404


def test_a_new_graph_elsewhere_is_at_its_indirect_address(desk: Server) -> None:
    target = f"/data?graph={quote('http://e/elsewhere', safe='')}"
    created = send(desk, "PUT", f"{target}&source={SOURCE}", law("e"), Content_Type="text/turtle")
    assert (created.status, created.headers["Location"]) == (201, target)
    assert desk.request("GET", target, Accept="application/n-triples").body.decode() == law("e")


@pytest.mark.parametrize("path", ["/data", "/data?default", "/graph/source/untc-2015", "/graph/nowhere"])
def test_patch_is_refused_with_the_methods_that_are_allowed(desk: Server, path: str) -> None:
    reply = send(desk, "PATCH", path, "INSERT DATA {}", Content_Type="application/sparql-update")
    assert reason(reply)[:2] == (405, "method-not-allowed")
    assert sorted(reply.headers["Allow"].split(", ")) == ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"]


def test_options_names_the_methods(desk: Server) -> None:
    reply = desk.request("OPTIONS", "/graph/source/untc-2015")
    assert sorted(reply.headers["Allow"].split(", ")) == ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"]


REFUSED = {
    "not acceptable": ("GET", "/graph/source/untc-2015", "", {"Accept": "image/png"}, 406, "not-acceptable"),
    "unknown": ("GET", "/graph/nowhere", "", {"Accept": "text/turtle"}, 404, "thing-unknown"),
    "named twice": ("GET", "/graph/mine?graph=http://e/a", "", {"Accept": "text/turtle"}, 400, "parameter-repeated"),
    "and default": ("PUT", "/graph/mine?default", law("x"), {}, 400, "parameter-repeated"),
    "dots": ("GET", "/graph/a/%2e%2e/b", "", {"Accept": "text/turtle"}, 400, "graph-name-invalid"),
    "media type": ("PUT", "/graph/mine", law("x"), {"Content_Type": "text/csv"}, 415, "media-type-unsupported"),
    "no media type": ("POST", "/graph/mine", law("x"), {"Content_Type": ""}, 415, "media-type-unsupported"),
    "unreadable": ("PUT", "/graph/mine", "<a", {}, 400, "document-unreadable"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_a_request_for_a_graph_that_cannot_be_met_is_a_problem(
    desk: Server, case: tuple[str, str, str, dict[str, str], int, str]
) -> None:
    method, path, data, headers, status, code = case
    url = f"{path}{'&' if '?' in path else '?'}source={SOURCE}"
    typed = {"Content_Type": "text/turtle", **headers} if data else headers
    assert reason(send(desk, method, url, data, **typed))[:2] == (status, code)


def test_a_write_needs_a_token(desk: Server) -> None:
    assert reason(write(desk, "PUT", "/graph/mine", law("x"), by=None))[:2] == (401, "token-missing")


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_a_graph_of_somebody_else_stays_as_it_is(desk: Server, method: str) -> None:
    reply = write(desk, method, "/graph/source/untc-2015", law("x") if method != "DELETE" else "", by="token-b")
    assert reason(reply)[:2] == (403, "foreign-graph")
    assert not says(desk, "<http://e/law/x> ?p ?o")
