"""An rdflib graph that holds nothing: it looks every triple up in the data that are validated.

pySHACL looks at suspects only, so copying the data for it would cost more than its own work.
"""

from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any

import rdflib
from rdflib.plugins.stores.memory import Memory

from shapes.adapter.terms import from_rdflib, to_rdflib
from shapes.data import QuadsSource, Source
from shapes.graph import Term

RdflibTriple = tuple[rdflib.term.Node, rdflib.term.Node, rdflib.term.Node]


class _Lookup(Memory):
    """A store of rdflib whose triples come from elsewhere; only namespaces are its own."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source = source
        self._terms: dict[object, rdflib.term.Node] = {}
        self.owner: rdflib.Graph | None = None

    def triples(self, triple_pattern: Any, context: Any = None) -> Generator[Any, None, None]:  # noqa: ANN401
        """Yield the triples that match a pattern, each with the graphs that hold it."""
        for triple in self._found(*(None if term is None else from_rdflib(term) for term in triple_pattern)):
            yield triple, iter((self.owner or context,))

    def close(self, commit_pending_transaction: bool = False) -> None:
        """Let go of the data: rdflib's graphs refer to themselves, and would keep them until the next collection."""
        self._source = QuadsSource(())
        self._terms.clear()
        super().close(commit_pending_transaction)

    def __len__(self, context: Any = None) -> int:  # noqa: ANN401
        # pySHACL asks for each result whether the graph is empty, and counting would visit every triple.
        return int(next(self._source.triples(None, None, None), None) is not None)

    def _found(self, subject: Term | None, predicate: Any, value: Term | None) -> Iterator[RdflibTriple]:  # noqa: ANN401
        for triple in self._source.triples(subject, predicate, value):
            yield self._converted(triple[0]), self._converted(triple[1]), self._converted(triple[2])

    def _converted(self, term: Term) -> rdflib.term.Node:
        if term not in self._terms:
            self._terms[term] = to_rdflib(term)
        return self._terms[term]


def graph(source: Source) -> rdflib.Graph:
    """Return the triples of a source as a graph of rdflib that looks them up when asked, until it is closed."""
    lookup = _Lookup(source)
    lookup.owner = rdflib.Graph(store=lookup, bind_namespaces="none")
    return lookup.owner


def copy(source: Source) -> rdflib.Graph:
    """Return the triples of a source as a graph of rdflib in memory, for queries that join many of them."""
    copied = rdflib.Graph(bind_namespaces="none")
    with closing(graph(source)) as looked_up:
        for triple in looked_up:
            copied.add(triple)
    return copied
