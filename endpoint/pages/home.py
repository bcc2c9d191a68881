"""``/``: what this is, where to send queries, and examples to start from."""

from collections.abc import Sequence

from flask import Blueprint, render_template

from endpoint.serving.snapshot import SnapshotHolder
from graph.metadata.examples import Example


def blueprint(snapshots: SnapshotHolder, examples: Sequence[Example]) -> Blueprint:
    """Return the route of the home page, which shows the served version and ``examples``."""
    routes = Blueprint("home", __name__)

    @routes.get("/")
    def home() -> str:
        return render_template("home.html", version=snapshots.version, examples=examples)

    return routes
