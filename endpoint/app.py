"""The Flask application: routes, errors, and the headers of every response."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Flask, Response, request

from endpoint import graph_store, health, home, problems, sparql, updates, validate
from endpoint.contributions import Desk
from endpoint.graph_store import GraphStore, GraphWriting
from endpoint.outcomes import Outcomes
from endpoint.served import Served
from endpoint.settings import EndpointSettings
from endpoint.tokens import Tokens
from graph.contributions import Contributions
from graph.deciding import Deciding
from graph.examples import Example

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Allow, Content-Language, Content-Location, ETag, Link, Location, OPSC-Conforms, "
    "Retry-After, WWW-Authenticate, X-Request-ID",
}
_ASKED_WITH: Final = (
    "Accept, Accept-Language, Authorization, Content-Type, Contribution-Licence, Contribution-Source, If-Match, "
    "If-None-Match"
)


@dataclass(frozen=True)
class Writers:
    """Who may write, by ``tokens``, what decides on it, and where that is looked up."""

    contributions: Contributions
    deciding: Deciding
    tokens: Tokens


def create_app(
    served: Served,
    examples: Sequence[Example] = (),
    settings: EndpointSettings | None = None,
    writers: Writers | None = None,
) -> Flask:
    """Return the application that answers queries on what is ``served``, with ``examples`` on its home page.

    Without ``writers`` there are no addresses to write to.
    """
    app = Flask(__name__)
    # Otherwise two slashes in a path were answered with a redirect to the host that the client names.
    app.url_map.merge_slashes = False
    settings = settings or EndpointSettings()
    body_bytes = settings.body_bytes
    # One more than is allowed: a body without a length would otherwise be cut at the limit without an error.
    app.config["MAX_CONTENT_LENGTH"] = body_bytes + 1
    app.register_blueprint(
        sparql.blueprint(served, body_bytes, takes_updates=bool(writers and writers.tokens.are_given))
    )
    app.register_blueprint(validate.blueprint(served, settings))
    app.register_blueprint(health.blueprint(served))
    app.register_blueprint(home.blueprint(served, examples))
    reading = GraphStore(served, settings.validation_seconds)
    if writers is None:
        app.register_blueprint(graph_store.blueprint(reading, None))
    else:
        _register_writing(app, served, settings, writers, reading)
    problems.register(app)
    app.after_request(_with_headers)
    return app


def _register_writing(
    app: Flask, served: Served, settings: EndpointSettings, writers: Writers, reading: GraphStore
) -> None:
    deciding, tokens, most = writers.deciding, writers.tokens, settings.upload_bytes
    outcomes = Outcomes(served, writers.contributions, settings.validation_seconds)
    app.register_blueprint(Desk(outcomes, writers.contributions, deciding, tokens, most).blueprint())
    app.register_blueprint(updates.blueprint(served, outcomes, deciding, tokens, settings.body_bytes))
    app.register_blueprint(graph_store.blueprint(reading, GraphWriting(outcomes, deciding, tokens, most)))


def _with_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = ", ".join(sorted(response.allow))
        response.headers["Access-Control-Allow-Headers"] = _ASKED_WITH
        response.headers["Access-Control-Max-Age"] = "86400"
    response.headers["X-Request-ID"] = problems.request_id()
    return response
