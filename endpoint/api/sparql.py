"""``/sparql``: queries by GET, POST form and POST body, and the service description when there is no query."""

from typing import Protocol

from flask import Blueprint, Response, request

from endpoint.api import spreadsheet
from endpoint.api.service_description import ServiceDescription
from endpoint.http import error_handlers, rdf_body, request_context, sparql_protocol
from endpoint.http.problems import Problem
from endpoint.http.sparql_protocol import SparqlRequest
from endpoint.serving.snapshot import Snapshot, SnapshotHolder
from graph.federation.federation import Federation
from graph.sparql import formats
from graph.sparql.engine import QueryResult
from graph.sparql.errors import QueryError


class Description:
    """Responds with the service description, at the public address of the server."""

    def __init__(self, service: ServiceDescription, public_address: str = "") -> None:
        """Describe ``service`` at ``public_address``, which ends with a slash; without one as the request names it."""
        self._service = service
        self._public_address = public_address

    def respond(self, snapshot: Snapshot, sparql: SparqlRequest) -> Response:
        """Return the description in the negotiated format; raise ``Problem`` when the request accepts none."""
        negotiated = sparql.graph_format
        if negotiated is None:
            media_types = ", ".join(graph_format.media_type for graph_format in formats.GRAPHS)
            raise Problem(
                "not-acceptable",
                f"the service description is available as {media_types}; the request accepts none of them",
            )
        if not request.host:
            raise Problem("request-invalid", "the Host header is not a valid host")
        address = f"{self._public_address}sparql" if self._public_address else request.base_url
        response = Response(negotiated.format.serialize(self._service.triples(snapshot, address)))
        response.content_type = negotiated.content_type
        # Not "public": it also depends on the tokens, which change without a new version of the graph.
        response.cache_control.no_cache = True
        response.add_etag()
        response.vary.add("Accept")
        return response


class QueryPages(Protocol):
    """The pages that browsers get."""

    def form(self) -> Response:
        """Return the page to write a query on."""

    def results(self, sparql: SparqlRequest, answer: QueryResult) -> Response:
        """Return the page with the answer to a query, in the formats of :meth:`SparqlRequest.for_page`."""

    def failure(self, sparql: SparqlRequest, problem: Problem) -> Response:
        """Return the page with the reason why a query has no answer."""


def blueprint(
    snapshots: SnapshotHolder, body_bytes: int, federation: Federation, description: Description, pages: QueryPages
) -> Blueprint:
    """Return the routes of ``/sparql`` on the current of ``snapshots``; a request body may have ``body_bytes``.

    Queries may use the endpoints of ``federation``. A request without a query is answered with the ``description``.
    Browsers get ``pages`` instead.
    """
    routes = Blueprint("sparql", __name__)

    @routes.get("/sparql")
    def get() -> Response:
        sparql = _parsed() or sparql_protocol.from_url(request.query_string, request.headers.get("Accept"))
        if sparql.query is None and sparql.as_page:
            return pages.form()
        if sparql.query is None:
            return snapshots.call(lambda snapshot: description.respond(snapshot, sparql))
        return respond(sparql)

    @routes.post("/sparql")
    def post() -> Response:
        body = rdf_body.read(body_bytes)
        return respond(_parsed() or _parse_body(body))

    def respond(sparql: SparqlRequest) -> Response:
        if sparql.as_page and not sparql.downloads:
            return _page(pages, snapshots, federation, sparql)
        return _answer(snapshots, federation, sparql)

    return routes


def _parsed() -> SparqlRequest | None:
    """Return the request that the front has parsed, or raise the problem that it found; ``None`` without a front."""
    sparql = request_context.current().sparql
    if isinstance(sparql, Problem):
        raise sparql
    return sparql


def _parse_body(body: bytes) -> SparqlRequest:
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    content_type, accept = request.content_type or "", request.headers.get("Accept")
    return sparql_protocol.from_body(request.query_string, content_type, encoding, body, accept)


def _answer(snapshots: SnapshotHolder, federation: Federation, sparql: SparqlRequest) -> Response:
    context = request_context.current()
    context.query = sparql.query
    as_spreadsheet = spreadsheet.is_wanted(sparql.downloads, sparql.formats)
    if as_spreadsheet:
        sparql = sparql.for_spreadsheet()
    answer = context.pending.result() if context.pending else _evaluate(snapshots, federation, sparql)
    response = Response(answer.body, headers=sparql.response_headers(answer))
    return spreadsheet.as_file(response, "results.csv") if as_spreadsheet else response


def _page(pages: QueryPages, snapshots: SnapshotHolder, federation: Federation, sparql: SparqlRequest) -> Response:
    context = request_context.current()
    context.query = sparql.query
    try:
        return pages.results(sparql, _evaluate(snapshots, federation, sparql.for_page()))
    except QueryError as error:
        problem = error_handlers.query_problem(error)
        context.problem_code = problem.code
        return pages.failure(sparql, problem)


def _evaluate(snapshots: SnapshotHolder, federation: Federation, sparql: SparqlRequest) -> QueryResult:
    query = sparql.to_query()
    return snapshots.call(lambda snapshot: federation.answer(snapshot.pool, query, sparql.timeout))
