"""The SPARQL 1.1 Protocol over a real socket."""

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import quote

import pytest
from pyoxigraph import QueryResultsFormat, QuerySolutions, RdfFormat, parse, parse_query_results

from tests.endpoint.conftest import BODY_BYTES, QUERY_LENGTH, Server
from tests.polling import PATIENCE

COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o }"
FORM = "application/x-www-form-urlencoded"


def count(body: bytes) -> int:
    return int(json.loads(body)["results"]["bindings"][0]["n"]["value"])


def code(body: bytes) -> str:
    return str(json.loads(body)["code"])


def test_a_query_by_get(server: Server) -> None:
    reply = server.ask(COUNT)
    assert (reply.status, count(reply.body)) == (200, 400)


def test_a_query_by_form(server: Server) -> None:
    reply = server.request("POST", "/sparql", f"query={quote(COUNT)}".encode(), Content_Type=FORM)
    assert (reply.status, count(reply.body)) == (200, 400)


def test_a_query_as_body(server: Server) -> None:
    reply = server.request(
        "POST", "/sparql?default-graph-uri=http://e/a", COUNT.encode(), Content_Type="application/sparql-query"
    )
    assert (reply.status, count(reply.body)) == (200, 300)


def test_a_form_is_decoded_once(server: Server) -> None:
    body = b"query=SELECT+(%22a%252Bb+%2B%22+AS+%3Fx)+%7B%7D"
    reply = server.request("POST", "/sparql", body, Content_Type=FORM, Accept="text/csv")
    assert reply.body == b"x\r\na%2Bb +\r\n"


def test_head_has_the_headers_of_get_and_no_body(server: Server) -> None:
    got, head = server.ask(COUNT), server.ask(COUNT, method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.content_type == got.content_type
    assert head.headers["Content-Length"] == str(len(got.body))


def test_options_names_the_methods_and_allows_other_sites(server: Server) -> None:
    reply = server.request("OPTIONS", "/sparql", Origin="https://example.org", Access_Control_Request_Method="POST")
    assert reply.status == 200
    assert set(reply.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert "Content-Type" in reply.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in reply.headers


def test_pages_of_other_sites_may_read_answers_and_errors(server: Server) -> None:
    for query in (COUNT, "nonsense"):
        reply = server.ask(query)
        assert reply.headers["Access-Control-Allow-Origin"] == "*"
        assert "Retry-After" in reply.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize(
    ("accept", "reader"),
    [
        ("application/sparql-results+json", QueryResultsFormat.JSON),
        ("application/sparql-results+xml", QueryResultsFormat.XML),
        ("text/tab-separated-values", QueryResultsFormat.TSV),
    ],
)
def test_select_is_what_its_content_type_says(server: Server, accept: str, reader: QueryResultsFormat) -> None:
    reply = server.ask("SELECT ?s ?o { ?s ?p ?o } LIMIT 3", accept=accept)
    assert reply.content_type.partition(";")[0] == accept
    results = parse_query_results(reply.body, reader)
    assert isinstance(results, QuerySolutions)
    assert len(list(results)) == 3


def test_tsv_is_tsv_and_csv_is_csv(server: Server) -> None:
    query = "SELECT ?s ?o { VALUES ?s { <http://e/0> } ?s ?p ?o }"
    tsv, csv = server.ask(query, accept="text/tab-separated-values"), server.ask(query, accept="text/csv")
    assert tsv.body.decode() == '?s\t?o\n<http://e/0>\t"é 0"@fr\n'
    assert csv.body.decode() == "s,o\r\nhttp://e/0,é 0\r\n"
    assert (tsv.content_type, csv.content_type) == (
        "text/tab-separated-values; charset=utf-8",
        "text/csv; charset=utf-8",
    )


@pytest.mark.parametrize("query", ["CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 3", "DESCRIBE <http://e/0>"])
@pytest.mark.parametrize(
    ("accept", "reader"),
    [
        (None, RdfFormat.TURTLE),
        ("text/turtle", RdfFormat.TURTLE),
        ("application/n-triples", RdfFormat.N_TRIPLES),
        ("application/rdf+xml", RdfFormat.RDF_XML),
        ("application/ld+json", RdfFormat.JSON_LD),
        ("application/trig", RdfFormat.TRIG),
        ("application/n-quads", RdfFormat.N_QUADS),
    ],
)
def test_graphs_are_what_their_content_type_says(
    server: Server, query: str, accept: str | None, reader: RdfFormat
) -> None:
    reply = server.ask(query, accept=accept)
    assert reply.content_type.partition(";")[0] == (accept or "text/turtle")
    assert list(parse(reply.body, reader))


def test_negotiated_answers_vary_by_accept(server: Server) -> None:
    assert server.ask("ASK {}").headers["Vary"] == "Accept, Accept-Encoding"
    assert server.ask("ASK {}", accept="image/png").headers["Vary"] == "Accept, Accept-Encoding"
    assert server.request("GET", "/sparql").headers["Vary"] == "Accept, Accept-Encoding"


@pytest.mark.parametrize(
    ("query", "accept"),
    [("ASK {}", "image/png"), ("ASK {}", "text/turtle"), ("DESCRIBE <http://e/0>", "text/csv")],
)
def test_nothing_that_fits_is_406(server: Server, query: str, accept: str) -> None:
    reply = server.ask(query, accept=accept)
    assert (reply.status, code(reply.body)) == (406, "not-acceptable")


def test_the_format_parameter_wins_over_accept(server: Server) -> None:
    reply = server.ask("ASK {}", accept="text/html", format="csv")
    assert (reply.content_type, reply.body) == ("text/csv; charset=utf-8", b"true")


def test_a_format_that_does_not_exist_is_a_problem(server: Server) -> None:
    reply = server.ask("ASK {}", format="pdf")
    assert (reply.status, code(reply.body)) == (406, "format-unknown")


def test_default_graphs_are_merged(server: Server) -> None:
    both = {"default-graph-uri": ["http://e/a", "http://e/b"]}
    assert count(server.ask(COUNT, **both).body) == 400
    assert count(server.ask(COUNT, **{"default-graph-uri": "http://e/b"}).body) == 101
    assert count(server.ask(COUNT.replace("WHERE", "FROM <http://e/a> FROM <http://e/b> WHERE")).body) == 400


def test_the_protocol_wins_over_from(server: Server) -> None:
    query = COUNT.replace("WHERE", "FROM <http://e/a> WHERE")
    assert count(server.ask(query, **{"default-graph-uri": "http://e/b"}).body) == 101


def test_named_graphs_alone_leave_the_default_graph_empty(server: Server) -> None:
    named = {"named-graph-uri": "http://e/b"}
    assert count(server.ask(COUNT, **named).body) == 0
    assert count(server.ask("SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }", **named).body) == 101


@pytest.mark.parametrize(
    ("query", "status", "expected"),
    [
        ("SELECT * { ?s ?p ?o", 400, "syntax-error"),
        ("", 400, "syntax-error"),
        ("SELECT * { SERVICE <http://127.0.0.1:1/> {} }", 400, "service-refused"),
        ("INSERT DATA { <http://e/s> <http://e/p> 1 }", 400, "update-refused"),
        ("LOAD <http://127.0.0.1:1/>", 400, "update-refused"),
        ("SELECT (<https://w3id.org/opsc/function/none>(1) AS ?x) {}", 400, "function-unknown"),
        ("SELECT * {" + "{" * 3_000 + "}" * 3_000 + "}", 400, "query-too-deep"),
        ("SELECT * {" + " UNION ".join(["{}"] * 1_000) + "}", 400, "query-too-wide"),
        ("ASK {}" + "#" * QUERY_LENGTH, 400, "query-too-long"),
        ("SELECT ?a ?d { ?a ?b ?c . ?d ?e ?f }", 422, "result-too-large"),
    ],
    ids=["syntax", "empty", "SERVICE", "INSERT", "LOAD", "function", "deep", "wide", "long", "large answer"],
)
def test_a_query_that_is_not_answered_is_a_problem(server: Server, query: str, status: int, expected: str) -> None:
    reply = server.ask(query)
    assert (reply.status, reply.content_type) == (status, "application/problem+json")
    problem = json.loads(reply.body)
    assert problem["code"] == expected
    assert problem["type"] == f"https://w3id.org/opsc/problems/{expected}"
    assert problem["status"] == status
    assert problem["detail"]
    assert problem["request_id"] == reply.headers["X-Request-ID"]


def test_a_syntax_error_names_line_and_column(server: Server) -> None:
    problem = json.loads(server.ask("SELECT * {\n  ?s ?p ?o\n  ?s ?q ?r .\n}").body)
    assert (problem["line"], problem["column"]) == (3, 3)
    assert problem["detail"] == "line 3, column 3: unexpected '?s'"


@pytest.mark.parametrize(
    ("path", "body", "headers", "status", "expected"),
    [
        ("/sparql", b"", {"Content-Type": FORM}, 400, "query-missing"),
        ("/sparql", b"query=ASK%7B%7D&query=ASK%7B%7D", {"Content-Type": FORM}, 400, "parameter-repeated"),
        ("/sparql?query=ASK%7B%7D", b"ASK {}", {"Content-Type": "application/sparql-query"}, 400, "parameter-repeated"),
        ("/sparql", b"update=CLEAR+ALL", {"Content-Type": FORM}, 400, "update-refused"),
        ("/sparql", b"CLEAR ALL", {"Content-Type": "application/sparql-update"}, 400, "update-refused"),
        ("/sparql", b"ASK {'\xe9'}", {"Content-Type": "application/sparql-query"}, 400, "encoding-invalid"),
        ("/sparql", b"{}", {"Content-Type": "application/json"}, 415, "media-type-unsupported"),
        ("/sparql", b"ASK {}", {}, 415, "media-type-unsupported"),
        (
            "/sparql?default-graph-uri=here",
            b"ASK {}",
            {"Content-Type": "application/sparql-query"},
            400,
            "graph-name-invalid",
        ),
        ("/sparql", b"#" * (BODY_BYTES + 1), {"Content-Type": "application/sparql-query"}, 413, "body-too-large"),
        ("/nowhere", b"", {}, 404, "not-found"),
    ],
)
def test_a_request_that_is_not_read_is_a_problem(
    server: Server, path: str, body: bytes, headers: dict[str, str], status: int, expected: str
) -> None:
    named = {name.replace("-", "_"): value for name, value in headers.items()}
    reply = server.request("POST", path, body, **named)
    assert (reply.status, code(reply.body)) == (status, expected)


def test_a_body_without_a_length_is_read_up_to_the_limit(server: Server) -> None:
    headers = {"Content-Type": "application/sparql-query", "Transfer-Encoding": "chunked"}
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    for chunks, status in (([b"ASK", b" {}"], 200), ([b"ASK {}", b"#" * BODY_BYTES], 413)):
        connection.request("POST", "/sparql", iter(chunks), headers, encode_chunked=True)
        reply = connection.getresponse()
        reply.read()
        assert reply.status == status
    connection.close()


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_another_method_is_405_with_those_allowed(server: Server, method: str) -> None:
    reply = server.request(method, "/sparql")
    assert (reply.status, code(reply.body)) == (405, "method-not-allowed")
    assert set(reply.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}


def test_a_query_past_its_deadline_is_stopped_and_the_next_one_is_answered(server: Server) -> None:
    reply = server.ask(ENDLESS)
    assert (reply.status, code(reply.body)) == (504, "deadline-exceeded")
    assert count(server.ask(COUNT).body) == 400


def test_health_and_refusals_are_answered_while_every_process_is_busy(server: Server) -> None:
    with ThreadPoolExecutor(4) as clients:
        endless = [clients.submit(server.ask, ENDLESS) for _ in range(4)]
        assert server.request("GET", "/health").status == 200
        assert server.ask("SELECT * {").status == 400
        assert not all(one.done() for one in endless)
        assert {one.result().status for one in endless} <= {503, 504}
    assert count(server.ask(COUNT).body) == 400


def test_no_answer_shows_the_inside_of_the_server(server: Server) -> None:
    queries = [
        "SELECT * { ?s ?p ?o",
        "SELECT * { BIND(1 AS ?x) BIND(2 AS ?x) }",
        "SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }",
        "SELECT (<https://w3id.org/opsc/function/none>(1) AS ?x) {}",
        "SELECT * { ?s ?p 'x'@toolonglanguagetag }",
        "SELECT * { ?s ?p \ud7ff }",
        "PREFIX : <x:> SELECT * { ?s !(:a|^:b)* ?o } ORDER BY :f(?s)",
    ]
    replies = [server.ask(query) for query in queries]
    replies += [
        server.request("GET", path) for path in ("/%00", "/..%2f..%2fetc", "/static/../app.py", "/sparql?query=%00")
    ]
    for reply in replies:
        text = reply.body.decode()
        assert not any(
            inside in text for inside in ("Traceback", ".py", "site-packages", "expected one of", "/home/", "/usr/")
        )
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Content-Security-Policy"].startswith("default-src 'self'")


def test_no_two_processes_make_the_same_uuid(server: Server) -> None:
    with ThreadPoolExecutor(4) as clients:
        replies = list(clients.map(lambda _: server.ask("SELECT (UUID() AS ?new) {}"), range(20)))
        assert len({reply.body for reply in replies}) == 20


@pytest.mark.parametrize("timeout", ["", "0", "0.0"])
@pytest.mark.parametrize("graph", ["default-graph-uri", "named-graph-uri"])
def test_empty_parameters_of_forms_ask_for_nothing(server: Server, timeout: str, graph: str) -> None:
    """Forms and links of Virtuoso send these."""
    reply = server.ask(COUNT, timeout=timeout, format="", debug="on", **{graph: ""})
    assert (reply.status, reply.content_type, count(reply.body)) == (200, "application/sparql-results+json", 400)
    assert server.ask(COUNT, accept="text/csv", format="auto").content_type.startswith("text/csv")


def test_a_request_of_http_1_1_names_its_host(server: Server) -> None:
    answers = []
    for version in (b"1.0", b"1.1"):
        with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
            connection.sendall(b"GET /sparql?query=ASK%7B%7D HTTP/" + version + b"\r\nConnection: close\r\n\r\n")
            answers.append(connection.recv(65_536).split()[1])
    assert answers == [b"200", b"400"]


def test_scripts_may_send_the_header_of_older_libraries(server: Server) -> None:
    reply = server.request("OPTIONS", "/sparql", Origin="https://e.org", Access_Control_Request_Method="GET")
    assert "X-Requested-With" in reply.headers["Access-Control-Allow-Headers"].split(", ")
