"""Checks: what a constraint asks of all focus nodes of a shape, or of all their values, at once.

A check returns suspects. None that violates the constraint is ever missing from them; when the check is exact, all of
them violate it. Definitions: https://www.w3.org/TR/shacl/#core-components.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pyoxigraph import NamedNode

from shapes.data import Data, Relation, Terms
from shapes.engine.paths import Path, relation
from shapes.graph import Node

ValueCheck = Callable[[Data, Terms], Terms]
FocusCheck = Callable[[Data, Terms, Relation], Terms]


class Check(Protocol):
    """What a constraint asks of the focus nodes and their values."""

    @property
    def exact(self) -> bool:
        """Whether every suspect violates the constraint."""

    def suspects(self, data: Data, focus_nodes: Terms, values: Relation) -> Terms:
        """Return the focus nodes that may violate the constraint; nodes that are no focus nodes do not count."""


@dataclass(frozen=True)
class OfValues:
    """A check that each value passes or fails for itself."""

    failing: ValueCheck
    exact: bool = True

    def suspects(self, data: Data, focus_nodes: Terms, values: Relation) -> Terms:
        """Return the focus nodes with a value that fails."""
        del focus_nodes
        return values.subjects_of(self.failing(data, values.objects))


@dataclass(frozen=True)
class OfFocusNodes:
    """A check that takes all values of a focus node together."""

    failing: FocusCheck
    exact: bool = True

    def suspects(self, data: Data, focus_nodes: Terms, values: Relation) -> Terms:
        """Return the focus nodes that fail."""
        return self.failing(data, focus_nodes, values)


@dataclass(frozen=True)
class Constraint:
    """A compiled constraint: the parameter of SHACL that states it, and its check."""

    parameter: NamedNode
    check: Check


@dataclass(frozen=True)
class CompiledShape:
    """A shape, all of whose constraints are compiled. A node shape has no path."""

    node: Node
    path: Path | None
    constraints: tuple[Constraint, ...]

    @property
    def exact(self) -> bool:
        """Whether every suspect violates the shape."""
        return all(constraint.check.exact for constraint in self.constraints)

    def suspects(self, data: Data, focus_nodes: Terms) -> Terms:
        """Return those of ``focus_nodes`` that may violate the shape."""
        if not focus_nodes or not self.constraints:
            return set()
        values = relation(self.path, data, focus_nodes)
        found: Terms = set()
        for constraint in self.constraints:
            found |= constraint.check.suspects(data, focus_nodes, values)
        return found & focus_nodes
