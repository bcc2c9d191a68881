"""``/graph/...``: direct addressing of graphs (https://www.w3.org/TR/sparql11-http-rdf-update/, section 4.1).

The path stands for the IRI below ``https://w3id.org/opsc/`` that ends in it. Reading is apart from writing, so that a
view of linked data can take its place.
"""

import re
from typing import Final

from flask import Blueprint, Response, request

from endpoint.api.graph_store import GraphStoreReader, GraphStoreWriter, Target
from endpoint.auth import submitter
from endpoint.http import sparql_protocol
from endpoint.http.problems import Problem
from ontology import iris

PATH: Final = "/graph/<path:name>"

_NOT_IN_IRIS: Final = re.compile(r'[\x00-\x20"%<>?#\[\\\]^`{|}\x7f]')


def reading(store: GraphStoreReader) -> Blueprint:
    """Return the route of ``GET`` and ``HEAD``, which gives graphs in the formats for triples."""
    routes = Blueprint("direct_graphs", __name__)

    @routes.get(PATH)
    def read(name: str) -> Response:
        return store.answer(target(name))

    return routes


def writing(store: GraphStoreWriter) -> Blueprint:
    """Return the routes of ``PUT``, ``POST`` and ``DELETE``."""
    routes = Blueprint("direct_writing", __name__)

    @routes.put(PATH)
    def put(name: str) -> Response:
        return store.written("put", target(name))

    @routes.post(PATH)
    def post(name: str) -> Response:
        return store.written("post", target(name))

    @routes.delete(PATH)
    def delete(name: str) -> Response:
        return store.written("delete", target(name))

    return routes


def target(name: str) -> Target:
    """Return the graph whose path ends in ``name``; raise ``Problem`` when a parameter names one, too."""
    if {"graph", "default"} & {parameter for parameter, _ in sparql_protocol.parameters(request.query_string)}:
        raise Problem("parameter-repeated", "the path names the graph; omit 'graph' and 'default'")
    if {".", "..", ""} & set(name.split("/")):
        raise Problem("graph-name-invalid", "a path with empty or dotted segments cannot name a graph")
    # What an IRI may not hold was escaped in the path, and is part of the name in that form.
    escaped = _NOT_IN_IRIS.sub(lambda character: f"%{ord(character[0]):02X}", name)
    return Target(submitter.parse_iri(f"{iris.BASE}graph/{escaped}", "path"))
