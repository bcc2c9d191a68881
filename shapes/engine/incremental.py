"""The report on a graph that changes, kept up to date at the cost of what changed.

What a shape finds is a function of the relations and instances that it reads. So each shape's outcome is kept with what
it read, and is good until one of these changes. A report is therefore always the one on the whole graph.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Quad, Store

from ontology.memory import without_collection
from shapes.adapter.processor import exact_literals
from shapes.data import EVERYTHING, Data, Key, StoreSource, Terms
from shapes.engine import sparql_constraints
from shapes.engine.engine import Engine, Unit
from shapes.engine.sparql_constraints import SparqlConstraint
from shapes.graph import Node
from shapes.report import Report, Result

_Question = Unit | str


@dataclass(frozen=True)
class Outcome:
    """What a shape or query found, the focus nodes that pySHACL has to look at, and what all of this rests on."""

    results: tuple[Result, ...]
    suspects: Terms
    reads: frozenset[Key]


class Known:
    """The report of an engine on the default graph of a store, up to date as long as every change is made known."""

    def __init__(self, engine: Engine, store: Store) -> None:
        self._engine: Final = engine
        self._store: Final = store
        self._queries: dict[str, list[SparqlConstraint]] = {}
        for constraint in engine.sparql:
            self._queries.setdefault(constraint.query, []).append(constraint)
        self._outcomes: dict[_Question, Outcome] = {}
        self.data = Data(StoreSource(store))

    def changed(self, triples: Iterable[Quad]) -> None:
        """Take note of triples that have been added to the store or removed from it."""
        touched = self.data.touched_by(triples)
        if EVERYTHING in touched:
            self.data = Data(StoreSource(self._store))
            self._outcomes.clear()
            return
        self.data.forget(touched)
        resting = [question for question, outcome in self._outcomes.items() if not touched.isdisjoint(outcome.reads)]
        for question in resting:
            del self._outcomes[question]

    def report(self) -> Report:
        """Return the report on the store as it is now; raise ``ShapesError`` when pySHACL refuses a shape."""
        with without_collection(), exact_literals():
            results: list[Result] = []
            suspects: dict[Node, Terms] = {}
            for unit in self._engine.units:
                outcome = self._outcomes.get(unit) or self._evaluated(unit)
                results += outcome.results
                suspects.setdefault(unit.node, set()).update(outcome.suspects)
            for query, asked in self._queries.items():
                results += (self._outcomes.get(query) or self._asked(query, asked)).results
            return self._engine.completed(self.data.source, suspects, results)

    def _evaluated(self, unit: Unit) -> Outcome:
        self.data.reads = set()
        found: list[Result] = []
        suspects = unit.evaluate(self.data, found)
        # What pySHACL reads for a suspect is not observed.
        reads = frozenset({EVERYTHING} if suspects else self.data.reads)
        return self._kept(unit, Outcome(tuple(found), suspects, reads))

    def _asked(self, query: str, asked: list[SparqlConstraint]) -> Outcome:
        self.data.reads = set()
        found = tuple(sparql_constraints.results(self._store, self.data, asked))
        return self._kept(query, Outcome(found, set(), frozenset(self.data.reads | asked[0].reads)))

    def _kept(self, question: _Question, outcome: Outcome) -> Outcome:
        if EVERYTHING not in outcome.reads:
            self._outcomes[question] = outcome
        return outcome
