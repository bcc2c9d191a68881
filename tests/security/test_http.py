"""Attacks by HTTP itself: requests that two servers read differently, headers, methods, hosts, and other sites."""

import json
import time
from pathlib import Path

import pytest

from tests.processes import cpu_seconds, front_process
from tests.security.attacking import answers, problem, raw, read, status
from tests.serving import Server, running

ASK = b"/sparql?query=ASK%20%7B%7D"
CLOSE = b"Host: e\r\nConnection: close\r\n\r\n"
POST = b"POST /sparql HTTP/1.1\r\nHost: e\r\nContent-Type: application/sparql-query\r\nConnection: close\r\n"

AMBIGUOUS = {
    "two lengths": POST + b"Content-Length: 6\r\nContent-Length: 7\r\n\r\nASK {}x",
    "a negative length": POST + b"Content-Length: -1\r\n\r\nASK {}",
    "a signed length": POST + b"Content-Length: +6\r\n\r\nASK {}",
    "an unknown coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n6\r\nASK {}\r\n0\r\n\r\n",
    "a known coding that is not decoded": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n6\r\nASK {}\r\n0\r\n\r\n",
    "no coding and chunks": POST + b"Transfer-Encoding: identity, chunked\r\n\r\n6\r\nASK {}\r\n0\r\n\r\n",
    "two codings in two lines": POST
    + b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nASK {}\r\n0\r\n\r\n",
    "two equal lengths in one line": POST + b"Content-Length: 6, 6\r\n\r\nASK {}",
    "an authority for a path": b"GET evil.example:80 HTTP/1.1\r\n" + CLOSE,
    "a space before the colon": POST + b"Transfer-Encoding : chunked\r\n\r\n6\r\nASK {}\r\n0\r\n\r\n",
    "a folded header": b"GET " + ASK + b" HTTP/1.1\r\nX-A: b\r\n c\r\n" + CLOSE,
    "NUL in a header": b"GET " + ASK + b" HTTP/1.1\r\nAccept: a\0b\r\n" + CLOSE,
    "bytes in the path": b"GET /\xff\xfe HTTP/1.1\r\n" + CLOSE,
}


@pytest.mark.parametrize("request_bytes", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_a_request_that_servers_read_differently_is_refused(server: Server, request_bytes: bytes) -> None:
    assert status(raw(server, request_bytes)) == 400


def test_a_request_cannot_hide_behind_another(server: Server) -> None:
    hidden = b"GET /health HTTP/1.1\r\nHost: e\r\nConnection: close\r\n\r\n"
    head = b"POST /sparql HTTP/1.1\r\nHost: e\r\nContent-Type: application/sparql-query\r\n"
    answer = raw(server, head + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden)
    assert status(answer) == 400
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("text", ["x\r\nSet-Cookie: a=b", "x\r\n\r\n<script>", "\x1b[31mx", "x\u2028y", "\0"])
@pytest.mark.parametrize("parameter", ["format", "lang", "output", "download", "against", "default-graph-uri"])
def test_no_parameter_ends_up_in_a_header(server: Server, parameter: str, text: str) -> None:
    for reply in (
        server.ask("ASK {}", **{parameter: text}),
        server.request("POST", f"/validate?{parameter}={escaped(text)}", b"<http://e/a> <http://e/p> 1 ."),
    ):
        assert reply.status in {200, 400, 406, 415}
        assert reply.headers["Set-Cookie"] is None
        assert not any(name.lower().startswith("set-cookie") for name in reply.headers)
        if reply.status != 200:
            problem(reply)


def escaped(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


@pytest.mark.parametrize("identifier", ["x" * 5_000, "a\tb", "../../etc", "<script>alert(1)</script>"])
def test_a_request_id_of_the_client_is_not_taken_over(server: Server, identifier: str) -> None:
    reply = server.request("GET", "/nowhere", X_Request_ID=identifier)
    assert reply.headers["X-Request-ID"] != identifier
    assert reply.headers["X-Request-ID"].isalnum()
    assert problem(reply) == (404, "not-found")


@pytest.mark.parametrize(
    "path",
    [
        "/graph/../../etc/passwd",
        "/graph/%2e%2e/%2e%2e/etc/passwd",
        "/graph/..%2f..%2fetc%2fpasswd",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static/..%5capp.py",
        "/static/%00",
        "/static//etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/contributions/..%2f..%2ftokens",
        "/id/%00",
        "/id/" + "a" * 20_000,
        "/file:///etc/passwd",
    ],
)
def test_a_path_leads_to_no_file(server: Server, path: str) -> None:
    answer = raw(server, f"GET {path} HTTP/1.1\r\n".encode() + CLOSE)
    assert status(answer) in {400, 404}
    assert b"root:" not in answer
    assert b"create_app" not in answer


@pytest.mark.parametrize("path", ["//evil.example/", "//evil.example//sparql", "/static//x", "/%5cevil.example/x"])
def test_no_path_leads_to_another_site(server: Server, path: str) -> None:
    answer = raw(server, f"GET {path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n".encode())
    assert status(answer) == 404
    assert b"\r\nlocation:" not in answer.lower()


@pytest.mark.parametrize("host", ['evil.example"><script>', "evil.example/x?", "e@evil.example", "evil example"])
def test_a_host_that_is_none_is_shown_to_nobody(server: Server, host: str) -> None:
    answer = raw(server, f"GET /sparql HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert status(answer) in {200, 400}
    assert b"evil" not in answer


def test_the_host_that_one_client_names_is_not_shown_to_others(server: Server) -> None:
    for _ in range(3):
        raw(server, b"GET /sparql HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
        raw(server, b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
    assert b"evil" not in server.request("GET", "/sparql").body
    assert b"evil" not in server.request("GET", "/").body


@pytest.mark.parametrize(
    "header", ["X-Forwarded-Host", "X-Forwarded-Proto", "X-Original-URL", "Forwarded", "X-Rewrite-URL"]
)
def test_a_header_for_proxies_moves_nobody(server: Server, header: str) -> None:
    request = b"GET /sparql HTTP/1.1\r\n" + f"{header}: evil.example\r\n".encode() + CLOSE
    answer = raw(server, request)
    assert status(answer) == 200
    assert b"evil" not in answer
    assert b"<http://e/sparql>" in answer


@pytest.mark.parametrize(
    ("request_line", "code"),
    [
        (b"TRACE /", 405),
        (b"PATCH /data?graph=http://e/a", 405),
        (b"CONNECT evil.example:80", 404),
        (b"OPTIONS *", 404),
        (b"INVENTED /sparql", 405),
        (b"DELETE /sparql", 405),
        (b"PUT /contributions", 405),
    ],
)
def test_other_methods_do_nothing(server: Server, request_line: bytes, code: int) -> None:
    answer = raw(server, request_line + b" HTTP/1.1\r\nX-Secret: canary-51\r\n" + CLOSE)
    assert status(answer) == code
    assert b"canary" not in answer


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_header_does_not_change_the_method(server: Server, header: str) -> None:
    reply = server.request("POST", "/contributions/1", b"", **{header: "DELETE", "Authorization": "Bearer token-a"})
    assert problem(reply) == (405, "method-not-allowed")


def test_a_huge_head_is_refused(server: Server) -> None:
    headers = b"".join(b"X-%d: %s\r\n" % (number, b"a" * 1_000) for number in range(90))
    for more in (headers * 5, b"".join(b"X-%d: a\r\n" % number for number in range(2_000))):
        assert status(raw(server, b"GET " + ASK + b" HTTP/1.1\r\n" + more + CLOSE)) == 431
    assert answers(server)


def test_a_long_list_of_media_types_costs_no_time(server: Server) -> None:
    begun = time.monotonic()
    accept = ",".join(f"a/b{number};q=0.{number % 9 + 1}" for number in range(4_000))
    assert problem(server.ask("ASK {}", accept=accept)) == (431, "headers-too-large")
    honest = time.monotonic()
    assert server.ask("ASK {}", accept="text/html, application/json;q=0.9, */*;q=0.1").status == 200
    assert honest - begun < 2


LONG_HEADERS = {
    "Accept-Encoding": ",a-a," * 15_000,
    "Accept-Language": "a-a;q=0.1," * 9_000,
    "Accept-Datetime": "Thu, 01 Jan 2026 " * 5_000,
    "Content-Type": "application/sparql-query" + ';;a="\\\\"' * 8_000,
    "Cookie": "a=b; " * 18_000,
    "If-Match": '"a",' * 22_000,
    "If-None-Match": '"a",' * 22_000,
    "If-Modified-Since": "Thu, 01 Jan 2026 00:00:00 GMT " * 3_000,
    "Range": "bytes=0-1," * 9_000,
    "X-Forwarded-For": "1.1.1.1, " * 9_000,
}


@pytest.mark.parametrize("name", LONG_HEADERS)
def test_a_long_header_is_refused_before_it_is_parsed(server: Server, name: str) -> None:
    server.ask("ASK {}")
    front = front_process(server.process.pid)
    before = cpu_seconds(front)
    for _ in range(20):
        reply = server.request("GET", "/sparql?query=ASK%7B%7D", **{name.replace("-", "_"): LONG_HEADERS[name]})
        assert problem(reply) == (431, "headers-too-large")
        assert name in json.loads(reply.body)["detail"]
    # To parse one of them took some 20 ms to 100 ms.
    assert cpu_seconds(front) - before < 20 * 0.01
    headers = {"Content_Type": LONG_HEADERS[name]} if name == "Content-Type" else {}
    assert server.request("POST", "/sparql", b"ASK {}", **headers).status in {415, 431}


def test_many_lines_of_a_header_count_together(server: Server) -> None:
    lines = b'If-None-Match: "a"\r\n' * 400
    assert status(raw(server, b"GET " + ASK + b" HTTP/1.1\r\n" + lines + CLOSE)) == 431


def test_a_long_form_and_a_long_query_make_the_next_ones_wait(home: Path) -> None:
    form = b"query=" + b"%41" * 300_000
    with running(home, OPSC_CLIENT_RATE="1") as limited:
        found = [
            problem(limited.request("POST", "/sparql", form, Content_Type="application/x-www-form-urlencoded"))[0]
            for _ in range(5)
        ]
        assert found == [400, 429, 429, 429, 429]


def test_other_sites_may_read_and_never_write_in_somebodys_name(server: Server) -> None:
    reply = server.request("OPTIONS", "/update", Origin="https://evil.example", Access_Control_Request_Method="POST")
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert reply.headers["Access-Control-Allow-Credentials"] is None
    form = b"update=DROP+ALL"
    headers = {"Content_Type": "application/x-www-form-urlencoded", "Origin": "https://evil.example"}
    answer = server.request("POST", "/update?source=http://e/", form, Cookie="token=token-a", **headers)
    assert problem(answer) == (401, "token-missing")
    assert read(server, "http://e/a").status == 200


@pytest.mark.parametrize("path", ["/", "/sparql", "/nowhere", "/static/opsc.css", "/health"])
def test_every_answer_tells_browsers_to_run_and_guess_nothing(server: Server, path: str) -> None:
    headers = server.request("GET", path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Set-Cookie"] is None
