"""Sends updates and graphs to a server, as whoever has a token."""

import json
from urllib.parse import urlencode

from tests.endpoint.conftest import Reply, Server

SOURCE = "https://example.org/gazette/1"
UPDATE = "application/sparql-update"
FORM = "application/x-www-form-urlencoded"
E = "http://e/"


def update(server: Server, text: str | bytes, by: str | None = "token-a", query: str = "", **headers: str) -> Reply:
    """Send an update as the body of a request."""
    return send(server, "POST", f"/update?source={SOURCE}{query}", text, by, **{"Content_Type": UPDATE, **headers})


def update_form(server: Server, fields: dict[str, str | list[str]], by: str | None = "token-a") -> Reply:
    """Send an update as a form."""
    body = urlencode(fields, doseq=True)
    return send(server, "POST", f"/update?source={SOURCE}", body, by, Content_Type=FORM)


def write(
    server: Server, method: str, graph: str, data: str | bytes = "", by: str | None = "token-a", **headers: str
) -> Reply:
    """Send a request about a graph, an IRI or ``default``."""
    named = "default" if graph == "default" else urlencode({"graph": graph})
    typed = {"Content_Type": "text/turtle", **headers} if data else headers
    return send(server, method, f"/data?{named}&source={SOURCE}", data, by, **typed)


def send(
    server: Server, method: str, path: str, data: str | bytes = "", by: str | None = "token-a", **headers: str
) -> Reply:
    body = data.encode() if isinstance(data, str) else data
    given = {} if by is None else {"Authorization": f"Bearer {by}"}
    return server.request(method, path, body, **given, **headers)


def read_graph(server: Server, graph: str, media_type: str = "application/n-triples", **headers: str) -> Reply:
    named = "default" if graph == "default" else urlencode({"graph": graph})
    return server.request("GET", f"/data?{named}", Accept=media_type, **headers)


def reason(reply: Reply) -> tuple[int, str, str | None]:
    """Return status, code and reason of a problem, whose detail is one line that shows nothing of the inside."""
    assert reply.content_type == "application/problem+json", (reply.status, reply.body[:500])
    document = json.loads(reply.body)
    assert document["detail"]
    assert "\n" not in document["detail"]
    assert "Traceback" not in document["detail"]
    return reply.status, document["code"], document.get("reason")


def says(server: Server, pattern: str) -> bool:
    """Return what a query says: whether the pattern is in the graph."""
    reply = server.ask(f"ASK {{ {pattern} }}")
    assert reply.status == 200, reply.body
    answer: bool = json.loads(reply.body)["boolean"]
    return answer
