"""``/metrics``, and the observation of every request that reaches the application."""

import time

from flask import Blueprint, Flask, Response, g, request

from endpoint.http import problems
from endpoint.http.client_address import is_forwarded
from endpoint.http.problems import RequestProblem
from endpoint.http.request_context import CACHE, PEER
from endpoint.observability import metrics
from endpoint.observability.access_log import Seen
from endpoint.observability.metrics import Now
from endpoint.observability.observer import Observer
from endpoint.serving.snapshot import Served


def register(app: Flask, served: Served, observer: Observer) -> None:
    """Have ``observer`` told of every request of ``app``, and give it ``/metrics``."""

    @app.before_request
    def begin() -> None:
        g.began, g.version = time.perf_counter(), served.version

    @app.after_request
    def end(response: Response) -> Response:
        observer.observe(_seen(observer, response))
        return response

    app.register_blueprint(_blueprint(served, observer))


def note_query(text: str) -> None:
    """Remember the text of the query that the request asks, for operators who want it in the log."""
    g.query_text = text


def _seen(observer: Observer, response: Response) -> Seen:
    has_body = request.method != "HEAD" and response.status_code not in {204, 304}
    return Seen(
        request.method,
        request.path,
        response.status_code,
        (response.calculate_content_length() or 0) if has_body else 0,
        time.perf_counter() - g.get("began", time.perf_counter()),
        observer.client(_peer(), request.headers.get("X-Forwarded-For", "")),
        problems.request_id(),
        g.get("version"),
        request.environ.get(CACHE),
        g.get("problem_code"),
        g.get("query_text"),
    )


def _peer() -> str:
    return str(request.environ.get(PEER) or request.remote_addr or "")


def _blueprint(served: Served, observer: Observer) -> Blueprint:
    routes = Blueprint("monitoring", __name__)

    @routes.get("/metrics")
    def figures() -> Response:
        names = {name.lower() for name in request.headers.keys()}  # noqa: SIM118 - werkzeug's headers iterate as pairs
        forwarded_for = request.headers.get("X-Forwarded-For", "")
        if not observer.may_read_metrics(_peer(), forwarded_for, forwarded=is_forwarded(names)):
            raise RequestProblem("metrics-refused", "metrics are for the operator of this server")
        response = Response(metrics.exposition(lambda: _now(served)), content_type=metrics.CONTENT_TYPE)
        response.headers["Cache-Control"] = "no-store"
        return response

    return routes


def _now(served: Served) -> Now:
    with served.used() as serving:
        return Now(serving.version, serving.pool.ready, serving.pool.load)
