"""Runs the front and the application behind granian, one process with threads in front of the query workers.

The process tree: this process watches the front process, which answers HTTP and owns the pools. Their fork servers are
forked from another child of this process, which is forked first.
Each of them ends when the one that started it ends, however that happens.
"""

import contextlib
import dataclasses
import errno
import functools
import http.client
import multiprocessing
import multiprocessing.resource_tracker
import multiprocessing.util
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import Any, Final

from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.server import Server

from endpoint.auth.bearer import BearerTokens
from endpoint.front.cache import CachePolicy
from endpoint.front.front import Front, Limits
from endpoint.front.rate_limit import RateLimit, RateLimiter
from endpoint.front.request_body import BodyReader
from endpoint.front.sending import Sender
from endpoint.front.wsgi import RequestThreads
from endpoint.observability import logs
from endpoint.observability.observer import Observer
from endpoint.pages.dataset.publishing import DatasetPublication
from endpoint.server import drain, lifecycle
from endpoint.server.app import Services, WriteAccess, create_app
from endpoint.serving import sources
from endpoint.serving.snapshot import SnapshotHolder
from endpoint.settings import EndpointSettings, Settings
from graph.archive import ArchiveProcess
from graph.contributions.contributions import Contributions
from graph.contributions.decider import Decider
from graph.errors import GraphError
from graph.exports.dump_cache import DumpCache
from graph.federation.federation import Federation
from graph.metadata.examples import Example
from graph.pool import sandbox
from graph.pool.fork_server import start_first_server
from graph.pool.lifetime import exit_with_parent
from graph.remote.credentials import Credentials
from graph.sparql.errors import Unavailable
from graph.versions.ledger import Ledger
from graph.versions.version import version_time
from graph.warmup import prepare_process

# Threads beyond those that may wait for a query, so that refusals are answered while every place is taken.
_SPARE_THREADS: Final = 8
# Probes behind one address, of a cluster or a proxy, are answered whatever the limits of the settings.
_HEALTH_BURST: Final = 100
# Threads beyond those, for /health and what is below it alone.
_THREADS_FOR_HEALTH: Final = 2
# Files that the front process has open besides connections: pipes to its workers, the ledger.
_OTHER_FILES: Final = 500
_CANNOT_START: Final = 2
# Each connection may have a pipe beside its socket, as three files.
_FILES_OF_CONNECTION: Final = 4
_SWITCH_SECONDS: Final = 0.0005


class ServerError(GraphError):
    """A server that cannot start; the message says why and what to do."""


@dataclass(frozen=True)
class Service:
    """The graph in ``home`` as a service: its settings, the tokens that it accepts, and its observer.

    ``credentials`` are those of an external store.
    """

    home: Path
    settings: Settings = field(default_factory=Settings)
    tokens: BearerTokens = field(default_factory=BearerTokens)
    observer: Observer = field(default_factory=Observer)
    examples: tuple[Example, ...] = ()
    credentials: Credentials | None = None

    @property
    def threads(self) -> int:
        """How many requests are worked on at one time."""
        return self.settings.workers.capacity + self.settings.downloads.threads + _SPARE_THREADS + _THREADS_FOR_HEALTH

    @property
    def url(self) -> str:
        """The URL of the query endpoint."""
        host = f"[{self.settings.endpoint.host}]" if ":" in self.settings.endpoint.host else self.settings.endpoint.host
        return f"http://{host}:{self.settings.endpoint.port}/sparql"


def serve(service: Service) -> None:
    """Serve until SIGINT or SIGTERM; print one line when queries are answered.

    Port 0 stands for a free port, which that line shows.

    Raises ``ServerError`` when the address cannot be listened on or the front process cannot start.
    """
    # While this process has one thread, and no socket that the processes of the pools would have, too.
    start_first_server(prepare_process)
    with _bound(service.settings.endpoint.host, service.settings.endpoint.port) as reservation:
        port = reservation.getsockname()[1]
        if service.settings.endpoint.port:
            reservation.close()
        # A free port stays reserved while the server runs, so that no other program gets it first.
        _run(_with_port(service, port))


def _with_port(service: Service, port: int) -> Service:
    endpoint = dataclasses.replace(service.settings.endpoint, port=port)
    return dataclasses.replace(service, settings=dataclasses.replace(service.settings, endpoint=endpoint))


def _run(service: Service) -> None:
    server = Server(
        target="opsc",
        address=service.settings.endpoint.host,
        port=service.settings.endpoint.port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        http1_settings=_heads(service.settings.endpoint),
        websockets=False,
        loop=Loops.uvloop,
        workers=1,
        # One reads and writes while the other hands requests to the event loop and takes answers from it.
        runtime_threads=2,
        backpressure=service.settings.front.connections,
        workers_kill_timeout=service.settings.endpoint.stop_seconds,
        log_enabled=False,
    )
    door, inner_door = multiprocessing.Pipe()
    server.on_startup(functools.partial(lifecycle.mind_signals, server, door))
    failure: SimpleQueue[str] = multiprocessing.SimpleQueue()
    try:
        server.serve(target_loader=functools.partial(_front, service, failure, inner_door), wrap_loader=False)
    except SystemExit:
        reason = "the server ended unexpectedly; start it again" if failure.empty() else failure.get()
        raise ServerError(reason) from None


def _heads(settings: EndpointSettings) -> HTTP1Settings:
    """Return what the server below takes for the head of a request."""
    milliseconds = max(1, round(1000 * settings.header_seconds))
    return HTTP1Settings(header_read_timeout=milliseconds, max_buffer_size=settings.header_bytes)


def _bound(host: str, port: int) -> socket.socket:
    """Return a socket that is bound to the address, and does not listen.

    A given port is tried without SO_REUSEPORT, which granian sets and with which two servers would share it. Port 0
    becomes a free port, on which granian can listen beside this socket.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR if port else socket.SO_REUSEPORT, 1)
        bound.bind(address)
    except OSError as error:
        raise ServerError(_address_advice(host, port, error)) from error
    return bound


def _address_advice(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is in use; stop the other server or choose another port with --port"
    if error.errno == errno.EACCES:
        return f"port {port} may not be used by this account; choose one above 1023 with --port"
    return f"{host} is not an address of this machine; choose another with --host"


def _front(service: Service, failure: "SimpleQueue[str]", door: "Connection[bytes, bytes]") -> Callable[..., Any]:
    """Start the pool and return the RSGI application; runs in the front process, which leaves word in ``failure``."""
    # Ctrl-C reaches every process of a terminal, and granian may hang on a second signal: one process passes it on.
    # The resource tracker comes first, since to start it lifts the block.
    multiprocessing.resource_tracker.ensure_running()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    exit_with_parent()
    threading.Thread(target=lifecycle.mind_door, args=(door, service.settings.endpoint.port), daemon=True).start()
    log = logs.start(service.settings.observability.log, service.settings.observability.level)
    service.observer.write_to(log.take)
    sandbox.return_large_blocks()
    # A thread that parses something long gives way to the event loop sooner than by default.
    sys.setswitchinterval(_SWITCH_SECONDS)
    _allow_files(service.settings.front.connections)
    # Should the first server be lost, the next fork servers come from a process that is prepared like it.
    multiprocessing.get_context("forkserver").set_forkserver_preload(["graph.preload"])
    snapshots = _snapshots(service, failure)
    seconds = service.settings.endpoint.validation_seconds
    decider = Decider(service.home, service.settings.workers, seconds, service.tokens.is_revoked)
    federation, past = Federation(service.settings.federation, service.settings.workers.memory), _past(service)
    downloads = DumpCache(service.home, service.settings.downloads, service.settings.workers.memory)
    for close in (decider.close, federation.close, past.close, downloads.close):
        multiprocessing.util.Finalize(None, close, exitpriority=10)
    multiprocessing.util.Finalize(None, log.close, exitpriority=5)
    threading.Thread(target=snapshots.watch, args=(service.settings.endpoint.watch_seconds,), daemon=True).start()
    threading.Thread(target=_announce, args=(service,), daemon=True).start()
    if service.tokens.are_configured:
        threading.Thread(target=decider.prepare, daemon=True).start()
    writers = WriteAccess(Contributions(service.home), decider, service.tokens)
    publishing = DatasetPublication(
        service.home, downloads, service.settings.endpoint.address, service.settings.downloads.resumed, service.examples
    )
    parts = Services(writers, service.observer, federation, past, publishing)
    application = create_app(snapshots, service.examples, service.settings.endpoint, parts)
    return Front(application, snapshots, _limits(service), _policy(service, snapshots), service.observer).respond


def _allow_files(connections: int) -> None:
    """Let this process have as many connections open as the settings want, where the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES_OF_CONNECTION * connections + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _limits(service: Service) -> Limits:
    front = service.settings.front
    return Limits(
        RateLimiter(RateLimit(front.client_requests, front.client_rate, front.client_burst)),
        RateLimiter(RateLimit(front.client_requests, front.client_rate, max(front.client_burst, _HEALTH_BURST))),
        BodyReader(service.settings.endpoint, front.body_seconds),
        RequestThreads(service.threads, _THREADS_FOR_HEALTH),
        Sender(front.sending_bytes, front.write_seconds),
    )


def _policy(service: Service, snapshots: SnapshotHolder) -> CachePolicy:
    return CachePolicy(
        service.settings.front, snapshots, lambda version: version_time(service.home, Ledger(service.home), version)
    )


def _snapshots(service: Service, failure: "SimpleQueue[str]") -> SnapshotHolder:
    """Return what is served, ready for queries; leave word and end this process when nothing can be."""
    source = (
        sources.Store(
            service.home,
            service.settings.queries,
            service.settings.workers,
            service.settings.store,
            service.credentials,
        )
        if service.settings.store.query_url
        else sources.Local(service.home, service.settings.queries, service.settings.workers)
    )
    try:
        version = source.newest()
        pool = source.open(version)
        snapshots = SnapshotHolder(version, pool, source.newest, source.open)
        multiprocessing.util.Finalize(None, snapshots.close, exitpriority=10)
        pool.start()
    except GraphError as error:
        failure.put(f"{error}; {source.advice}" if isinstance(error, Unavailable) else str(error))
        sys.exit(_CANNOT_START)
    return snapshots


def _past(service: Service) -> ArchiveProcess:
    seconds, kept = service.settings.endpoint.validation_seconds, service.settings.endpoint.past_versions
    return ArchiveProcess(service.home, service.settings.queries, service.settings.workers, seconds=seconds, kept=kept)


def _announce(service: Service) -> None:
    """Print the URL as soon as the server answers."""
    answers = functools.partial(_answers, service.settings.endpoint.host, service.settings.endpoint.port)
    while not answers():
        time.sleep(0.02)
    drain.end_unread(service.settings.endpoint.port, service.settings.front.write_seconds)
    lifecycle.tell_ready(answers)
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
