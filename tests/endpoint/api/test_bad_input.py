"""What somebody may send to do harm: each gets a clear answer with a stable code in time, and nothing is fetched."""

import contextlib
import gzip
import json
import os
import select
import signal
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import RemoteDisconnected
from pathlib import Path

import pytest

from tests.described import LABEL, TYPES
from tests.endpoint import multipart
from tests.endpoint.auth.test_bearer import digest
from tests.endpoint.conftest import Listener, Reply, Server, running, small_release
from tests.endpoint.multipart import Part
from tests.hostile_input import (
    CROSSING,
    DATA,
    ENDLESS_PATTERNS,
    FOREIGN,
    HARMLESS,
    MANY,
    PREFIXES,
    SHAPE,
    UNREADABLE,
    UNUSABLE_SHAPES,
    Hostile,
    endless,
)
from tests.polling import PATIENCE, eventually
from tests.processes import children, cpu_limit

SECONDS = 2.0
UPLOAD_BYTES = 300_000


@pytest.fixture(scope="module")
def hardened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("hardened")
    small_release(folder)
    tokens = folder / "tokens"
    tokens.write_text(f"alice {digest('token-a')}\n")
    limits = {
        "OPSC_VALIDATION_SECONDS": str(SECONDS),
        "OPSC_UPLOAD_BYTES": str(UPLOAD_BYTES),
        "OPSC_WORKERS": "2",
        "OPSC_WORKER_MEMORY": str(1_200_000_000),
    }
    with running(folder, OPSC_TOKENS_FILE=str(tokens), **limits) as started:
        yield started


def validate(server: Server, data: bytes, content_type: str = "text/turtle", **headers: str) -> Reply:
    return server.request("POST", "/validate?against=none", data, Content_Type=content_type, **headers)


def with_shapes(server: Server, shapes: bytes, data: bytes = DATA, name: str = "shapes") -> Reply:
    return validate(server, multipart.body(Part("data", data), Part(name, shapes)), multipart.CONTENT_TYPE)


def fault(reply: Reply) -> tuple[int, str, str | None]:
    """Return status, code and reason of a problem whose detail is one line that shows nothing of the inside."""
    assert reply.content_type == "application/problem+json", reply.body[:500]
    document = json.loads(reply.body)
    assert document["detail"]
    assert "\n" not in document["detail"]
    assert "Traceback" not in document["detail"]
    return reply.status, document["code"], document.get("reason")


def still_answers(server: Server) -> bool:
    return validate(server, DATA).status == 200 and server.ask("ASK { ?s ?p ?o }").status == 200


def sent(one: Hostile, listener: Listener) -> bytes:
    return one.data.replace(b"{URL}", listener.url.encode())


def contribute(server: Server, data: bytes, content_type: str = "text/turtle", **headers: str) -> Reply:
    named = {"Content_Type": content_type, "Authorization": "Bearer token-a", **headers}
    return server.request("POST", "/contributions?source=http://e/", data, **named)


@pytest.mark.parametrize("one", UNREADABLE.values(), ids=UNREADABLE)
def test_validate_names_the_reason_why_a_document_cannot_be_read(
    hardened: Server, listener: Listener, one: Hostile
) -> None:
    assert fault(validate(hardened, sent(one, listener), one.media_type)) == (400, "document-unreadable", one.code)
    assert listener.connections == 0
    assert still_answers(hardened)


@pytest.mark.parametrize("one", UNREADABLE.values(), ids=UNREADABLE)
def test_contributions_names_the_reason_why_a_document_cannot_be_read(
    hardened: Server, listener: Listener, one: Hostile
) -> None:
    reply = contribute(hardened, sent(one, listener), one.media_type)
    assert fault(reply) == (422, "contribution-refused", one.code)
    assert hardened.request("GET", f"{reply.headers['Location']}/bytes").body == sent(one, listener)
    assert listener.connections == 0


@pytest.mark.parametrize("one", [one for one in UNREADABLE.values() if one.media_type == "text/turtle"])
@pytest.mark.parametrize("name", ["shapes", "extra-shapes"])
def test_shapes_that_cannot_be_read_are_named_with_the_reason(hardened: Server, name: str, one: Hostile) -> None:
    content = multipart.body(Part("data", DATA), Part(name, one.data))
    # A relative IRI is resolved, and what it is in states no shape.
    is_read = one.code == "relative-iri"
    expected = (422, "shapes-unusable", None) if is_read else (400, "document-unreadable", one.code)
    assert fault(validate(hardened, content, multipart.CONTENT_TYPE)) == expected


@pytest.mark.parametrize("one", HARMLESS.values(), ids=HARMLESS)
def test_data_that_name_something_elsewhere_are_data(hardened: Server, listener: Listener, one: Hostile) -> None:
    with cpu_limit(hardened.process.pid, SECONDS):
        assert validate(hardened, sent(one, listener), one.media_type).status == 200
        assert contribute(hardened, sent(one, listener), one.media_type).status in {201, 422}
    assert listener.connections == 0


def test_a_syntax_error_has_its_file_line_and_column(hardened: Server) -> None:
    content = multipart.body(Part("data", DATA), Part("shapes", SHAPE + b"\n; sh:node }", file_name="shapes.ttl"))
    reply = validate(hardened, content, multipart.CONTENT_TYPE)
    document = json.loads(reply.body)
    assert fault(reply) == (400, "document-unreadable", "malformed")
    assert (document["file"], document["line"], document["column"]) == ("shapes.ttl", 3, 11)


@pytest.mark.parametrize("depth", [100, 5_000, 100_000])
def test_nested_blank_nodes_end_no_process_unanswered(hardened: Server, depth: int) -> None:
    data = b"<http://e/a> <http://e/p> " + b"[<http://e/p> " * (depth // 7) + b"1" + b"]" * (depth // 7) + b" ."
    assert validate(hardened, data).status in {200, 400, 500}
    assert still_answers(hardened)


@pytest.mark.parametrize("name", ["shapes", "extra-shapes"])
@pytest.mark.parametrize("shapes", UNUSABLE_SHAPES.values(), ids=UNUSABLE_SHAPES)
def test_shapes_that_would_be_left_out_or_reach_elsewhere_are_refused(
    hardened: Server, listener: Listener, shapes: bytes, name: str
) -> None:
    reply = with_shapes(hardened, shapes.replace(b"{URL}", listener.url.encode()), name=name)
    assert fault(reply) == (422, "shapes-unusable", None)
    assert listener.connections == 0
    assert still_answers(hardened)


def test_shapes_that_are_sent_along_may_be_imported(hardened: Server) -> None:
    importing = SHAPE + b".\n<http://e/o> a owl:Ontology ; owl:imports <http://e/other> ."
    imported = (
        PREFIXES + b"<http://e/other> a owl:Ontology . <http://e/T> a sh:NodeShape ; sh:targetNode <http://e/x> ."
    )
    content = multipart.body(Part("data", DATA), Part("shapes", importing), Part("shapes", imported))
    assert validate(hardened, content, multipart.CONTENT_TYPE).status == 200


@pytest.mark.parametrize("pattern", ENDLESS_PATTERNS)
def test_a_pattern_that_never_ends_is_stopped_or_answered_in_time(hardened: Server, pattern: bytes) -> None:
    with cpu_limit(hardened.process.pid, 3 * SECONDS):
        reply = with_shapes(hardened, endless(pattern))
    if reply.status == 200:
        assert reply.headers["OPSC-Conforms"] == "false"
    else:
        assert fault(reply) == (504, "deadline-exceeded", None)
    assert still_answers(hardened)


def test_a_query_that_never_ends_is_stopped(hardened: Server) -> None:
    reply = with_shapes(hardened, CROSSING, MANY)
    assert fault(reply)[:2] in {(504, "deadline-exceeded"), (422, "memory-exceeded")}
    assert still_answers(hardened)


def test_validations_that_never_end_do_not_keep_queries_from_their_answers_for_longer_than_the_limit(
    hardened: Server,
) -> None:
    for _ in range(3):
        with_shapes(hardened, endless(b"^(a+)+$"))
    with cpu_limit(hardened.process.pid, 3 * SECONDS):
        assert still_answers(hardened)


@pytest.mark.parametrize("path", ["/validate", "/contributions?source=http://e/"])
def test_a_body_beyond_the_limit_is_refused(hardened: Server, path: str) -> None:
    headers = {"Content_Type": "application/n-triples", "Authorization": "Bearer token-a"}
    reply = hardened.request("POST", path, b"# comment\n" * (UPLOAD_BYTES // 10 + 1), **headers)
    assert fault(reply) == (413, "body-too-large", None)
    assert still_answers(hardened)


@pytest.mark.parametrize("length", ["told", "not told"])
@pytest.mark.parametrize("path", ["/validate", "/contributions?source=http://e/"])
def test_200_megabytes_are_refused_early_and_take_no_memory(hardened: Server, path: str, length: str) -> None:
    before = memory(hardened)
    sent_bytes, answer = stream(hardened, path, 200_000_000, chunked=length == "not told")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"body-too-large" in answer
    assert sent_bytes < 20_000_000
    after = memory(hardened)
    assert before.keys() == after.keys()
    assert max(after[pid] - before[pid] for pid in before) < 20_000_000
    assert still_answers(hardened)


def stream(server: Server, path: str, size: int, *, chunked: bool) -> tuple[int, bytes]:
    """Send ``size`` bytes as a client does that listens while it sends; return how many it sent, and the answer."""
    block = b"#" * 1_000_000
    length = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % size
    head = f"POST {path} HTTP/1.1\r\nHost: e\r\nContent-Type: text/turtle\r\nAuthorization: Bearer token-a\r\n".encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(head + length + b"\r\n\r\n")
        sent_bytes = 0
        with contextlib.suppress(ConnectionError):
            while sent_bytes < size and not select.select([connection], [], [], 0.02)[0]:
                connection.sendall(b"%x\r\n%s\r\n" % (len(block), block) if chunked else block)
                sent_bytes += len(block)
        return sent_bytes, connection.recv(65_536)


def memory(server: Server) -> dict[int, int]:
    """Return the most memory that each process of the server ever held, in bytes: the front process among them."""
    held = {}
    for pid in (server.process.pid, *children(server.process.pid)):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        held[pid] = 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
    return held


@pytest.mark.parametrize("send", [validate, contribute])
@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "GZIP"])
def test_a_compressed_body_is_refused_unread(hardened: Server, send: Callable[..., Reply], encoding: str) -> None:
    bomb = gzip.compress(b"#" * 100_000_000)
    assert len(bomb) < UPLOAD_BYTES
    before = memory(hardened)
    assert fault(send(hardened, bomb, Content_Encoding=encoding)) == (415, "media-type-unsupported", None)
    after = memory(hardened)
    assert max(after[pid] - before[pid] for pid in before) < 20_000_000


@pytest.mark.parametrize("one", FOREIGN.values(), ids=FOREIGN)
def test_what_belongs_to_somebody_else_is_not_touched(hardened: Server, one: Hostile) -> None:
    assert fault(contribute(hardened, one.data, one.media_type)) == (422, "contribution-refused", one.code)
    assert b"false" in hardened.ask("ASK { GRAPH ?g { <http://e/s> ?p ?o } }").body


def test_blank_nodes_at_the_top_are_validated_and_contributed(hardened: Server) -> None:
    data = f'[] a {TYPES} ; {LABEL} "A law"@en .'.encode()
    assert validate(hardened, data).status == 200
    reply = hardened.request(
        "POST", "/contributions?source=http://e/", data, Content_Type="text/turtle", Authorization="Bearer token-a"
    )
    assert reply.status == 201
    assert b"true" in hardened.ask('ASK { ?law ?p "A law"@en FILTER(isIRI(?law)) }').body


@pytest.mark.parametrize("what", ["the process that validates", "the server"])
def test_kill_9_during_a_validation_leaves_everything_as_it_was(tmp_path: Path, what: str) -> None:
    small_release(tmp_path)
    with running(tmp_path, OPSC_WORKERS="1", OPSC_VALIDATION_SECONDS="60") as server:
        before = b"400" in server.ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").body
        with ThreadPoolExecutor() as threads:
            reply = threads.submit(with_shapes, server, endless(b"^(a+)+$"))
            worker = busiest(server)
            if what == "the server":
                os.killpg(server.process.pid, signal.SIGKILL)
                assert isinstance(reply.exception(timeout=PATIENCE), ConnectionError | RemoteDisconnected)
            else:
                os.kill(worker, signal.SIGKILL)
                assert fault(reply.result(timeout=PATIENCE)) == (500, "validation-crashed", None)
                assert still_answers(server)
    with running(tmp_path, OPSC_WORKERS="1") as server:
        assert before
        assert still_answers(server)
        assert b"400" in server.ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").body


def busiest(server: Server) -> int:
    """Return the process of the server that is the first to work for a fifth of a second."""
    before = {pid: worked(pid) for pid in children(server.process.pid)}
    busy: list[int] = []

    def works() -> bool:
        processes = children(server.process.pid)
        busy[:] = [pid for pid in processes if worked(pid) - before.get(pid, 0) > os.sysconf("SC_CLK_TCK") // 5]
        return bool(busy)

    assert eventually(works), "no process of the server works"
    return busy[0]


def worked(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11])


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>.ttl", "../../etc/passwd", "a\x00b.ttl", "x" * 5_000, 'a"b.ttl', "\u202egnp.ttl"]
)
def test_a_file_name_is_harmless_wherever_it_is_shown(hardened: Server, name: str) -> None:
    shapes = SHAPE + b"; sh:nodeKind sh:Literal ."
    escaped = name.replace('"', "%22")
    content = multipart.body(Part("data", DATA, file_name=escaped), Part("shapes", shapes))
    reply = hardened.request("POST", "/validate?format=html", content, Content_Type=multipart.CONTENT_TYPE)
    assert reply.status == 200
    assert b"<script>alert" not in reply.body
    assert b"etc/" not in reply.body
    assert b"\0" not in reply.body
    assert len(reply.body) < 50_000
