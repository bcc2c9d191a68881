"""The outermost layer, before the web framework: it answers what was asked before, and lets in the rest within limits.

Answers that are kept cost neither a thread nor routing; how the application says which may be kept is told in
:mod:`endpoint.keeping`. Every whole response is compressed for clients that ask for it, and every one with a validator
is answered with 304 where it can be. A request whose client goes away is stopped. All this happens in the one thread of
the event loop; what takes time is given to :class:`endpoint.bridge.Threads`.
"""

import asyncio
import functools
import logging
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Literal

from endpoint import bridge, metrics, problems
from endpoint.admission import Admission, RefusedError, Ticket
from endpoint.bodies import Bodies, TooManyError, TooSlowError
from endpoint.bridge import Application, BrokenOffError, InFile, NoThreadError, RequestHeaders, Scope, Send, Threads
from endpoint.cache import Answer, HeaderList
from endpoint.keeping import Keeping, header
from endpoint.keys import QUERIES, Address
from endpoint.observing import Observer, identifiers
from endpoint.replies import READING, Exchange, Problem, Reply, Sent
from endpoint.request_lines import Seen
from endpoint.served import Served, Serving
from graph.cancellation import Cancellation

_LOG: Final = logging.getLogger(__name__)
_CONDITIONS: Final = ("HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE")
_ALWAYS_ANSWERED: Final = "/health"
_RETRY_SECONDS: Final = 5
# About as many as there are connections at one time.
_REMEMBERED_CLIENTS: Final = 1024


@dataclass(frozen=True)
class Doors:
    """What a request has to pass before it is worked on."""

    admission: Admission
    bodies: Bodies
    threads: Threads


@dataclass(frozen=True)
class _Asked:
    """A request that was let in; ``client`` is the address that it comes from."""

    reply: Reply
    client: str
    scheme: str
    body: bytes
    address: Address | None
    serving: Serving
    cancellation: Cancellation

    @property
    def scope(self) -> Scope:
        """The request as RSGI gives it."""
        return self.reply.scope


class Front:
    """An RSGI application in front of a WSGI application."""

    def __init__(
        self, application: Application, served: Served, doors: Doors, keeping: Keeping, observer: Observer
    ) -> None:
        """Answer from ``application`` what is not kept, from what is ``served``.

        ``observer`` is told here of what the application is not asked.
        """
        self._application = application
        self._served = served
        self._doors = doors
        self._keeping = keeping
        self._observer = observer
        self._identifiers = identifiers()
        self._under_way: dict[bytes, asyncio.Future[bool]] = {}

    async def respond(self, scope: Scope, exchange: Exchange) -> None:
        """Answer one request."""
        headers = scope.headers
        reply = Reply(scope, headers, exchange, self._identifier(scope, headers))
        try:
            address = self._keeping.address(scope, headers, self._scheme) if reply.method in READING else None
            answer = self._keeping.found(address, headers) if address else None
            if answer is not None and answer.has(coding := reply.coding(answer)):
                self._tell(reply, reply.answer(answer, coding), cache="hit")
            else:
                await self._let_in(reply, address)
        except Problem as problem:
            self._tell(reply, reply.problem(problem), code=problem.code)
        except BrokenOffError as error:
            _LOG.error("the response to request %s broke off", reply.identifier, exc_info=error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer and the operator a trace
            _LOG.error("request %s failed", reply.identifier, exc_info=error)
            self._tell(reply, reply.problem(Problem("internal-error", problems.INTERNAL)), code="internal-error")

    async def _let_in(self, reply: Reply, address: Address | None) -> None:
        client = self._client(reply.scope)
        if reply.scope.path == _ALWAYS_ANSWERED:
            await self._asked(reply, client, address, None)
            return
        try:
            with self._doors.admission.admitted(client) as ticket:
                await self._asked(reply, client, address, ticket)
        except RefusedError as refused:
            raise Problem("too-many-requests", str(refused), refused.seconds) from None

    async def _asked(self, reply: Reply, client: str, address: Address | None, ticket: Ticket | None) -> None:
        scope = reply.scope
        body = await self._body(reply)
        if reply.method == "POST" and scope.path == QUERIES:
            address = self._keeping.query_address(scope, reply.headers, body)
        asked = _Asked(reply, client, self._scheme(scope), body, address, self._served.now, Cancellation())
        try:
            if await self._given(asked):
                if ticket is not None:
                    ticket.give_back()
            else:
                await self._watched(asked)
        except NoThreadError:
            raise Problem(
                "busy", "every thread of the server is at work; try again in a moment", _RETRY_SECONDS
            ) from None

    async def _watched(self, asked: _Asked) -> None:
        watching = asyncio.ensure_future(_watch(asked))
        try:
            await self._once(asked, watching)
        finally:
            watching.cancel()

    async def _body(self, reply: Reply) -> bytes:
        try:
            return await self._doors.bodies.read(reply.scope.path, reply.headers, reply.exchange)
        except TooSlowError:
            raise Problem("request-timeout", "the body of the request did not arrive in time; send it again") from None
        except TooManyError:
            detail = "the server reads as many bodies as it has memory for; try again in a moment"
            raise Problem("busy", detail, _RETRY_SECONDS) from None

    async def _given(self, asked: _Asked) -> bool:
        """Respond with the answer that is kept, if there is one; return whether there was."""
        answer = self._keeping.found(asked.address, asked.reply.headers) if asked.address else None
        if answer is None or asked.address is None:
            return False
        coding = asked.reply.coding(answer)
        if not answer.has(coding):
            await self._doors.threads.run(functools.partial(answer.code, coding))
            self._keeping.keep(asked.address, asked.reply.headers, asked.serving, answer)
        self._tell(asked.reply, asked.reply.answer(answer, coding), cache="hit")
        return True

    async def _once(self, asked: _Asked, gone: "asyncio.Future[None]") -> None:
        """Respond to a request, to a query from the answer to an equal one that is under way."""
        address = asked.address
        if address is None or not address.is_query:
            await self._worked_on(asked)
            return
        while (leading := self._under_way.get(address.digest)) is not None:
            waited_for: set[asyncio.Future[Any]] = {leading, gone}
            await asyncio.wait(waited_for, return_when=asyncio.FIRST_COMPLETED)
            if gone.done() or await self._given(asked):
                return
            if leading.result():
                # It was answered, and not in a way that others can use.
                await self._worked_on(asked)
                return
        leading = self._under_way[address.digest] = asyncio.get_running_loop().create_future()
        try:
            await self._worked_on(asked)
        finally:
            del self._under_way[address.digest]
            leading.set_result(not asked.cancellation.happened)

    async def _worked_on(self, asked: _Asked) -> None:
        loop = asyncio.get_running_loop()
        work = functools.partial(self._work, asked, functools.partial(_begin, asked.reply, loop))
        response = await self._doors.threads.run(work, always=asked.scope.path == _ALWAYS_ANSWERED)
        if isinstance(response, InFile):
            asked.reply.file(response)
        elif response is not None:
            if asked.address is not None:
                self._keeping.keep(asked.address, asked.reply.headers, asked.serving, response)
            asked.reply.answer(response, asked.reply.coding(response))

    def _work(self, asked: _Asked, begin: bridge.Begin) -> Answer | InFile | None:
        """Return the application's response; runs in a thread of its own, as all that takes long."""
        environ = bridge.environment(asked.scope, asked.client, asked.scheme, asked.reply.identifier, asked.body)
        if asked.address is not None:
            metrics.cache_asked("miss")
            environ[bridge.CACHE] = "miss"
        if asked.reply.method in READING:
            # They are evaluated here, on the whole response.
            for name in _CONDITIONS:
                environ.pop(name, None)
        with asked.cancellation.made_current():
            response = bridge.answer(self._application, environ, begin)
        if not isinstance(response, bridge.Whole):
            return response
        answer = self._keeping.answer(response, asked.serving, asked.address)
        coding = answer.coding(header(asked.reply.headers, "accept-encoding"))
        if coding is not None and not answer.has(coding):
            answer.code(coding)
        return answer

    def _tell(self, reply: Reply, sent: Sent, cache: Literal["hit"] | None = None, code: str | None = None) -> None:
        if cache is not None:
            metrics.cache_asked(cache)
        scope = reply.scope
        self._observer.observe(
            Seen(
                reply.method,
                scope.path,
                sent.status,
                sent.size,
                time.perf_counter() - reply.begun,
                self._observer.client(_peer(scope), header(reply.headers, "x-forwarded-for") or ""),
                reply.identifier,
                self._served.version,
                cache,
                code,
            )
        )

    def _client(self, scope: Scope) -> str:
        return self._observer.proxies.answerable(_peer(scope), header(scope.headers, "x-forwarded-for") or "")

    def _identifier(self, scope: Scope, headers: RequestHeaders) -> str:
        given = headers.get("x-request-id")
        return (self._observer.believed(_peer(scope), given) if given else None) or next(self._identifiers)

    def _scheme(self, scope: Scope) -> str:
        forwarded = scope.headers.get("x-forwarded-proto")
        if forwarded in {"http", "https"} and self._observer.proxies.trusts(_peer(scope)):
            return str(forwarded)
        return scope.scheme


def _peer(scope: Scope) -> str:
    return _address(scope.client)


@functools.lru_cache(_REMEMBERED_CLIENTS)
def _address(client: str) -> str:
    return client.rpartition(":")[0].strip("[]")


async def _watch(asked: _Asked) -> None:
    """Stop what is done for a client as soon as it ends the connection."""
    await asked.reply.exchange.client_disconnect()
    asked.cancellation.happen()


def _begin(reply: Reply, loop: asyncio.AbstractEventLoop, status: int, headers: HeaderList) -> Send | None:
    """Begin a streamed response, and return what sends a part of it; called in a thread."""

    async def begin() -> Send | None:
        if status == HTTPStatus.OK and reply.has(headers):
            reply.not_modified(headers)
            return None
        if reply.method == "HEAD":
            reply.exchange.response_empty(status, headers)
            return None
        stream = reply.exchange.response_stream(status, headers)

        async def send(part: bytes) -> None:
            await stream.send_bytes(part)

        return lambda part: asyncio.run_coroutine_threadsafe(send(part), loop).result()

    return asyncio.run_coroutine_threadsafe(begin(), loop).result()
