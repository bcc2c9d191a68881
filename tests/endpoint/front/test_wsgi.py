"""The bridge to WSGI to the letter of PEP 3333: checked by the validator of the standard library, over real sockets."""

import http.client
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from wsgiref.validate import validator

import pytest
from pyoxigraph import Store

from endpoint.front.cache import CachePolicy
from endpoint.front.front import Front, Limits
from endpoint.front.rate_limit import RateLimit, RateLimiter
from endpoint.front.request_body import BodyReader
from endpoint.front.sending import Sender
from endpoint.front.wsgi import RequestThreads
from endpoint.observability.observer import Observer
from endpoint.serving.snapshot import SnapshotHolder
from endpoint.settings import EndpointSettings, FrontSettings
from graph.pool.query_pool import QueryPool
from graph.settings import QueryLimits, WorkerSettings
from tests.fronts import listening, request
from tests.polling import eventually

LARGE = 3_000_000
THREADS = 3


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    path, plain = environ["PATH_INFO"], [("Content-Type", "text/plain")]
    if path == "/environ":
        body = repr({name: value for name, value in environ.items() if isinstance(value, str)}).encode()
        start_response("200 OK", [*plain, ("Content-Length", str(len(body)))])
        return [body]
    if path == "/echo":
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        start_response("200 OK", [*plain, ("Content-Length", str(len(body)))])
        return [body]
    if path in STREAMS:
        stream, length = STREAMS[path]
        start_response("200 OK", [*plain, ("Content-Length", str(length))] if length else plain)
        return stream()
    if path == "/written":
        start_response("200 OK", plain)(b"written ")
        return [b"and returned"]
    if path == "/slow":
        Path(environ["QUERY_STRING"]).touch()
        time.sleep(5)
    start_response("404 Not Found", [*plain, ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    return [b"nothing"]


def parts() -> Iterator[bytes]:
    for number in range(5):
        yield f"part {number}\n".encode().ljust(LARGE)
        time.sleep(0.2)


def broken() -> Iterator[bytes]:
    yield b"the beginning"
    raise ValueError("no more")


def few() -> Iterator[bytes]:
    yield from (b"part", b"", b" and part")


STREAMS = {
    "/stream": (parts, 5 * LARGE),
    "/broken": (broken, LARGE),
    "/unmeasured": (few, None),
    "/unmeasured-and-broken": (broken, None),
}


def with_files(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if not environ["PATH_INFO"].startswith("/files/"):
        return validator(application)(environ, start_response)
    path = Path(environ["PATH_INFO"].removeprefix("/files"))
    headers = [("Content-Type", "text/plain"), ("Content-Length", str(path.stat().st_size)), ("ETag", '"file"')]
    start_response("200 OK", headers)
    return environ["wsgi.file_wrapper"](path.open("rb"))


def front() -> Callable[..., Any]:
    snapshots = SnapshotHolder("test", QueryPool(Store, QueryLimits(), WorkerSettings()))
    rate, bodies = RateLimiter(RateLimit(0, 0, 1)), BodyReader(EndpointSettings(), 30)
    limits = Limits(rate, rate, bodies, RequestThreads(THREADS + 1, 1), Sender(500_000_000, 60))
    return Front(
        with_files,
        snapshots,
        limits,
        CachePolicy(FrontSettings(), snapshots, lambda _: None),
        Observer(trusted_proxies="127.0.0.1"),
    ).respond


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with listening(front) as number:
        yield number


def test_the_environment_is_that_of_the_standard(port: int) -> None:
    reply = request(
        port, "GET", "/environ?q=%41&r", X_Thing="a", X_Forwarded_For="203.0.113.1", X_Forwarded_Proto="https"
    )
    assert reply.status == 200
    for name, value in [
        ("REQUEST_METHOD", "GET"),
        ("QUERY_STRING", "q=%41&r"),
        ("SERVER_PORT", str(port)),
        ("SERVER_PROTOCOL", "HTTP/1.1"),
        ("HTTP_X_THING", "a"),
        ("REMOTE_ADDR", "203.0.113.1"),
        ("wsgi.url_scheme", "https"),
    ]:
        assert f"'{name}': '{value}'" in reply.body.decode()


def test_a_name_with_an_underscore_does_not_pass_for_another(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(
            b"GET /environ HTTP/1.1\r\nHost: e\r\nX_Forwarded_For: 9.9.9.9\r\n"
            b"X-Two: 1\r\nX-Two: 2\r\nConnection: close\r\n\r\n"
        )
        with connection.makefile("rb") as answer:
            told = answer.read()
    assert b"9.9.9.9" not in told
    assert b"'HTTP_X_TWO': '1, 2'" in told


def test_a_body_arrives_whole(port: int) -> None:
    assert request(port, "POST", "/echo", b"\x00\xff" * 300_000).body == b"\x00\xff" * 300_000


def test_parts_are_sent_as_they_come(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(b"GET /stream HTTP/1.1\r\nHost: e\r\nConnection: close\r\n\r\n")
        first = b""
        while b"part 0" not in first:
            first += connection.recv(4096)
        assert b"part 4" not in first
        with connection.makefile("rb") as rest:
            assert b"part 4" in rest.read()


def test_a_stream_that_breaks_off_does_not_look_whole(port: int) -> None:
    with pytest.raises(http.client.IncompleteRead):
        request(port, "GET", "/broken")
    assert request(port, "GET", "/unmeasured-and-broken").status == 500


def test_parts_of_unknown_length_are_put_together(port: int) -> None:
    reply = request(port, "GET", "/unmeasured")
    assert (reply.body, reply.headers["Content-Length"]) == (b"part and part", "13")


def test_bytes_that_are_no_text_do_not_end_anything(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(b"GET /environ?\xff HTTP/1.1\r\nHost: e\r\nX-Odd: caf\xe9 \xff\r\nConnection: close\r\n\r\n")
        assert connection.recv(20).startswith((b"HTTP/1.1 200", b"HTTP/1.1 400"))


def test_head_of_a_stream_sends_nothing(port: int) -> None:
    head = request(port, "HEAD", "/stream")
    assert (head.headers["Content-Length"], head.body) == (str(5 * LARGE), b"")


def test_what_is_written_comes_first(port: int) -> None:
    assert request(port, "GET", "/written").body == b"written and returned"


def test_a_header_may_be_given_twice(port: int) -> None:
    reply = request(port, "GET", "/nothing")
    assert (reply.status, reply.headers.get_all("Set-Cookie")) == (404, ["a=1", "b=2"])


def test_a_large_file_is_sent_whole_and_conditionally(port: int, tmp_path: Path) -> None:
    file = tmp_path / "large.txt"
    file.write_bytes(b"0123456789" * (LARGE // 10))
    reply = request(port, "GET", f"/files{file}")
    assert reply.body == file.read_bytes()
    assert reply.headers["Content-Length"] == str(LARGE)
    assert request(port, "GET", f"/files{file}", If_None_Match='"file"').status == 304
    head = request(port, "HEAD", f"/files{file}")
    assert (head.headers["Content-Length"], head.body) == (str(LARGE), b"")


def test_more_requests_than_threads_are_refused_at_once_and_health_is_answered(port: int, tmp_path: Path) -> None:
    with ExitStack() as slow:
        waiting: list[socket.socket] = []

        def all_at_work() -> bool:
            """Ask once more as long as a thread is free: one may be at work still for the test before this."""
            if len(list(tmp_path.iterdir())) < THREADS:
                waiting.append(slow.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30)))
                waiting[-1].sendall(f"GET /slow?{tmp_path}/{len(waiting)} HTTP/1.1\r\nHost: e\r\n\r\n".encode())
            return len(list(tmp_path.iterdir())) == THREADS

        # Any other request before that could take the place of one of these.
        assert eventually(all_at_work)
        refused = request(port, "GET", "/nothing")
        assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
        assert b'"code": "busy"' in refused.body
        assert request(port, "GET", "/health").status == 404
        answers = [connection.recv(100)[:12] for connection in waiting]
        assert answers.count(b"HTTP/1.1 404") == THREADS
