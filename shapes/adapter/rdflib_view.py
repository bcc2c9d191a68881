"""A view of the data graph as an rdflib graph, which looks every triple up instead of holding a copy.

pySHACL validates suspects only, so copying the data would take longer than the validation.
"""

from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any

import rdflib
from rdflib.plugins.stores.memory import Memory

from ontology.rdf import AnyTerm
from shapes.adapter.terms import from_rdflib, to_rdflib
from shapes.data_graph import QuadsSource, TripleSource

RdflibTriple = tuple[rdflib.term.Node, rdflib.term.Node, rdflib.term.Node]


class _Lookup(Memory):
    """An rdflib store that reads triples from a source; it holds only namespaces."""

    def __init__(self, source: TripleSource) -> None:
        super().__init__()
        self._source = source
        self._terms: dict[object, rdflib.term.Node] = {}
        self.owner: rdflib.Graph | None = None

    def triples(self, triple_pattern: Any, context: Any = None) -> Generator[Any, None, None]:  # noqa: ANN401
        """Yield the triples that match a pattern, each with the graphs that hold it."""
        for triple in self._matches(*(None if term is None else from_rdflib(term) for term in triple_pattern)):
            yield triple, iter((self.owner or context,))

    def close(self, commit_pending_transaction: bool = False) -> None:
        """Release the data: rdflib graphs are reference cycles, which would hold them until the next collection."""
        self._source = QuadsSource(())
        self._terms.clear()
        super().close(commit_pending_transaction)

    def __len__(self, context: Any = None) -> int:  # noqa: ANN401
        # pySHACL tests for each result whether the graph is empty, and counting would visit every triple.
        return int(next(self._source.triples(None, None, None), None) is not None)

    def _matches(self, subject: AnyTerm | None, predicate: Any, value: AnyTerm | None) -> Iterator[RdflibTriple]:  # noqa: ANN401
        for triple in self._source.triples(subject, predicate, value):
            yield self._converted(triple[0]), self._converted(triple[1]), self._converted(triple[2])

    def _converted(self, term: AnyTerm) -> rdflib.term.Node:
        if term not in self._terms:
            self._terms[term] = to_rdflib(term)
        return self._terms[term]


def graph(source: TripleSource) -> rdflib.Graph:
    """Return a source as an rdflib graph that looks triples up on demand, until it is closed."""
    lookup = _Lookup(source)
    lookup.owner = rdflib.Graph(store=lookup, bind_namespaces="none")
    return lookup.owner


def copy(source: TripleSource) -> rdflib.Graph:
    """Return a copy of a source as an rdflib graph in memory, for queries that join many triples."""
    copied = rdflib.Graph(bind_namespaces="none")
    with closing(graph(source)) as looked_up:
        for triple in looked_up:
            copied.add(triple)
    return copied
