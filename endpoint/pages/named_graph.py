"""``/graph/...``: a named graph is itself a document, in the same forms as the documents about things."""

from flask import Response, render_template
from pyoxigraph import NamedNode

from endpoint.api import direct_graphs
from endpoint.http import representations
from endpoint.http.representations import HTML, RequestedDocument, address, alternates
from endpoint.pages import memento, not_found
from endpoint.pages.source import GraphReader, candidates
from endpoint.pages.term_view import TermRenderer, prefixed, query_address
from graph.archive import Memento
from graph.sparql.formats import GraphFormat
from graph.views import named_graph
from graph.views.named_graph import GraphSummary


def read(library: GraphReader, name: str) -> Response:
    """Answer ``GET`` and ``HEAD`` of ``/graph/{name}``: its triples by suffix or ``Accept``, or a page about them."""
    path, target = f"graph/{name}", direct_graphs.target(name)
    version = memento.requested_version()
    gate = library.gate(path, address(path)) if version is None else None
    if gate is not None:
        return gate
    document, graph = _found(library, version, path)
    if graph is None:
        return not_found.answer(library.past, candidates(document.path), document.path, of_graph=True)
    chosen = representations.negotiate(document)
    if chosen.format is HTML:
        moment, found = library.ask(version, named_graph.summarize, graph, library.most)
        body = found and _page(found, document, moment)
    else:
        moment, body = library.ask(version, named_graph.serialize_graph, graph, chosen.format, library.limits())
    if not body:
        return not_found.answer(library.past, [graph], document.path, of_graph=True)
    response = representations.respond(body, chosen, document, None, version)
    if (
        version is None
        and isinstance(chosen.format, GraphFormat)
        and chosen.format.content == "graph"
        and graph == target.graph
    ):
        # The tag of its content, so that a write to it can say on which content it builds.
        response.set_etag(f"{library.ask(None, named_graph.digest, graph)[1]}.{chosen.format.names[0]}")
    return memento.add_headers(response, document.path, address(document.path), moment)


def _found(library: GraphReader, version: str | None, path: str) -> tuple[RequestedDocument, NamedNode | None]:
    """Return the document and graph that ``path`` names: a graph may have a name that ends like a form."""
    for document in dict.fromkeys((RequestedDocument(path, None), representations.parse_document_path(path))):
        graph: NamedNode | None = library.ask(version, named_graph.find_graph, candidates(document.path))[1]
        if graph is not None:
            return document, graph
    return representations.parse_document_path(path), None


def _page(found: GraphSummary, document: RequestedDocument, moment: Memento | None) -> str:
    version = moment.version if moment else None
    view = TermRenderer(found.labels, version)
    query = f"SELECT DISTINCT ?subject {{ GRAPH <{found.graph.value}> {{ ?subject ?property ?value }} }}"
    return render_template(
        "graph.html",
        view=view,
        iri=found.graph.value,
        title=prefixed(found.graph.value),
        summary=found,
        subjects=[view.show(one) for one in found.subjects],
        query=query_address(query),
        alternates=alternates(document.path, version),
        moment=moment,
    )
