"""Property paths (https://www.w3.org/TR/shacl/#property-paths): read from a shapes graph, evaluated over relations.

Evaluation follows pySHACL step by step, its reading of ``^(a/b)`` as ``^a/^b`` included: it decides what is reported.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, NamedNode

from ontology.terms import RDF, SH
from shapes.data import Data, Relation, Terms
from shapes.engine.errors import NotCompiled
from shapes.graph import ShapesGraph, Term

_DEEPEST: Final = 8
_MANY: Final = 4


@dataclass(frozen=True)
class Step:
    """A predicate, forwards or backwards."""

    predicate: NamedNode
    inverse: bool = False

    def values(self, data: Data, node: Term) -> Iterable[Term]:
        """Return what the step leads to from a node."""
        relation = data.relation(self.predicate)
        return (relation.backward if self.inverse else relation.forward).get(node, ())


@dataclass(frozen=True)
class Sequence:
    """One path after another."""

    parts: "tuple[Path, ...]"

    def values(self, data: Data, node: Term) -> Iterable[Term]:
        """Return what all parts together lead to from a node."""
        reached: Terms = {node}
        for part in self.parts:
            reached = {value for at in reached for value in part.values(data, at)}
        return reached


@dataclass(frozen=True)
class Alternative:
    """Any one of several paths."""

    parts: "tuple[Path, ...]"

    def values(self, data: Data, node: Term) -> Iterable[Term]:
        """Return what any of the parts leads to from a node."""
        return {value for part in self.parts for value in part.values(data, node)}


@dataclass(frozen=True)
class Repeated:
    """A path taken again and again, at least once, or also not at all."""

    part: "Path"
    reflexive: bool

    def values(self, data: Data, node: Term) -> Iterable[Term]:
        """Return what the path leads to from a node in any number of rounds."""
        found: Terms = {node} if self.reflexive else set()
        unvisited = set(self.part.values(data, node))
        while unvisited:
            at = unvisited.pop()
            if at not in found:
                found.add(at)
                unvisited.update(self.part.values(data, at))
        return found


@dataclass(frozen=True)
class Optional:
    """A path taken once or not at all."""

    part: "Path"

    def values(self, data: Data, node: Term) -> Iterable[Term]:
        """Return the node and what the path leads to from it."""
        return {node, *self.part.values(data, node)}


Path = Step | Sequence | Alternative | Repeated | Optional


def relation(path: Path | None, data: Data, focus_nodes: Terms) -> Relation:
    """Return the pairs of focus node and value node; for a single step those of other nodes may be among them.

    Without a path, as in a node shape, each focus node is its own value.
    """
    if path is None:
        nodes = list(focus_nodes)
        return Relation(nodes, nodes)
    if isinstance(path, Step):
        whole = data.relation(path.predicate)
        if len(focus_nodes) > len(whole.columns[0]) // _MANY:
            return whole.inverse if path.inverse else whole
    pairs = [(node, value) for node in focus_nodes for value in dict.fromkeys(path.values(data, node))]
    return Relation([node for node, _ in pairs], [value for _, value in pairs])


def read(shapes: ShapesGraph, node: Term) -> Path:
    """Return the path that a node of the shapes graph describes; raises ``NotCompiled`` when it is not plainly one."""
    return _read(shapes, node, inverse=False, depth=0)


def _read(shapes: ShapesGraph, node: Term, *, inverse: bool, depth: int) -> Path:
    if isinstance(node, NamedNode):
        return Step(node, inverse)
    if not isinstance(node, BlankNode) or depth > _DEEPEST:
        raise NotCompiled("its path is not well-formed, or nested too deeply")
    described = shapes.about(node)
    if RDF.first in described:
        parts = members(shapes, node)
        if len(parts) <= 1 or depth + len(parts) > _DEEPEST:
            raise NotCompiled("its path is a sequence of one step, or of too many")
        return Sequence(tuple(_read(shapes, part, inverse=inverse, depth=depth + 1) for part in parts))
    if len(described) != 1 or any(len(values) != 1 for values in described.values()):
        raise NotCompiled("its path is not well-formed")
    ((operator, (operand,)),) = described.items()
    return _operation(shapes, operator, operand, inverse=inverse, depth=depth)


def _operation(shapes: ShapesGraph, operator: NamedNode, operand: Term, *, inverse: bool, depth: int) -> Path:
    def part(node: Term, *, turned: bool = inverse) -> Path:
        return _read(shapes, node, inverse=turned, depth=depth + 1)

    if operator == SH.inversePath:
        return part(operand, turned=not inverse)
    if operator == SH.alternativePath and len(parts := members(shapes, operand)) > 1:
        return Alternative(tuple(part(node) for node in parts))
    if operator in (SH.zeroOrMorePath, SH.oneOrMorePath):
        return Repeated(part(operand), reflexive=operator == SH.zeroOrMorePath)
    if operator == SH.zeroOrOnePath:
        return Optional(part(operand))
    raise NotCompiled("its path is not well-formed")


def members(shapes: ShapesGraph, head: Term) -> list[Term]:
    """Return the members of an RDF list; raises ``NotCompiled`` for anything that is not plainly one."""
    return list(_members(shapes, head))


def _members(shapes: ShapesGraph, head: Term) -> Iterator[Term]:
    visited: Terms = set()
    while head != RDF.nil:
        first, rest = shapes.objects(head, RDF.first), shapes.objects(head, RDF.rest)
        if len(first) != 1 or len(rest) != 1 or head in visited:
            raise NotCompiled("it names a list that is not well-formed")
        visited.add(head)
        yield first[0]
        head = rest[0]
