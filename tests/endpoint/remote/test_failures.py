"""Whatever an engine elsewhere does, a client is told in time, with a code, and answered once it is well again."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from graph.versions import release
from tests.endpoint.conftest import Reply, Server, small_release
from tests.endpoint.remote.conftest import EACH_ENGINE, ENGINES, publish, reading
from tests.engines import Engine, oxigraph, virtuoso
from tests.polling import eventually

QUERY = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
LONG = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(CONTAINS(STR(?c), STR(?l))) }"
SECONDS = 2.0

Misbehave = Callable[[BaseHTTPRequestHandler, bytes], None]


def sent(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    named = {"Content-Type": "application/sparql-results+json", "Content-Length": str(len(body)), **headers}
    for name, value in named.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def hang(handler: BaseHTTPRequestHandler, _: bytes) -> None:
    handler.connection.recv(1)


def drip(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    """Send one byte after the other, each long before a time limit for one of them."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    for byte in head + body:
        try:
            handler.wfile.write(bytes([byte]))
        except OSError:
            return
        time.sleep(0.2)


def cut(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    sent(handler, 200, body[: len(body) // 2])


def break_off(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.close_connection = True
    sent(handler, 200, body[: len(body) // 2], Content_Length=str(len(body)))


def pour(handler: BaseHTTPRequestHandler, _: bytes) -> None:
    """Send without end."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/sparql-results+json")
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b" " * 65_536)
    except OSError:
        return
    finally:
        handler.close_connection = True


def partly(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    sent(handler, 200, body, Server="Virtuoso/07.20", X_SQL_State="S1TAT")


MISBEHAVIOURS: dict[str, tuple[Misbehave, int, str]] = {
    "it hangs": (hang, 504, "deadline-exceeded"),
    "it sends a byte now and then": (drip, 504, "deadline-exceeded"),
    "it sends without end": (pour, 422, "result-too-large"),
    "its JSON is cut": (cut, 502, "store-unusable"),
    "it breaks its answer off": (break_off, 502, "store-unusable"),
    "it answers with a page": (
        lambda handler, _: sent(handler, 200, b"<html>welcome</html>", Content_Type="text/html"),
        502,
        "store-unusable",
    ),
    "it says JSON and sends something else": (
        lambda handler, _: sent(handler, 200, b"<html>welcome</html>"),
        502,
        "store-unusable",
    ),
    "it compresses unasked": (
        lambda handler, body: sent(handler, 200, body, Content_Encoding="gzip"),
        502,
        "store-unusable",
    ),
    "it wants a password": (
        lambda handler, _: sent(handler, 401, b"secret-reason", WWW_Authenticate='Basic realm="x"'),
        502,
        "store-unusable",
    ),
    "it forbids": (lambda handler, _: sent(handler, 403, b"secret-reason"), 502, "store-unusable"),
    "it is not there": (lambda handler, _: sent(handler, 404, b"secret-reason"), 502, "store-unusable"),
    "it points elsewhere": (
        lambda handler, _: sent(handler, 302, b"", Location="http://127.0.0.1:1/elsewhere"),
        502,
        "store-unusable",
    ),
    "it fails": (lambda handler, _: sent(handler, 500, b"secret-reason"), 422, "evaluation-failed"),
    "it refuses the query": (lambda handler, _: sent(handler, 400, b"secret-reason"), 422, "evaluation-failed"),
    "it is busy": (lambda handler, _: sent(handler, 503, b"secret-reason"), 503, "busy"),
    "it ran out of time": (lambda handler, _: sent(handler, 504, b"secret-reason"), 504, "deadline-exceeded"),
    "it answers with what it had": (partly, 504, "deadline-exceeded"),
}


class Tampering:
    """Stands before a real engine, and misbehaves with the queries of clients; what the server asks itself passes."""

    def __init__(self, engine: Engine) -> None:
        self.misbehave: Misbehave | None = None
        tampering = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                connection = HTTPConnection("127.0.0.1", engine.port, timeout=60)
                connection.request("POST", engine.query_path, body, dict(self.headers.items()))
                answer = connection.getresponse()
                content = answer.read()
                connection.close()
                own = "urn:opsc:published" in parse_qs(body.decode())["query"][0]
                if tampering.misbehave is None or own:
                    sent(self, answer.status, content, Content_Type=answer.headers["Content-Type"])
                else:
                    tampering.misbehave(self, content)

            def version_string(self) -> str:
                return "engine"

            def log_message(self, *_: object) -> None:
                """Print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/query"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def small_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("small")
    small_release(home)
    return home


@pytest.fixture(scope="module")
def tampered(tmp_path_factory: pytest.TempPathFactory, small_home: Path) -> Iterator[tuple[Server, Tampering]]:
    """A server before an engine with something between them."""
    with oxigraph(tmp_path_factory.mktemp("behind")) as engine:
        assert publish(small_home, engine).returncode == 0
        tampering = Tampering(engine)
        between = Engine([], urlsplit(tampering.url).port or 0, engine.folder, "/query", "/update")
        limits = {"OPSC_QUERY_SECONDS": str(SECONDS), "OPSC_RESULT_BYTES": "300000", "OPSC_STORE_CONNECTIONS": "2"}
        with reading(small_home, between, **limits) as server:
            yield server, tampering
        tampering.close()


def told(reply: Reply) -> tuple[int, str]:
    return reply.status, json.loads(reply.body)["code"]


@pytest.mark.parametrize(("misbehave", "status", "code"), MISBEHAVIOURS.values(), ids=MISBEHAVIOURS)
def test_what_the_engine_does_wrong_is_a_problem_with_a_code(
    tampered: tuple[Server, Tampering], misbehave: Misbehave, status: int, code: str
) -> None:
    server, tampering = tampered
    tampering.misbehave = misbehave
    try:
        reply = server.ask(QUERY)
    finally:
        tampering.misbehave = None
    assert told(reply) == (status, code)
    assert reply.content_type == "application/problem+json"
    assert b"secret-reason" not in reply.body
    assert tampering.url.encode() not in reply.body
    assert server.ask(QUERY).status == 200


def test_many_that_hang_do_not_keep_those_behind_them_for_ever(tampered: tuple[Server, Tampering]) -> None:
    server, tampering = tampered
    tampering.misbehave = hang
    with ThreadPoolExecutor(6) as clients:
        replies = list(clients.map(lambda number: server.ask(f"{QUERY} # {number}"), range(6)))
    tampering.misbehave = None
    assert {told(reply) for reply in replies} <= {(504, "deadline-exceeded"), (503, "busy")}
    assert eventually(lambda: server.ask(QUERY).status == 200)


@pytest.mark.engines
def test_rows_that_the_engine_leaves_out_are_an_error(tmp_path: Path, small_home: Path) -> None:
    with virtuoso(tmp_path, most_rows=120) as engine:
        assert publish(small_home, engine).returncode == 0
        with reading(small_home, engine) as server:
            assert told(server.ask("SELECT * { ?s ?p ?o }")) == (422, "result-too-large")
            assert told(server.ask("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }")) == (422, "result-too-large")
            assert told(server.ask("SELECT * { ?s ?p ?o } LIMIT 121")) == (422, "result-too-large")
            assert len(server.ask("SELECT * { ?s ?p ?o } LIMIT 120", accept="text/csv").body.splitlines()) == 121
            assert b'"400"' in server.ask(QUERY).body


@contextmanager
def asked_meanwhile(server: Server, query: str) -> Iterator[list[Reply]]:
    """Ask a query while the body of the ``with`` statement runs; its answer is there afterwards."""
    replies: list[Reply] = []
    thread = threading.Thread(target=lambda: replies.append(server.ask(query)))
    thread.start()
    yield replies
    thread.join(timeout=60)


@pytest.mark.parametrize("name", EACH_ENGINE)
def test_an_engine_that_is_killed_in_a_query_is_asked_again_once_it_is_back(
    name: str, tmp_path: Path, small_home: Path
) -> None:
    with ENGINES[name](tmp_path) as engine:
        assert publish(small_home, engine).returncode == 0
        # What was published must outlast the end of the engine.
        with reading(small_home, engine, OPSC_QUERY_SECONDS="20") as server:
            assert server.ask(QUERY).status == 200
            with asked_meanwhile(server, LONG) as replies:
                time.sleep(1)
                engine.kill()
            assert told(replies[0]) == (503, "unavailable")
            assert told(server.ask(QUERY)) == (503, "unavailable")
            assert eventually(lambda: server.request("GET", "/health").status == 503)
            (engine.folder / "virtuoso.lck").unlink(missing_ok=True)
            engine.start()
            assert eventually(lambda: server.ask(QUERY).status == 200)
            assert eventually(lambda: json.loads(server.request("GET", "/health").body)["ready"])


@pytest.mark.engines
def test_a_query_that_takes_too_long_is_stopped_in_the_engine_too(tmp_path: Path, small_home: Path) -> None:
    with virtuoso(tmp_path) as engine:
        assert publish(small_home, engine).returncode == 0
        with reading(small_home, engine, OPSC_QUERY_SECONDS=str(SECONDS)) as server:
            assert told(server.ask(LONG)) == (504, "deadline-exceeded")
            assert server.ask(QUERY).status == 200


def test_a_server_does_not_start_before_the_engine_holds_a_version(tmp_path: Path, small_home: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nowhere = Engine([], closed.getsockname()[1], tmp_path, "/query", "/update")
        with reading(small_home, nowhere) as server:
            assert server.ready_line == ""
            _, said = server.process.communicate(timeout=30)
            assert "cannot be reached" in said
            assert (server.process.returncode, "Traceback" in said) == (2, False)


def test_a_server_says_when_the_engine_is_empty(tmp_path: Path, small_home: Path) -> None:
    with oxigraph(tmp_path) as engine, reading(small_home, engine) as server:
        assert server.ready_line == ""
        _, said = server.process.communicate(timeout=30)
        assert "holds no version: run 'opsc publish'" in said
        assert release.current(small_home).version not in said
