"""The engine: finds all focus nodes that may violate shapes at once; pySHACL validates only those suspects.

Compiled constraints return suspects (:mod:`shapes.engine.checks`). Every focus node of a shape that is not compiled is
a suspect. pySHACL produces the results of suspects; SPARQL constraints whose solutions are results need no suspects
(:mod:`shapes.engine.sparql_constraints`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from pyoxigraph import Quad, Store

from ontology.memory import without_collection
from ontology.rdf import Resource
from shapes.adapter.processor import Processor, Targets, exact_literals
from shapes.data_graph import DataGraph, Target, Terms, TripleSource
from shapes.engine import sparql_constraints
from shapes.engine.checks import CompiledShape
from shapes.engine.compiler import Compiler
from shapes.engine.errors import NotCompiled
from shapes.engine.property_paths import relation
from shapes.engine.results import ResultWriter, result_writer
from shapes.report import Report, Result
from shapes.shapes_graph import ShapesGraph


@dataclass(frozen=True)
class TargetedShape:
    """A shape with its own targets and those of the node shapes that have it as a property shape."""

    node: Resource
    targets: frozenset[Target]
    compiled: CompiledShape | None
    reason: str = ""
    result_writer: ResultWriter | None = None

    def evaluate(self, data: DataGraph, results: list[Result], within: Terms | None = None) -> Terms:
        """Return the focus nodes that pySHACL must validate; append the results of compiled constraints to ``results``.

        Only the focus nodes in ``within`` are evaluated, unless it is ``None``.
        """
        focus_nodes = data.focus_nodes(self.targets)
        if within is not None:
            focus_nodes &= within
        if self.compiled is None or not focus_nodes:
            return focus_nodes
        suspects: Terms = set()
        values = relation(self.compiled.path, data, focus_nodes)
        for constraint in self.compiled.constraints:
            written = self.result_writer.results(constraint, data, focus_nodes, values) if self.result_writer else None
            if written is None:
                suspects |= constraint.check.suspects(data, focus_nodes, values)
            else:
                results += written
        return suspects & focus_nodes


class Engine:
    """Shapes, compiled once, that validate any number of data graphs.

    Raises ``ShapesError`` when pySHACL refuses the shapes graph; it refuses some shapes only when they have a focus
    node.
    """

    def __init__(self, shapes: Iterable[Quad], *, compiles_sparql: bool = True) -> None:
        whole = ShapesGraph(shapes)
        self.sparql, self.rest = sparql_constraints.split(whole) if compiles_sparql else ([], whole)
        self._shapes: Final = whole.quads
        self._processor: Final = Processor(self.rest.quads)

    @cached_property
    def _without_sparql(self) -> "Engine":
        return Engine(self._shapes, compiles_sparql=False)

    @cached_property
    def targeted_shapes(self) -> list[TargetedShape]:
        """Every shape with targets, either compiled or with the reason why it is not."""
        return list(_targeted_shapes(self.rest, self._processor.targets()))

    def validate(self, data: DataGraph, store: Callable[[], Store | None], within: Terms | None = None) -> Report:
        """Return the report on data, or only on the focus nodes in ``within``.

        ``store`` returns a store with the same triples in its default graph, or ``None`` when a store would rewrite
        literals; then pySHACL evaluates the SPARQL constraints.

        Raises ``ShapesError`` when pySHACL refuses one of the shapes.
        """
        queried = store() if self.sparql else None
        if self.sparql and queried is None:
            return self._without_sparql.validate(data, store, within)
        with without_collection(), exact_literals():
            results: list[Result] = []
            suspects: dict[Resource, Terms] = {}
            for shape in self.targeted_shapes:
                suspects.setdefault(shape.node, set()).update(shape.evaluate(data, results, within))
            if queried is not None:
                found = sparql_constraints.results(queried, data, self.sparql)
                results += (result for result in found if within is None or result.focus_node in within)
            return self.report(data.source, suspects, results)

    def report(self, source: TripleSource, suspects: Mapping[Resource, Terms], results: Iterable[Result]) -> Report:
        """Return the report with ``results`` and the results of pySHACL for the suspects of each shape."""
        report = self._processor.validate(source, suspects)
        listed = [*report.results, *results]
        return Report.of(listed, report.details) if listed else report


def _targeted_shapes(shapes: ShapesGraph, targets: Mapping[Resource, Targets]) -> Iterator[TargetedShape]:
    """Yield the shapes with targets, and their property shapes with the targets of all shapes that have them.

    A property shape has the same results with the targets of its node shape, but for all focus nodes at once.
    """
    compiler = Compiler(shapes)
    property_shape_targets: dict[Resource, set[Target]] = {}
    for node, declared in targets.items():
        if compiler.is_property_shape(node):
            property_shape_targets.setdefault(node, set()).update(declared)
            continue
        try:
            own, children = compiler.shape(node, with_properties=False), compiler.property_shapes(node)
        except NotCompiled as refusal:
            yield TargetedShape(node, frozenset(declared), None, str(refusal))
            continue
        yield TargetedShape(node, frozenset(declared), own, result_writer=result_writer(shapes, node))
        for child in children:
            property_shape_targets.setdefault(child, set()).update(declared)
    for node, found in property_shape_targets.items():
        try:
            yield TargetedShape(node, frozenset(found), compiler.shape(node), result_writer=result_writer(shapes, node))
        except NotCompiled as refusal:
            yield TargetedShape(node, frozenset(found), None, str(refusal))
