"""What somebody may send to do harm: each gets a clear answer with a stable code in time, and nothing is fetched."""

import contextlib
import gzip
import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from . import multipart
from .conftest import Listener, Reply, Server, running, small_release
from .multipart import Part
from .test_server import children
from .test_tokens import digest

SECONDS = 3.0
UPLOAD_BYTES = 300_000
PREFIXES = b"@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
DATA = b'<http://e/thing> <http://e/p> "' + b"a" * 60 + b'!" .\n'
SHAPE = PREFIXES + b"<http://e/S> a sh:NodeShape ; sh:targetNode <http://e/thing> "


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


def with_shapes(server: Server, shapes: bytes, data: bytes = DATA) -> Reply:
    return validate(server, multipart.body(Part("data", data), Part("shapes", shapes)), multipart.CONTENT_TYPE)


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


ENTITY_BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(10))
    + b']><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">&k;</r:RDF>'
)
EXTERNAL = b'<!DOCTYPE x SYSTEM "%s"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'
FILE_ENTITY = (
    b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    b'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description>&f;</r:Description></r:RDF>'
)
UNREADABLE = {
    "entity bomb": (ENTITY_BOMB, "application/rdf+xml", "doctype"),
    "entity from a file": (FILE_ENTITY, "application/rdf+xml", "doctype"),
    "truncated": (b'<http://e/a> <http://e/p> "text', "text/turtle", "malformed"),
    "truncated XML": (
        b'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
        "application/rdf+xml",
        "malformed",
    ),
    "truncated JSON": (b'{"@id": "http://e/a", "http://e/p": [', "application/ld+json", "malformed"),
    "not UTF-8": (b'<http://e/a> <http://e/p> "\xc3\x28" .', "text/turtle", "wrong-encoding"),
    "UTF-16": ('<http://e/a> <http://e/p> "x" .'.encode("utf-16"), "text/turtle", "wrong-encoding"),
    "relative IRI": (b"<a> <http://e/p> <http://e/o> .", "text/turtle", "relative-iri"),
    "relative IRI in JSON": (b'{"@id": "a", "http://e/p": "x"}', "application/ld+json", "relative-iri"),
    "nothing": (b"", "text/turtle", "empty"),
    "deep JSON": (b'{"http://e/p":' * 10_000 + b"1" + b"}" * 10_000, "application/ld+json", "too-deep"),
    "deep XML": (b"<a>" * 20_000 + b"</a>" * 20_000, "application/rdf+xml", "too-deep"),
    "gzip as it is": (gzip.compress(DATA), "text/turtle", "wrong-encoding"),
    "zeroes": (b"\0" * 1000, "text/turtle", "malformed"),
}


@pytest.mark.parametrize(("data", "media_type", "reason"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_document_that_cannot_be_read_is_named_with_the_reason(
    hardened: Server, data: bytes, media_type: str, reason: str
) -> None:
    assert fault(validate(hardened, data, media_type)) == (400, "document-unreadable", reason)
    assert still_answers(hardened)


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


FETCHING = {
    "context": (b'{"@context": "%s", "name": "x"}', "application/ld+json"),
    "contexts": (b'{"@context": [{"a": "http://e/p"}, "%s"], "a": "x"}', "application/ld+json"),
    "imported context": (b'{"@context": {"@version": 1.1, "@import": "%s"}, "a": "x"}', "application/ld+json"),
    "scoped context": (
        b'{"@context": {"@version": 1.1, "a": {"@id": "http://e/p", "@context": "%s"}}, "a": {"b": 1}}',
        "application/ld+json",
    ),
    "DOCTYPE": (EXTERNAL, "application/rdf+xml"),
    "import in data": (
        b"<http://e/o> a <http://www.w3.org/2002/07/owl#Ontology> ; <http://www.w3.org/2002/07/owl#imports> <%s> .",
        "text/turtle",
    ),
    "base": (b"@base <%s> . <a> <b> <c> .", "text/turtle"),
    "shapes graph": (b"<http://e/o> <http://www.w3.org/ns/shacl#shapesGraph> <%s> .", "text/turtle"),
}


@pytest.mark.parametrize(("template", "media_type"), FETCHING.values(), ids=FETCHING)
def test_data_make_the_server_fetch_nothing(
    hardened: Server,
    listener: Listener,
    template: bytes,
    media_type: str,
) -> None:
    data = template.replace(b"%s", listener.url.encode())
    assert validate(hardened, data, media_type).status in {200, 400}
    reply = hardened.request(
        "POST", f"/contributions?source={listener.url}", data, Content_Type=media_type, Authorization="Bearer token-a"
    )
    assert reply.status in {201, 422}
    assert listener.connections == 0


SPARQL = b' ; sh:sparql [ sh:message "x" ; sh:select """SELECT $this { %s }""" ] .'
UNUSABLE = {
    "SERVICE": SHAPE + SPARQL % b"SERVICE <URL> { $this ?p ?o }",
    "silent SERVICE": SHAPE + SPARQL % b"SERVICE SILENT <URL> { $this ?p ?o }",
    "FROM": SHAPE + SPARQL.replace(b"$this {", b"$this FROM <URL> {") % b"$this ?p ?o",
    "escaped SERVICE": SHAPE + SPARQL % rb"\\u0053ERVICE <URL> { $this ?p ?o }",
    "no SPARQL": SHAPE + SPARQL % b"$this ?p",
    "imports": SHAPE + b".\n<http://e/o> a owl:Ontology ; owl:imports <URL> .",
    "SPARQL target": SHAPE + b' ; sh:nodeKind sh:IRI ; sh:target [ a sh:SPARQLTarget ; sh:select "SELECT ?this {}" ] .',
    "rule": SHAPE + b" ; sh:rule [ a sh:TripleRule ] .",
    "JavaScript": SHAPE + b' ; sh:js [ sh:jsFunctionName "f" ; sh:jsLibrary <URL> ] .',
    "recursion": SHAPE + b"; sh:node <http://e/S> .",
    "mutual recursion": SHAPE + b"; sh:node <http://e/T> . <http://e/T> a sh:NodeShape ; sh:not <http://e/S> .",
    "no shapes": b"<http://e/a> <http://e/p> <http://e/o> .",
    "pattern that is none": SHAPE + b'; sh:property [ sh:path <http://e/p> ; sh:pattern "(" ] .',
}


@pytest.mark.parametrize("shapes", UNUSABLE.values(), ids=UNUSABLE)
def test_shapes_that_would_be_left_out_or_reach_elsewhere_are_refused(
    hardened: Server,
    listener: Listener,
    shapes: bytes,
) -> None:
    reply = with_shapes(hardened, shapes.replace(b"URL", listener.url.encode()))
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


@pytest.mark.parametrize("pattern", [b"^(a+)+$", b"^(a|a)*$", b"(.*a){30}!!"])
def test_a_pattern_that_never_ends_is_stopped_or_answered_in_time(hardened: Server, pattern: bytes) -> None:
    begun = time.monotonic()
    reply = with_shapes(hardened, SHAPE + b'; sh:property [ sh:path <http://e/p> ; sh:pattern "' + pattern + b'" ] .')
    assert time.monotonic() - begun < 3 * SECONDS
    if reply.status == 200:
        assert reply.headers["OPSC-Conforms"] == "false"
    else:
        assert fault(reply) == (504, "deadline-exceeded", None)
    assert still_answers(hardened)


def test_a_query_that_never_ends_is_stopped(hardened: Server) -> None:
    crossing = b" . ".join(b"?a%d ?b%d ?c%d" % (n, n, n) for n in range(12))
    data = b"".join(b"<http://e/thing> <http://e/p> <http://e/%d> .\n" % n for n in range(2_000))
    reply = with_shapes(hardened, SHAPE + SPARQL % (b"$this ?p ?o . " + crossing), data)
    assert fault(reply)[:2] in {(504, "deadline-exceeded"), (422, "memory-exceeded")}
    assert still_answers(hardened)


def test_validations_that_never_end_do_not_keep_queries_from_their_answers_for_longer_than_the_limit(
    hardened: Server,
) -> None:
    shapes = SHAPE + b'; sh:property [ sh:path <http://e/p> ; sh:pattern "^(a+)+$" ] .'
    for _ in range(3):
        with_shapes(hardened, shapes)
    begun = time.monotonic()
    assert still_answers(hardened)
    assert time.monotonic() - begun < 3 * SECONDS


@pytest.mark.parametrize("path", ["/validate", "/contributions?source=http://e/"])
def test_a_body_beyond_the_limit_is_refused(hardened: Server, path: str) -> None:
    headers = {"Content_Type": "application/n-triples", "Authorization": "Bearer token-a"}
    reply = hardened.request("POST", path, b"# comment\n" * (UPLOAD_BYTES // 10 + 1), **headers)
    assert fault(reply) == (413, "body-too-large", None)
    assert still_answers(hardened)


def test_a_body_without_a_length_is_refused_beyond_the_limit(hardened: Server) -> None:
    chunk = b"%x\r\n%s\r\n" % (100_000, b"#" * 100_000)
    head = b"POST /validate HTTP/1.1\r\nHost: e\r\nContent-Type: text/turtle\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert b" 413 " in raw(hardened, head, lambda: iter([chunk] * 4 + [b"0\r\n\r\n"]))


def test_200_megabytes_are_refused_without_being_held(hardened: Server) -> None:
    size, block = 200_000_000, b"#" * 1_000_000
    head = b"POST /validate HTTP/1.1\r\nHost: e\r\nContent-Type: text/turtle\r\nContent-Length: %d\r\n\r\n" % size
    before = peak_memory(hardened)
    answer = raw(hardened, head, lambda: iter([block] * 200))
    assert b" 413 " in answer
    assert peak_memory(hardened) - before < 100_000_000
    assert still_answers(hardened)


def raw(server: Server, head: bytes, blocks: Callable[[], Iterator[bytes]]) -> bytes:
    """Send a request and return how the answer begins; the server need not read all of the body."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(head)
        with contextlib.suppress(ConnectionError):
            for block in blocks():
                connection.sendall(block)
        return connection.recv(4096)


def peak_memory(server: Server) -> int:
    """Return the most that any process of the server ever held, in bytes."""
    peaks = []
    for pid in children(server.process.pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, StopIteration):
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            peaks.append(1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1]))
    return max(peaks)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "GZIP"])
def test_a_compressed_body_is_refused_unread(hardened: Server, encoding: str) -> None:
    bomb = gzip.compress(b"#" * 100_000_000)
    assert len(bomb) < UPLOAD_BYTES
    reply = validate(hardened, bomb, Content_Encoding=encoding)
    assert fault(reply) == (415, "media-type-unsupported", None)


FOREIGN = [
    (b"<http://e/s> <http://e/p> <http://e/o> <http://e/a> .", "application/n-quads"),
    (b"<http://e/a> { <http://e/s> <http://e/p> <http://e/o> }", "application/trig"),
    (
        b"GRAPH <https://w3id.org/opsc/graph/contribution/1> { <http://e/s> <http://e/p> <http://e/o> }",
        "application/trig",
    ),
    (b"<https://w3id.org/opsc/graph/contributions> { <http://e/s> <http://e/p> <http://e/o> }", "application/trig"),
    (b'{"@id": "http://e/a", "@graph": [{"@id": "http://e/s", "http://e/p": 1}]}', "application/ld+json"),
]


@pytest.mark.parametrize(("data", "media_type"), FOREIGN)
def test_a_graph_that_belongs_to_somebody_else_is_not_touched(hardened: Server, data: bytes, media_type: str) -> None:
    reply = hardened.request(
        "POST", "/contributions?source=http://e/", data, Content_Type=media_type, Authorization="Bearer token-a"
    )
    assert fault(reply) == (422, "contribution-refused", "foreign-graph")
    assert b"false" in hardened.ask("ASK { GRAPH ?g { <http://e/s> ?p ?o } }").body


def test_blank_nodes_at_the_top_are_validated_and_contributed(hardened: Server) -> None:
    data = b'[] <http://www.w3.org/2004/02/skos/core#prefLabel> "A law"@en .'
    assert validate(hardened, data).status == 200
    reply = hardened.request(
        "POST", "/contributions?source=http://e/", data, Content_Type="text/turtle", Authorization="Bearer token-a"
    )
    assert reply.status == 201
    assert b"true" in hardened.ask('ASK { ?law ?p "A law"@en FILTER(isIRI(?law)) }').body


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
