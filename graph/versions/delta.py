"""Deltas: quads to add to and to remove from the named graphs of a dataset in memory.

The default graph of the dataset is the merge of its named graphs, so a delta has quads of named graphs only.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from graph.sparql.dataset import add_quads, create_store, remove_quads
from ontology.terms import RDF


@dataclass(frozen=True)
class Delta:
    """Quads to add and to remove. :func:`compute_delta` leaves out additions and removals without effect."""

    added: tuple[Quad, ...] = ()
    removed: tuple[Quad, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)

    @property
    def graphs(self) -> list[NamedNode]:
        """The named graphs that it changes, sorted by name."""
        named = {quad.graph_name for quad in (*self.added, *self.removed)}
        return sorted((graph for graph in named if isinstance(graph, NamedNode)), key=lambda graph: graph.value)

    @property
    def inverse(self) -> "Delta":
        """The delta that undoes it."""
        return Delta(self.removed, self.added)

    def compose(self, following: "Delta") -> "Delta":
        """Return the delta with the effect of this one followed by ``following``."""
        added, removed = dict.fromkeys(self.added), dict.fromkeys(self.removed)
        for quad in following.removed:
            if quad in added:
                del added[quad]
            else:
                removed[quad] = None
        for quad in following.added:
            if quad in removed:
                del removed[quad]
            else:
                added[quad] = None
        return Delta(tuple(added), tuple(removed))


def compute_delta(dataset: Store, added: Iterable[Quad], removed: Iterable[Quad] = ()) -> Delta:
    """Return the effect on ``dataset`` of removing ``removed`` and then adding ``added``.

    Literals are in the lexical form of the engine, such as ``7`` for ``007``.
    """
    additions = dict.fromkeys(normalize_literals(added))
    removals = [q for q in dict.fromkeys(normalize_literals(removed)) if q not in additions and q in dataset]
    return Delta(tuple(quad for quad in additions if quad not in dataset), tuple(removals))


def reduce_delta(dataset: Store, delta: Delta) -> Delta:
    """Return ``delta`` without the additions that ``dataset`` holds and the removals that it lacks."""
    return Delta(
        tuple(quad for quad in delta.added if quad not in dataset),
        tuple(quad for quad in delta.removed if quad in dataset),
    )


def apply_delta(dataset: Store, delta: Delta) -> None:
    """Apply ``delta`` to the named graphs and the default graph of ``dataset``."""
    remove_quads(dataset, delta.removed)
    add_quads(dataset, delta.added)


def quads_leaving_merge(dataset: Store, delta: Delta) -> list[Quad]:
    """Return the removed quads whose triples no other named graph holds once ``delta`` is applied to ``dataset``."""
    removed, added_triples = set(delta.removed), {quad.triple for quad in delta.added}

    def stays(quad: Quad) -> bool:
        copies = dataset.quads_for_pattern(quad.subject, quad.predicate, quad.object)
        return quad.triple in added_triples or any(
            copy not in removed for copy in copies if not isinstance(copy.graph_name, DefaultGraph)
        )

    return [quad for quad in delta.removed if not stays(quad)]


def quads_of_graph(dataset: Store, name: NamedNode) -> list[Quad]:
    """Return the quads of a named graph."""
    return list(dataset.quads_for_pattern(None, None, None, name))


def normalize_literals(quads: Iterable[Quad]) -> list[Quad]:
    """Return quads in their order, with literals in the lexical form of the engine."""
    originals = list(quads)
    forms = _normalized({quad.object for quad in originals if isinstance(quad.object, Literal)})
    return [
        Quad(quad.subject, quad.predicate, forms[quad.object], quad.graph_name)
        if isinstance(quad.object, Literal)
        else quad
        for quad in originals
    ]


def _normalized(literals: Collection[Literal]) -> dict[Literal, Literal]:
    numbered = {NamedNode(f"urn:literal:{number}"): literal for number, literal in enumerate(literals)}
    kept = create_store((Quad(name, RDF.value, literal) for name, literal in numbered.items()), "own")
    return {numbered[quad.subject]: quad.object for quad in kept}
