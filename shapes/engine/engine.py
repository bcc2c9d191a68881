"""The engine: finds the focus nodes that may violate shapes, all at once, and has pySHACL report on them alone.

Compiled constraints name suspects (:mod:`shapes.engine.checks`). Of a shape that is not compiled every focus node is a
suspect. pySHACL writes the results of suspects, so that they are its own; SPARQL constraints whose rows are results
need no suspects (:mod:`shapes.constraints`).
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from pyoxigraph import Quad, Store

from shapes import constraints
from shapes.engine.checks import CompiledShape
from shapes.engine.compiler import Compiler
from shapes.engine.data import Data, Target, Terms
from shapes.engine.errors import NotCompiled
from shapes.graph import Node, ShapesGraph
from shapes.processor import Processor, Targets, exact_literals
from shapes.report import Report


@dataclass(frozen=True)
class Unit:
    """A shape with its own targets and those of the node shapes that have it as a property shape."""

    node: Node
    targets: frozenset[Target]
    compiled: CompiledShape | None
    reason: str = ""

    def suspects(self, data: Data) -> Terms:
        """Return the focus nodes that pySHACL has to look at."""
        focus_nodes = data.focus_nodes(self.targets)
        return focus_nodes if self.compiled is None else self.compiled.suspects(data, focus_nodes)


class Engine:
    """Shapes, compiled once, that validate any number of data.

    Raises ``ShapesError`` when pySHACL refuses the shapes as such; some shapes it refuses only once data give them a
    focus node.
    """

    def __init__(self, shapes: Iterable[Quad]) -> None:
        self.shapes: Final = ShapesGraph(shapes)
        self.sparql, self.rest = constraints.split(self.shapes)
        self._processor: Final = Processor(self.rest.quads)

    @cached_property
    def units(self) -> list[Unit]:
        """Every shape that is evaluated by itself, compiled or with the reason why not."""
        return list(_units(Compiler(self.rest), self._processor.targets()))

    def validate(self, data: Data, store: Callable[[], Store]) -> Report:
        """Return the report on data; ``store`` returns a store with the same triples in its default graph.

        Raises ``ShapesError`` when pySHACL refuses one of the shapes.
        """
        with _without_collection(), exact_literals():
            suspects: dict[Node, Terms] = {}
            for unit in self.units:
                suspects.setdefault(unit.node, set()).update(unit.suspects(data))
            report = self._processor.validate(data.source, suspects)
            if not self.sparql:
                return report
            found = constraints.results(store(), data, self.sparql)
            return Report.of([*report.results, *found], report.details)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Keep Python from looking for cycles: terms have none, and looking through them takes as long as validation."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _units(compiler: Compiler, targets: Mapping[Node, Targets]) -> Iterator[Unit]:
    """Yield the shapes with targets, and their property shapes with the targets of all shapes that have them.

    A property shape has the same results with the targets of its node shape, but for all focus nodes at once.
    """
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
        yield Unit(node, frozenset(declared), own)
        for child in children:
            moved.setdefault(child, set()).update(declared)
    for node, found in moved.items():
        try:
            yield Unit(node, frozenset(found), compiler.shape(node))
        except NotCompiled as refusal:
            yield Unit(node, frozenset(found), None, str(refusal))
