"""``/data``: the SPARQL 1.1 Graph Store HTTP Protocol (https://www.w3.org/TR/sparql11-http-rdf-update/).

Reading is for everybody; a write needs a token and is decided like a contribution.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from flask import Blueprint, Response, request
from pyoxigraph import NamedNode
from werkzeug.datastructures import ETags

from endpoint.api import report_response
from endpoint.api.decision_response import GRAPH_PROBLEMS, DecisionResponses
from endpoint.auth import submitter
from endpoint.auth.bearer import BearerTokens
from endpoint.http import negotiation, rdf_body, sparql_protocol
from endpoint.http.negotiation import NegotiatedFormat
from endpoint.http.problems import Problem
from endpoint.serving.snapshot import Snapshot, SnapshotHolder
from graph.contributions.contributions import CREATED
from graph.contributions.decider import Decider
from graph.contributions.submission import UNREADABLE, RequestParameters, Submission
from graph.effects.graphs import contribution_graph
from graph.pool.pool import TaskLabel
from graph.sparql import formats
from graph.sparql.formats import GraphFormat
from graph.validation import Document
from graph.versions.ledger_records import Operation
from graph.views import named_graph
from graph.views.named_graph import SerializedGraph
from ontology import iris

_SERIALIZING: Final = TaskLabel("serializing the graph", "request less with a query at /sparql")
_PROBLEMS: Final = {
    **GRAPH_PROBLEMS,
    "graph-unknown": "graph-unknown",
    **dict.fromkeys(UNREADABLE, "document-unreadable"),
}
_NEVER: Final = "-"


@dataclass(frozen=True)
class Target:
    """The graph that a request is about: a named graph, or the default graph without a name."""

    graph: NamedNode | None


def target() -> Target | None:
    """Return the graph that the request names (section 4.2), or ``None`` when it names none.

    Raises ``Problem`` when it names several, or one by a relative IRI.
    """
    parameters = sparql_protocol.parameters(request.query_string)
    graphs = [value for name, value in parameters if name == "graph"]
    defaults = [value for name, value in parameters if name == "default"]
    if len(graphs) + len(defaults) > 1:
        raise Problem("parameter-repeated", "name one graph: 'graph' with its IRI, or 'default', once")
    if graphs:
        return Target(submitter.parse_iri(graphs[0], "graph"))
    return Target(None) if defaults else None


class GraphStoreReader:
    """The graphs of what is served."""

    def __init__(self, snapshots: SnapshotHolder, seconds: float) -> None:
        """Read the current of ``snapshots``; to serialize a graph may take ``seconds``."""
        self._snapshots = snapshots
        self._seconds = seconds

    def read(self) -> Response:
        """Answer ``GET`` and ``HEAD``: a graph, or the whole dataset when none is named."""
        return self.answer(target())

    def answer(self, target_graph: Target | None) -> Response:
        """Return a graph, or the whole dataset for ``None``, in the format of the request (section 5.2)."""
        choice = _choice(formats.GRAPHS if target_graph else formats.DATASETS)
        with self._snapshots.acquire() as snapshot:
            content = self._content(snapshot, target_graph, choice.format)
        if content is None:
            name = target_graph.graph if target_graph else None
            raise Problem("graph-unknown", f"there is no graph {name}; list the graphs with a query")
        answer = Response(content.body, content_type=choice.content_type)
        answer.cache_control.public = True
        answer.vary.add("Accept")
        answer.set_etag(f"{content.digest}.{choice.format.names[0]}")
        answer.make_conditional(request)
        return answer

    def _content(self, snapshot: Snapshot, target_graph: Target | None, wanted: GraphFormat) -> SerializedGraph | None:
        limits = snapshot.pool.limits
        content: SerializedGraph | None = (
            snapshot.pool.call(
                named_graph.serialize_triples, (target_graph.graph, wanted, limits), self._seconds, _SERIALIZING
            )
            if target_graph
            else snapshot.pool.call(named_graph.serialize_dataset, (wanted, limits), self._seconds, _SERIALIZING)
        )
        return content


class GraphStoreWriter:
    """Writes to graphs, which are submissions."""

    def __init__(self, responses: DecisionResponses, decider: Decider, tokens: BearerTokens, upload_bytes: int) -> None:
        """Decide with ``decider``; a request body may have ``upload_bytes``."""
        self._responses = responses
        self._decider = decider
        self._tokens = tokens
        self._upload_bytes = upload_bytes

    def put(self) -> Response:
        """Answer ``PUT`` (section 5.3): the graph holds what was sent, and nothing else."""
        return self.written("put", _needed(target()))

    def post(self) -> Response:
        """Answer ``POST`` (section 5.5): the graph holds what was sent too; without a graph it gets one of its own."""
        target_graph = target()
        return self.written("contribution" if target_graph is None else "post", target_graph or Target(None))

    def delete(self) -> Response:
        """Answer ``DELETE`` (section 5.4): there is no such graph any more."""
        return self.written("delete", _needed(target()))

    def written(self, operation: Operation, target_graph: Target) -> Response:
        """Return the answer to a write to the graph ``target_graph``, which is decided like a contribution."""
        sender = submitter.identify(self._tokens, "update")
        written_as, written_in = report_response.negotiate(otherwise="json"), report_response.negotiate_language()
        document = Document(b"", "", "") if operation == "delete" else self._document()
        decision = self._decider.submit(
            Submission(
                document.data,
                document.media_type,
                document.name,
                sender.name,
                sender.source,
                sender.licence,
                operation,
                target_graph.graph,
                _conditions(),
            )
        )
        status = 201 if operation == "contribution" or decision.code == CREATED else 200
        answer = self._responses.respond(decision, status, written_as, written_in, _PROBLEMS)
        if answer.status_code == HTTPStatus.CREATED:
            _locate(answer, target_graph.graph or contribution_graph(decision.number))
        return answer

    def _document(self) -> Document:
        content = rdf_body.read_uncompressed(self._upload_bytes)
        return rdf_body.single_document(rdf_body.documents(request.content_type or "", content))


def blueprint(reading: GraphStoreReader, writing: GraphStoreWriter | None) -> Blueprint:
    """Return the routes of ``/data``; without ``writing`` it can be read only."""
    routes = Blueprint("graph_store", __name__)
    routes.get("/data")(reading.read)
    if writing is not None:
        routes.put("/data")(writing.put)
        routes.post("/data")(writing.post)
        routes.delete("/data")(writing.delete)
    return routes


def _locate(created: Response, graph: NamedNode) -> None:
    """Say where a new graph is (section 5.5), and where the record of the submission is."""
    created.headers["Link"] = f'<{created.headers["Location"]}>; rel="describedby"'
    created.headers["Location"] = address(graph)


def address(graph: NamedNode) -> str:
    """Return the path at which this server has a graph: its own, or that of ``/data`` (sections 4.1 and 4.2)."""
    below = graph.value.removeprefix(iris.BASE)
    if below != graph.value and below.startswith("graph/"):
        return f"{request.script_root}/{below}"
    return f"{request.script_root}/data?graph={quote(graph.value, safe='')}"


def _needed(target_graph: Target | None) -> Target:
    if target_graph is None:
        raise Problem("graph-missing", "name the graph: 'graph' with its IRI, or 'default'")
    return target_graph


def _choice(offered: tuple[GraphFormat, ...]) -> NegotiatedFormat[GraphFormat]:
    named = [value for name, value in sparql_protocol.parameters(request.query_string) if name in {"format", "output"}]
    choice = negotiation.negotiate(None, named)[1] if named else None
    if choice is None and not named:
        choice = negotiation.best(request.headers.get("Accept"), offered)
    if choice is None or choice.format not in offered:
        listed = ", ".join(one.media_type for one in offered)
        raise Problem("not-acceptable", f"this resource is available as {listed}; the request accepts none of them")
    return choice


def _conditions() -> RequestParameters:
    """Return the states on which the request depends (RFC 9110, section 13.1): what stands before the format."""
    return RequestParameters(
        if_match=_states(request.if_match, weak=False) if "If-Match" in request.headers else (),
        if_none_match=_states(request.if_none_match, weak=True) if "If-None-Match" in request.headers else (),
    )


def _states(tags: ETags, *, weak: bool) -> tuple[str, ...]:
    if tags.star_tag:
        return ("*",)
    return tuple(sorted({tag.rpartition(".")[0] or tag for tag in tags.as_set(include_weak=weak)})) or (_NEVER,)
