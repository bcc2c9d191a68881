"""The log on the real standard error of a real server: a line a request, and nothing that should not stand there."""

import json
import logging
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from endpoint.observability.logs import LogHandler
from tests.endpoint.api.test_contributions import law, submit
from tests.endpoint.auth.test_scopes import made
from tests.endpoint.conftest import Server, running, small_release
from tests.endpoint.serving.test_snapshot import served_version

QUERY = "SELECT ?s { ?s ?p 'a secret question' }"


class Logged:
    """What a server wrote on standard error, once it has ended."""

    text = ""

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@contextmanager
def logging_server(home: Path, **environment: str) -> Iterator[tuple[Server, Logged]]:
    logged = Logged()
    with running(home, OPSC_WORKERS="1", **environment) as server:
        yield server, logged
        server.process.terminate()
        _, logged.text = server.process.communicate(timeout=60)


def test_a_request_is_one_line_that_says_what_was_done(home: Path) -> None:
    with logging_server(home) as (server, logged):
        version = served_version(server)
        reply = server.ask("ASK {}", accept="text/csv")
        missing = server.request("GET", "/nowhere?a=b")
    asked, lost = logged.lines
    assert abs(datetime.fromisoformat(asked.pop("time")).timestamp() - time.time()) < 3600
    assert asked.pop("ms") > 0
    assert asked == {
        "level": "info",
        "event": "request",
        "request_id": reply.headers["X-Request-ID"],
        "kind": "query",
        "method": "GET",
        "path": "/sparql",
        "status": 200,
        "bytes": len(reply.body),
        "client": "127.0.0.0/24",
        "version": version,
        "cache": "miss",
    }
    assert (lost["kind"], lost["path"], lost["status"], lost["code"]) == ("page", "/nowhere", 404, "not-found")
    assert lost["request_id"] == json.loads(missing.body)["request_id"]


def test_no_query_stands_in_the_log(home: Path) -> None:
    with logging_server(home) as (server, logged):
        server.ask(QUERY)
        server.request("POST", "/sparql", QUERY.encode(), Content_Type="application/sparql-query")
        server.ask("SELECT ?s { 'a secret mistake'")
        server.request("GET", "/sparql?query=ASK%7B%7D&default-graph-uri=http://e/secret")
    assert len(logged.lines) == 4
    assert "secret" not in logged.text


@pytest.mark.parametrize(
    ("wanted", "threshold", "told"),
    [("all", "60", [QUERY, "ASK {}"]), ("slow", "0", [QUERY, "ASK {}"]), ("slow", "60", [None, None])],
)
def test_queries_are_logged_where_the_operator_wants_it(
    home: Path, wanted: str, threshold: str, told: list[str | None]
) -> None:
    settings = {"OPSC_LOG_QUERIES": wanted, "OPSC_LOG_SLOW_SECONDS": threshold}
    with logging_server(home, **settings) as (server, logged):
        server.ask(QUERY)
        server.request("POST", "/sparql", b"ASK {}", Content_Type="application/sparql-query")
    assert [line.get("query") for line in logged.lines] == told


def test_no_token_stands_in_the_log(tmp_path: Path) -> None:
    small_release(tmp_path)
    token = made(tmp_path, "alice")
    with logging_server(tmp_path, OPSC_LOG_LEVEL="debug", OPSC_LOG_QUERIES="all") as (server, logged):
        assert submit(server, law("logged"), by=token).status == 201
        submit(server, law("x"), f"&access_token={token}")
        server.request("GET", f"/{token}")
        server.request("GET", f"/{quote(token)}/{token}?{token}")
        server.ask(f"ASK {{ ?s ?p '{token}' }}")
        server.request("GET", "/", X_Request_ID=token, Authorization=f"Bearer {token}")
    assert len(logged.lines) >= 6
    assert token not in logged.text
    assert "opsc_[redacted]" in logged.text


@pytest.mark.parametrize(("setting", "client"), [("full", "127.0.0.1"), ("off", None), ("short", "127.0.0.0/24")])
def test_the_address_of_a_client_is_told_as_the_operator_wants_it(home: Path, setting: str, client: str | None) -> None:
    with logging_server(home, OPSC_LOG_CLIENTS=setting) as (server, logged):
        server.ask("ASK {}", accept="text/csv")
    assert logged.lines[0].get("client") == client


def test_a_trusted_proxy_says_who_asked_and_under_which_id(home: Path) -> None:
    headers = {"X_Request_ID": "gateway-0000-0001", "X_Forwarded_For": "10.9.9.9, 2001:db8:1:2::3"}
    with logging_server(home, OPSC_TRUSTED_PROXIES="127.0.0.1", OPSC_LOG_CLIENTS="short") as (server, logged):
        reply = server.request("GET", "/", **headers)
        other = server.request("GET", "/", X_Request_ID="an id with spaces")
    assert reply.headers["X-Request-ID"] == logged.lines[0]["request_id"] == "gateway-0000-0001"
    assert logged.lines[0]["client"] == "2001:db8:1::/48"
    assert re.fullmatch("[0-9a-f]{32}", other.headers["X-Request-ID"])


def test_nobody_else_does(home: Path) -> None:
    headers = {"X_Request_ID": "gateway-0000-0001", "X_Forwarded_For": "192.0.2.1"}
    with logging_server(home, OPSC_TRUSTED_PROXIES="192.0.2.7") as (server, logged):
        assert server.request("GET", "/", **headers).headers["X-Request-ID"] != "gateway-0000-0001"
    assert logged.lines[0]["client"] == "127.0.0.0/24"


def test_what_a_client_writes_makes_no_further_line(home: Path) -> None:
    for form in ("json", "text"):
        with logging_server(home, OPSC_LOG=form) as (server, logged):
            server.request("GET", '/a%0A{"level":"error"}%0D%1B[31m"b"')
        assert len(logged.text.splitlines()) == 1
        assert logged.text.rstrip("\n").isprintable()


def test_text_is_for_people(home: Path) -> None:
    with logging_server(home, OPSC_LOG="text") as (server, logged):
        server.request("GET", "/nowhere")
    assert re.fullmatch(
        r"\S+\+00:00 INFO event=request request_id=[0-9a-f]{32} kind=page method=GET path=/nowhere status=404 .*\n",
        logged.text,
    )
    assert "code=not-found" in logged.text


def test_off_leaves_only_what_is_wrong(tmp_path: Path) -> None:
    small_release(tmp_path)
    with logging_server(tmp_path, OPSC_LOG="off", OPSC_QUERY_SECONDS="0.2") as (server, logged):
        server.ask("ASK {}")
        server.ask("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }")
    (line,) = logged.text.splitlines()
    assert " WARNING " in line
    assert "deadline-exceeded" in line


def test_health_is_logged_only_in_detail(home: Path) -> None:
    for level, kinds in (("info", ["query"]), ("debug", ["health", "health", "query"]), ("warning", [])):
        with logging_server(home, OPSC_LOG_LEVEL=level) as (server, logged):
            server.request("GET", "/health/live")
            server.ask("ASK {}")
        assert [line["kind"] for line in logged.lines if line["event"] == "request"] == kinds


def test_a_failure_is_a_line_like_the_others(tmp_path: Path) -> None:
    small_release(tmp_path)
    made(tmp_path, "alice")
    with logging_server(tmp_path) as (server, logged):
        (tmp_path / "tokens").write_text("nonsense\n")
        reply = submit(server, law("x"))
    failure, line = logged.lines
    assert (failure["level"], failure["event"], failure["logger"]) == ("error", "message", "endpoint.auth.bearer")
    assert (line["level"], line["status"], line["code"]) == ("warning", reply.status, "unavailable")


def test_a_log_that_nobody_reads_stops_nobody() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, True)
    handler = LogHandler("json", writing)
    record = logging.LogRecord("test", logging.INFO, "", 0, "x" * 1000, (), None)
    before = time.monotonic()
    for _ in range(12_000):
        handler.emit(record)
    assert time.monotonic() - before < 60
    handler.close()
    os.close(reading)


def test_a_server_whose_log_is_full_answers(home: Path) -> None:
    with running(home, OPSC_WORKERS="1") as server:
        path = "/" + "x" * 400
        for _ in range(300):
            assert server.request("GET", path).status == 404
        assert server.ask("ASK {}").status == 200


def test_the_last_lines_are_written_before_the_end(start: Callable[..., Any]) -> None:
    with start(OPSC_WORKERS="1") as server:
        for _ in range(50):
            server.ask("ASK {}")
        server.process.send_signal(signal.SIGTERM)
        _, err = server.process.communicate(timeout=60)
    assert len(err.splitlines()) == 50
