from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, QuerySolutions, RdfFormat, Store

from graph.sparql import formats
from ontology.terms import PREFIXES
from tests.endpoint.auth.test_bearer import digest
from tests.endpoint.conftest import Server, running, small_release

SIZES = """
SELECT ?name ?triples { ?service a sd:Service ; sd:defaultDataset/sd:namedGraph ?named .
  ?named sd:name ?name ; sd:graph/void:triples ?triples } ORDER BY ?name"""
DEFAULT = "SELECT ?triples { ?service sd:defaultDataset/sd:defaultGraph/void:triples ?triples }"
FORMATS = "SELECT ?format { ?service sd:resultFormat ?format }"
ENDPOINT = "SELECT ?endpoint { ?service a sd:Service ; sd:endpoint ?endpoint ; sd:supportedLanguage sd:SPARQL11Query }"


@pytest.fixture(scope="module")
def description(server: Server) -> Store:
    store = Store()
    store.load(server.request("GET", "/sparql", Accept="text/turtle").body, RdfFormat.TURTLE)
    return store


def described(server: Server, **headers: str) -> Store:
    store = Store()
    store.load(server.request("GET", "/sparql", Accept="application/n-triples", **headers).body, RdfFormat.N_TRIPLES)
    return store


def select(store: Store, query: str) -> list[tuple[str, ...]]:
    results = store.query(query, prefixes=PREFIXES)
    assert isinstance(results, QuerySolutions)
    return [tuple(term.value for term in row if isinstance(term, NamedNode | Literal)) for row in results]


def test_it_names_the_endpoint_and_the_language(server: Server, description: Store) -> None:
    assert select(description, ENDPOINT) == [(server.url,)]


def test_it_counts_every_graph(description: Store) -> None:
    assert select(description, SIZES) == [("http://e/a", "300"), ("http://e/b", "101")]
    assert select(description, DEFAULT) == [("400",)]


def test_it_names_the_formats(description: Store) -> None:
    names = {iri.removeprefix("http://www.w3.org/ns/formats/") for (iri,) in select(description, FORMATS)}
    assert {"SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV"} <= names
    assert {"Turtle", "N-Triples", "RDF_XML", "JSON-LD", "TriG", "N-Quads"} <= names


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "text/turtle; charset=utf-8"),
        ("application/rdf+xml", "application/rdf+xml"),
        ("application/ld+json", "application/ld+json"),
        ("text/turtle;q=0.2, application/n-triples", "application/n-triples"),
    ],
)
def test_it_is_negotiated(server: Server, accept: str, content_type: str) -> None:
    reply = server.request("GET", "/sparql", Accept=accept)
    assert (reply.status, reply.content_type) == (200, content_type)


def test_it_is_406_when_no_rdf_is_accepted(server: Server) -> None:
    reply = server.request("GET", "/sparql", Accept="text/csv")
    assert (reply.status, reply.content_type) == (406, "application/problem+json")


@pytest.mark.parametrize("host", ["a b", "a<b>", 'a"b', "a/../b", ""])
def test_a_host_that_cannot_be_is_a_problem(server: Server, host: str) -> None:
    reply = server.request("GET", "/sparql", Host=host)
    assert (reply.status, reply.content_type) == (400, "application/problem+json")


def test_head_has_the_headers_of_get_and_no_body(server: Server) -> None:
    got, head = (server.request(method, "/sparql", Accept="application/n-triples") for method in ("GET", "HEAD"))
    assert (head.status, head.body, head.content_type) == (200, b"", got.content_type)


def test_it_says_which_graphs_a_query_may_name(description: Store) -> None:
    query = "SELECT ?name { ?service sd:availableGraphs/sd:namedGraph/sd:name ?name } ORDER BY ?name"
    assert select(description, query) == [("http://e/a",), ("http://e/b",)]
    assert description.query("ASK { ?service sd:availableGraphs/a sd:GraphCollection }", prefixes=PREFIXES)


def test_it_names_the_entailment_regime(description: Store) -> None:
    query = "SELECT ?regime { ?service sd:defaultEntailmentRegime ?regime }"
    assert select(description, query) == [("http://www.w3.org/ns/entailment/Simple",)]


def test_every_function_that_it_names_is_known_to_the_engine_and_no_other_is(
    server: Server, description: Store
) -> None:
    named = [iri for (iri,) in select(description, "SELECT ?f { ?service sd:extensionFunction ?f . ?f a sd:Function }")]
    assert "http://www.w3.org/2001/XMLSchema#date" in named
    for iri in named:
        arguments = "'POINT(1 1)', 'POINT(1 2)'" if "geosparql" in iri else "'x'"
        assert server.ask(f"SELECT (<{iri}>({arguments}) AS ?x) {{}}").status == 200, iri
    assert "https://w3id.org/opsc/function/calendar#monthsLater" in named
    assert server.ask("SELECT (<https://w3id.org/opsc/function/calendar#daysLater>(1) AS ?x) {}").status == 400


def test_every_format_that_it_names_can_be_asked_for(server: Server, description: Store) -> None:
    known = {one.iri: one for one in (*formats.SOLUTIONS, *formats.GRAPHS)}
    for (iri,) in select(description, FORMATS):
        media_type = known[iri].media_type
        query = "ASK {}" if known[iri] in formats.SOLUTIONS else "DESCRIBE <http://e/0>"
        reply = server.ask(query, accept=media_type)
        assert (reply.status, reply.content_type.partition(";")[0]) == (200, media_type)


def test_it_tells_a_merged_default_graph(description: Store) -> None:
    assert description.query("ASK { ?service sd:feature sd:UnionDefaultGraph }", prefixes=PREFIXES)


UPDATES = "SELECT ?service ?endpoint { ?service sd:supportedLanguage sd:SPARQL11Update ; sd:endpoint ?endpoint }"


def test_it_follows_the_tokens_and_names_the_update_service_by_an_iri(
    tmp_path: Path,
) -> None:
    """Comunica takes the last endpoint of a service without a name for the query endpoint."""
    small_release(tmp_path)
    tokens = tmp_path / "tokens"
    with running(tmp_path, OPSC_WORKERS="1") as server:
        assert select(described(server), UPDATES) == []
        tokens.write_text(f"dev {digest('token-a')}\n")
        address = server.url.replace("/sparql", "/update")
        store = described(server)
        assert select(store, UPDATES) == [(f"{address}#service", address)]
        assert select(store, ENDPOINT) == [(server.url,)]
        first = server.request("GET", "/sparql", Accept="text/turtle")
        tag = first.headers["ETag"]
        assert server.request("GET", "/sparql", Accept="text/turtle", If_None_Match=tag).status == 304
        tokens.unlink()
        assert server.request("GET", "/sparql", Accept="text/turtle", If_None_Match=tag).status == 200


@pytest.mark.parametrize("public", ["https://example.org/", "https://example.org/opsc", "https://example.org/a/b/"])
def test_it_is_at_the_public_address(start: Callable[..., AbstractContextManager[Server]], public: str) -> None:
    with start(OPSC_PUBLIC_URL=public, OPSC_WORKERS="1") as server:
        for headers in ({}, {"Host": "example.com"}):
            assert select(described(server, **headers), ENDPOINT) == [(public.rstrip("/") + "/sparql",)]
