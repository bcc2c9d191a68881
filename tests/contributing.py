"""The graph in memory with contributions that are not validated, and what follows from them."""

from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from graph.effects.effects import Effects
from graph.effects.graphs import contribution_graph
from graph.effects.origins import Origins
from graph.effects.withdrawn import Withdrawn
from graph.sparql.dataset import create_store
from graph.versions.delta import Delta, apply_delta
from graph.versions.ledger import Ledger
from ontology.iris import BASE
from ontology.terms import DCTERMS, OPSC, SKOS

NATIONAL_LAW: Final = (Path(__file__).parent / "national_law.ttl").read_text(encoding="utf-8")
_TEXTS: Final = (SKOS.prefLabel, SKOS.definition, DCTERMS.title, OPSC.gist, OPSC.condition, OPSC.shortTitle, OPSC.note)


class Graph:
    """The graph in memory, changed as by contributions."""

    def __init__(self, quads: list[Quad], home: Path) -> None:
        self.dataset = create_store(quads)
        self.withdrawn = Withdrawn()
        self.ledger = Ledger(home)

    def change(self, delta: Delta) -> None:
        """Apply a delta and what follows from it."""
        self.apply(delta)
        Effects(self.dataset, self.withdrawn, Origins(self.ledger), self.apply).follow(delta)

    def apply(self, delta: Delta) -> None:
        """Apply a delta alone."""
        apply_delta(self.dataset, delta)
        self.withdrawn.apply(delta)

    def named(self) -> set[Quad]:
        """Return the quads of the named graphs."""
        return {quad for quad in self.dataset if isinstance(quad.graph_name, NamedNode)}


def read_contribution(turtle: str, number: int) -> tuple[Quad, ...]:
    """Return Turtle as the quads of a contribution."""
    graph = contribution_graph(number)
    found = parse(turtle, RdfFormat.TURTLE, base_iri=BASE)
    return tuple(dict.fromkeys(Quad(quad.subject, quad.predicate, quad.object, graph) for quad in found))


def german_texts(quads: list[Quad], number: int) -> tuple[Quad, ...]:
    """Return a German text beside each English one, as the quads of a contribution."""
    graph = contribution_graph(number)
    texts = [
        (quad, quad.object.value)
        for quad in quads
        if isinstance(quad.object, Literal) and quad.object.language == "en" and quad.predicate in _TEXTS
    ]
    german = (
        Quad(quad.subject, quad.predicate, Literal(f"{text} auf Deutsch", language="de"), graph) for quad, text in texts
    )
    return tuple(dict.fromkeys(german))
