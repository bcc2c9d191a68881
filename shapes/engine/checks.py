"""Checks: compiled constraints, which test all focus nodes of a shape, or all their value nodes, at once.

A check returns suspects: all focus nodes that violate the constraint, and possibly others. An exact check returns no
others.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pyoxigraph import NamedNode

from ontology.rdf import AnyTerm, Resource
from shapes.data_graph import DataGraph, Relation, Terms
from shapes.engine.property_paths import Path, relation

ValueNodeTest = Callable[[DataGraph, Terms], Terms]
FocusNodeTest = Callable[[DataGraph, Terms, Relation], Terms]


class Check(Protocol):
    """The test that a constraint applies to focus nodes and their value nodes."""

    @property
    def exact(self) -> bool:
        """Whether every suspect violates the constraint."""

    def suspects(self, data: DataGraph, focus_nodes: Terms, values: Relation) -> Terms:
        """Return the focus nodes that may violate the constraint, and possibly nodes outside ``focus_nodes``."""


@dataclass(frozen=True)
class ValueNodeCheck:
    """A check of each value node by itself."""

    failing: ValueNodeTest
    exact: bool = True

    def suspects(self, data: DataGraph, focus_nodes: Terms, values: Relation) -> Terms:
        """Return the focus nodes with a value node that fails."""
        del focus_nodes
        return values.subjects_of(self.failing(data, values.objects))


@dataclass(frozen=True)
class FocusNodeCheck:
    """A check of all value nodes of a focus node together."""

    failing: FocusNodeTest
    exact: bool = True

    def suspects(self, data: DataGraph, focus_nodes: Terms, values: Relation) -> Terms:
        """Return the focus nodes that fail."""
        return self.failing(data, focus_nodes, values)


@dataclass(frozen=True)
class Constraint:
    """A compiled constraint: its parameter, such as ``sh:minCount``, and its check."""

    parameter: NamedNode
    check: Check


@dataclass(frozen=True)
class CompiledShape:
    """A shape with all of its constraints compiled. A node shape has no path."""

    node: Resource
    path: Path | None
    constraints: tuple[Constraint, ...]

    @property
    def exact(self) -> bool:
        """Whether every suspect violates the shape."""
        return all(constraint.check.exact for constraint in self.constraints)

    def suspects(self, data: DataGraph, focus_nodes: Terms) -> Terms:
        """Return the nodes in ``focus_nodes`` that may violate the shape."""
        if not focus_nodes or not self.constraints:
            return set()
        values = relation(self.path, data, focus_nodes)
        found: Terms = set()
        for constraint in self.constraints:
            found |= constraint.check.suspects(data, focus_nodes, values)
        return found & focus_nodes


def each_value_node(conforms: Callable[[AnyTerm], bool]) -> ValueNodeCheck:
    """Return the exact check that a value node passes when ``conforms`` is true of it."""
    return ValueNodeCheck(lambda _, values: {value for value in values if not conforms(value)})
