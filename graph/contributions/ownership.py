"""Ownership of named graphs: a contributor may write to their own graphs and to graphs that do not exist yet.

The first contributor to write to a named graph owns it permanently. The project owns the graphs of releases and all
names below its base IRI, except the one graph of each submission.
"""

import re
from typing import Final

from pyoxigraph import NamedNode, Store

from graph.contributions.reserved import check_subjects
from graph.effects.graphs import contribution_graph
from graph.errors import RefusedError
from graph.versions.delta import Delta
from graph.versions.ledger import Ledger
from graph.versions.ledger_records import GraphOwner
from ontology import iris

_FORMER_BLANK_NODE: Final = re.compile(re.escape(iris.thing("contribution").value) + "/([0-9]{1,18})/[0-9]+")


class WriteAccess:
    """The write access of one contributor to a dataset."""

    def __init__(self, ledger: Ledger, dataset: Store, submitter: str, number: int) -> None:
        """Check the submission ``number`` of ``submitter``; ``dataset`` does not include its change yet."""
        self._ledger = ledger
        self._dataset = dataset
        self._submitter = submitter
        self._number = number
        self._senders: dict[int, bool] = {}
        self._granted: set[NamedNode] = set()

    def check(self, delta: Delta) -> list[GraphOwner]:
        """Return the new graphs that the contributor will own; called once for each operation of an update, in order.

        Raises ``RefusedError``: ``foreign-graph`` for a graph of another owner, ``reserved`` for a triple about
        a term, shape, concept, rule, named graph or contribution, except labels with a language, mappings and links.
        """
        owners = self._ledger.owners(graph.value for graph in delta.graphs)
        granted = [owner for graph in delta.graphs if (owner := self._new(graph, owners.get(graph.value))) is not None]
        check_subjects((*delta.added, *delta.removed), self._is_described, self._is_own)
        return granted

    def _new(self, graph: NamedNode, owner: GraphOwner | None) -> GraphOwner | None:
        if owner is not None:
            if owner.submitter != self._submitter:
                raise _foreign(graph)
            return None
        is_free = graph == contribution_graph(self._number) or not (self._is_ours(graph) or self._exists(graph))
        if graph not in self._granted and not is_free:
            raise _foreign(graph)
        self._granted.add(graph)
        return GraphOwner(graph.value, self._submitter, self._number)

    def _is_ours(self, graph: NamedNode) -> bool:
        return iris.canonical(graph.value) is not None

    def _exists(self, graph: NamedNode) -> bool:
        return any(True for _ in self._dataset.quads_for_pattern(None, None, None, graph))

    def _is_described(self, subject: NamedNode) -> bool:
        return any(True for _ in self._dataset.quads_for_pattern(subject, None, None))

    def _is_own(self, subject: NamedNode) -> bool:
        """Whether a subject was a blank node in a submission of the same contributor."""
        match = _FORMER_BLANK_NODE.fullmatch(subject.value)
        if match is None:
            return False
        number = int(match[1])
        if number not in self._senders:
            sent = self._ledger.entry(number)
            self._senders[number] = sent is not None and sent.submitter == self._submitter
        return self._senders[number]


def _foreign(graph: NamedNode) -> RefusedError:
    return RefusedError(
        "foreign-graph",
        f"another contributor or the project owns the graph {graph}; write to a graph of your own with an unused name",
    )
