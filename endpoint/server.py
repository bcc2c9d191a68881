"""Runs the application behind granian, one process with threads in front of the query workers.

The process tree: this process watches the front process, which answers HTTP and owns the pool of query processes.
Each of them ends when the one that started it ends, however that happens.
"""

import contextlib
import errno
import functools
import http.client
import multiprocessing
import multiprocessing.util
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import Any, Final

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server import Server

from endpoint.app import Writers, create_app
from endpoint.served import Served
from endpoint.settings import EndpointSettings
from endpoint.tokens import Tokens
from graph import rehearsal, store
from graph.contributions import Contributions
from graph.deciding import Deciding
from graph.errors import GraphError
from graph.examples import Example
from graph.query_errors import Unavailable
from graph.served import version_store
from graph.settings import QueryLimits, WorkerSettings
from graph.workers import QueryPool

# Threads beyond those that may wait for a query, so that /health and refusals are answered while every place is taken.
_SPARE_THREADS: Final = 8
_CANNOT_START: Final = 2


class ServerError(GraphError):
    """A server that cannot start; the message says why and what to do."""


@dataclass(frozen=True)
class Service:
    """What is served, where, and within which limits."""

    home: Path
    examples: tuple[Example, ...] = ()
    endpoint: EndpointSettings = field(default_factory=EndpointSettings)
    limits: QueryLimits = field(default_factory=QueryLimits)
    workers: WorkerSettings = field(default_factory=WorkerSettings)
    tokens: Tokens = field(default_factory=Tokens)

    @property
    def url(self) -> str:
        """The URL of the query endpoint."""
        host = f"[{self.endpoint.host}]" if ":" in self.endpoint.host else self.endpoint.host
        return f"http://{host}:{self.endpoint.port}/sparql"


def serve(service: Service) -> None:
    """Serve until SIGINT or SIGTERM; print one line when queries are answered.

    Raises ``ServerError`` when the address cannot be listened on or the front process cannot start.
    """
    _check_address(service.endpoint.host, service.endpoint.port)
    server = Server(
        target="opsc",
        address=service.endpoint.host,
        port=service.endpoint.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        http1_settings=_heads(service.endpoint),
        workers=1,
        blocking_threads=service.workers.queue + _SPARE_THREADS,
        backpressure=service.workers.queue + _SPARE_THREADS,
        workers_kill_timeout=service.endpoint.stop_seconds,
        log_enabled=False,
    )
    failure: SimpleQueue[str] = multiprocessing.SimpleQueue()
    try:
        server.serve(target_loader=functools.partial(_front, service, failure), wrap_loader=False)
    except SystemExit:
        reason = "the server ended unexpectedly; start it again" if failure.empty() else failure.get()
        raise ServerError(reason) from None


def _heads(settings: EndpointSettings) -> HTTP1Settings:
    """Return what the server below takes for the head of a request."""
    milliseconds = max(1, round(1000 * settings.header_seconds))
    return HTTP1Settings(header_read_timeout=milliseconds, max_buffer_size=settings.header_bytes)


def _check_address(host: str, port: int) -> None:
    """Try the address without SO_REUSEPORT, which granian sets and with which two servers would share a port."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise ServerError(_address_advice(host, port, error)) from error


def _address_advice(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is in use; stop the other server or choose another port with --port"
    if error.errno == errno.EACCES:
        return f"port {port} may not be used by this account; choose one above 1023 with --port"
    return f"{host} is not an address of this machine; choose another with --host"


def _front(service: Service, failure: "SimpleQueue[str]") -> Callable[..., Any]:
    """Start the pool and return the application; runs in the front process, which leaves word in ``failure``."""
    # Ctrl-C reaches every process of a terminal, and granian may hang on a second signal: one process passes it on.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # Workers are forked from a process that has done this once, so that they are ready as soon as they have the graph.
    multiprocessing.get_context("forkserver").set_forkserver_preload(["graph.rehearsed"])
    version = _newest(service.home)
    pool = _pool(service, version)
    served = Served(version, pool, functools.partial(_newest, service.home), functools.partial(_pool, service))
    deciding = Deciding(service.home, service.workers, service.endpoint.validation_seconds)
    for close in (served.close, deciding.close):
        multiprocessing.util.Finalize(None, close, exitpriority=10)
    try:
        pool.warm()
    except Unavailable as error:
        failure.put(f"{error}; run 'opsc build' again")
        sys.exit(_CANNOT_START)
    threading.Thread(target=served.watch, args=(service.endpoint.watch_seconds,), daemon=True).start()
    threading.Thread(target=_announce, args=(service,), daemon=True).start()
    if service.tokens.are_given:
        threading.Thread(target=deciding.prepare, daemon=True).start()
    writers = Writers(Contributions(service.home), deciding, service.tokens)
    return create_app(served, service.examples, service.endpoint, writers)


def _newest(home: Path) -> str:
    # A new object each time: it would keep the graph in memory if it had to put contributions on a new release.
    return Contributions(home).version


def _pool(service: Service, version: str) -> QueryPool:
    """Return a pool, not yet started, that answers from ``version``."""
    default_graph: store.DefaultGraph = "own" if service.workers.default_graph == "own" else "merged"
    opened = functools.partial(version_store, service.home, version, default_graph)
    return QueryPool(opened, service.limits, service.workers, rehearsal.rehearse)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _announce(service: Service) -> None:
    """Print the URL as soon as the server answers."""
    while not _answers(service.endpoint.host, service.endpoint.port):
        time.sleep(0.02)
    sys.stdout.write(f"SPARQL endpoint ready at {service.url}\n")
    sys.stdout.flush()


def _answers(host: str, port: int) -> bool:
    any_address = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not listened on
    with contextlib.closing(http.client.HTTPConnection(any_address.get(host, host), port, timeout=5)) as connection:
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
