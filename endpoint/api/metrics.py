"""``/metrics``, and the observation of every request that reaches the application."""

import time
from typing import Final

from flask import Blueprint, Flask, Response, request

from endpoint.http import request_context
from endpoint.http.client_address import is_forwarded
from endpoint.http.problems import Problem
from endpoint.observability import metrics
from endpoint.observability.metrics import CurrentGauges
from endpoint.observability.observer import AccessLogEntry, Observer
from endpoint.serving.snapshot import SnapshotHolder

# As nginx logs it; no response has it.
_CLIENT_CLOSED_REQUEST: Final = 499


def register(app: Flask, snapshots: SnapshotHolder, observer: Observer) -> None:
    """Have ``observer`` observe every request of ``app``, and add ``/metrics``."""

    @app.before_request
    def begin() -> None:
        context = request_context.current()
        context.version = context.version or snapshots.version

    @app.after_request
    def end(response: Response) -> Response:
        observer.observe(_entry(observer, response))
        return response

    app.register_blueprint(_blueprint(snapshots, observer))


def _entry(observer: Observer, response: Response) -> AccessLogEntry:
    context = request_context.current()
    has_body = request.method != "HEAD" and response.status_code not in {204, 304}
    # What a client that has ended the connection would have got is no failure of the server.
    status = _CLIENT_CLOSED_REQUEST if context.is_disconnected else response.status_code
    return AccessLogEntry(
        request.method,
        request.path,
        status,
        (response.calculate_content_length() or 0) if has_body else 0,
        time.perf_counter() - context.began,
        observer.client(_peer(), request.headers.get("X-Forwarded-For", "")),
        context.request_id,
        context.version,
        context.cache_outcome,
        context.problem_code,
        context.query,
    )


def _peer() -> str:
    return request_context.current().peer or request.remote_addr or ""


def _blueprint(snapshots: SnapshotHolder, observer: Observer) -> Blueprint:
    routes = Blueprint("monitoring", __name__)

    @routes.get("/metrics")
    def figures() -> Response:
        names = {name.lower() for name in request.headers.keys()}  # noqa: SIM118 - werkzeug's headers iterate as pairs
        forwarded_for = request.headers.get("X-Forwarded-For", "")
        if not observer.may_read_metrics(_peer(), forwarded_for, forwarded=is_forwarded(names)):
            raise Problem("metrics-refused", "this address may not read the metrics; see OPSC_METRICS_ALLOW")
        response = Response(metrics.exposition(lambda: _now(snapshots)), content_type=metrics.CONTENT_TYPE)
        response.headers["Cache-Control"] = "no-store"
        return response

    return routes


def _now(snapshots: SnapshotHolder) -> CurrentGauges:
    with snapshots.acquire() as snapshot:
        return CurrentGauges(snapshot.version, snapshot.pool.ready, snapshot.pool.load)
