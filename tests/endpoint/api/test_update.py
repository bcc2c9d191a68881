"""Updates over HTTP: SPARQL 1.1 Protocol, section 2.2, through the gate of contributions."""

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLUpdateStore
from SPARQLWrapper import POST, POSTDIRECTLY, SPARQLWrapper

from tests.endpoint.api.test_contributions import read
from tests.endpoint.auth.test_bearer import digest
from tests.endpoint.conftest import Listener, Reply, Server, running, small_release
from tests.endpoint.serving.test_snapshot import served_version
from tests.endpoint.writing import FORM, SOURCE, UPDATE, reason, says, send, update, update_form
from tests.processes import cpu_limit

LABEL = "<http://www.w3.org/2004/02/skos/core#prefLabel>"
SECONDS = 5.0


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("updated")
    small_release(folder)
    (folder / "tokens").write_text(f"alice {digest('token-a')}\nbob {digest('token-b')}\n")
    limits = {
        "OPSC_WORKERS": "2",
        "OPSC_BODY_BYTES": "200000",
        "OPSC_QUERY_LENGTH": "50000",
        "OPSC_VALIDATION_SECONDS": str(SECONDS),
    }
    with running(folder, OPSC_TOKENS_FILE=str(folder / "tokens"), **limits) as started:
        yield started


def insert(name: str, graph: str = "http://e/mine") -> str:
    return f'INSERT DATA {{ GRAPH <{graph}> {{ <http://e/{name}> {LABEL} "The law {name}"@en }} }}'


def test_an_update_is_seen_by_every_query_when_the_answer_comes(desk: Server) -> None:
    before = served_version(desk)
    reply = update(desk, insert("seen"))
    assert says(desk, "GRAPH <http://e/mine> { <http://e/seen> ?p ?o }")
    assert reply.status == 200
    record = json.loads(reply.body)
    assert reply.headers["Location"] == record["url"]
    assert (record["operation"], record["who"], record["source"]) == ("update", "alice", SOURCE)
    assert record["version"] == served_version(desk) != before
    assert desk.request("GET", record["bytes"]).body.decode() == insert("seen")


def test_a_form_does_as_well(desk: Server) -> None:
    assert update_form(desk, {"update": insert("form")}).status == 200
    assert says(desk, "<http://e/form> ?p ?o")


def test_the_request_may_name_the_dataset(desk: Server) -> None:
    update(desk, insert("dataset", "http://e/one"))
    text = "INSERT { GRAPH <http://e/two> { ?s ?p ?o } } WHERE { ?s ?p ?o }"
    assert update_form(desk, {"update": text, "using-graph-uri": ["http://e/one"]}).status == 200
    assert says(desk, "GRAPH <http://e/two> { <http://e/dataset> ?p ?o }")
    assert not says(desk, "GRAPH <http://e/two> { <http://e/7> ?p ?o }")
    reply = update(desk, "INSERT { GRAPH <http://e/three> { ?g <http://e/has> ?s } } WHERE { GRAPH ?g { ?s ?p ?o } }",
                   query="&using-named-graph-uri=http://e/one")  # fmt: skip
    assert reply.status == 200
    assert json.loads(desk.ask("SELECT * { GRAPH <http://e/three> { ?g ?p ?s } }").body)["results"]["bindings"] == [
        {
            "g": {"type": "uri", "value": "http://e/one"},
            "p": {"type": "uri", "value": "http://e/has"},
            "s": {"type": "uri", "value": "http://e/dataset"},
        }
    ]


def test_what_does_not_conform_is_refused_with_the_report(desk: Server) -> None:
    text = (
        "PREFIX opsc: <https://w3id.org/opsc/ns#> INSERT DATA { GRAPH <http://e/mine> { <http://e/x> a opsc:Claim } }"
    )
    reply = update(desk, text, query="&lang=es&format=json")
    assert (reply.status, reply.headers["OPSC-Conforms"], reply.headers["Content-Language"]) == (422, "false", "es")
    assert json.loads(reply.body)["conforms"] is False
    assert read(desk, reply.headers["Location"])["reason"] == "not-conforming"
    assert not says(desk, "<http://e/x> ?p ?o")


def test_what_changes_nothing_says_so_and_makes_no_version(desk: Server) -> None:
    update(desk, insert("twice"))
    version = served_version(desk)
    reply = update(desk, insert("twice"))
    assert (reply.status, json.loads(reply.body)["reason"], served_version(desk)) == (200, "unchanged", version)


def test_several_operations_are_one_transaction(desk: Server) -> None:
    reply = update(desk, f"{insert('both')} ; {insert('neither', 'http://e/a')}")
    assert reason(reply) == (403, "foreign-graph", "foreign-graph")
    assert not says(desk, "<http://e/both> ?p ?o")


REFUSED = {
    "load": ("LOAD <{url}>", (400, "load-refused")),
    "load into": ("LOAD SILENT <{url}> INTO GRAPH <http://e/mine>", (400, "load-refused")),
    "load after": ("CREATE GRAPH <http://e/z>; LOAD <{url}>", (400, "load-refused")),
    "glued load": ("LOADSILENT<{url}>", (400, "load-refused")),
    "service": ("INSERT {{}} WHERE {{ SERVICE <{url}> {{ ?s ?p ?o }} }}", (400, "service-refused")),
    "silent service": ("INSERT {{}} WHERE {{SERVICESILENT<{url}>{{}}}}", (400, "service-refused")),
    "service in delete": (
        "DELETE {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o {{ SELECT * {{ SERVICE ?x {{}} }} }} }}",
        (400, "service-refused"),
    ),
    "query": ("SELECT * {{ ?s ?p ?o }}", (400, "query-refused")),
    "nested": ("INSERT {{}} WHERE " + "{{" * 3000 + "}}" * 3000, (400, "query-too-deep")),
    "long": ("INSERT DATA {{ }} #" + "x" * 60_000, (400, "query-too-long")),
    "wide": ("INSERT {{}} WHERE {{ " + "{{}} UNION " * 600 + "{{}} }}", (400, "query-too-wide")),
    "syntax": ("INSERT DATA {{ <http://e/a> <http://e/b> }}", (400, "syntax-error")),
    "truncated": ("INSERT DATA {{ <http://e/a> <http://e/b> 'te", (400, "syntax-error")),
}


@pytest.mark.parametrize(("text", "expected"), REFUSED.values(), ids=REFUSED)
def test_what_no_update_may_be_is_a_problem_and_not_recorded(
    desk: Server, listener: Listener, text: str, expected: tuple[int, str]
) -> None:
    before = read(desk, "/contributions?limit=1000")
    assert reason(update(desk, text.format(url=listener.url)))[:2] == expected
    assert listener.connections == 0
    assert read(desk, "/contributions?limit=1000") == before


def test_a_syntax_error_has_its_place_also_behind_other_operations(desk: Server) -> None:
    reply = update(desk, insert("place") + " ;\nPREFIX e: <http://e/>\nDELETE { ?s e:p } WHERE { ?s e:p ?o }")
    assert reason(reply)[:2] == (400, "syntax-error")
    assert (json.loads(reply.body)["line"], json.loads(reply.body)["column"]) == (3, 17)


FOREIGN = {
    "insert": insert("foreign", "http://e/a"),
    "our names": insert("foreign", "https://w3id.org/opsc/graph/participation"),
    "clear all": "CLEAR ALL",
    "drop all": "DROP SILENT ALL",
    "drop": "DROP GRAPH <http://e/a>",
    "move": "MOVE <http://e/a> TO <http://e/mine>",
    "copy": "COPY <http://e/a> TO <http://e/b>",
    "delete": "DELETE WHERE { ?s <http://e/p> ?o }",
}


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_graphs_of_others_stay_as_they_are(desk: Server, text: str) -> None:
    version = served_version(desk)
    assert reason(update(desk, text)) == (403, "foreign-graph", "foreign-graph")
    assert served_version(desk) == version


def test_a_graph_belongs_to_whoever_filled_it_first(desk: Server) -> None:
    assert update(desk, insert("first", "http://e/first"), by="token-b").status == 200
    assert reason(update(desk, "DROP GRAPH <http://e/first>"))[0] == 403
    assert update(desk, "DROP GRAPH <http://e/first>", by="token-b").status == 200
    assert reason(update(desk, insert("first", "http://e/first")))[0] == 403


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, (400, "update-missing")),
        ({"update": ["CLEAR ALL", "CLEAR ALL"]}, (400, "parameter-repeated")),
        ({"query": "ASK {}"}, (400, "query-refused")),
        ({"update": "CLEAR ALL", "query": "ASK {}"}, (400, "query-refused")),
        ({"update": insert("x"), "using-graph-uri": "mine"}, (400, "graph-name-invalid")),
        (
            {"update": "INSERT {} USING <http://e/a> WHERE {}", "using-graph-uri": "http://e/a"},
            (400, "using-conflict"),
        ),
        (
            {"update": "WITH <http://e/a> INSERT {} WHERE {}", "using-named-graph-uri": "http://e/a"},
            (400, "using-conflict"),
        ),
    ],
)
def test_a_form_that_is_no_update_operation_is_a_problem(
    desk: Server, fields: dict[str, str | list[str]], expected: tuple[int, str]
) -> None:
    assert reason(update_form(desk, fields))[:2] == expected


HERE = f"/update?source={SOURCE}"
IN_BODY = {"Content_Type": UPDATE}


@pytest.mark.parametrize(
    ("path", "headers", "body", "expected"),
    [
        ("/update", IN_BODY, b"", (400, "source-missing")),
        (HERE, {"Content_Type": "application/sparql-query"}, b"ASK {}", (400, "query-refused")),
        (HERE, {"Content_Type": "text/plain"}, b"", (415, "media-type-unsupported")),
        (HERE, {**IN_BODY, "Content_Encoding": "gzip"}, b"", (415, "media-type-unsupported")),
        (HERE, IN_BODY, b"\xff", (400, "encoding-invalid")),
        (HERE, {"Content_Type": FORM}, b"update=%FF", (400, "encoding-invalid")),
        (HERE, IN_BODY, b"#" * 200_001, (413, "body-too-large")),
        (f"{HERE}&format=pdf", IN_BODY, b"", (406, "format-unknown")),
    ],
)
def test_a_request_that_cannot_be_met_is_a_problem(
    desk: Server, path: str, headers: dict[str, str], body: bytes, expected: tuple[int, str]
) -> None:
    assert reason(send(desk, "POST", path, body, **headers))[:2] == expected


@pytest.mark.parametrize(("token", "code"), [(None, "token-missing"), ("token-c", "token-invalid")])
def test_without_a_token_nothing_is_recorded(desk: Server, token: str | None, code: str) -> None:
    before = read(desk, "/contributions?limit=1000")
    assert reason(update(desk, insert("token"), by=token)) == (401, code, None)
    assert read(desk, "/contributions?limit=1000") == before


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_updates_are_posted(desk: Server, method: str) -> None:
    reply = send(desk, method, f"/update?source={SOURCE}&update=CLEAR%20ALL")
    assert reason(reply)[:2] == (405, "method-not-allowed")
    assert sorted(reply.headers["Allow"].split(", ")) == ["OPTIONS", "POST"]


def test_an_update_that_never_ends_is_stopped_refused_and_holds_nobody_up(desk: Server) -> None:
    crossing = " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(8))
    text = f"INSERT {{ GRAPH <http://e/mine> {{ <http://e/n> <http://e/is> ?n }} }} WHERE {{ SELECT (COUNT(*) AS ?n) {{ {crossing} }} }}"  # noqa: E501
    with cpu_limit(desk.process.pid, 3 * SECONDS):
        reply = update(desk, text)
    assert reason(reply) == (422, "contribution-refused", "deadline-exceeded")
    assert read(desk, reply.headers["Location"])["accepted"] is False
    assert update(desk, insert("after")).status == 200
    assert says(desk, "<http://e/after> ?p ?o")


def test_updates_at_once_are_decided_one_after_the_other(desk: Server) -> None:
    update(desk, "INSERT DATA { GRAPH <http://e/counter> { <http://e/counter> <http://e/n> 0 } }")
    count = (
        "WITH <http://e/counter> DELETE { ?c <http://e/n> ?n } INSERT { ?c <http://e/n> ?m } "
        "WHERE { ?c <http://e/n> ?n BIND(?n + 1 AS ?m) }"
    )
    replies: list[Reply] = []
    sending = [threading.Thread(target=lambda: replies.append(update(desk, count))) for _ in range(5)]
    for thread in sending:
        thread.start()
    for thread in sending:
        thread.join()
    assert [reply.status for reply in replies] == [200] * 5
    assert says(desk, "GRAPH <http://e/counter> { <http://e/counter> <http://e/n> 5 }")


def test_an_update_is_retracted_exactly(desk: Server) -> None:
    update(desk, insert("back", "http://e/back"))
    location = update(desk, "CLEAR GRAPH <http://e/back> ; " + insert("forth", "http://e/back")).headers["Location"]
    assert not says(desk, "<http://e/back> ?p ?o")
    assert send(desk, "DELETE", location).status == 200
    assert says(desk, "GRAPH <http://e/back> { <http://e/back> ?p ?o }")
    assert not says(desk, "<http://e/forth> ?p ?o")


@pytest.mark.parametrize("direct", [False, True], ids=["form", "body"])
def test_sparqlwrapper_sends_updates(desk: Server, *, direct: bool) -> None:
    client = SPARQLWrapper(f"http://127.0.0.1:{desk.port}/update?source={SOURCE}")
    client.addCustomHttpHeader("Authorization", "Bearer token-a")
    client.setMethod(POST)
    if direct:
        client.setRequestMethod(POSTDIRECTLY)
    client.setQuery(insert(f"wrapper-{direct}"))
    assert client.query().response.status == 200
    assert says(desk, f"<http://e/wrapper-{direct}> ?p ?o")


def test_rdflib_sends_updates(desk: Server) -> None:
    store = SPARQLUpdateStore(
        desk.url,
        f"http://127.0.0.1:{desk.port}/update",
        headers={"Authorization": "Bearer token-a"},
        params={"source": SOURCE},
    )
    triple = (URIRef("http://e/rdflib"), URIRef("http://e/p"), Literal("x", lang="en"))
    graph = Graph(store, URIRef("http://e/by-rdflib"))
    graph.add(triple)
    assert says(desk, 'GRAPH <http://e/by-rdflib> { <http://e/rdflib> <http://e/p> "x"@en }')
    graph.remove(triple)
    assert not says(desk, "<http://e/rdflib> ?p ?o")


def test_without_tokens_nobody_updates(home: Path) -> None:
    with running(home, OPSC_WORKERS="1") as server:
        assert reason(update(server, insert("closed"))) == (403, "contributions-closed", None)
        assert b"SPARQL11Update" not in server.request("GET", "/sparql").body
    assert not os.path.exists(home / "ledger.sqlite3")  # noqa: PTH110


def test_the_service_description_names_the_update_address(desk: Server) -> None:
    description = Graph().parse(data=desk.request("GET", "/sparql", Accept="text/turtle").body, format="turtle")
    found = description.query(
        "PREFIX sd: <http://www.w3.org/ns/sparql-service-description#> "
        "SELECT ?address { ?s a sd:Service ; sd:endpoint ?address ; sd:supportedLanguage sd:SPARQL11Update }"
    )
    assert [str(address) for (address,) in found] == [f"http://127.0.0.1:{desk.port}/update"]  # type: ignore[misc]
