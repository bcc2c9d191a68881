"""Every form of request that the SPARQL 1.1 Protocol knows, and those that it forbids, in one table for each operation.

https://www.w3.org/TR/sparql11-protocol/, sections 2.1 (query) and 2.2 (update).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

import pytest

from tests.endpoint.auth.test_bearer import digest
from tests.endpoint.conftest import Reply, Server, running, small_release
from tests.endpoint.writing import SOURCE

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
A, B = "http://e/a", "http://e/b"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
NAMED = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
FROM_A = COUNT.replace("{", "FROM <http://e/a> {", 1)
FROM_NAMED_A = NAMED.replace("{", "FROM NAMED <http://e/a> {", 1)
# Its default graph has 300 triples and its named graph 101, of which one is shared.
CROSSED = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o . GRAPH ?g { ?s ?q ?z } }"
LABEL = "http://www.w3.org/2004/02/skos/core#prefLabel"


@dataclass(frozen=True)
class Sent:
    """A request, by its method, the parameters in its URL, and its body."""

    method: str = "GET"
    url: list[tuple[str, str]] = field(default_factory=list)
    body: bytes | None = None
    content_type: str | None = None
    accept: str | None = None

    def to(self, server: Server, path: str, **headers: str) -> Reply:
        given = {"Content_Type": self.content_type, "Accept": self.accept}
        named = {name: value for name, value in given.items() if value is not None}
        return server.request(self.method, f"{path}{urlencode(self.url)}", self.body, **named, **headers)


def get(query: str, *parameters: tuple[str, str], accept: str | None = None) -> Sent:
    return Sent("GET", [("query", query), *parameters], accept=accept)


def form(*fields: tuple[str, str], url: tuple[tuple[str, str], ...] = (), accept: str | None = None) -> Sent:
    return Sent("POST", list(url), urlencode(fields).encode(), FORM, accept)


def direct(text: str, *parameters: tuple[str, str], content_type: str = QUERY, accept: str | None = None) -> Sent:
    return Sent("POST", list(parameters), text.encode(), content_type, accept)


def default(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple(("default-graph-uri", name) for name in names)


def named(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple(("named-graph-uri", name) for name in names)


ANSWERED = {
    "GET": (get(COUNT), 400),
    "POST form": (form(("query", COUNT)), 400),
    "POST form with a charset": (
        Sent("POST", [], urlencode({"query": COUNT}).encode(), f"{FORM}; charset=UTF-8"),
        400,
    ),
    "POST direct": (direct(COUNT), 400),
    "POST direct with a charset": (direct(COUNT, content_type=f"{QUERY}; charset=utf-8"), 400),
    "media type in capitals": (direct(COUNT, content_type="Application/SPARQL-Query"), 400),
    "default graph by GET": (get(COUNT, *default(A)), 300),
    "default graph by POST form": (form(("query", COUNT), *default(B)), 101),
    "default graph by POST direct": (direct(COUNT, *default(B)), 101),
    "default graph in the URL of a form": (form(("query", COUNT), url=default(B)), 101),
    "several default graphs by GET": (get(COUNT, *default(A, B)), 400),
    "several default graphs by POST form": (form(("query", COUNT), *default(A, B)), 400),
    "several default graphs by POST direct": (direct(COUNT, *default(A, B)), 400),
    "named graph by GET": (get(NAMED, *named(B)), 101),
    "named graph by POST form": (form(("query", NAMED), *named(B)), 101),
    "named graph by POST direct": (direct(NAMED, *named(B)), 101),
    "several named graphs": (get(NAMED, *named(A, B)), 401),
    "named graphs leave the default graph empty": (get(COUNT, *named(A)), 0),
    "default graphs leave no named graph": (get(NAMED, *default(A)), 0),
    "default and named graphs by GET": (get(CROSSED, *default(A), *named(B)), 1),
    "default and named graphs by POST form": (form(("query", CROSSED), *default(A), *named(B)), 1),
    "default and named graphs by POST direct": (direct(CROSSED, *default(A), *named(B)), 1),
    "a graph that does not exist": (get(COUNT, *default("http://e/nowhere")), 0),
    "FROM": (get(FROM_A), 300),
    "FROM NAMED": (get(FROM_NAMED_A), 300),
    "the protocol wins over FROM": (get(FROM_A, *default(B)), 101),
    "the protocol wins over FROM NAMED": (get(FROM_NAMED_A, *named(B)), 101),
    "the protocol wins over FROM in a form": (form(("query", FROM_A), *default(B)), 101),
    "the protocol wins over FROM in a body": (direct(FROM_A, *default(B)), 101),
    "other parameters": (get(COUNT, ("results", "json"), ("debug", "")), 400),
}


@pytest.mark.parametrize(("sent", "expected"), ANSWERED.values(), ids=ANSWERED)
def test_a_query_operation_is_answered(server: Server, sent: Sent, expected: int) -> None:
    reply = sent.to(server, "/sparql?")
    assert (reply.status, reply.content_type) == (200, "application/sparql-results+json"), reply.body
    assert json.loads(reply.body)["results"]["bindings"][0]["n"]["value"] == str(expected)


TYPED = {
    "SELECT": ("SELECT * {} LIMIT 1", {"application/sparql-results+json", "application/sparql-results+xml"}),
    "ASK": ("ASK {}", {"application/sparql-results+json", "application/sparql-results+xml"}),
    "DESCRIBE": ("DESCRIBE <http://e/0>", {"text/turtle", "application/rdf+xml", "application/n-triples"}),
    "CONSTRUCT": (
        "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 1",
        {"text/turtle", "application/rdf+xml", "application/n-triples"},
    ),
}


@pytest.mark.parametrize(("query", "media_types"), TYPED.values(), ids=TYPED)
@pytest.mark.parametrize("ask", [get, lambda query, accept: form(("query", query), accept=accept), direct])
def test_the_content_type_is_one_of_the_standard_and_the_one_that_is_accepted(
    server: Server, query: str, media_types: set[str], ask: object
) -> None:
    assert callable(ask)
    for accept in (None, *sorted(media_types)):
        reply = ask(query, accept=accept).to(server, "/sparql?")
        assert reply.status == 200
        assert reply.content_type.partition(";")[0] in ({accept} if accept else media_types)


REFUSED = {
    "method PUT": (Sent("PUT", [("query", COUNT)]), 405, "method-not-allowed"),
    "method DELETE": (Sent("DELETE", [("query", COUNT)]), 405, "method-not-allowed"),
    "method PATCH": (Sent("PATCH", [("query", COUNT)]), 405, "method-not-allowed"),
    "two queries by GET": (get(COUNT, ("query", "ASK {}")), 400, "parameter-repeated"),
    "two queries by form": (form(("query", COUNT), ("query", "ASK {}")), 400, "parameter-repeated"),
    "queries in URL and body": (direct(COUNT, ("query", "ASK {}")), 400, "parameter-repeated"),
    "queries in URL and form": (form(("query", COUNT), url=(("query", "ASK {}"),)), 400, "parameter-repeated"),
    "media type of another language": (direct(COUNT, content_type="text/plain"), 415, "media-type-unsupported"),
    "media type JSON": (direct(COUNT, content_type="application/json"), 415, "media-type-unsupported"),
    "form without a type": (
        Sent("POST", [], urlencode({"query": COUNT}).encode()),
        415,
        "media-type-unsupported",
    ),
    "direct without a type": (Sent("POST", [], COUNT.encode()), 415, "media-type-unsupported"),
    "form without a query": (form(("default-graph-uri", A)), 400, "query-missing"),
    "direct in UTF-16": (Sent("POST", [], COUNT.encode("utf-16"), QUERY), 400, "encoding-invalid"),
    "direct in Latin 1": (Sent("POST", [], "ASK { 'é' }".encode("latin-1"), QUERY), 400, "encoding-invalid"),
    "direct that says UTF-16": (direct(COUNT, content_type=f"{QUERY}; charset=utf-16"), 415, "media-type-unsupported"),
    "form in Latin 1": (Sent("POST", [], b"query=ASK%7B%E9%7D", FORM), 400, "encoding-invalid"),
    "syntax by GET": (get("ASK {"), 400, "syntax-error"),
    "syntax by form": (form(("query", "nonsense")), 400, "syntax-error"),
    "syntax in the body": (direct("SELECT ?s { ?s ?p }"), 400, "syntax-error"),
    "an update by GET": (Sent("GET", [("update", "CLEAR ALL")]), 400, "update-refused"),
    "an update as query": (get("CLEAR ALL"), 400, "update-refused"),
    "an update by form": (form(("update", "CLEAR ALL")), 400, "update-refused"),
    "an update in the body": (direct("CLEAR ALL", content_type=UPDATE), 400, "update-refused"),
    "a default graph that is no IRI": (get(COUNT, *default("not an IRI")), 400, "graph-name-invalid"),
    "a named graph that is relative": (get(COUNT, *named("graph")), 400, "graph-name-invalid"),
}


@pytest.mark.parametrize(("sent", "status", "code"), REFUSED.values(), ids=REFUSED)
def test_a_query_operation_that_is_none_is_refused(server: Server, sent: Sent, status: int, code: str) -> None:
    reply = sent.to(server, "/sparql?")
    assert (reply.status, reply.content_type) == (status, "application/problem+json")
    assert json.loads(reply.body)["code"] == code


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("operations")
    small_release(folder)
    (folder / "tokens").write_text(f"alice {digest('token-a')}\n")
    with running(folder, OPSC_TOKENS_FILE=str(folder / "tokens"), OPSC_WORKERS="1") as started:
        yield started


def insert(name: str) -> str:
    return f'INSERT DATA {{ GRAPH <http://e/own> {{ <http://e/law/{name}> <{LABEL}> "The law {name}"@en }} }}'


def copying(name: str, *, matched: str = "?s ?p ?o", prefix: str = "") -> str:
    """Return an update that adds a law when a pattern is found in the dataset of its WHERE clause."""
    return (
        f'{prefix}INSERT {{ GRAPH <http://e/own> {{ <http://e/law/{name}> <{LABEL}> "The law {name}"@en }} }} '
        f"WHERE {{ {matched} FILTER(?s = <http://e/0>) }}"
    )


def using(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple(("using-graph-uri", name) for name in names)


def using_named(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple(("using-named-graph-uri", name) for name in names)


IN_GRAPH = "GRAPH ?g { ?s ?p ?o }"
# ``http://e/0`` stands in the graph ``http://e/a`` alone.
UPDATED = {
    "form": (form(("update", insert("u01"))), "u01", True),
    "direct": (direct(insert("u02"), content_type=UPDATE), "u02", True),
    "direct with a charset": (direct(insert("u03"), content_type=f"{UPDATE}; charset=UTF-8"), "u03", True),
    "a sequence": (direct(f"{insert('u04')} ; {insert('u04b')}", content_type=UPDATE), "u04b", True),
    "default dataset": (direct(copying("u05"), content_type=UPDATE), "u05", True),
    "using-graph-uri by form": (form(("update", copying("u06")), *using(A)), "u06", True),
    "using-graph-uri by form, elsewhere": (form(("update", copying("u07")), *using(B)), "u07", False),
    "using-graph-uri direct": (direct(copying("u08"), *using(A), content_type=UPDATE), "u08", True),
    "using-graph-uri direct, elsewhere": (direct(copying("u09"), *using(B), content_type=UPDATE), "u09", False),
    "several using-graph-uri": (form(("update", copying("u10")), *using(B, A)), "u10", True),
    "using-named-graph-uri by form": (
        form(("update", copying("u11", matched=IN_GRAPH)), *using_named(A)),
        "u11",
        True,
    ),
    "using-named-graph-uri, elsewhere": (
        form(("update", copying("u12", matched=IN_GRAPH)), *using_named(B)),
        "u12",
        False,
    ),
    "using-named-graph-uri direct": (
        direct(copying("u13", matched=IN_GRAPH), *using_named(A), content_type=UPDATE),
        "u13",
        True,
    ),
    "both": (
        direct(copying("u14", matched=f"{IN_GRAPH} ?x ?y ?z ."), *using(B), *using_named(A), content_type=UPDATE),
        "u14",
        True,
    ),
}


@pytest.mark.parametrize(("sent", "name", "changes"), UPDATED.values(), ids=UPDATED)
def test_an_update_operation_is_made(desk: Server, sent: Sent, name: str, changes: bool) -> None:
    reply = sent.to(desk, f"/update?source={SOURCE}&", Authorization="Bearer token-a")
    assert reply.status == 200, reply.body
    found = desk.ask(f"ASK {{ GRAPH <http://e/own> {{ <http://e/law/{name}> ?p ?o }} }}")
    assert json.loads(found.body)["boolean"] is changes


WITH = "WITH <http://e/own> "
USING = copying("x").replace("WHERE", "USING <http://e/a> WHERE")
UPDATE_REFUSED = {
    "GET": (Sent("GET", [("update", insert("x"))]), 405, "method-not-allowed"),
    "PUT": (Sent("PUT", [], insert("x").encode(), UPDATE), 405, "method-not-allowed"),
    "DELETE": (Sent("DELETE", [("update", insert("x"))]), 405, "method-not-allowed"),
    "two updates": (form(("update", insert("x")), ("update", insert("x"))), 400, "parameter-repeated"),
    "updates in URL and body": (
        direct(insert("x"), ("update", insert("x")), content_type=UPDATE),
        400,
        "parameter-repeated",
    ),
    "media type of another language": (direct(insert("x"), content_type="text/plain"), 415, "media-type-unsupported"),
    "form without a type": (
        Sent("POST", [], urlencode({"update": insert("x")}).encode()),
        415,
        "media-type-unsupported",
    ),
    "direct without a type": (Sent("POST", [], insert("x").encode()), 415, "media-type-unsupported"),
    "direct in UTF-16": (Sent("POST", [], insert("x").encode("utf-16"), UPDATE), 400, "encoding-invalid"),
    "form in Latin 1": (Sent("POST", [], b"update=%E9", FORM), 400, "encoding-invalid"),
    "syntax by form": (form(("update", "INSERT nonsense")), 400, "syntax-error"),
    "syntax in the body": (direct("INSERT DATA {", content_type=UPDATE), 400, "syntax-error"),
    "form without an update": (form(*using(A)), 400, "update-missing"),
    "a query by form": (form(("query", COUNT)), 400, "query-refused"),
    "a query as update": (form(("update", COUNT)), 400, "query-refused"),
    "a query in the body": (direct(COUNT), 400, "query-refused"),
    "using-graph-uri and WITH": (form(("update", copying("x", prefix=WITH)), *using(A)), 400, "using-conflict"),
    "using-named-graph-uri and WITH": (
        direct(copying("x", prefix=WITH), *using_named(A), content_type=UPDATE),
        400,
        "using-conflict",
    ),
    "using-graph-uri and USING": (form(("update", USING), *using(A)), 400, "using-conflict"),
    "using-named-graph-uri and USING NAMED": (
        direct(USING.replace("USING", "USING NAMED"), *using_named(A), content_type=UPDATE),
        400,
        "using-conflict",
    ),
    "using-graph-uri that is no IRI": (form(("update", copying("x")), *using("here")), 400, "graph-name-invalid"),
}


@pytest.mark.parametrize(("sent", "status", "code"), UPDATE_REFUSED.values(), ids=UPDATE_REFUSED)
def test_an_update_operation_that_is_none_is_refused(desk: Server, sent: Sent, status: int, code: str) -> None:
    before = json.loads(desk.request("GET", "/health").body)["version"]
    reply = sent.to(desk, f"/update?source={quote(SOURCE)}&", Authorization="Bearer token-a")
    assert (reply.status, reply.content_type) == (status, "application/problem+json"), reply.body
    assert json.loads(reply.body)["code"] == code
    assert json.loads(desk.request("GET", "/health").body)["version"] == before
