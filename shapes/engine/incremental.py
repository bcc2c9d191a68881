"""The report on a graph that changes: only shapes that a change affects are evaluated again.

The results of a shape are a function of the relations and class instances that it reads. So each shape's outcome is
cached with these dependencies until one of them changes. A report is therefore always the one on the whole graph.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Quad, Store

from ontology.memory import without_collection
from shapes.adapter.processor import Suspects, exact_literals
from shapes.data_graph import EVERYTHING, DataGraph, Dependency, StoreSource
from shapes.engine import sparql_constraints
from shapes.engine.engine import Engine, TargetedShape
from shapes.engine.sparql_constraints import SparqlConstraint
from shapes.report import Report, Result

_Evaluated = TargetedShape | str


@dataclass(frozen=True)
class Outcome:
    """The results of a shape or query, the focus nodes that pySHACL must validate, and the dependencies of both."""

    results: tuple[Result, ...]
    suspects: tuple[Suspects, ...]
    reads: frozenset[Dependency]


class IncrementalReport:
    """The report of an engine on the default graph of a store; every change has to be passed to :meth:`changed`."""

    def __init__(self, engine: Engine, store: Store) -> None:
        self._engine: Final = engine
        self._store: Final = store
        self._queries: dict[str, list[SparqlConstraint]] = {}
        for constraint in engine.sparql:
            self._queries.setdefault(constraint.query, []).append(constraint)
        self._outcomes: dict[_Evaluated, Outcome] = {}
        self.data = DataGraph(StoreSource(store))

    def changed(self, triples: Iterable[Quad]) -> None:
        """Drop the outcomes that depend on triples just added to the store or removed from it."""
        touched = self.data.dependencies_changed_by(triples)
        if EVERYTHING in touched:
            self.data = DataGraph(StoreSource(self._store))
            self._outcomes.clear()
            return
        self.data.invalidate(touched)
        stale = [key for key, outcome in self._outcomes.items() if not touched.isdisjoint(outcome.reads)]
        for key in stale:
            del self._outcomes[key]

    def report(self) -> Report:
        """Return the report on the store as it is now; raise ``ShapesError`` when pySHACL refuses a shape."""
        with without_collection(), exact_literals():
            results: list[Result] = []
            suspects: list[Suspects] = []
            for shape in self._engine.targeted_shapes:
                outcome = self._outcomes.get(shape) or self._evaluate(shape)
                results += outcome.results
                suspects += outcome.suspects
            for query, constraints in self._queries.items():
                results += (self._outcomes.get(query) or self._query(query, constraints)).results
            return self._engine.report(self.data.source, suspects, results, lambda: self._store)

    def _evaluate(self, shape: TargetedShape) -> Outcome:
        self.data.reads = set()
        found, suspects = shape.evaluate(self.data)
        # The dependencies of pySHACL are unknown.
        reads = frozenset({EVERYTHING} if suspects else self.data.reads)
        return self._cached(shape, Outcome(tuple(found), tuple(suspects), reads))

    def _query(self, query: str, constraints: list[SparqlConstraint]) -> Outcome:
        self.data.reads = set()
        found = tuple(sparql_constraints.results(self._store, self.data, constraints))
        return self._cached(query, Outcome(found, (), frozenset(self.data.reads | constraints[0].reads)))

    def _cached(self, key: _Evaluated, outcome: Outcome) -> Outcome:
        if EVERYTHING not in outcome.reads:
            self._outcomes[key] = outcome
        return outcome
