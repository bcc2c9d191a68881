"""The pages and documents of linked data, registered together, with what their templates share."""

from flask import Flask

from endpoint.pages import browse, linked_data, vocabularies
from endpoint.pages.source import GraphReader


def register(app: Flask, library: GraphReader) -> None:
    """Add to ``app`` the routes of things and documents, of the vocabularies, and of the lists to start from."""
    app.register_blueprint(linked_data.blueprint(library))
    app.register_blueprint(vocabularies.blueprint(library))
    app.register_blueprint(browse.blueprint(library))
