"""What the engine makes of shapes: which constraints are compiled, and how, or why pySHACL evaluates them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyoxigraph import NamedNode, Quad

from ontology.terms import SH
from shapes import paths
from shapes.engine.compiler import states_constraint
from shapes.engine.engine import Engine, Unit
from shapes.graph import Node, ShapesGraph


@dataclass(frozen=True)
class Explained:
    """One constraint of a shape: its parameter, such as ``sh:minCount``, or the node of a SPARQL constraint.

    A compiled constraint has the query that fetches all it looks at; any other has a reason.
    """

    shape: Node
    constraint: Node
    compiled: bool
    reason: str | None = None
    query: str | None = None


def explain(shapes: Iterable[Quad]) -> list[Explained]:
    """Return what the engine makes of each constraint of each shape that is evaluated.

    Raises ``ShapesError`` when pySHACL refuses the shapes as such.
    """
    engine = Engine(shapes)
    of_sparql = [Explained(found.shape, found.node, True, query=found.query.strip()) for found in engine.sparql]
    return [*of_sparql, *(line for unit in engine.units for line in _explained(engine.rest, unit))]


def _explained(shapes: ShapesGraph, unit: Unit) -> Iterator[Explained]:
    if unit.compiled is None:
        for parameter in _parameters(shapes, unit.node):
            yield Explained(unit.node, parameter, False, reason=unit.reason)
        return
    for constraint in unit.compiled.constraints:
        yield Explained(unit.node, constraint.parameter, True, query=_query(shapes, unit.node))


def _query(shapes: ShapesGraph, node: Node) -> str:
    described = paths.described(shapes.quads)
    for path in shapes.objects(node, SH.path):
        if isinstance(path, Node):
            written = f"<{path.value}>" if isinstance(path, NamedNode) else paths.full(path, described)
            return f"SELECT ?this ?value WHERE {{ ?this {written} ?value }}"
    return "SELECT ?this WHERE { VALUES ?this { } }"


def _parameters(shapes: ShapesGraph, node: Node) -> list[NamedNode]:
    return [predicate for predicate in shapes.about(node) if states_constraint(predicate)]
