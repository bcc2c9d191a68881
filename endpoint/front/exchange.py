"""One request over RSGI and its response: the client, the parsed query, and the ways to respond."""

import asyncio
import re
from http import HTTPStatus
from typing import Final

from endpoint.front.pipe import Pipe
from endpoint.front.response import FileResponse, Response, last_modified, value_of, without_content
from endpoint.http import compression, conditional, sparql_protocol
from endpoint.http.headers import EVERYWHERE_IN_LOWER_CASE, REQUEST_ID, HeaderList
from endpoint.http.problems import MEDIA_TYPE, Problem
from endpoint.http.request_context import RequestContext
from endpoint.http.rsgi import HttpProtocol, Scope
from endpoint.http.sparql_protocol import SparqlRequest
from endpoint.observability.observer import Observer
from endpoint.serving.snapshot import Snapshot
from graph.pool.task import Cancellation

SAFE_METHODS: Final = frozenset({"GET", "HEAD"})

_ID: Final = REQUEST_ID.lower()
_PREFIX: Final = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*){1,10}", re.ASCII)
# Plain numbers: to look up a member of HTTPStatus takes time that a cached response does not have.
_OK: Final = HTTPStatus.OK.value
_NOT_MODIFIED: Final = HTTPStatus.NOT_MODIFIED.value
# A body from this size on is sent as the client reads it. A pipe holds half of that, so that its end is noticed.
LARGE: Final = 131_072


class Exchange(RequestContext):
    """A request and its response. To be used from one thread, but for :attr:`cancellation`.

    ``snapshot`` is the version that was current when the request was complete, ``status`` and ``size`` (bytes of the
    body) are those of the response. ``headers`` are those of the request, which RSGI makes anew at each access.
    ``outgoing`` is a response that waits to be sent: status, headers and body. ``pipe`` is its body while it is sent,
    and ``reserved`` a body that counts as waiting for its reader, with the bytes by which it counts.
    """

    __slots__ = (
        "_cancellation",
        "_disconnection",
        "_observer",
        "body",
        "cache_key",
        "headers",
        "outgoing",
        "pipe",
        "protocol",
        "reserved",
        "scope",
        "size",
        "snapshot",
        "status",
    )

    def __init__(self, scope: Scope, protocol: HttpProtocol, observer: Observer, snapshot: Snapshot) -> None:
        """Believe the proxies that ``observer`` trusts on the client, the scheme and the identifier of the request."""
        headers = scope.headers
        peer = scope.client.rpartition(":")[0].strip("[]")
        identifier = observer.request_id(peer, headers.get("x-request-id"))
        super().__init__(identifier, scope.method, scope.path, peer)
        self.scope = scope
        self.headers = headers
        self.protocol = protocol
        self.body = b""
        self.cache_key: bytes | None = None
        self.use(snapshot)
        self.status = 0
        self.size = 0
        self.outgoing: tuple[int, HeaderList, bytes] | None = None
        self.pipe: Pipe | None = None
        self.reserved: tuple[bytes, int] | None = None
        self._observer = observer
        self._cancellation: Cancellation | None = None
        self._disconnection: asyncio.Future[None] | None = None

    def use(self, snapshot: Snapshot) -> None:
        """Answer from this version."""
        self.snapshot, self.version = snapshot, snapshot.version

    @property
    def client(self) -> str:
        """The address whose limits apply to the request."""
        return self._observer.proxies.answerable(self.peer, self.header("x-forwarded-for") or "")

    @property
    def client_in_log(self) -> str | None:
        """The client as the log names it."""
        return self._observer.client(self.peer, self.header("x-forwarded-for") or "")

    @property
    def scheme(self) -> str:
        """The scheme by which the client sent the request."""
        forwarded = self.headers.get("x-forwarded-proto")
        if forwarded in {"http", "https"} and self._observer.proxies.trusts(self.peer):
            return str(forwarded)
        return self.scope.scheme

    @property
    def prefix(self) -> str:
        """The path below which a trusted proxy publishes the server, and which it has taken off the request's path."""
        forwarded = self.headers.get("x-forwarded-prefix")
        if forwarded and _PREFIX.fullmatch(forwarded.rstrip("/")) and self._observer.proxies.trusts(self.peer):
            return forwarded.rstrip("/")
        return ""

    def check_host(self) -> None:
        """Raise ``Problem`` for a request of HTTP/1.1 that names no host (RFC 9112, section 3.2)."""
        if "host" not in self.headers and not self.scope.authority and self.scope.http_version == "1.1":
            raise Problem("request-invalid", "the request has no Host header")

    def header(self, name: str) -> str | None:
        """Return the value of a header, of which a request may have several lines (RFC 9110, section 5.2)."""
        # To look whether it is there takes less time than to get an empty list.
        values = self.headers.get_all(name) if name in self.headers else None
        return ", ".join(values) if values else None

    def parse_query(self) -> None:
        """Parse and negotiate a request to the query endpoint; a problem is left for the application to report."""
        try:
            if self.method == "POST":
                encoding = (self.headers.get("content-encoding") or "").strip().lower()
                content_type, query_string = self.headers.get("content-type") or "", self.scope.query_string.encode()
                self.sparql = sparql_protocol.from_body(
                    query_string, content_type, encoding, self.body, self.header("accept")
                )
            else:
                self.sparql = sparql_protocol.from_url(self.scope.query_string.encode(), self.header("accept"))
        except Problem as problem:
            self.sparql = problem

    @property
    def query_request(self) -> SparqlRequest | None:
        """The request to the query endpoint, if it is valid and has a query."""
        sparql = self.sparql
        return sparql if isinstance(sparql, SparqlRequest) and sparql.query is not None else None

    def coding(self, response: Response) -> str:
        """Return the content coding of a response for the client; raise ``Problem`` when it accepts none."""
        coding = response.coding(self.header("accept-encoding"))
        if coding is None and response.status == _OK:
            codings = ", ".join(compression.CODINGS)
            raise Problem(
                "not-acceptable",
                f"responses are available without content coding, or as {codings}; the request accepts none of them",
            )
        return coding or compression.IDENTITY

    def send(self, response: Response, coding: str) -> None:
        """Respond with what was encoded already; raise ``Problem`` when a condition of the request fails.

        A large body is left in :attr:`outgoing` instead.
        """
        form, status = response.representation(coding), response.status
        if status == _OK and self._has_conditions and self._is_current(form.tag, response.tags, form.modified):
            self.status = _NOT_MODIFIED
            self.protocol.response_empty(_NOT_MODIFIED, [*form.not_modified, (_ID, self.request_id)])
            return
        self.status, self.size = status, 0 if self.method == "HEAD" else len(form.body)
        headers = [*form.headers, (_ID, self.request_id)]
        if self.size < LARGE:
            self.protocol.response_bytes(status, headers, form.body)
        else:
            self.outgoing = status, headers, form.body

    def send_file(self, response: FileResponse) -> None:
        """Respond with a file; raise ``Problem`` when a condition of the request fails."""
        if response.status == _OK and self.is_current(response.headers):
            self.send_not_modified(response.headers)
        elif self.method == "HEAD":
            self.protocol.response_empty(response.status, response.headers)
        else:
            self.protocol.response_file(response.status, response.headers, response.path)

    def send_not_modified(self, headers: HeaderList) -> None:
        """Respond that the client has the response with ``headers`` already."""
        self.protocol.response_empty(_NOT_MODIFIED, without_content(headers))

    def send_problem(self, problem: Problem) -> None:
        """Respond with an error."""
        document = problem.to_json(self.request_id)
        headers = [*EVERYWHERE_IN_LOWER_CASE, ("content-type", MEDIA_TYPE), (_ID, self.request_id)]
        headers += [(name.lower(), value) for name, value in problem.headers.items()]
        self.problem_code, self.status, self.size = problem.code, problem.type.status, len(document)
        self.protocol.response_bytes(self.status, headers, document)

    def is_current(self, headers: HeaderList) -> bool:
        """Whether the client has a response with ``headers`` already; raise ``Problem`` when a condition fails."""
        tag = value_of(headers, "etag")
        return self._is_current(tag, [tag] if tag else [], last_modified(headers))

    @property
    def _has_conditions(self) -> bool:
        headers = self.headers
        return (
            "if-none-match" in headers
            or "if-modified-since" in headers
            or "if-match" in headers
            or "if-unmodified-since" in headers
        )

    def _is_current(self, tag: str | None, tags: list[str], modified: int | None) -> bool:
        if self.method not in SAFE_METHODS or (tag is None and modified is None):
            return False
        status = conditional.status(self.headers, tag, tags, modified)
        if status == HTTPStatus.PRECONDITION_FAILED:
            raise Problem("precondition-failed", "the resource has changed; fetch it again")
        return status is not None

    @property
    def cancellation(self) -> Cancellation:
        """What stops the work for the request when the client disconnects."""
        if self._cancellation is None:
            self._cancellation = Cancellation()
        return self._cancellation

    @property
    def is_disconnected(self) -> bool:
        """Whether the client was seen to end the connection."""
        return self._cancellation is not None and self._cancellation.is_cancelled

    def disconnection(self) -> "asyncio.Future[None]":
        """Return what is done once the client ends the connection, which is watched from the first call on."""
        if self._disconnection is None:
            self._disconnection = asyncio.ensure_future(self._watch(self.cancellation))
        return self._disconnection

    def end(self) -> None:
        """Watch the connection no longer."""
        if self._disconnection is not None:
            self._disconnection.cancel()

    async def _watch(self, cancellation: Cancellation) -> None:
        await self.protocol.client_disconnect()
        cancellation.cancel()
