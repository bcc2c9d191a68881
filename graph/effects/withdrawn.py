"""The quads of the current release that a version lacks, since they no longer follow or a day has taken their place."""

from collections.abc import Iterable

from pyoxigraph import NamedNode, Quad

from graph.rules.derive import DERIVED
from graph.versions.delta import Delta
from ontology import iris
from ontology.rdf import AnyTerm

_OF_CONTRIBUTIONS = iris.graph("contribution").value


class Withdrawn:
    """Quads of the release that are not in the working copy, by subject."""

    def __init__(self, quads: Iterable[Quad] = ()) -> None:
        self._by_subject: dict[AnyTerm, set[Quad]] = {}
        for quad in quads:
            self._by_subject.setdefault(quad.subject, set()).add(quad)

    def apply(self, delta: Delta) -> None:
        """Add the quads of the release that a delta removes, and take out those that it adds."""
        for quad in delta.removed:
            if is_of_a_release(quad.graph_name):
                self._by_subject.setdefault(quad.subject, set()).add(quad)
        for quad in delta.added:
            self._by_subject.get(quad.subject, set()).discard(quad)

    def derived(self, subject: AnyTerm) -> list[Quad]:
        """Return the facts about a thing that the release derived and that no longer hold."""
        return [quad for quad in self._by_subject.get(subject, ()) if quad.graph_name == DERIVED]

    def stated(self, subject: AnyTerm) -> list[Quad]:
        """Return the quads that the release states of a thing, and for which something more exact is known."""
        return [quad for quad in self._by_subject.get(subject, ()) if quad.graph_name != DERIVED]

    def subjects(self, predicate: NamedNode, value: AnyTerm) -> list[NamedNode]:
        """Return the things of which the release derives ``value``, which no longer holds."""
        return [
            subject
            for subject, quads in self._by_subject.items()
            if isinstance(subject, NamedNode)
            and any(quad.predicate == predicate and quad.object == value for quad in quads)
        ]


def is_of_a_release(graph: object) -> bool:
    """Tell whether a quad may be of a release: the graphs of contributions, and what is said of them, are not."""
    return (
        isinstance(graph, NamedNode)
        and graph.value.startswith(iris.BASE)
        and not graph.value.startswith(_OF_CONTRIBUTIONS)
    )
