"""The engine: finds the focus nodes that may violate shapes, all at once, and has pySHACL report on them alone.

Compiled constraints name suspects (:mod:`shapes.engine.checks`). Of a shape that is not compiled every focus node is a
suspect. pySHACL writes the results of suspects, so that they are its own; SPARQL constraints whose rows are results
need no suspects (:mod:`shapes.engine.sparql_constraints`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from pyoxigraph import Quad, Store

from ontology.memory import without_collection
from shapes.adapter.processor import Processor, Targets, exact_literals
from shapes.data import Data, Source, Target, Terms
from shapes.engine import sparql_constraints
from shapes.engine.checks import CompiledShape
from shapes.engine.compiler import Compiler
from shapes.engine.errors import NotCompiled
from shapes.engine.paths import relation
from shapes.engine.results import Writer, writer
from shapes.graph import Node, ShapesGraph
from shapes.report import Report, Result


@dataclass(frozen=True)
class Unit:
    """A shape with its own targets and those of the node shapes that have it as a property shape."""

    node: Node
    targets: frozenset[Target]
    compiled: CompiledShape | None
    reason: str = ""
    writer: Writer | None = None

    def evaluate(self, data: Data, results: list[Result], within: Terms | None = None) -> Terms:
        """Return the focus nodes that pySHACL has to look at; add to ``results`` what needs no pySHACL.

        Only the focus nodes in ``within`` count, where that is given.
        """
        focus_nodes = data.focus_nodes(self.targets)
        if within is not None:
            focus_nodes &= within
        if self.compiled is None or not focus_nodes:
            return focus_nodes
        suspects: Terms = set()
        values = relation(self.compiled.path, data, focus_nodes)
        for constraint in self.compiled.constraints:
            written = self.writer.results(constraint, data, focus_nodes, values) if self.writer else None
            if written is None:
                suspects |= constraint.check.suspects(data, focus_nodes, values)
            else:
                results += written
        return suspects & focus_nodes


class Engine:
    """Shapes, compiled once, that validate any number of data.

    Raises ``ShapesError`` when pySHACL refuses the shapes as such; some shapes it refuses only once data give them a
    focus node.
    """

    def __init__(self, shapes: Iterable[Quad], *, takes_sparql: bool = True) -> None:
        whole = ShapesGraph(shapes)
        self.sparql, self.rest = sparql_constraints.split(whole) if takes_sparql else ([], whole)
        self._shapes: Final = whole.quads
        self._processor: Final = Processor(self.rest.quads)

    @cached_property
    def _plain(self) -> "Engine":
        return Engine(self._shapes, takes_sparql=False)

    @cached_property
    def units(self) -> list[Unit]:
        """Every shape that is evaluated by itself, compiled or with the reason why not."""
        return list(_units(self.rest, self._processor.targets()))

    def validate(self, data: Data, store: Callable[[], Store | None], within: Terms | None = None) -> Report:
        """Return the report on data, or on the focus nodes in ``within`` alone.

        ``store`` returns a store with the same triples in its default graph, or none when no store would keep them as
        they are; then pySHACL evaluates the SPARQL constraints.

        Raises ``ShapesError`` when pySHACL refuses one of the shapes.
        """
        queried = store() if self.sparql else None
        if self.sparql and queried is None:
            return self._plain.validate(data, store, within)
        with without_collection(), exact_literals():
            results: list[Result] = []
            suspects: dict[Node, Terms] = {}
            for unit in self.units:
                suspects.setdefault(unit.node, set()).update(unit.evaluate(data, results, within))
            if queried is not None:
                found = sparql_constraints.results(queried, data, self.sparql)
                results += (result for result in found if within is None or result.focus_node in within)
            return self.completed(data.source, suspects, results)

    def completed(self, source: Source, suspects: Mapping[Node, Terms], results: Iterable[Result]) -> Report:
        """Return the report of ``results`` and of what pySHACL finds about the suspects of each shape."""
        report = self._processor.validate(source, suspects)
        listed = [*report.results, *results]
        return Report.of(listed, report.details) if listed else report


def _units(shapes: ShapesGraph, targets: Mapping[Node, Targets]) -> Iterator[Unit]:
    """Yield the shapes with targets, and their property shapes with the targets of all shapes that have them.

    A property shape has the same results with the targets of its node shape, but for all focus nodes at once.
    """
    compiler = Compiler(shapes)
    moved: dict[Node, set[Target]] = {}
    for node, declared in targets.items():
        if compiler.is_property_shape(node):
            moved.setdefault(node, set()).update(declared)
            continue
        try:
            own, children = compiler.shape(node, with_properties=False), compiler.property_shapes(node)
        except NotCompiled as refusal:
            yield Unit(node, frozenset(declared), None, str(refusal))
            continue
        yield Unit(node, frozenset(declared), own, writer=writer(shapes, node))
        for child in children:
            moved.setdefault(child, set()).update(declared)
    for node, found in moved.items():
        try:
            yield Unit(node, frozenset(found), compiler.shape(node), writer=writer(shapes, node))
        except NotCompiled as refusal:
            yield Unit(node, frozenset(found), None, str(refusal))
