"""Origins: which contribution states a triple, and which triples only follow from others."""

import re
from collections.abc import Container, Iterable, Iterator
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from graph.effects.graphs import is_derived_graph
from graph.rules.derive import DERIVED
from graph.versions.ledger import Ledger
from graph.versions.ledger_records import GraphOwner
from ontology import iris
from ontology.rdf import AnyTerm
from ontology.terms import DCTERMS, OPSC, PROV

_CONTRIBUTION_GRAPH: Final = re.compile(re.escape(iris.graph("contribution/").value) + "([0-9]{1,18})(?:/derived)?")
_CONTRIBUTION: Final = iris.thing("contribution", "").value

DATES: Final = (OPSC.dateEarliest, OPSC.dateLatest, OPSC.datePrecision)
"""What an adopted day replaces in an action whose date was a range."""


class Origins:
    """Tells which contribution states a quad: by its graph, or by the owner of its graph in the ledger."""

    def __init__(self, ledger: Ledger, new_owners: Iterable[GraphOwner] = ()) -> None:
        """Take the graphs that the ledger knows, and those that a contribution under way creates."""
        self._ledger: Final = ledger
        self._numbers: Final[dict[object, int | None]] = {NamedNode(owner.graph): owner.number for owner in new_owners}

    def number(self, graph: object) -> int | None:
        """Return the number of the contribution that a named graph belongs to; ``None`` for one of a release."""
        if graph not in self._numbers:
            self._numbers[graph] = self._look_up(graph)
        return self._numbers[graph]

    def _look_up(self, graph: object) -> int | None:
        if not isinstance(graph, NamedNode):
            return None
        match = _CONTRIBUTION_GRAPH.fullmatch(graph.value)
        if match:
            return int(match[1])
        if graph.value.startswith(iris.BASE):
            return None
        owner = self._ledger.owners([graph.value]).get(graph.value)
        return owner.number if owner else None

    def stating(self, dataset: Store, thing: AnyTerm, predicates: Container[AnyTerm] | None = None) -> set[int]:
        """Return the numbers of the contributions that state ``predicates`` of ``thing``, by default anything."""
        found = {
            self.number(quad.graph_name)
            for quad in stated(dataset, thing)
            if predicates is None or quad.predicate in predicates
        }
        return {number for number in found if number is not None}


def stated(dataset: Store, thing: AnyTerm) -> Iterator[Quad]:
    """Yield the quads of named graphs that state something of an action, a claim, a source or a participant.

    The day that :file:`01-closed-bracket.rq` adopts is one of its dates, so it is stated as well.
    """
    if not isinstance(thing, NamedNode):
        return
    for quad in dataset.quads_for_pattern(thing, None, None, None):
        if isinstance(quad.graph_name, DefaultGraph) or quad.graph_name == DERIVED:
            continue
        if not is_derived_graph(quad.graph_name) or is_adopted_day(quad):
            yield quad


def triples(quads: Iterable[Quad]) -> Iterator[Quad]:
    """Yield the triples of quads, as quads of the default graph."""
    return (Quad(quad.subject, quad.predicate, quad.object) for quad in quads)


def is_adopted_day(quad: Quad) -> bool:
    """Tell whether a quad of a graph of derived statements about an action is part of an adopted day."""
    if quad.predicate == PROV.wasDerivedFrom:
        return not is_mark(quad)
    return quad.predicate in DATES or quad.predicate == DCTERMS.source


def is_mark(quad: Quad) -> bool:
    """Tell whether a quad names the contribution on which a fact rests."""
    return (
        quad.predicate == PROV.wasDerivedFrom
        and isinstance(quad.object, NamedNode)
        and quad.object.value.startswith(_CONTRIBUTION)
        and "/" not in quad.object.value[len(_CONTRIBUTION) :]
    )
