"""The outermost layer, before the web framework: it answers what was asked before, and lets in the rest within limits.

Answers that are kept cost neither a thread nor routing; how the application says which may be kept is told in
:mod:`endpoint.front.cache_policy`. Every whole response is compressed for clients that ask for it, and every one with a
validator is answered with 304 where it can be. A request whose client goes away is stopped. All this happens in the one
thread of the event loop; what takes time is given to :class:`endpoint.front.wsgi.Threads`.
"""

import asyncio
import functools
import logging
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Literal

from endpoint.front import fast_path, wsgi
from endpoint.front.cache import Answer
from endpoint.front.cache_key import QUERIES, Address
from endpoint.front.cache_policy import Keeping, header
from endpoint.front.client import Callers
from endpoint.front.disconnect import Watch
from endpoint.front.rate_limit import Admission, RefusedError, Ticket
from endpoint.front.request_body import Bodies, TooManyError, TooSlowError
from endpoint.front.response import READING, Problem, Reply, Sent
from endpoint.front.wsgi import Application, BrokenOffError, InFile, NoThreadError, Send, Threads
from endpoint.http import problems, request_context
from endpoint.http.headers import HeaderList
from endpoint.http.rsgi import Exchange, Scope
from endpoint.http.sparql_request import Question
from endpoint.observability import metrics
from endpoint.observability.access_log import Seen
from endpoint.observability.observer import Observer
from endpoint.serving.snapshot import Served, Serving
from graph.pool.query_pool import PendingAnswer

_LOG: Final = logging.getLogger(__name__)
_CONDITIONS: Final = ("HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE")
_ALWAYS_ANSWERED: Final = "/health"
_RETRY_SECONDS: Final = 5


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
    watch: Watch

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
        self._callers = Callers(observer)
        self._under_way: dict[bytes, asyncio.Future[bool]] = {}

    async def respond(self, scope: Scope, exchange: Exchange) -> None:
        """Answer one request."""
        headers = scope.headers
        reply = Reply(scope, headers, exchange, self._callers.identifier(scope, headers))
        try:
            address = self._keeping.address(scope, headers, self._callers.scheme) if reply.method in READING else None
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
        client = self._callers.client(reply.scope)
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
        asked = _Asked(
            reply, client, self._callers.scheme(scope), body, address, self._served.now, Watch(reply.exchange)
        )
        try:
            if await self._given(asked):
                if ticket is not None:
                    ticket.give_back()
            elif address is not None and address.question is not None:
                await self._once(asked, address, address.question)
            else:
                await self._worked_on(asked)
        except NoThreadError:
            raise Problem(
                "busy", "every thread of the server is at work; try again in a moment", _RETRY_SECONDS
            ) from None
        finally:
            asked.watch.end()

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
        if answer is None:
            return False
        is_ready = answer.has(coding := asked.reply.coding(answer))
        sent = asked.reply.answer(answer, coding) if is_ready else await self._answered(asked, answer)
        self._tell(asked.reply, sent, cache="hit")
        return True

    async def _once(self, asked: _Asked, address: Address, question: Question) -> None:
        """Respond to a query, from the answer to an equal one that is under way if there is one."""
        while (leading := self._under_way.get(address.digest)) is not None:
            waited_for: set[asyncio.Future[Any]] = {leading, asked.watch.gone()}
            await asyncio.wait(waited_for, return_when=asyncio.FIRST_COMPLETED)
            if asked.watch.gone().done() or await self._given(asked):
                return
            if leading.result():
                # It was answered, and not in a way that others can use.
                await self._worked_on(asked)
                return
        leading = self._under_way[address.digest] = asyncio.get_running_loop().create_future()
        try:
            await self._begun(asked, question)
        finally:
            del self._under_way[address.digest]
            leading.set_result(not asked.watch.cancellation.is_cancelled)

    async def _begun(self, asked: _Asked, question: Question) -> None:
        """Respond to a query with an answer that is there at once, else with that of the application."""
        with self._served.used() as serving:
            begun = fast_path.begun(question, serving.pool) if serving is asked.serving else None
            try:
                if begun is not None and await fast_path.is_there(begun):
                    answer = self._keeping.answer(fast_path.response(question, begun), serving, asked.address)
                    sent = await self._answered(asked, answer)
                    self._tell(asked.reply, sent, cache="miss", of_query=(question, serving))
                else:
                    await self._worked_on(asked, begun)
            finally:
                if begun is not None:
                    begun.release()

    async def _answered(self, asked: _Asked, answer: Answer) -> Sent:
        """Respond with an answer in the form that the client wants, and keep it."""
        coding = asked.reply.coding(answer)
        if not answer.has(coding):
            await self._doors.threads.run(functools.partial(answer.code, coding))
        if asked.address is not None:
            self._keeping.keep(asked.address, asked.reply.headers, asked.serving, answer)
        return asked.reply.answer(answer, coding)

    async def _worked_on(self, asked: _Asked, begun: PendingAnswer | None = None) -> None:
        """Respond as the application does, which goes on with an answer that has ``begun``."""
        loop = asyncio.get_running_loop()
        work = functools.partial(self._work, asked, begun, functools.partial(_begin, asked.reply, loop))
        asked.watch.gone()
        response = await self._doors.threads.run(work, always=asked.scope.path == _ALWAYS_ANSWERED)
        if isinstance(response, InFile):
            asked.reply.file(response)
        elif response is not None:
            await self._answered(asked, response)

    def _work(self, asked: _Asked, begun: PendingAnswer | None, begin: wsgi.Begin) -> Answer | InFile | None:
        """Return the application's response; runs in a thread of its own, as all that takes long."""
        environ = wsgi.environment(asked.scope, asked.client, asked.scheme, asked.reply.identifier, asked.body)
        if asked.address is not None:
            metrics.cache_asked("miss")
            environ[request_context.CACHE] = "miss"
        if begun is not None:
            environ[request_context.BEGUN] = begun
        if asked.reply.method in READING:
            # They are evaluated here, on the whole response.
            for name in _CONDITIONS:
                environ.pop(name, None)
        with asked.watch.cancellation.as_current():
            response = wsgi.answer(self._application, environ, begin)
        if not isinstance(response, wsgi.Whole):
            return response
        answer = self._keeping.answer(response, asked.serving, asked.address)
        coding = answer.coding(header(asked.reply.headers, "accept-encoding"))
        if coding is not None and not answer.has(coding):
            answer.code(coding)
        return answer

    def _tell(
        self,
        reply: Reply,
        sent: Sent,
        cache: Literal["hit", "miss"] | None = None,
        code: str | None = None,
        of_query: tuple[Question, Serving] | None = None,
    ) -> None:
        """Tell the operator of what was responded; ``of_query`` is a query that was evaluated, and on what."""
        question, serving = of_query or (None, self._served.now)
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
                self._callers.named(scope, reply.headers),
                reply.identifier,
                serving.version,
                cache,
                code,
                question.asked.query if question else None,
            )
        )


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
