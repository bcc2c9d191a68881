"""Errors as problem details (RFC 9457): every code with its status and title, and how each becomes a response."""

import json
import logging
import os
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from endpoint.http.problem_catalogue import PROBLEMS
from endpoint.http.redaction import redacted
from endpoint.http.request_context import REQUEST_ID
from graph.contributions.decider import DecisionPendingError
from graph.errors import LedgerError
from graph.sparql.errors import Busy, QueryError, QuerySyntaxError
from graph.validation import DocumentError, UnusableShapesError

MEDIA_TYPE: Final = "application/problem+json"

_LOG: Final = logging.getLogger(__name__)

_ID_BYTES: Final = 16
_RETRY_SECONDS: Final = "5"
_CHALLENGE: Final = 'Bearer realm="opsc"'
_CHALLENGES: Final = {
    "token-missing": _CHALLENGE,
    "token-in-url": f'{_CHALLENGE}, error="invalid_request"',
    "scope-missing": f'{_CHALLENGE}, error="insufficient_scope"',
    **dict.fromkeys(("token-invalid", "token-expired", "token-revoked"), f'{_CHALLENGE}, error="invalid_token"'),
}
_BY_STATUS: Final = {
    404: ("not-found", "there is nothing at this address; send queries to /sparql"),
    405: (
        "method-not-allowed",
        "the address does not answer to this method; the header Allow names those it answers to",
    ),
}
INTERNAL: Final = "the server failed to answer; report the request id to its operator"


class RequestProblem(Exception):  # noqa: N818 - a problem of RFC 9457
    """A request that cannot be answered; ``code`` is a key of :data:`PROBLEMS`, the message is for the client."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def response(code: str, detail: str, members: Mapping[str, Any] | None = None) -> Response:
    """Return the response for the problem ``code``, with ``detail`` and further ``members``."""
    problem = PROBLEMS[code]
    g.problem_code = code
    document = written(code, redacted(detail), request_id(), members)
    answer = Response(document, problem.status, content_type=MEDIA_TYPE)
    if problem.status == HTTPStatus.NOT_ACCEPTABLE:
        answer.vary.add("Accept")
    if code in _CHALLENGES:
        answer.headers["WWW-Authenticate"] = _CHALLENGES[code]
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = _RETRY_SECONDS
    return answer


def _visible(detail: str) -> str:
    """Return a sentence, which may quote what the client sent, without characters that act instead of being shown."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in detail)


def written(code: str, detail: str, identifier: str, members: Mapping[str, Any] | None = None) -> bytes:
    """Return the document for the problem ``code`` of the request with ``identifier``, as JSON in UTF-8."""
    problem = PROBLEMS[code]
    document = {
        "type": problem.iri,
        "title": problem.title,
        "status": problem.status,
        "detail": _visible(detail),
        "code": code,
        "request_id": identifier,
        **(members or {}),
    }
    return json.dumps(document, ensure_ascii=False).encode()


def request_id() -> str:
    """Return the identifier of the current request, the same in the answer and in the log.

    The layer in front gives it in the environment of the request.
    """
    if "request_id" not in g:
        g.request_id = request.environ.get(REQUEST_ID) or new_request_id()
    identifier: str = g.request_id
    return identifier


def new_request_id() -> str:
    """Return an identifier that no other request has."""
    return os.urandom(_ID_BYTES).hex()


def register(app: Flask) -> None:
    """Make every error of ``app`` a problem document."""
    app.register_error_handler(RequestProblem, _for_request_problem)
    app.register_error_handler(QueryError, _for_query_error)
    app.register_error_handler(DocumentError, _for_document_error)
    app.register_error_handler(UnusableShapesError, _for_unusable_shapes)
    app.register_error_handler(DecisionPendingError, _for_undecided)
    app.register_error_handler(LedgerError, _for_ledger_error)
    app.register_error_handler(HTTPException, _for_http_exception)
    app.register_error_handler(Exception, _for_unforeseen)


def _for_request_problem(problem: RequestProblem) -> Response:
    return response(problem.code, str(problem))


def _for_query_error(error: QueryError) -> Response:
    place = {"line": error.line, "column": error.column} if isinstance(error, QuerySyntaxError) else {}
    if PROBLEMS[error.code].status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _LOG.warning("request %s: %s", request_id(), error.code)
    answer = response(error.code, str(error), place)
    if isinstance(error, Busy):
        answer.headers["Retry-After"] = str(error.seconds)
    return answer


def _for_document_error(error: DocumentError) -> Response:
    fault = error.fault
    members = {"reason": fault.code, "file": fault.file, "line": fault.line, "column": fault.column}
    known = {name: value for name, value in members.items() if value is not None}
    return response("document-unreadable", str(fault), known)


def _for_unusable_shapes(error: UnusableShapesError) -> Response:
    return response("shapes-unusable", str(error))


def _for_undecided(error: DecisionPendingError) -> Response:
    answer = response("not-yet-decided", str(error), {"number": error.number})
    answer.headers["Location"] = f"/contributions/{error.number}"
    return answer


def _for_ledger_error(error: LedgerError) -> Response:
    # The reason names files, which is nothing for a client.
    _LOG.error("request %s: %s", request_id(), error)
    return response("ledger-unavailable", "the ledger of contributions cannot be used now; try again later")


def _for_http_exception(error: HTTPException) -> Response:
    if isinstance(error, RequestEntityTooLarge):
        return response(
            "body-too-large",
            "the request body is larger than this server reads; shorten the query or send less data at once",
        )
    code, detail = _BY_STATUS.get(error.code or 500, ("request-invalid", "the request is not well-formed"))
    answer = response(code, detail)
    allowed = dict(error.get_headers()).get("Allow")
    if allowed:
        answer.headers["Allow"] = allowed
    return answer


def _for_unforeseen(error: Exception) -> Response:
    _LOG.error("request %s failed", request_id(), exc_info=error)
    return response("internal-error", INTERNAL)
