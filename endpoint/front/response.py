"""Responds over RSGI: with answers in the form that the client wants, with 304 where it has them, and with problems."""

import time
from http import HTTPStatus
from typing import Final, NamedTuple

from endpoint.front.cache import OF_CONTENT, Answer
from endpoint.front.cache_policy import header
from endpoint.front.wsgi import InFile
from endpoint.http import compression, conditional, problem_catalogue, problems
from endpoint.http.headers import EVERYWHERE_IN_LOWER_CASE, REQUEST_ID, HeaderList, value_of
from endpoint.http.rsgi import Exchange, RequestHeaders, Scope

READING: Final = frozenset({"GET", "HEAD"})

_ID: Final = REQUEST_ID.lower()
# Plain numbers: to look up a member of HTTPStatus takes time that a kept answer does not have.
_OK: Final = HTTPStatus.OK.value
_NOT_MODIFIED: Final = HTTPStatus.NOT_MODIFIED.value


class Problem(Exception):  # noqa: N818 - a problem of RFC 9457
    """A request that is answered here, with an error; ``seconds`` is when to try again."""

    def __init__(self, code: str, detail: str, seconds: int | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.seconds = seconds


class Sent(NamedTuple):
    """What was responded: the status, and the bytes of the body."""

    status: int
    size: int


class Reply:
    """The place to respond to one request, its identifier, and when it came, as ``time.perf_counter`` has it.

    ``method`` and ``headers`` are those of the request, which RSGI makes anew each time that it is asked.
    """

    __slots__ = ("begun", "exchange", "headers", "identifier", "method", "scope")

    def __init__(self, scope: Scope, headers: RequestHeaders, exchange: Exchange, identifier: str) -> None:
        self.begun = time.perf_counter()
        self.scope = scope
        self.headers = headers
        self.method = scope.method
        self.exchange = exchange
        self.identifier = identifier

    def answer(self, answer: Answer, coding: str) -> Sent:
        """Respond with an answer in a form that is there; raise ``Problem`` when a condition of the request fails."""
        form, status = answer.ready(coding), answer.status
        if status == _OK and conditional.are_given(self.headers) and self._has(form.tag, answer.tags, form.modified):
            self.exchange.response_empty(_NOT_MODIFIED, [*form.rest, (_ID, self.identifier)])
            return Sent(_NOT_MODIFIED, 0)
        self.exchange.response_bytes(status, [*form.headers, (_ID, self.identifier)], form.body)
        return Sent(status, 0 if self.method == "HEAD" else len(form.body))

    def file(self, response: InFile) -> None:
        """Respond with a file; raise ``Problem`` when a condition of the request fails."""
        if response.status == _OK and self.has(response.headers):
            self.not_modified(response.headers)
        elif self.method == "HEAD":
            self.exchange.response_empty(response.status, response.headers)
        else:
            self.exchange.response_file(response.status, response.headers, response.path)

    def not_modified(self, headers: HeaderList) -> None:
        """Respond that the client has what it asks for."""
        kept = [(name, value) for name, value in headers if name not in OF_CONTENT]
        self.exchange.response_empty(_NOT_MODIFIED, kept)

    def has(self, headers: HeaderList) -> bool:
        """Whether the client has what a response with ``headers`` would give it; raise ``Problem`` as above."""
        tag = value_of(headers, "etag")
        return self._has(tag, [tag] if tag else [], conditional.seconds(value_of(headers, "last-modified")))

    def coding(self, answer: Answer) -> str:
        """Return the coding of an answer for the client; raise ``Problem`` when it accepts none."""
        coding = answer.coding(header(self.headers, "accept-encoding"))
        if coding is None and answer.status == _OK:
            listed = ", ".join(compression.CODINGS)
            raise Problem(
                "not-acceptable", f"answers come as they are, or as {listed}; the request accepts none of them"
            )
        return coding or compression.IDENTITY

    def problem(self, problem: Problem) -> Sent:
        """Respond with an error."""
        document = problems.written(problem.code, str(problem), self.identifier)
        headers = [*EVERYWHERE_IN_LOWER_CASE, ("content-type", problems.MEDIA_TYPE), (_ID, self.identifier)]
        if problem.seconds is not None:
            headers.append(("retry-after", str(problem.seconds)))
        status = problem_catalogue.PROBLEMS[problem.code].status
        self.exchange.response_bytes(status, headers, document)
        return Sent(status, len(document))

    def _has(self, tag: str | None, tags: list[str], modified: int | None) -> bool:
        if self.method not in READING or (tag is None and modified is None):
            return False
        outcome = conditional.status(self.headers, tag, tags, modified)
        if outcome == HTTPStatus.PRECONDITION_FAILED:
            raise Problem("precondition-failed", "what the address names is another one by now; read it again")
        return outcome is not None
