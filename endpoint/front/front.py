"""The outermost layer, before the web framework: it answers from the cache, and limits all other requests.

Responses from the cache cost neither a thread nor routing; :mod:`endpoint.front.cache` says which responses are
cached. Every whole response is compressed for clients that accept that, and every one with a validator is answered with
304 where the client has it. The work for a client that disconnects is stopped. All this happens in the one thread of
the event loop; longer work is done by :class:`endpoint.front.wsgi.RequestThreads`.
"""

import asyncio
import functools
import logging
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from endpoint.front import fast_path, request_check, wsgi
from endpoint.front.cache import CachePolicy
from endpoint.front.exchange import LARGE, SAFE_METHODS, Exchange
from endpoint.front.pipe import Pipe, SlowReaderError
from endpoint.front.rate_limit import ClientUsage, RateLimiter
from endpoint.front.request_body import BodyReader
from endpoint.front.response import FileResponse, Response
from endpoint.front.sending import Sender
from endpoint.front.wsgi import Application, IncompleteResponseError, RequestThreads, Send
from endpoint.http import problems, sparql_protocol
from endpoint.http.headers import HeaderList
from endpoint.http.problems import Problem
from endpoint.http.rsgi import HttpProtocol, Scope
from endpoint.http.sparql_protocol import SparqlRequest
from endpoint.observability import metrics
from endpoint.observability.observer import AccessLogEntry, Observer
from endpoint.serving.snapshot import SnapshotHolder

_LOG: Final = logging.getLogger(__name__)
_CONDITIONS: Final = ("HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE")
_HEALTH: Final = "/health"


@dataclass(frozen=True)
class Limits:
    """The limits on requests; ``health`` is the rate of those that ask whether the server is well."""

    rate: RateLimiter
    health: RateLimiter
    bodies: BodyReader
    threads: RequestThreads
    sender: Sender


class Front:
    """An RSGI application in front of a WSGI application."""

    def __init__(
        self,
        application: Application,
        snapshots: SnapshotHolder,
        limits: Limits,
        policy: CachePolicy,
        observer: Observer,
    ) -> None:
        """Answer from the cache, from the current of ``snapshots``, or by ``application``.

        ``observer`` hears of the responses that are not the application's.
        """
        self._application = application
        self._snapshots = snapshots
        self._limits = limits
        self._policy = policy
        self._observer = observer
        self._under_way: dict[bytes, asyncio.Future[bool]] = {}

    async def respond(self, scope: Scope, protocol: HttpProtocol) -> None:
        """Answer one request."""
        exchange = Exchange(scope, protocol, self._observer, self._snapshots.current)
        try:
            exchange.check_host()
            request_check.check(scope, exchange.headers)
            if not self._respond_at_once(exchange):
                await self._within_limits(exchange)
        except Problem as problem:
            self._report(exchange, problem)
        except IncompleteResponseError as error:
            if not isinstance(error.__cause__, (SlowReaderError, OSError)):
                _LOG.error("response to request %s was aborted", exchange.request_id, exc_info=error)
        except Exception as error:  # noqa: BLE001 - the client gets a response in any case, and the operator a trace
            _LOG.error("request %s failed", exchange.request_id, exc_info=error)
            self._report(exchange, Problem("internal-error", problems.INTERNAL))

    def _respond_at_once(self, exchange: Exchange) -> bool:
        """Respond from the cache when that takes no longer than to count a request; return whether it did."""
        if exchange.method not in SAFE_METHODS or not request_check.is_short(exchange.scope, exchange.headers):
            return False
        self._policy.identify(exchange)
        cached = self._policy.find(exchange)
        if cached is None or not cached.has(coding := exchange.coding(cached)):
            return False
        if len(cached.encoded(coding)) >= LARGE:
            return False
        self._limits.rate.count_hit(exchange.client)
        exchange.send(cached, coding)
        self._observe_hit(exchange)
        return True

    async def _within_limits(self, exchange: Exchange) -> None:
        """Respond, and count the request as one under way until its response is sent."""
        rate = self._limits.health if _is_health(exchange) else self._limits.rate
        async with rate.acquire_in_turn(exchange.client, request_check.cost(exchange.scope, exchange.headers)) as usage:
            try:
                if await self._read_and_respond(exchange, usage):
                    usage.refund()
                await self._limits.sender.send(exchange)
            finally:
                self._limits.sender.release(exchange)

    async def _read_and_respond(self, exchange: Exchange, usage: ClientUsage) -> bool:
        """Read the body, and respond; return whether the response came from the cache."""
        if not _is_health(exchange):
            exchange.body = await self._limits.bodies.read(exchange.path, exchange.headers, exchange.protocol)
        await self._identify(exchange, usage)
        exchange.use(self._snapshots.current)
        try:
            if await self._respond_from_cache(exchange):
                return True
            if exchange.query_request is not None and exchange.cache_key is not None:
                await self._respond_once(exchange, exchange.query_request, exchange.cache_key)
            else:
                await self._respond_by_application(exchange)
        finally:
            exchange.end()
        return False

    async def _identify(self, exchange: Exchange, usage: ClientUsage) -> None:
        """Parse what was not parsed before the request was counted; a long query or form in a thread."""
        is_post = exchange.method == "POST" and exchange.path == sparql_protocol.PATH
        is_short = request_check.is_short(exchange.scope, exchange.headers)
        if is_post:
            self._limits.rate.charge(usage, request_check.cost_of_body(exchange.body))
            if is_short and request_check.is_short_body(exchange.body):
                self._policy.identify(exchange)
            else:
                await self._limits.threads.run(functools.partial(self._policy.identify, exchange))
        elif exchange.method in SAFE_METHODS and not is_short:
            await self._limits.threads.run(functools.partial(self._policy.identify, exchange))

    async def _respond_from_cache(self, exchange: Exchange) -> bool:
        """Respond with a cached response, if there is one; return whether there was."""
        cached = self._policy.find(exchange)
        if cached is None:
            return False
        await self._send(exchange, cached)
        self._observe_hit(exchange)
        return True

    async def _respond_once(self, exchange: Exchange, sparql: SparqlRequest, cache_key: bytes) -> None:
        """Respond to a query, with the response to an equal query that is under way if there is one."""
        while (leader := self._under_way.get(cache_key)) is not None:
            waited_for: set[asyncio.Future[Any]] = {leader, exchange.disconnection()}
            await asyncio.wait(waited_for, return_when=asyncio.FIRST_COMPLETED)
            if exchange.disconnection().done() or await self._respond_from_cache(exchange):
                return
            if leader.result():
                # It was answered, and the response could not be cached.
                await self._respond_by_application(exchange)
                return
        leader = self._under_way[cache_key] = asyncio.get_running_loop().create_future()
        try:
            await self._respond_to_query(exchange, sparql)
        finally:
            del self._under_way[cache_key]
            leader.set_result(not exchange.is_disconnected)

    async def _respond_to_query(self, exchange: Exchange, sparql: SparqlRequest) -> None:
        """Respond with an answer that is there in a moment, or else let the application respond with it."""
        with self._snapshots.acquire() as current:
            is_quick = current is exchange.snapshot and request_check.is_short_query(sparql.query or "")
            pending = fast_path.begin(sparql, current.pool) if is_quick else None
            try:
                if pending is not None and await fast_path.is_ready(pending):
                    response = fast_path.response(sparql, pending)
                    await self._send(exchange, self._policy.prepare(response, exchange))
                    exchange.cache_outcome, exchange.query = "miss", sparql.query
                    metrics.count_cache_lookup("miss")
                    self._observe(exchange)
                else:
                    exchange.pending = pending
                    await self._respond_by_application(exchange)
            finally:
                if pending is not None:
                    pending.release()

    async def _respond_by_application(self, exchange: Exchange) -> None:
        begin = functools.partial(_begin_stream, exchange, asyncio.get_running_loop(), self._limits.sender.seconds)
        exchange.disconnection()
        response = await self._limits.threads.run(
            functools.partial(self._call_application, exchange, begin), always=_is_health(exchange)
        )
        if isinstance(response, FileResponse):
            exchange.send_file(response)
        elif response is not None:
            await self._send(exchange, response)

    def _call_application(self, exchange: Exchange, begin: wsgi.Begin) -> Response | FileResponse | None:
        """Return the application's response; runs in a thread."""
        environ = wsgi.environment(exchange)
        if exchange.cache_key is not None:
            metrics.count_cache_lookup("miss")
            exchange.cache_outcome = "miss"
        if exchange.method in SAFE_METHODS:
            # They are evaluated here, on the whole response.
            for name in _CONDITIONS:
                environ.pop(name, None)
        with exchange.cancellation.as_current():
            response = wsgi.call(self._application, environ, begin)
        if not isinstance(response, Response):
            return response
        self._policy.prepare(response, exchange)
        coding = response.coding(exchange.header("accept-encoding"))
        if coding is not None and not response.has(coding):
            response.encode(coding)
        return response

    async def _send(self, exchange: Exchange, response: Response) -> None:
        """Respond in the coding that the client prefers, and store the response."""
        coding = exchange.coding(response)
        if not response.has(coding):
            await self._limits.threads.run(functools.partial(response.encode, coding))
        self._policy.store(response, exchange)
        if exchange.method != "HEAD" and len(body := response.encoded(coding)) >= LARGE:
            self._limits.sender.reserve(exchange, body)
        exchange.send(response, coding)

    def _observe_hit(self, exchange: Exchange) -> None:
        exchange.cache_outcome = "hit"
        metrics.count_cache_lookup("hit")
        self._observe(exchange)

    def _report(self, exchange: Exchange, problem: Problem) -> None:
        exchange.send_problem(problem)
        exchange.cache_outcome = exchange.query = None
        self._observe(exchange)

    def _observe(self, exchange: Exchange) -> None:
        """Count and log a request that was answered here."""
        self._observer.observe(
            AccessLogEntry(
                exchange.method,
                exchange.path,
                exchange.status,
                exchange.size,
                time.perf_counter() - exchange.began,
                exchange.client_in_log,
                exchange.request_id,
                exchange.version,
                exchange.cache_outcome,
                exchange.problem_code,
                exchange.query,
            )
        )


def _is_health(exchange: Exchange) -> bool:
    return exchange.path == _HEALTH or exchange.path.startswith(f"{_HEALTH}/")


def _begin_stream(
    exchange: Exchange, loop: asyncio.AbstractEventLoop, seconds: float, status: int, headers: HeaderList
) -> Send | None:
    """Begin a streamed response, and return the function that sends a part; called in a thread."""

    async def begin() -> Send | None:
        if status == HTTPStatus.OK and exchange.is_current(headers):
            exchange.send_not_modified(headers)
            return None
        if exchange.method == "HEAD":
            exchange.protocol.response_empty(status, headers)
            return None
        pipe = exchange.pipe = Pipe(exchange.protocol, status, headers, seconds)
        return lambda part: asyncio.run_coroutine_threadsafe(pipe.write(part), loop).result()

    return asyncio.run_coroutine_threadsafe(begin(), loop).result()
