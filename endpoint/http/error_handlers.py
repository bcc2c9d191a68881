"""Makes every error of the Flask application a problem document (RFC 9457)."""

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from endpoint.http import request_context
from endpoint.http.problem_catalogue import PROBLEMS
from endpoint.http.problems import INTERNAL, MEDIA_TYPE, Problem
from graph.contributions.decider import DecisionPendingError
from graph.errors import LedgerError
from graph.sparql.errors import Busy, QueryError, QuerySyntaxError, SenderQuotaExceeded
from graph.validation import DocumentError, UnusableShapesError

_LOG: Final = logging.getLogger(__name__)

_QUOTA_SECONDS: Final = "3600"
_BY_STATUS: Final = {
    404: ("not-found", "there is nothing at this address; send queries to /sparql"),
    405: (
        "method-not-allowed",
        "this resource does not support the method; see the Allow header",
    ),
}


def register(app: Flask) -> None:
    """Make every error of ``app`` a problem document."""
    for kind, convert in _CONVERSIONS.items():
        app.register_error_handler(kind, lambda error, convert=convert: respond(convert(error)))


def respond(problem: Problem) -> Response:
    """Return the response for a problem, whose code is noted for the log."""
    context = request_context.current()
    context.problem_code = problem.code
    response = Response(problem.to_json(context.request_id), problem.type.status, content_type=MEDIA_TYPE)
    response.headers.update(problem.headers)
    if problem.type.status == HTTPStatus.NOT_ACCEPTABLE:
        response.vary.add("Accept")
    return response


def query_problem(error: QueryError) -> Problem:
    """Return the problem for a query that failed; a fault of the server is logged."""
    if PROBLEMS[error.code].status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _LOG.warning("request %s: %s", request_context.current().request_id, error.code)
    members = {"line": error.line, "column": error.column} if isinstance(error, QuerySyntaxError) else {}
    headers = {"Retry-After": str(error.seconds)} if isinstance(error, Busy) else {}
    if isinstance(error, SenderQuotaExceeded):
        headers["Retry-After"] = _QUOTA_SECONDS
    return Problem(error.code, str(error), members, headers)


def _document_problem(error: DocumentError) -> Problem:
    fault = error.fault
    members = {"reason": fault.code, "file": fault.file, "line": fault.line, "column": fault.column}
    return Problem(
        "document-unreadable", str(fault), {name: value for name, value in members.items() if value is not None}
    )


def _http_problem(error: HTTPException) -> Problem:
    if isinstance(error, RequestEntityTooLarge):
        return Problem(
            "body-too-large",
            "the request body exceeds the limit of this server; shorten the query or send less data",
        )
    code, detail = _BY_STATUS.get(error.code or 500, ("request-invalid", "the request is not well-formed"))
    allowed = dict(error.get_headers()).get("Allow")
    return Problem(code, detail, headers={"Allow": allowed} if allowed else {})


def _undecided_problem(error: DecisionPendingError) -> Problem:
    location = {"Location": f"{request.script_root}/contributions/{error.number}"}
    return Problem("not-yet-decided", str(error), {"number": error.number}, location)


def _ledger_problem(error: LedgerError) -> Problem:
    # The reason names files, which is nothing for a client.
    _LOG.error("request %s: %s", request_context.current().request_id, error)
    return Problem("ledger-unavailable", "the ledger of contributions is unavailable; try again later")


def _unexpected_problem(error: Exception) -> Problem:
    _LOG.error("request %s failed", request_context.current().request_id, exc_info=error)
    return Problem("internal-error", INTERNAL)


_CONVERSIONS: Final[dict[type[Exception], Callable[[Any], Problem]]] = {
    Problem: lambda problem: problem,
    QueryError: query_problem,
    DocumentError: _document_problem,
    UnusableShapesError: lambda error: Problem("shapes-unusable", str(error)),
    DecisionPendingError: _undecided_problem,
    LedgerError: _ledger_problem,
    HTTPException: _http_problem,
    Exception: _unexpected_problem,
}
