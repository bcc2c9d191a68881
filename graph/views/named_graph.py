"""A named graph as a document: its triples in any format, and what a page about it shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyoxigraph import BlankNode, NamedNode, Store

from graph.settings import QueryLimits
from graph.sparql.engine import Engine
from graph.sparql.formats import GraphFormat
from graph.views import graph_content
from graph.views.labels import Labels, labels_of


@dataclass(frozen=True)
class GraphSummary:
    """How much a named graph holds, and the first things that it states something of."""

    graph: NamedNode
    triples: int
    subjects: tuple[NamedNode | BlankNode, ...]
    total: int
    labels: Labels


def named(engine: Engine, graphs: Sequence[NamedNode]) -> NamedNode | None:
    """Return the first of ``graphs`` that is a named graph, if any is."""
    store = engine.store
    return next((one for one in graphs if next(store.quads_for_pattern(None, None, None, one), None)), None)


def state(engine: Engine, graph: NamedNode) -> str | None:
    """Return a digest of the triples of ``graph``, as ``graph_content.state`` gives it; ``None`` when it has none."""
    return graph_content.state(engine.store, graph)


def written(engine: Engine, graph: NamedNode, wanted: GraphFormat, limits: QueryLimits) -> bytes | None:
    """Return the triples of ``graph``; N-Quads and TriG name it. ``None`` when there is no such graph.

    Raises ``ResultTooLarge`` beyond ``limits``.
    """
    found = list(engine.store.quads_for_pattern(None, None, None, graph))
    if not found:
        return None
    if wanted.content == "dataset":
        return wanted.serialize(found, limits.result_bytes)
    return wanted.serialize((quad.triple for quad in found), limits.result_bytes)


def summary(engine: Engine, graph: NamedNode, most: int) -> GraphSummary | None:
    """Return what a page says of ``graph``, with at most ``most`` subjects; ``None`` when there is no such graph."""
    store: Store = engine.store
    found = [quad.subject for quad in store.quads_for_pattern(None, None, None, graph)]
    if not found:
        return None
    subjects = sorted({one for one in found if isinstance(one, NamedNode | BlankNode)}, key=str)
    shown = tuple(subjects[:most])
    return GraphSummary(graph, len(found), shown, len(subjects), labels_of(store, (graph, *shown)))
