"""The configuration for nginx, in a real nginx on loopback before a real server."""

import json
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any

import pytest

from tests.endpoint.api.test_contributions import law, read
from tests.endpoint.auth.test_scopes import made
from tests.endpoint.conftest import Reply, Server, free_port, running, small_release
from tests.serving import answered

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "nginx.conf"

pytestmark = [
    pytest.mark.engines,
    pytest.mark.skipif(
        shutil.which("nginx") is None or shutil.which("openssl") is None, reason="nginx or openssl is not installed"
    ),
]


class Site:
    """What a client sees: nginx, and the server behind it."""

    def __init__(self, port: int, server: Server, token: str) -> None:
        self.port = port
        self.server = server
        self.token = token

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = HTTPSConnection("127.0.0.1", self.port, timeout=60, context=context)
        return answered(connection, method, path, body, headers)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[Site]:
    home = folder / "home"
    small_release(home)
    token = made(home, "alice")
    with running(home, OPSC_WORKERS="2", OPSC_TRUSTED_PROXIES="127.0.0.1", OPSC_LOG_CLIENTS="full") as server:
        port = free_port()
        process = subprocess.Popen(
            ["nginx", "-p", str(folder), "-e", "stderr", "-c", str(configured(folder, port, server.port))],
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            wait_for(port, process)
            yield Site(port, server, token)
        finally:
            process.terminate()
            process.communicate(timeout=60)


def configured(folder: Path, port: int, behind: int) -> Path:
    """Return the main configuration of an nginx with the one of the project, on free ports and with a certificate."""
    request = "req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=opsc.example.org -keyout key -out pem"
    subprocess.run(["openssl", *request.split()], cwd=folder, check=True, capture_output=True)
    text = CONFIGURATION.read_text()
    for written, used in [
        ("127.0.0.1:8000", f"127.0.0.1:{behind}"),
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("/etc/ssl/opsc.example.org.pem", str(folder / "pem")),
        ("/etc/ssl/opsc.example.org.key", str(folder / "key")),
    ]:
        assert text.count(written) == 1
        text = text.replace(written, used)
    (folder / "opsc.conf").write_text(text)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = folder / "nginx.conf"
    main.write_text(
        f"daemon off; master_process off; pid {folder}/pid; events {{}}\n"
        f"http {{ {temporary} include {folder}/opsc.conf; }}\n"
    )
    return main


def wait_for(port: int, process: "subprocess.Popen[str]") -> None:
    for _ in range(300):
        assert process.poll() is None, process.communicate()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(port)


def test_queries_are_answered(site: Site) -> None:
    reply = site.request("GET", "/sparql?query=ASK%7B%7D", Accept="application/json")
    assert (reply.status, json.loads(reply.body)["boolean"]) == (200, True)


def test_a_long_query_fits_into_the_url(site: Site) -> None:
    query = "ASK%7B%7D%23" + "x" * 30_000
    assert site.request("GET", f"/sparql?query={query}").status == 200


def test_a_contribution_with_its_token_passes(site: Site) -> None:
    reply = site.request(
        "POST",
        "/contributions?source=https://example.org/gazette/1",
        law("nginx"),
        Authorization=f"Bearer {site.token}",
        Content_Type="text/turtle",
    )
    assert reply.status == 201
    assert read(site.server, reply.headers["Location"])["who"] == "alice"


def test_a_body_that_the_endpoint_reads_passes_and_a_larger_one_is_refused(site: Site) -> None:
    most = 20_000_000
    path = "/validate?against=none"
    assert site.request("POST", path, b" " * most, Content_Type="text/turtle").status == 400
    assert site.request("POST", path, b" " * (most + 1), Content_Type="text/turtle").status == 413


def test_metrics_are_not_reached_from_outside(site: Site) -> None:
    for path in ("/metrics", "/metrics?x", "//metrics", "/./metrics", "/%6detrics", "/metrics/"):
        assert site.request("GET", path).status in {403, 404}, path
        assert site.request("GET", path, X_Forwarded_For="127.0.0.1").status in {403, 404}, path
    assert site.server.request("GET", "/metrics").status == 200


def test_the_id_of_a_request_is_the_one_of_nginx_and_not_of_the_client(site: Site) -> None:
    reply = site.request("GET", "/", X_Request_ID="invented-by-a-client")
    assert re.fullmatch("[0-9a-f]{32}", reply.headers["X-Request-ID"])


def test_problems_come_through_as_they_are(site: Site) -> None:
    reply = site.request("GET", "/nowhere")
    document: dict[str, Any] = json.loads(reply.body)
    assert (reply.status, reply.content_type, document["code"]) == (404, "application/problem+json", "not-found")


def test_the_endpoint_logs_whom_nginx_saw(site: Site) -> None:
    """The server is ended here, so this is the last of the tests."""
    site.request("GET", "/last-request", X_Forwarded_For="192.0.2.1")
    site.server.process.terminate()
    _, err = site.server.process.communicate(timeout=60)
    (line,) = (json.loads(line) for line in err.splitlines() if "last-request" in line)
    assert line["client"] == "127.0.0.1"
