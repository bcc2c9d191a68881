"""Linked data: every thing of the graph leads to the document about it (303), which comes in seven forms.

The path of a thing on this server is that of its IRI below the base. ``/doc/`` and that path is its document.
"""

from urllib.parse import quote

from flask import Blueprint, Response
from pyoxigraph import NamedNode

from endpoint.http import representations
from endpoint.http.representations import HTML, RequestedDocument, address
from endpoint.pages import memento, named_graph, not_found, resource
from endpoint.pages.source import GraphReader, candidates
from graph.views.resource import describe, find_used, serialize_description
from ontology.iris import BASE


def blueprint(library: GraphReader) -> Blueprint:
    """Return the routes of things, their documents, named graphs and TimeMaps."""
    routes = Blueprint("linked_data", __name__)

    @routes.get("/<any(id, eli, scheme, dataset):kind>/<path:name>")
    def thing(kind: str, name: str) -> Response:
        return _thing(library, f"{kind}/{name}")

    @routes.get("/doc/<path:name>")
    def document(name: str) -> Response:
        return _document(library, name)

    @routes.get("/graph/<path:name>")
    def graph(name: str) -> Response:
        return named_graph.read(library, name)

    @routes.get("/timemap/<path:name>")
    def timemap(name: str) -> Response:
        return _timemap(library, name)

    return routes


def _thing(library: GraphReader, path: str) -> Response:
    original = address(path)
    gate = library.gate(f"doc/{path}", original)
    if gate is not None:
        return gate
    version = memento.requested_version()
    found = _known(library, version, path)
    document = representations.parse_document_path(path)
    if found is None and document.wanted is not None:
        found = _known(library, version, document.path)
    if found is None:
        return not_found.answer(library.past, candidates(path), f"doc/{path}")
    response = representations.redirect(address(f"doc/{path}", version), 303, version)
    return memento.add_headers(response, f"doc/{path}", original, None)


def _known(library: GraphReader, version: str | None, path: str) -> NamedNode | None:
    found: NamedNode | None = library.ask(version, find_used, candidates(path))[1]
    return found


def _document(library: GraphReader, name: str) -> Response:
    version = memento.requested_version()
    if version is None:
        gate = library.gate(f"doc/{name}", address(representations.parse_document_path(name).path))
        if gate is not None:
            return gate
    document = representations.parse_document_path(name)
    iri = _known(library, version, document.path) if document.wanted else None
    if iri is None:
        # A thing whose own name ends like a form.
        found = _known(library, version, name)
        document, iri = (RequestedDocument(name, None), found) if found else (document, None)
    if iri is None:
        return not_found.answer(library.past, candidates(document.path), f"doc/{document.path}")
    return _described(library, iri, RequestedDocument(f"doc/{document.path}", document.wanted), version)


def _described(library: GraphReader, iri: NamedNode, document: RequestedDocument, version: str | None) -> Response:
    chosen = representations.negotiate(document)
    if chosen.format is HTML:
        moment, found = library.ask(version, describe, iri, library.most)
        body = found and resource.page(found, document, moment, library.most)
    else:
        own = NamedNode(BASE + quote(document.path, safe="/:@!$&'()*+,;=~-._"))
        arguments = (iri, own, chosen.format, library.most, library.limits())
        moment, body = library.ask(version, serialize_description, *arguments)
    if not body:
        return not_found.answer(library.past, [iri], document.path)
    response = representations.respond(body, chosen, document, iri.value, version)
    return memento.add_headers(response, document.path, address(document.path.removeprefix("doc/")), moment)


def _timemap(library: GraphReader, name: str) -> Response:
    path = name.removeprefix("doc/")
    for iri in candidates(path) if library.past is not None else ():
        found = library.past.mementos_with(iri) if library.past is not None else []
        if found:
            return memento.timemap(name, address(path), found)
    return not_found.answer(library.past, candidates(path), name)
