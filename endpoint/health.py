"""``/health``: whether the process lives, and whether it can answer queries."""

from flask import Blueprint, Response, jsonify

from graph.workers import QueryPool


def blueprint(pool: QueryPool, version: str) -> Blueprint:
    """Return the route of ``/health``: 200 when queries can be answered, 503 when not; ``version`` is the release's."""
    routes = Blueprint("health", __name__)

    @routes.get("/health")
    def health() -> Response:
        ready = pool.ready
        response = jsonify(live=True, ready=ready, version=version, workers=pool.settings.workers)
        response.status_code = 200 if ready else 503
        response.headers["Cache-Control"] = "no-store"
        return response

    return routes
