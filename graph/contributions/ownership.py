"""Whose graph it is: a write may touch what its sender holds, and names that nobody has used.

A named graph belongs for ever to whoever first put something into it. The graphs of releases belong to the project, as
do all names under its own base, except the one graph that each submission gets.
"""

import re
from collections.abc import Iterable
from typing import Final

from pyoxigraph import NamedNode, Quad, Store

from graph.contributions.submission import contribution_graph
from graph.errors import RefusedError
from graph.versions.delta import Delta
from graph.versions.ledger import Ledger
from graph.versions.ledger_records import GraphOwner
from ontology import iris

_RESERVED: Final = tuple(
    f"{iris.BASE}{path}" for path in ("ns", "shapes", "scheme/", "graph/", "dataset", "id/rule/", "id/contribution/")
)
_FORMER_BLANK_NODE: Final = re.compile(re.escape(iris.thing("contribution").value) + "/([0-9]{1,18})/[0-9]+")


class WriteAccess:
    """What the sender of a submission may change in a dataset."""

    def __init__(self, ledger: Ledger, dataset: Store, who: str, number: int) -> None:
        """Judge the submission ``number`` of ``who``; ``dataset`` does not hold its change yet."""
        self._ledger = ledger
        self._dataset = dataset
        self._who = who
        self._number = number
        self._senders: dict[int, bool] = {}
        self._granted: set[NamedNode] = set()

    def check(self, delta: Delta) -> list[GraphOwner]:
        """Return the graphs that the sender will hold from now on; asked for each operation of an update in turn.

        Raises ``RefusedError``: ``foreign-graph`` for a graph that is not the sender's, ``reserved`` for a triple about
        a term, shape, concept, rule, named graph or contribution.
        """
        held = self._ledger.owners(graph.value for graph in delta.graphs)
        new = [one for graph in delta.graphs if (one := self._new(graph, held.get(graph.value))) is not None]
        self._check_subjects((*delta.added, *delta.removed))
        return new

    def _new(self, graph: NamedNode, held: GraphOwner | None) -> GraphOwner | None:
        if held is not None:
            if held.who != self._who:
                raise _foreign(graph)
            return None
        is_free = graph == contribution_graph(self._number) or not (self._is_ours(graph) or self._exists(graph))
        if graph not in self._granted and not is_free:
            raise _foreign(graph)
        self._granted.add(graph)
        return GraphOwner(graph.value, self._who, self._number)

    def _is_ours(self, graph: NamedNode) -> bool:
        # Scheme and host are the same in capitals, for a reader if not for RDF.
        return graph.value.lower().startswith(iris.BASE)

    def _exists(self, graph: NamedNode) -> bool:
        return any(True for _ in self._dataset.quads_for_pattern(None, None, None, graph))

    def _check_subjects(self, quads: Iterable[Quad]) -> None:
        for subject in dict.fromkeys(quad.subject for quad in quads):
            if isinstance(subject, NamedNode) and subject.value.startswith(_RESERVED) and not self._is_own(subject):
                raise RefusedError(
                    "reserved",
                    f"{subject} is described by releases only; refer to it, or use an IRI of your own",
                )

    def _is_own(self, subject: NamedNode) -> bool:
        """Whether a subject was a blank node in something that the sender sent."""
        match = _FORMER_BLANK_NODE.fullmatch(subject.value)
        if match is None:
            return False
        number = int(match[1])
        if number not in self._senders:
            sent = self._ledger.entry(number)
            self._senders[number] = sent is not None and sent.who == self._who
        return self._senders[number]


def _foreign(graph: NamedNode) -> RefusedError:
    return RefusedError(
        "foreign-graph", f"the graph {graph} is not yours; write into a graph of your own, with a name that is free"
    )
