"""``/sparql``: queries by GET, POST form and POST body, and the service description when there is no query."""

from flask import Blueprint, Response, request

from endpoint.api import spreadsheet
from endpoint.api.metrics import note_query
from endpoint.api.service_description import ServiceDescription
from endpoint.http import negotiation, rdf_body, sparql_protocol
from endpoint.http.problems import RequestProblem
from endpoint.http.request_context import BEGUN
from endpoint.http.sparql_protocol import QueryRequest
from endpoint.http.sparql_request import question
from endpoint.serving.snapshot import Served, Serving
from graph.federation.federation import Federation
from graph.pool.query_pool import PendingAnswer
from graph.sparql import formats


def blueprint(served: Served, body_bytes: int, federation: Federation, *, takes_updates: bool = False) -> Blueprint:
    """Return the routes of ``/sparql`` over what is ``served``; a request body may have ``body_bytes``.

    Queries may ask the endpoints of ``federation``. The service description says so, and whether the server
    ``takes_updates``.
    """
    routes = Blueprint("sparql", __name__)
    description = ServiceDescription(takes_updates=takes_updates, federates=federation.is_allowed)

    @routes.get("/sparql")
    def get() -> Response:
        asked = sparql_protocol.from_url(request.query_string)
        if asked.query is None:
            return served.current(lambda serving: _described(description, serving, asked))
        return _answered(served, federation, asked)

    @routes.post("/sparql")
    def post() -> Response:
        encoding = request.headers.get("Content-Encoding", "").strip().lower()
        body = rdf_body.whole(body_bytes)
        asked = sparql_protocol.from_body(request.query_string, request.content_type or "", encoding, body)
        return _answered(served, federation, asked)

    return routes


def _answered(served: Served, federation: Federation, asked: QueryRequest) -> Response:
    note_query(asked.query or "")
    one = question(asked, request.headers.get("Accept"))
    as_spreadsheet = spreadsheet.is_wanted(asked.downloads, asked.formats)
    if as_spreadsheet:
        one = one.for_spreadsheet()
    begun: PendingAnswer | None = request.environ.get(BEGUN)
    if begun is not None:
        answered = begun.result()
    else:
        query = one.query()
        answered = served.current(lambda serving: federation.answer(serving.pool, query, asked.seconds))
    response = Response(answered.body, headers=one.headers(answered))
    return spreadsheet.as_file(response, "results.csv") if as_spreadsheet else response


def _described(description: ServiceDescription, serving: Serving, asked: QueryRequest) -> Response:
    choice = negotiation.negotiate(request.headers.get("Accept"), asked.formats).graph
    if choice is None:
        listed = ", ".join(one.media_type for one in formats.GRAPHS)
        raise RequestProblem(
            "not-acceptable",
            f"without a query this address describes itself as {listed}; the request accepts none of them",
        )
    if not request.host:
        raise RequestProblem("request-invalid", "the header Host names no valid host")
    body = choice.format.serialize(description.triples(serving, request.base_url))
    response = Response(body, content_type=choice.content_type)
    response.cache_control.public = True
    response.vary.add("Accept")
    return response
