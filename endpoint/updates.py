"""``/update``: SPARQL 1.1 Updates, decided like contributions (https://www.w3.org/TR/sparql11-protocol/, section 2.2).

What cannot be an update is a problem and not recorded; whatever else comes of it, an update is recorded first.
"""

from typing import Final

from flask import Blueprint, Response, request

from endpoint import origins, protocol, reporting, uploads
from endpoint.outcomes import GRAPH_PROBLEMS, Outcomes
from endpoint.served import Served
from endpoint.tokens import Tokens
from graph import updates
from graph.deciding import Deciding
from graph.processes import Wording
from graph.submissions import Parameters, Submission
from graph.updates import Update

_WORDING: Final = Wording(
    late="the update took longer to read than it may; shorten it",
    greedy="the update needed more memory to be read than it may; shorten it",
    crashed="the update ended the process that read it; write it with less nesting",
)
_FILE_NAME: Final = "update.ru"


def blueprint(served: Served, outcomes: Outcomes, deciding: Deciding, tokens: Tokens, body_bytes: int) -> Blueprint:
    """Return the route of ``/update``; a request body may have ``body_bytes``."""
    routes = Blueprint("updates", __name__)

    @routes.post("/update")
    def update() -> Response:
        sender = origins.origin(tokens, "update")
        written_as, written_in = reporting.choice(otherwise="json"), reporting.language()
        asked = _asked(body_bytes)
        with served.used() as serving:
            limits, deadline = serving.pool.limits, serving.pool.settings.deadline
            updates.inspect(asked, limits)
            serving.pool.call(updates.read, (asked, limits), deadline, _WORDING)
        decision = deciding.submit(
            Submission(
                asked.text.encode("utf-8"),
                protocol.UPDATE,
                _FILE_NAME,
                sender.who,
                sender.source,
                sender.licence,
                "update",
                parameters=Parameters(asked.using, asked.using_named),
            )
        )
        return outcomes.decided(decision, 200, written_as, written_in, GRAPH_PROBLEMS)

    return routes


def _asked(body_bytes: int) -> Update:
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    body = uploads.measured(uploads.whole(body_bytes))
    return protocol.update_from_body(request.query_string, request.content_type or "", encoding, body)
