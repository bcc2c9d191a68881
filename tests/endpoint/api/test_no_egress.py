"""Whatever a query names, nothing is fetched: a server on this machine hears no request."""

from pathlib import Path

import pytest

from tests.endpoint.conftest import Listener, Server

QUERIES = [
    "SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ SERVICE SILENT <{url}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ BIND(<{url}> AS ?x) SERVICE ?x {{ ?s ?p ?o }} }}",
    "SELECT * {{SERVICESILENT<{url}>{{?s ?p ?o}}}}",
    "SELECT * {{ FILTER(1<?b)SERVICE#>\n<{url}>{{}} }}",
    "SELECT * {{ VALUES ?x {{'''a'}} SERVICE <{url}> {{}} }}# \\q '''",
    "SELECT * FROM <{url}> {{ ?s ?p ?o }}",
    "SELECT * FROM NAMED <{url}> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
    "SELECT * FROM <{url}> FROM <{url}2> {{ ?s ?p ?o }}",
    "SELECT * {{ GRAPH <{url}> {{ ?s ?p ?o }} }}",
    "DESCRIBE <{url}>",
    "LOAD <{url}>",
    "LOAD SILENT <{url}> INTO GRAPH <http://e/a>",
    "SELECT (<{url}>(1) AS ?x) {{}}",
]


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_fetches_nothing(server: Server, listener: Listener, query: str) -> None:
    reply = server.ask(query.format(url=listener.url))
    assert reply.status in {200, 400}
    assert listener.connections == 0


@pytest.mark.parametrize("parameter", ["default-graph-uri", "named-graph-uri"])
def test_a_graph_name_in_the_request_fetches_nothing(server: Server, listener: Listener, parameter: str) -> None:
    names = [listener.url, f"{listener.url}?2"]
    reply = server.ask("SELECT * { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }", **{parameter: names})
    assert (reply.status, b'bindings":[]' in reply.body) == (200, True)
    assert listener.connections == 0


@pytest.mark.parametrize("graphs", ["FROM <{uri}>", "FROM NAMED <{uri}>", "FROM <{uri}> FROM <http://e/a>"])
def test_a_file_is_not_read(server: Server, tmp_path: Path, graphs: str) -> None:
    secret = tmp_path / "secret.ttl"
    secret.write_text('<http://secret> <http://e/p> "canary-7f3a" .')
    query = f"SELECT * {graphs.format(uri=secret.as_uri())} {{ {{ ?s ?p ?o }} UNION {{ GRAPH ?g {{ ?s ?p ?o }} }} }}"
    reply = server.ask(query)
    assert reply.status == 200
    assert b"canary-7f3a" not in reply.body
