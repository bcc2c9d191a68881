import json
from pathlib import Path

from .conftest import Server


def test_health_tells_that_the_server_lives_and_is_ready(server: Server, home: Path) -> None:
    reply = server.request("GET", "/health")
    version = (home / "releases" / "current").read_text().strip()
    assert (reply.status, reply.content_type) == (200, "application/json")
    assert json.loads(reply.body) == {"live": True, "ready": True, "version": version, "workers": 2}
    assert reply.headers["Cache-Control"] == "no-store"


def test_health_answers_head(server: Server) -> None:
    reply = server.request("HEAD", "/health")
    assert (reply.status, reply.body) == (200, b"")
