"""The Flask application: routes, errors, and the headers of every response."""

from collections.abc import Sequence
from typing import Final

from flask import Flask, Response, request

from endpoint import health, home, problems, sparql, validate
from endpoint.contributions import Desk
from endpoint.served import Served
from endpoint.settings import EndpointSettings
from graph.examples import Example

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Allow, Content-Language, Content-Location, ETag, Link, Location, OPSC-Conforms, "
    "Retry-After, WWW-Authenticate, X-Request-ID",
}
_ASKED_WITH: Final = "Accept, Accept-Language, Authorization, Content-Type, Contribution-Licence, Contribution-Source"


def create_app(
    served: Served,
    examples: Sequence[Example] = (),
    settings: EndpointSettings | None = None,
    desk: Desk | None = None,
) -> Flask:
    """Return the application that answers queries on what is ``served``, with ``examples`` on its home page.

    Contributions are taken at ``desk``; without one there are no such addresses.
    """
    app = Flask(__name__)
    settings = settings or EndpointSettings()
    body_bytes = settings.body_bytes
    # One more than is allowed: a body without a length would otherwise be cut at the limit without an error.
    app.config["MAX_CONTENT_LENGTH"] = body_bytes + 1
    app.register_blueprint(sparql.blueprint(served, body_bytes))
    app.register_blueprint(validate.blueprint(served, settings))
    app.register_blueprint(health.blueprint(served))
    app.register_blueprint(home.blueprint(served, examples))
    if desk is not None:
        app.register_blueprint(desk.blueprint())
    problems.register(app)
    app.after_request(_with_headers)
    return app


def _with_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = ", ".join(sorted(response.allow))
        response.headers["Access-Control-Allow-Headers"] = _ASKED_WITH
        response.headers["Access-Control-Max-Age"] = "86400"
    response.headers["X-Request-ID"] = problems.request_id()
    return response
