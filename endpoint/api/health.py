"""``/health``: whether the process lives, and whether it can answer queries."""

from flask import Blueprint, Response, jsonify

from endpoint.serving.snapshot import SnapshotHolder


def blueprint(snapshots: SnapshotHolder) -> Blueprint:
    """Return the routes of ``/health``: 200 when the answer is yes, 503 when it is no.

    ``/health/live`` does not depend on the worker processes, ``/health/ready`` on whether one of them responds.
    """
    routes = Blueprint("health", __name__)

    @routes.get("/health")
    def health() -> Response:
        with snapshots.acquire() as snapshot:
            ready, workers = snapshot.pool.ready, snapshot.pool.settings.workers
            return _respond(200 if ready else 503, live=True, ready=ready, version=snapshot.version, workers=workers)

    @routes.get("/health/live")
    def live() -> Response:
        return _respond(200, live=True)

    @routes.get("/health/ready")
    def is_ready() -> Response:
        with snapshots.acquire() as snapshot:
            ready = snapshot.pool.responds()
            return _respond(200 if ready else 503, ready=ready, version=snapshot.version)

    return routes


def _respond(status: int, **members: object) -> Response:
    response = jsonify(members)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response
