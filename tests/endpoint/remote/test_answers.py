"""A client sees from an engine elsewhere what it sees from the server's own processes."""

import json
from collections import Counter
from urllib.parse import urlencode

import pytest
from pyoxigraph import QueryResultsFormat as Results
from pyoxigraph import QuerySolutions, RdfFormat, Store, parse, parse_query_results

from tests.endpoint.conftest import Reply, Server

PREFIXES = "PREFIX opsc: <https://w3id.org/opsc/ns#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n"
NORWAY = "<https://w3id.org/opsc/id/state/NOR>"
# Each with an order, so that the bytes are the same.
ORDERED = {
    "strings and languages": f"SELECT ?p ?o {{ {NORWAY} ?p ?o }} ORDER BY ?p LANG(?o) STR(?o)",
    "dates and numbers": "SELECT ?t ?day ?n { ?t a opsc:Tally ; opsc:onDate ?day ; opsc:signatories ?n } ORDER BY ?day",
    "years and months": "SELECT DISTINCT ?v { ?c opsc:claimedValue ?v } ORDER BY STR(?v) STR(DATATYPE(?v))",
    "stored truth values": "SELECT DISTINCT ?v { ?s ?p ?v FILTER(STR(DATATYPE(?v)) = STR(xsd:boolean)) } ORDER BY ?v",
    "computed truth values": "SELECT (1 = 2 AS ?no) (BOUND(?x) AS ?bound) ?yes { BIND(1 IN (1, 2) AS ?yes) }",
    "a value that is missing": "SELECT ?s ?no { VALUES ?s { 1 2 } OPTIONAL { ?s opsc:no ?no } } ORDER BY ?s",
    "no solution": "SELECT ?s { ?s opsc:no ?o }",
    "a count of the merge": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "graphs with their sizes": "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g",
    "one graph": "SELECT (COUNT(*) AS ?n) FROM <graph/participation> { ?s ?p ?o }",
    "a relative IRI": "SELECT ?label { <id/state/NOR> opsc:officialName ?label }",
    "a graph that the store keeps for itself": "SELECT ?g ?s FROM NAMED <urn:opsc:published> { GRAPH ?g { ?s ?p ?o } }",
    "an empty default graph": "SELECT ?s ?o FROM NAMED <graph/bodies> { ?s ?p ?o }",
    "graphs merged into one": "SELECT (COUNT(*) AS ?n) FROM <graph/derived> FROM <graph/participation> { ?s ?p ?o }",
    "yes": f"ASK {{ {NORWAY} a opsc:State }}",
    "no": f"ASK {{ {NORWAY} a opsc:Accession }}",
}
GRAPHS = {
    "triples": "CONSTRUCT { ?s skos:prefLabel ?l } WHERE { ?s a opsc:State ; skos:prefLabel ?l }",
    "a short form": "CONSTRUCT WHERE { ?s a opsc:Signature ; opsc:participant ?who }",
    "a template without variables": f"CONSTRUCT {{ {NORWAY} a opsc:Thing }} WHERE {{ ?s a opsc:State }}",
    "values that a triple cannot have": "CONSTRUCT { ?l opsc:of ?s . ?s opsc:is ?l } WHERE { ?s opsc:iso3 ?l }",
    "a resource described": f"DESCRIBE {NORWAY}",
    "resources found and described": "DESCRIBE ?s WHERE { ?s a opsc:Statement }",
    "everything described": "DESCRIBE * WHERE { ?s opsc:iso3 'NOR' }",
}
FORMATS = {"json": Results.JSON, "xml": Results.XML, "csv": Results.CSV, "tsv": Results.TSV}


def asked(server: Server, query: str, accept: str | None = None, **parameters: str | list[str]) -> Reply:
    prefixed = f"{PREFIXES}PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n{query}"
    return server.ask(prefixed, accept=accept, **parameters)


@pytest.mark.parametrize("written", FORMATS)
@pytest.mark.parametrize("query", ORDERED.values(), ids=ORDERED)
def test_solutions_come_in_the_same_bytes(fronted: Server, local: Server, query: str, written: str) -> None:
    answered, expected = (asked(server, query, format=written) for server in (fronted, local))
    assert (answered.status, answered.content_type) == (200, expected.content_type)
    assert answered.body == expected.body


@pytest.mark.parametrize("query", GRAPHS.values(), ids=GRAPHS)
def test_graphs_have_the_same_triples(fronted: Server, local: Server, query: str) -> None:
    answered, expected = (asked(server, query, "text/turtle") for server in (fronted, local))
    assert (answered.status, answered.content_type) == (200, expected.content_type)
    triples = {quad.triple for quad in parse(answered.body, RdfFormat.TURTLE)}
    assert triples
    assert triples == {quad.triple for quad in parse(expected.body, RdfFormat.TURTLE)}


def test_every_quad_comes_back_as_it_went_in(fronted: Server, dataset: Store) -> None:
    for graph in dataset.named_graphs():
        query = f"SELECT ?s ?p ?o {{ GRAPH {graph} {{ ?s ?p ?o }} }}"
        solutions = parse_query_results(asked(fronted, query, format="json").body, Results.JSON)
        assert isinstance(solutions, QuerySolutions)
        answered = Counter((row["s"], row["p"], row["o"]) for row in solutions)
        held = dataset.quads_for_pattern(None, None, None, graph)
        assert answered == Counter((quad.subject, quad.predicate, quad.object) for quad in held), graph


def test_a_dataset_of_the_request_wins_over_the_one_of_the_query(fronted: Server, local: Server) -> None:
    query = "SELECT (COUNT(*) AS ?n) FROM <graph/derived> { ?s ?p ?o }"
    named = {"default-graph-uri": "https://w3id.org/opsc/graph/bodies"}
    answered, expected = (asked(server, query, **named) for server in (fronted, local))
    assert answered.body == expected.body
    assert json.loads(answered.body)["results"]["bindings"][0]["n"]["value"] == "349"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT ?x {", "syntax-error"),
        ("SELECT ?x WHERE { ?x ex:p 1 }", "syntax-error"),
        ("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "service-refused"),
        ("SELECT * { " + "{" * 200 + "}" * 200 + " }", "query-too-deep"),
        ("INSERT DATA { <http://e/s> <http://e/p> 1 }", "update-refused"),
        ("SELECT (<https://w3id.org/opsc/function/none>(1) AS ?x) {}", "function-unknown"),
    ],
)
def test_what_the_guard_refuses_is_refused_in_the_same_words(
    fronted: Server, local: Server, query: str, code: str
) -> None:
    answered, expected = (json.loads(server.ask(query).body) for server in (fronted, local))
    del answered["request_id"], expected["request_id"]
    assert answered == expected
    assert answered["code"] == code


def test_the_service_description_counts_the_same_graphs(fronted: Server, local: Server) -> None:
    described = [
        server.request("GET", "/sparql", Accept="application/n-triples").body.decode() for server in (fronted, local)
    ]
    sizes = [sorted(line.split('"')[1] for line in text.splitlines() if "void#triples" in line) for text in described]
    assert sizes[0] == sizes[1]
    assert len(sizes[0]) > 60


def test_health_tells_the_version_that_the_store_holds(fronted: Server, local: Server) -> None:
    answered, expected = (json.loads(server.request("GET", "/health").body) for server in (fronted, local))
    assert (answered["ready"], answered["version"]) == (True, expected["version"])


def test_data_are_validated_against_the_version_that_is_served(fronted: Server, local: Server) -> None:
    data = b"@prefix opsc: <https://w3id.org/opsc/ns#> . <http://e/action> a opsc:Ratification ."
    query = urlencode({"format": "json", "against": "release"})
    reports = [
        server.request("POST", f"/validate?{query}", data, Content_Type="text/turtle") for server in (fronted, local)
    ]
    assert [report.status for report in reports] == [200, 200]
    assert reports[0].body == reports[1].body
    assert reports[0].headers["OPSC-Conforms"] == "false"


def test_a_graph_is_read_with_the_same_tag(fronted: Server, local: Server) -> None:
    path = "/data?graph=https://w3id.org/opsc/graph/bodies"
    answered, expected = (server.request("GET", path) for server in (fronted, local))
    assert (answered.status, answered.headers["ETag"]) == (200, expected.headers["ETag"])


def test_nothing_is_contributed_through_a_server_that_only_reads_the_store(fronted: Server) -> None:
    reply = fronted.request("POST", "/contributions?source=http://e/s", b"<a:a> <b:b> 1 .", Content_Type="text/turtle")
    assert (reply.status, json.loads(reply.body)["code"]) == (403, "contributions-closed")
