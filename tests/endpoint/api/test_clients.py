"""Clients that people use, unchanged, over a real socket."""

import json
import shutil
import subprocess

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import CSV, JSON, JSONLD, N3, POST, POSTDIRECTLY, RDFXML, TSV, TURTLE, XML, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

from tests.endpoint.conftest import Server

SELECT = "SELECT ?s ?o WHERE { ?s <http://e/p> ?o } ORDER BY ?s LIMIT 2"
CONSTRUCT = "CONSTRUCT WHERE { <http://e/7> ?p ?o }"
SEVEN = (URIRef("http://e/7"), URIRef("http://e/p"), Literal("é 7", lang="fr"))


def wrapper(server: Server, query: str, format_name: str) -> SPARQLWrapper:
    client = SPARQLWrapper(server.url)
    client.setQuery(query)
    client.setReturnFormat(format_name)
    return client


@pytest.mark.parametrize("method", ["GET", POST])
def test_sparqlwrapper_reads_json(server: Server, method: str) -> None:
    client = wrapper(server, SELECT, JSON)
    client.setMethod(method)
    bindings = client.query().convert()["results"]["bindings"]
    assert [row["s"]["value"] for row in bindings] == ["http://e/0", "http://e/1"]


def test_sparqlwrapper_posts_directly(server: Server) -> None:
    client = wrapper(server, SELECT, JSON)
    client.setMethod(POST)
    client.setRequestMethod(POSTDIRECTLY)
    assert len(client.query().convert()["results"]["bindings"]) == 2


@pytest.mark.parametrize("only_accept", [False, True], ids=["with the format parameter", "with Accept only"])
def test_sparqlwrapper_reads_every_select_format(server: Server, *, only_accept: bool) -> None:
    converted = {}
    for name in (XML, CSV, TSV):
        client = wrapper(server, SELECT, name)
        client.setOnlyConneg(only_accept)
        converted[name] = client.query().convert()
    assert len(converted[XML].getElementsByTagName("result")) == 2
    assert converted[CSV].startswith(b"s,o\r\n")
    assert converted[TSV].startswith(b"?s\t?o\n")


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.parametrize("only_accept", [False, True], ids=["with the format parameter", "with Accept only"])
@pytest.mark.parametrize("name", [XML, RDFXML, JSONLD])
def test_sparqlwrapper_reads_graphs(server: Server, name: str, *, only_accept: bool) -> None:
    client = wrapper(server, CONSTRUCT, name)
    client.setOnlyConneg(only_accept)
    assert set(client.query().convert()) == {SEVEN}


@pytest.mark.parametrize("name", [TURTLE, N3])
def test_sparqlwrapper_reads_turtle(server: Server, name: str) -> None:
    body = wrapper(server, CONSTRUCT, name).query().convert()
    assert set(Graph().parse(data=body, format="turtle")) == {SEVEN}


def test_sparqlwrapper_tells_a_syntax_error(server: Server) -> None:
    with pytest.raises(QueryBadFormed, match="unmatched"):
        wrapper(server, "SELECT * {", JSON).query()


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_sparqlstore_queries_and_matches(server: Server, method: str) -> None:
    store = SPARQLStore(server.url, method=method)
    graph = Graph(store)
    assert [str(row.s) for row in graph.query(SELECT)] == ["http://e/0", "http://e/1"]
    assert graph.query("ASK { ?s ?p ?o }").askAnswer
    assert set(graph.query(CONSTRUCT)) == {SEVEN}
    assert list(graph.triples((SEVEN[0], None, None))) == [SEVEN]
    assert len(graph) == 400


def test_sparqlstore_matches_in_one_graph(server: Server) -> None:
    store = SPARQLStore(server.url, context_aware=True)
    assert len(Graph(store, identifier=URIRef("http://e/b"))) == 101


needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on the path")


def curl(*arguments: str) -> str:
    done = subprocess.run(["curl", "--silent", "--show-error", *arguments], capture_output=True, text=True, check=True)
    return done.stdout


@needs_curl
def test_curl_by_get_form_and_body(server: Server) -> None:
    expected = "s,o\nhttp://e/0,é 0\nhttp://e/1,é 1\n"
    encoded = f"query={SELECT}"
    by_get = curl("--get", "--data-urlencode", encoded, "-H", "Accept: text/csv", server.url)
    by_form = curl("--data-urlencode", encoded, "-H", "Accept: text/csv", server.url)
    by_body = curl(
        "--data-binary", SELECT, "-H", "Content-Type: application/sparql-query", "-H", "Accept: text/csv", server.url
    )
    assert [text.replace("\r\n", "\n") for text in (by_get, by_form, by_body)] == [expected] * 3


@needs_curl
def test_curl_sees_the_status_of_an_error(server: Server) -> None:
    shown = curl("--data-urlencode", "query=SELECT", "--write-out", "\n%{http_code} %{content_type}", server.url)
    body, _, status = shown.rpartition("\n")
    assert status == "400 application/problem+json"
    assert json.loads(body)["code"] == "syntax-error"


@needs_curl
def test_curl_head(server: Server) -> None:
    shown = curl("--head", f"{server.url}?query=ASK%7B%7D")
    assert shown.startswith("HTTP/1.1 200")
    assert "content-type: application/sparql-results+json" in shown.lower()
