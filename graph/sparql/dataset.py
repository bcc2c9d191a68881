"""The dataset in memory: named graphs, and the default graph as their RDF merge."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Literal

from pyoxigraph import DefaultGraph, Quad, RdfFormat, Store, parse

DefaultGraphMode = Literal["merged", "own"]


def load_nquads(nquads: Path, default_graph: DefaultGraphMode = "merged") -> Store:
    """Return a store with the quads of an N-Quads file; ``default_graph`` as in :func:`create_store`."""
    with nquads.open("rb") as file:
        return create_store(parse(file, RdfFormat.N_QUADS), default_graph)


def create_store(quads: Iterable[Quad], default_graph: DefaultGraphMode = "merged") -> Store:
    """Return an in-memory store of ``quads``.

    With ``merged`` the default graph is the RDF merge of the named graphs, with each triple once; the engine's union of
    graphs would return a triple once for each graph that holds it. With ``own`` it holds only its own triples.
    """
    store = Store()
    if default_graph == "own":
        store.bulk_extend(quads)
        return store
    add_quads(store, list(quads))
    return store


def apply_change(
    store: Store, removed: Collection[Quad], added: Collection[Quad], default_graph: DefaultGraphMode = "merged"
) -> None:
    """Remove quads of named graphs and then add some; ``default_graph`` as in :func:`create_store`."""
    if default_graph == "merged":
        remove_quads(store, removed)
        add_quads(store, added)
        return
    for quad in removed:
        store.remove(quad)
    store.bulk_extend(added)
    _drop_empty_graphs(store, removed)


def add_quads(merged: Store, quads: Collection[Quad]) -> None:
    """Add quads of named graphs to a store whose default graph is the merge of them."""
    merged.bulk_extend(quads)
    merged.bulk_extend(Quad(quad.subject, quad.predicate, quad.object) for quad in quads)


def remove_quads(merged: Store, quads: Collection[Quad]) -> None:
    """Remove quads of named graphs from a store whose default graph is the merge of them.

    A triple that another named graph holds as well stays in the default graph. An empty graph is removed.
    """
    for quad in quads:
        merged.remove(quad)
        triple = quad.subject, quad.predicate, quad.object
        left = sum(1 for _ in merged.quads_for_pattern(*triple))
        if left <= 1:
            merged.remove(Quad(*triple))
    _drop_empty_graphs(merged, quads)


def _drop_empty_graphs(store: Store, removed: Iterable[Quad]) -> None:
    for graph in {quad.graph_name for quad in removed}:
        if next(store.quads_for_pattern(None, None, None, graph), None) is None:
            store.remove_graph(graph)


def default_graph_of(store: Store) -> Store:
    """Return a store with only the default graph of another.

    The engine searches all quads of a subject or object, and the named graphs have as many of them again.
    """
    apart = Store()
    apart.bulk_extend(store.quads_for_pattern(None, None, None, DefaultGraph()))
    return apart
