"""The Flask application: routes, errors, and the headers of every response."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from flask import Flask, Response, request

from endpoint.api import direct_graphs, graph_store, health, metrics, sparql, trailing_slash, update, validate
from endpoint.api.contributions import ContributionRoutes
from endpoint.api.decision_response import DecisionResponses
from endpoint.api.graph_store import GraphStoreReader, GraphStoreWriter
from endpoint.api.service_description import ServiceDescription
from endpoint.api.sparql import Description
from endpoint.auth.bearer import BearerTokens
from endpoint.http import error_handlers, headers, request_context
from endpoint.observability.observer import Observer
from endpoint.pages import home, register
from endpoint.pages.dataset.publishing import DatasetPublication
from endpoint.pages.dataset.routes import DatasetPages
from endpoint.pages.query import QueryPage
from endpoint.pages.source import GraphReader
from endpoint.serving.snapshot import SnapshotHolder
from endpoint.settings import EndpointSettings
from graph.archive import ArchiveProcess
from graph.contributions.contributions import Contributions
from graph.contributions.decider import Decider
from graph.federation.federation import Federation
from graph.metadata.examples import Example

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_ASKED_WITH: Final = (
    "Accept, Accept-Datetime, Accept-Language, Authorization, Content-Type, Contribution-Licence, Contribution-Source, "
    "If-Match, If-Modified-Since, If-None-Match, X-Requested-With"
)


@dataclass(frozen=True)
class WriteAccess:
    """The tokens of contributors, the decider of their submissions, and the ledger of decisions."""

    contributions: Contributions
    decider: Decider
    tokens: BearerTokens


@dataclass(frozen=True)
class Services:
    """What an application may have besides what it serves.

    Without ``writers`` there are no addresses to write to, without ``federation`` SERVICE is disabled, without
    ``past`` there are no earlier versions, without ``publishing`` no downloads and feeds. ``observer`` is told of every
    request.
    """

    writers: WriteAccess | None = None
    observer: Observer | None = None
    federation: Federation | None = None
    past: ArchiveProcess | None = None
    publishing: DatasetPublication | None = None


def create_app(
    snapshots: SnapshotHolder,
    examples: Sequence[Example] = (),
    settings: EndpointSettings | None = None,
    parts: Services | None = None,
) -> Flask:
    """Return the application on the current of ``snapshots``, with ``examples`` on its home page."""
    # Its templates and static files are those of the pages.
    app = Flask("endpoint.pages")
    # Otherwise two slashes in a path were answered with a redirect to the host that the client names.
    app.url_map.merge_slashes = False
    settings, parts = settings or EndpointSettings(), parts or Services()
    writers = parts.writers
    metrics.register(app, snapshots, parts.observer or Observer())
    body_bytes = settings.body_bytes
    # One more than is allowed: a body without a length would otherwise be cut at the limit without an error.
    app.config["MAX_CONTENT_LENGTH"] = body_bytes + 1
    federation = parts.federation or Federation()
    service = ServiceDescription(
        lambda: bool(writers and writers.tokens.are_configured), federates=federation.is_allowed
    )
    description = Description(service, settings.address if settings.public_url else "")
    reader = GraphReader(snapshots, parts.past, settings.description_values)
    app.register_blueprint(sparql.blueprint(snapshots, body_bytes, federation, description, QueryPage(reader)))
    app.register_blueprint(validate.blueprint(snapshots, settings))
    app.register_blueprint(trailing_slash.blueprint())
    app.register_blueprint(health.blueprint(snapshots))
    app.register_blueprint(home.blueprint(snapshots, examples))
    register.register(app, reader)
    if parts.publishing is not None:
        app.register_blueprint(DatasetPages(snapshots, parts.publishing).blueprint())
    reading = GraphStoreReader(snapshots, settings.validation_seconds)
    app.register_blueprint(direct_graphs.reading(reading))
    if writers is None:
        app.register_blueprint(graph_store.blueprint(reading, None))
    else:
        _register_writing(app, snapshots, settings, writers, reading)
    error_handlers.register(app)
    app.after_request(_with_headers)
    prefix = urlsplit(settings.public_url).path.rstrip("/")
    if prefix:
        app.wsgi_app = _below(prefix, app.wsgi_app)  # type: ignore[method-assign, assignment]
    return app


def _below(prefix: str, application: "WSGIApplication") -> "WSGIApplication":
    """Return ``application`` as it is behind a proxy that takes ``prefix`` off the paths of its requests."""

    def call(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return application({**environ, "SCRIPT_NAME": prefix}, start_response)

    return call


def _register_writing(
    app: Flask, snapshots: SnapshotHolder, settings: EndpointSettings, writers: WriteAccess, reading: GraphStoreReader
) -> None:
    decider, tokens, most = writers.decider, writers.tokens, settings.upload_bytes
    responses = DecisionResponses(snapshots, writers.contributions, settings.validation_seconds)
    app.register_blueprint(ContributionRoutes(responses, writers.contributions, decider, tokens, most).blueprint())
    app.register_blueprint(update.blueprint(snapshots, responses, decider, tokens, settings.body_bytes))
    writing = GraphStoreWriter(responses, decider, tokens, most)
    app.register_blueprint(graph_store.blueprint(reading, writing))
    app.register_blueprint(direct_graphs.writing(writing))


def _with_headers(response: Response) -> Response:
    response.headers.extend([one for one in headers.EVERYWHERE.items() if one[0] not in response.headers])
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = ", ".join(sorted(response.allow))
        response.headers["Access-Control-Allow-Headers"] = _ASKED_WITH
        response.headers["Access-Control-Max-Age"] = "86400"
    response.headers[headers.REQUEST_ID] = request_context.current().request_id
    return response
