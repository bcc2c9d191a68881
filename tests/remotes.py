"""Other endpoints on this machine, honest and not: they answer as a test says, and keep what they were asked."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"
Answering = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Remote:
    """A running server: its port, the queries and headers it was sent, and the names that TLS clients asked for."""

    port: int
    queries: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/sparql"


def answering(
    body: bytes | str, content_type: str = JSON, status: int = 200, pause: float = 0.0, **headers: str
) -> Answering:
    """Answer with ``body``, after a pause of some seconds."""
    content = body.encode() if isinstance(body, str) else body

    def answer(request: BaseHTTPRequestHandler) -> None:
        threading.Event().wait(pause)
        request.send_response(status)
        request.send_header("Content-Type", content_type)
        request.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(content)

    return answer


@contextmanager
def remote(answer: Answering, certificate: Path | None = None) -> Iterator[Remote]:
    """Run a server that answers every request with ``answer``, over TLS with a ``certificate`` that holds its key."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            known.queries += parse_qs(form.decode()).get("query", [""])
            known.headers.append(dict(self.headers.items()))
            try:
                answer(self)
            except OSError:
                # The client went away, as it should from some of these servers.
                self.close_connection = True

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            """Keep the output of the tests clean."""

    server = _Server(("127.0.0.1", 0), Handler)
    known = Remote(server.server_address[1])
    if certificate is not None:
        server.socket = _secured(server.socket, certificate, known)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield known
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that break a handshake off."""


def _secured(listening: socket.socket, certificate: Path, known: Remote) -> socket.socket:
    def noted(_: ssl.SSLObject | ssl.SSLSocket, name: str | None, __: ssl.SSLContext) -> None:
        known.names.append(name or "")

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = noted
    return context.wrap_socket(listening, server_side=True)
