"""What a graph of the dataset holds: its triples in a format, and its state, on which a write may depend."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from graph.settings import QueryLimits
from graph.sparql.engine import Engine
from graph.sparql.formats import GraphFormat

EMPTY: Final = "empty"
_STATE_CHARACTERS: Final = 32


@dataclass(frozen=True)
class Content:
    """A graph, or the whole dataset, as written, with its state."""

    body: bytes
    state: str


def state(dataset: Store, graph: NamedNode | None) -> str | None:
    """Return a digest of the triples in a graph, by default the default graph; ``None`` when there are none.

    Equal states mean equal content, whatever version it belongs to.
    """
    found = dataset.quads_for_pattern(None, None, None, graph or DefaultGraph())
    return _digest(str(quad.triple) for quad in found)


def written(engine: Engine, graph: NamedNode | None, wanted: GraphFormat, limits: QueryLimits) -> Content | None:
    """Return a graph, by default the default graph, in a format for triples; ``None`` when there is none of the name.

    Raises ``ResultTooLarge`` when it has more bytes than ``limits`` allow.
    """
    name = graph or DefaultGraph()
    found = state(engine.store, graph)
    if found is None and graph is not None:
        return None
    triples = (quad.triple for quad in engine.store.quads_for_pattern(None, None, None, name))
    return Content(wanted.serialize(triples, limits.result_bytes), found or EMPTY)


def written_whole(engine: Engine, wanted: GraphFormat, limits: QueryLimits) -> Content:
    """Return every named graph in a format for datasets; raise ``ResultTooLarge`` beyond ``limits``."""
    quads = [quad for quad in engine.store if not isinstance(quad.graph_name, DefaultGraph)]
    return Content(wanted.serialize(_sorted(quads), limits.result_bytes), _digest(map(str, quads)) or EMPTY)


def _sorted(quads: Iterable[Quad]) -> list[Quad]:
    return sorted(quads, key=lambda quad: (str(quad.graph_name), str(quad.subject), str(quad.predicate)))


def _digest(lines: Iterable[str]) -> str | None:
    ordered = sorted(lines)
    if not ordered:
        return None
    return hashlib.sha256("\n".join(ordered).encode()).hexdigest()[:_STATE_CHARACTERS]
