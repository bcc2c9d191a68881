"""Property paths (https://www.w3.org/TR/shacl/#property-paths): read from a shapes graph, evaluated over relations.

The inverse of a sequence, ``^(a/b)``, is ``^b/^a``.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, NamedNode

from ontology.rdf import AnyTerm
from ontology.terms import RDF, SH
from shapes.data_graph import DataGraph, Relation, Terms
from shapes.engine.errors import NotCompiled
from shapes.shapes_graph import ShapesGraph

_DEEPEST: Final = 8
_LARGE_SHARE: Final = 4


@dataclass(frozen=True)
class PredicatePath:
    """A predicate path, or the inverse path of a predicate."""

    predicate: NamedNode
    inverse: bool = False

    def values(self, data: DataGraph, node: AnyTerm) -> Iterable[AnyTerm]:
        """Return the nodes that the path reaches from a node."""
        relation = data.relation(self.predicate)
        return (relation.backward if self.inverse else relation.forward).get(node, ())


@dataclass(frozen=True)
class SequencePath:
    """A sequence path."""

    parts: "tuple[Path, ...]"

    def values(self, data: DataGraph, node: AnyTerm) -> Iterable[AnyTerm]:
        """Return the nodes that the path reaches from a node."""
        reached: Terms = {node}
        for part in self.parts:
            reached = {value for at in reached for value in part.values(data, at)}
        return reached


@dataclass(frozen=True)
class AlternativePath:
    """An alternative path."""

    parts: "tuple[Path, ...]"

    def values(self, data: DataGraph, node: AnyTerm) -> Iterable[AnyTerm]:
        """Return the nodes that the path reaches from a node."""
        return {value for part in self.parts for value in part.values(data, node)}


@dataclass(frozen=True)
class RepeatedPath:
    """A one-or-more path, or a zero-or-more path when it is ``reflexive``."""

    part: "Path"
    reflexive: bool

    def values(self, data: DataGraph, node: AnyTerm) -> Iterable[AnyTerm]:
        """Return the nodes that the path reaches from a node."""
        found: Terms = {node} if self.reflexive else set()
        unvisited = set(self.part.values(data, node))
        while unvisited:
            at = unvisited.pop()
            if at not in found:
                found.add(at)
                unvisited.update(self.part.values(data, at))
        return found


@dataclass(frozen=True)
class ZeroOrOnePath:
    """A zero-or-one path."""

    part: "Path"

    def values(self, data: DataGraph, node: AnyTerm) -> Iterable[AnyTerm]:
        """Return the nodes that the path reaches from a node, and the node itself."""
        return {node, *self.part.values(data, node)}


Path = PredicatePath | SequencePath | AlternativePath | RepeatedPath | ZeroOrOnePath


def relation(path: Path | None, data: DataGraph, focus_nodes: Terms) -> Relation:
    """Return the pairs of focus node and value node; a predicate path may add pairs of other nodes.

    Without a path, as in a node shape, each focus node is its own value node.
    """
    if path is None:
        nodes = list(focus_nodes)
        return Relation(nodes, nodes)
    if isinstance(path, PredicatePath):
        whole = data.relation(path.predicate)
        if len(focus_nodes) > len(whole.columns[0]) // _LARGE_SHARE:
            return whole.inverse if path.inverse else whole
    pairs = [(node, value) for node in focus_nodes for value in dict.fromkeys(path.values(data, node))]
    return Relation([node for node, _ in pairs], [value for _, value in pairs])


def read(shapes: ShapesGraph, node: AnyTerm) -> Path:
    """Return the path that a node of the shapes graph describes; raises ``NotCompiled`` when it is not well-formed."""
    return _read(shapes, node, inverse=False, depth=0)


def _read(shapes: ShapesGraph, node: AnyTerm, *, inverse: bool, depth: int) -> Path:
    if isinstance(node, NamedNode):
        return PredicatePath(node, inverse)
    if not isinstance(node, BlankNode) or depth > _DEEPEST:
        raise NotCompiled("its path is not well-formed, or nested too deeply")
    described = shapes.about(node)
    if RDF.first in described:
        parts = members(shapes, node)
        if len(parts) <= 1 or depth + len(parts) > _DEEPEST:
            raise NotCompiled("its path is a sequence of one step, or of too many")
        steps = reversed(parts) if inverse else parts
        return SequencePath(tuple(_read(shapes, part, inverse=inverse, depth=depth + 1) for part in steps))
    if len(described) != 1 or any(len(values) != 1 for values in described.values()):
        raise NotCompiled("its path is not well-formed")
    ((operator, (operand,)),) = described.items()
    return _operation(shapes, operator, operand, inverse=inverse, depth=depth)


def _operation(shapes: ShapesGraph, operator: NamedNode, operand: AnyTerm, *, inverse: bool, depth: int) -> Path:
    def part(node: AnyTerm, *, turned: bool = inverse) -> Path:
        return _read(shapes, node, inverse=turned, depth=depth + 1)

    if operator == SH.inversePath:
        return part(operand, turned=not inverse)
    if operator == SH.alternativePath and len(parts := members(shapes, operand)) > 1:
        return AlternativePath(tuple(part(node) for node in parts))
    if operator in (SH.zeroOrMorePath, SH.oneOrMorePath):
        return RepeatedPath(part(operand), reflexive=operator == SH.zeroOrMorePath)
    if operator == SH.zeroOrOnePath:
        return ZeroOrOnePath(part(operand))
    raise NotCompiled("its path is not well-formed")


def members(shapes: ShapesGraph, head: AnyTerm) -> list[AnyTerm]:
    """Return the members of an RDF list; raises ``NotCompiled`` when it is not well-formed."""
    return list(_members(shapes, head))


def _members(shapes: ShapesGraph, head: AnyTerm) -> Iterator[AnyTerm]:
    visited: Terms = set()
    while head != RDF.nil:
        first, rest = shapes.objects(head, RDF.first), shapes.objects(head, RDF.rest)
        if len(first) != 1 or len(rest) != 1 or head in visited:
            raise NotCompiled("it names a list that is not well-formed")
        visited.add(head)
        yield first[0]
        head = rest[0]
