"""What attackers and those who must not notice them do: requests byte by byte, problems that show nothing, writes."""

import json
import re
import socket
from urllib.parse import quote, urlencode

from tests.serving import Reply, Server

TOKENS = {"alice": "token-a", "bob": "token-b"}
QUERY_SECONDS = 2.0
VALIDATION_SECONDS = 2.0
UPLOAD_BYTES = 300_000
LIMITS = {
    "OPSC_QUERY_SECONDS": str(QUERY_SECONDS),
    "OPSC_VALIDATION_SECONDS": str(VALIDATION_SECONDS),
    "OPSC_RESULT_BYTES": "300000",
    "OPSC_UPLOAD_BYTES": str(UPLOAD_BYTES),
    "OPSC_WORKERS": "2",
    "OPSC_WORKER_MEMORY": "1200000000",
}
MARKUP = "<img src=x onerror=alert(1)>\"'&"
SOURCE = "https://example.org/gazette/1"
SKOS = "http://www.w3.org/2004/02/skos/core#"

_INSIDE = re.compile(
    r"Traceback|File \"|-packages|\.py\b|/home/|/tmp/|/root/|oxigraph|sqlite|werkzeug|flask|granian|panicked|python",
    re.IGNORECASE,
)


def problem(reply: Reply) -> tuple[int, str]:
    """Return status and code of a problem, having checked that it is a sentence and shows nothing of the inside."""
    assert reply.content_type == "application/problem+json", (reply.status, reply.body[:500])
    document = json.loads(reply.body)
    assert document["detail"]
    assert "\n" not in document["detail"]
    assert not shown_inside(document["detail"])
    return reply.status, document["code"]


def shown_inside(text: str) -> list[str]:
    """Return what in a text names files, libraries or lines of the server."""
    return _INSIDE.findall(text)


def answers(server: Server) -> bool:
    """Return whether an honest client gets its answer, to a query and from /health."""
    asked = server.ask("ASK { ?s ?p ?o }", accept="application/sparql-results+json")
    return (asked.status, asked.body) == (200, b'{"head":{},"boolean":true}') and server.request(
        "GET", "/health"
    ).status == 200


def raw(server: Server, request: bytes, seconds: float = 20, *, half_closed: bool = False) -> bytes:
    """Send bytes as they are, at most until ``seconds`` pass, and return every byte that comes back."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as connection:
        connection.sendall(request)
        if half_closed:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        while part := connection.recv(65_536):
            received += part
        return received


def status(answer: bytes) -> int:
    """Return the status of the first response in ``answer``."""
    assert answer.startswith(b"HTTP/1.1 "), answer[:200]
    return int(answer[9:12])


def contribute(server: Server, data: bytes, content_type: str = "text/turtle", by: str = "alice", **more: str) -> Reply:
    headers = {"Content_Type": content_type, "Authorization": f"Bearer {TOKENS[by]}", **more}
    return server.request("POST", f"/contributions?source={SOURCE}", data, **headers)


def update(server: Server, text: str, by: str | None = "alice") -> Reply:
    given = {} if by is None else {"Authorization": f"Bearer {TOKENS[by]}"}
    body = text.encode()
    return server.request("POST", f"/update?source={SOURCE}", body, Content_Type="application/sparql-update", **given)


def put(server: Server, graph: str, data: bytes, by: str | None = "alice", **more: str) -> Reply:
    given = {} if by is None else {"Authorization": f"Bearer {TOKENS[by]}"}
    path = f"/data?{urlencode({'graph': graph, 'source': SOURCE})}"
    return server.request("PUT", path, data, Content_Type="text/turtle", **given, **more)


def read(server: Server, graph: str) -> Reply:
    return server.request("GET", f"/data?graph={quote(graph, safe='')}", Accept="application/n-triples")


def validate(server: Server, data: bytes, parameters: str = "", **headers: str) -> Reply:
    named = {"Content_Type": "text/turtle", **headers}
    return server.request("POST", f"/validate?against=none{parameters}", data, **named)


def count(server: Server, pattern: str = "?s ?p ?o") -> int:
    """Return how many solutions a pattern has."""
    reply = server.ask(f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}", accept="text/csv")
    assert reply.status == 200, reply.body
    return int(reply.body.split()[1])
