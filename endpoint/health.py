"""``/health``: whether the process lives, and whether it can answer queries."""

from flask import Blueprint, Response, jsonify

from endpoint.served import Served


def blueprint(served: Served) -> Blueprint:
    """Return the route of ``/health``: 200 when queries can be answered, 503 when not."""
    routes = Blueprint("health", __name__)

    @routes.get("/health")
    def health() -> Response:
        with served.used() as serving:
            ready, workers = serving.pool.ready, serving.pool.settings.workers
            response = jsonify(live=True, ready=ready, version=serving.version, workers=workers)
        response.status_code = 200 if ready else 503
        response.headers["Cache-Control"] = "no-store"
        return response

    return routes
