"""``/update``: SPARQL 1.1 Updates, decided like contributions (https://www.w3.org/TR/sparql11-protocol/, section 2.2).

What cannot be an update is a problem and not recorded; whatever else comes of it, an update is recorded first.
"""

from typing import Final

from flask import Blueprint, Response, request

from endpoint.api import report_response
from endpoint.api.decision_response import GRAPH_PROBLEMS, DecisionResponses
from endpoint.auth import submitter
from endpoint.auth.bearer import BearerTokens
from endpoint.http import rdf_body, sparql_protocol
from endpoint.serving.snapshot import SnapshotHolder
from graph.contributions.decider import Decider
from graph.contributions.submission import RequestParameters, Submission
from graph.pool.pool import TaskLabel
from graph.updates import evaluate
from graph.updates.evaluate import UpdateRequest

_PARSING: Final = TaskLabel("parsing the update", "shorten it", crash_advice="write it with less nesting")
_FILE_NAME: Final = "update.ru"


def blueprint(
    snapshots: SnapshotHolder, responses: DecisionResponses, decider: Decider, tokens: BearerTokens, body_bytes: int
) -> Blueprint:
    """Return the route of ``/update``; a request body may have ``body_bytes``."""
    routes = Blueprint("updates", __name__)

    @routes.post("/update")
    def update() -> Response:
        sender = submitter.identify(tokens, "update")
        written_as, written_in = report_response.negotiate(otherwise="json"), report_response.negotiate_language()
        update_request = _parse_update(body_bytes)
        with snapshots.acquire() as snapshot:
            limits, deadline = snapshot.pool.limits, snapshot.pool.settings.deadline
            evaluate.inspect(update_request, limits)
            snapshot.pool.call(evaluate.check_in_process, (update_request, limits), deadline, _PARSING)
        decision = decider.submit(
            Submission(
                update_request.text.encode("utf-8"),
                sparql_protocol.UPDATE,
                _FILE_NAME,
                sender.name,
                sender.source,
                sender.licence,
                "update",
                parameters=RequestParameters(update_request.using, update_request.using_named),
            )
        )
        return responses.respond(decision, 200, written_as, written_in, GRAPH_PROBLEMS)

    return routes


def _parse_update(body_bytes: int) -> UpdateRequest:
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    body = rdf_body.read(body_bytes)
    return sparql_protocol.update_from_body(request.query_string, request.content_type or "", encoding, body)
