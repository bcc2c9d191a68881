"""Graphs of the dataset: serialized with a digest of their content, on which a write may depend, and summarized."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Store

from graph.settings import QueryLimits
from graph.sparql.engine import QueryEngine
from graph.sparql.formats import GraphFormat
from graph.views.labels import Labels, labels_of

EMPTY_DIGEST: Final = "empty"
_DIGEST_LENGTH: Final = 32


@dataclass(frozen=True)
class SerializedGraph:
    """A graph, or the whole dataset, in an RDF format, with the digest of its content."""

    body: bytes
    digest: str


@dataclass(frozen=True)
class GraphSummary:
    """The number of triples of a named graph, and the first of its ``total`` subjects, with the labels of both."""

    graph: NamedNode
    triples: int
    subjects: tuple[NamedNode | BlankNode, ...]
    total: int
    labels: Labels


def content_digest(dataset: Store, graph: NamedNode | None) -> str | None:
    """Return a digest of the triples in a graph, by default the default graph; ``None`` when there are none.

    Equal digests mean equal triples, in whatever version.
    """
    quads = dataset.quads_for_pattern(None, None, None, graph or DefaultGraph())
    return _digest(str(quad.triple) for quad in quads)


def digest(engine: QueryEngine, graph: NamedNode) -> str | None:
    """Return the :func:`content_digest` of a named graph in the store of ``engine``."""
    return content_digest(engine.store, graph)


def serialize_triples(
    engine: QueryEngine, graph: NamedNode | None, format_: GraphFormat, limits: QueryLimits
) -> SerializedGraph | None:
    """Return the triples of a graph, by default the default graph; ``None`` when there is no graph of the name.

    Every format holds the triples alone, without the name of the graph. Raises ``ResultTooLarge`` when the result has
    more bytes than ``limits`` allow.
    """
    found = content_digest(engine.store, graph)
    if found is None and graph is not None:
        return None
    quads = engine.store.quads_for_pattern(None, None, None, graph or DefaultGraph())
    body = format_.serialize((quad.triple for quad in quads), limits.result_bytes)
    return SerializedGraph(body, found or EMPTY_DIGEST)


def serialize_graph(engine: QueryEngine, graph: NamedNode, format_: GraphFormat, limits: QueryLimits) -> bytes | None:
    """Return the triples of a named graph, in no graph of any name, or ``None`` when there is no such graph.

    Raises ``ResultTooLarge`` when the result has more bytes than ``limits`` allow.
    """
    quads = list(engine.store.quads_for_pattern(None, None, None, graph))
    if not quads:
        return None
    return format_.serialize((quad.triple for quad in quads), limits.result_bytes)


def serialize_dataset(engine: QueryEngine, format_: GraphFormat, limits: QueryLimits) -> SerializedGraph:
    """Return every named graph in a format for datasets; raise ``ResultTooLarge`` beyond ``limits``."""
    quads = [quad for quad in engine.store if not isinstance(quad.graph_name, DefaultGraph)]
    body = format_.serialize(_sorted(quads), limits.result_bytes)
    return SerializedGraph(body, _digest(map(str, quads)) or EMPTY_DIGEST)


def find_graph(engine: QueryEngine, graphs: Sequence[NamedNode]) -> NamedNode | None:
    """Return the first of ``graphs`` that is a named graph of the dataset, or ``None``."""
    store = engine.store
    return next((graph for graph in graphs if next(store.quads_for_pattern(None, None, None, graph), None)), None)


def summarize(engine: QueryEngine, graph: NamedNode, max_subjects: int) -> GraphSummary | None:
    """Return the summary of a named graph; ``None`` when there is no graph of the name."""
    store: Store = engine.store
    found = [quad.subject for quad in store.quads_for_pattern(None, None, None, graph)]
    if not found:
        return None
    subjects = sorted({subject for subject in found if isinstance(subject, NamedNode | BlankNode)}, key=str)
    shown = tuple(subjects[:max_subjects])
    return GraphSummary(graph, len(found), shown, len(subjects), labels_of(store, (graph, *shown)))


def _sorted(quads: Iterable[Quad]) -> list[Quad]:
    return sorted(quads, key=lambda quad: (str(quad.graph_name), str(quad.subject), str(quad.predicate)))


def _digest(lines: Iterable[str]) -> str | None:
    ordered = sorted(lines)
    if not ordered:
        return None
    return hashlib.sha256("\n".join(ordered).encode()).hexdigest()[:_DIGEST_LENGTH]
