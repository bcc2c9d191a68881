"""Two endpoints, of which one asks the other, and a server at whose addresses something goes wrong each."""

import socket
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from pyoxigraph import (
    QueryResultsFormat,
    QuerySolutions,
    parse_query_results,
)

from graph.versions import release
from tests.endpoint.conftest import Server, running
from tests.endpoint.federated import here_quads, there_quads
from tests.remotes import JSON, XML, Remote, answering, remote

PREFIX = "PREFIX e: <http://e/>"


SECONDS = 1.0


ROWS = 200


# As many requests to other endpoints are under way at one time.
PROCESSES = 4


BYTES = 100_000


@pytest.fixture(scope="session")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The other endpoint."""
    home = tmp_path_factory.mktemp("there")
    release.write(home, release.sorted_nquads(there_quads()), {}, b"")
    with running(home, OPSC_WORKERS="2") as server:
        yield server


def _drip(request: BaseHTTPRequestHandler) -> None:
    """Send a byte of the header now and then, for longer than anyone waits."""
    for _ in range(60):
        request.wfile.write(b"H")
        request.wfile.flush()
        time.sleep(0.3)


def _drip_body(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Type", JSON)
    request.end_headers()
    _drip(request)


def _endless(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Type", JSON)
    request.end_headers()
    for _ in range(10_000):
        request.wfile.write(b" " * 10_000)


def _cut(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Type", JSON)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    request.wfile.write(results('{"s":{"type":"uri","value":"http://e/1"}}').encode())
    request.close_connection = True


def _no_http(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"220 mail.example ESMTP\r\n\r\n")
    request.close_connection = True


def results(*rows: str, names: str = '"s","p","o"') -> str:
    return f'{{"head":{{"vars":[{names}]}},"results":{{"bindings":[{",".join(rows)}]}}}}'


def _row(term: str) -> str:
    return results(f'{{"s":{term}}}')


ONE_ROW = '{"s":{"type":"uri","value":"http://e/1"}}'


FAILURES = {
    "hangs": (answering(results(), pause=8), 504, "service-too-slow", "did not respond within 1 seconds"),
    "drips": (_drip, 504, "service-too-slow", "did not respond within 1 seconds"),
    "drips-body": (_drip_body, 504, "service-too-slow", "did not respond within 1 seconds"),
    "large": (answering(results() + " " * BYTES), 422, "service-too-large", f"more than {BYTES} bytes"),
    "endless": (_endless, 422, "service-too-large", f"more than {BYTES} bytes"),
    "many": (answering(results(*[ONE_ROW] * 201)), 422, "service-too-large", "more than 200 solutions"),
    "error": (answering("no", status=500), 502, "service-failed", "responded with status 500"),
    "refusal": (answering("no", status=403), 502, "service-failed", "responded with status 403"),
    "redirect": (answering("", status=302, Location="http://127.0.0.1:1/"), 502, "service-failed", "not followed"),
    "page": (answering("<html>", "text/html"), 502, "service-failed", "neither SPARQL results in JSON nor in XML"),
    "untyped": (answering(results(), ""), 502, "service-failed", "neither SPARQL results in JSON nor in XML"),
    "liar": (answering("<html>not json</html>"), 502, "service-failed", "results that cannot be parsed"),
    "xml-liar": (answering(results(), XML), 502, "service-failed", "results that cannot be parsed"),
    "half": (answering(results(ONE_ROW)[:-4]), 502, "service-failed", "results that cannot be parsed"),
    "cut": (_cut, 502, "service-failed", "closed the connection early"),
    "no-http": (_no_http, 502, "service-failed", "closed the connection early"),
    "boolean": (answering('{"head":{},"boolean":true}'), 502, "service-failed", "a boolean"),
    "compressed": (answering(b"\x1f\x8b", Content_Encoding="gzip"), 502, "service-failed", "compressed"),
    "broken-iri": (
        answering(_row('{"type":"uri","value":"http://e/> } SERVICE <http://e/"}')),
        502,
        "service-failed",
        "results that cannot be parsed",
    ),
    "broken-language": (
        answering(_row('{"type":"literal","value":"x","xml:lang":"en . <"}')),
        502,
        "service-failed",
        "results that cannot be parsed",
    ),
    "broken-datatype": (
        answering(_row('{"type":"literal","value":"x","datatype":"http://e/> ) } #"}')),
        502,
        "service-failed",
        "results that cannot be parsed",
    ),
    "entities": (
        answering(
            '<!DOCTYPE sparql [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><sparql '
            'xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="s"/></head><results><result>'
            '<binding name="s"><literal>&b;</literal></binding></result></results></sparql>',
            XML,
        ),
        502,
        "service-failed",
        "results that cannot be parsed",
    ),
    "deep": (
        answering(
            '{"head":{"vars":["s"]},"results":{"bindings":[{"s":' + '{"type":"triple","value":{"subject":' * 2_000
        ),
        502,
        "service-failed",
        "returned",
    ),
}


HONEST = {
    "blank": answering(
        results(
            '{"s":{"type":"bnode","value":"b0"},"o":{"type":"bnode","value":"b1"}}',
            '{"s":{"type":"bnode","value":"b0"},"o":{"type":"uri","value":"http://e/1"}}',
            '{"s":{"type":"bnode","value":"b1"}}',
        )
    ),
    "xml": answering(
        '<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="o"/>'
        '<variable name="s"/></head><results><result><binding name="s"><uri>http://e/4</uri></binding>'
        '<binding name="o"><literal xml:lang="en">&lt;4&gt;</literal></binding></result></results></sparql>',
        XML + "; charset=utf-8",
    ),
    "more": answering(
        results(
            '{"s":{"type":"uri","value":"http://e/4"},"label":{"type":"literal","value":"no"}}', names='"s","label"'
        )
    ),
}


def _by_path(request: BaseHTTPRequestHandler) -> None:
    name = request.path.removeprefix("/")
    answer = HONEST.get(name) or FAILURES[name][0]
    answer(request)


@pytest.fixture(scope="session")
def others() -> Iterator[Remote]:
    """A server at whose addresses something goes wrong each."""
    with remote(_by_path) as started:
        yield started


def address_of(others: Remote, name: str) -> str:
    return f"http://127.0.0.1:{others.port}/{name}"


@pytest.fixture(scope="session")
def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def here(tmp_path_factory: pytest.TempPathFactory, there: Server, others: Remote, closed_port: int) -> Iterator[Server]:
    """The endpoint that asks the others."""
    home = tmp_path_factory.mktemp("here")
    release.write(home, release.sorted_nquads(here_quads()), {}, b"")
    allowed = [there.url, f"http://127.0.0.1:{closed_port}/sparql", *(address_of(others, name) for name in HONEST)]
    allowed += [address_of(others, name) for name in FAILURES]
    limits = {"OPSC_SERVICE_SECONDS": str(SECONDS), "OPSC_SERVICE_ROWS": str(ROWS), "OPSC_SERVICE_BYTES": str(BYTES)}
    lists = {"OPSC_SERVICE_ALLOW": " ".join(allowed), "OPSC_SERVICE_PRIVATE": "127.0.0.1"}
    with running(
        home, OPSC_WORKERS="2", OPSC_SERVICE_CLAUSES="3", OPSC_SERVICE_PROCESSES=str(PROCESSES), **limits, **lists
    ) as server:
        yield server


def rows(solutions: QuerySolutions) -> "Counter[tuple[str, ...]]":
    names = sorted(variable.value for variable in solutions.variables)
    return Counter(tuple(str(row[name]) for name in names) for row in solutions)


def answered(reply_body: bytes) -> "Counter[tuple[str, ...]]":
    results = parse_query_results(reply_body, QueryResultsFormat.JSON)
    assert isinstance(results, QuerySolutions)
    return rows(results)
