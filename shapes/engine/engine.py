"""The engine: finds all focus nodes that may violate shapes at once; pySHACL validates only those suspects.

Compiled constraints return suspects (:mod:`shapes.engine.checks`). Every focus node of a shape that is not compiled is
a suspect. pySHACL produces the results of suspects; SPARQL constraints whose solutions are results need no suspects
(:mod:`shapes.engine.sparql_constraints`).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from pyoxigraph import Quad, Store

from ontology.memory import without_collection
from ontology.rdf import Resource
from ontology.terms import PREFIXES
from shapes.adapter.processor import Processor, Suspects, Targets, exact_literals
from shapes.data_graph import DataGraph, Target, Terms, TripleSource
from shapes.engine import sparql_constraints
from shapes.engine.checks import CompiledShape
from shapes.engine.compiler import Compiler
from shapes.engine.errors import NotCompiled
from shapes.engine.property_paths import relation
from shapes.engine.results import ResultWriter, component, result_writer
from shapes.messages import nested
from shapes.messages.generated import MessageWriter
from shapes.report import Report, Result
from shapes.shapes_graph import ShapesGraph, prepared


@dataclass(frozen=True)
class TargetedShape:
    """A shape with its own targets and those of the node shapes that have it as a property shape.

    ``targets`` has an entry for each of them: a focus node in several entries has every result as often (SHACL, section
    3.4). ``own_only`` tells that the property shapes of a node shape are targeted shapes themselves.
    """

    node: Resource
    targets: tuple[frozenset[Target], ...]
    compiled: CompiledShape | None
    reason: str = ""
    result_writer: ResultWriter | None = None
    own_only: bool = False

    def evaluate(self, data: DataGraph, within: Terms | None = None) -> tuple[list[Result], list[Suspects]]:
        """Return the results of compiled constraints, and the focus nodes that pySHACL must validate.

        Only the focus nodes in ``within`` are evaluated, unless it is ``None``.
        """
        groups = [
            data.focus_nodes(targets) & (within or set()) if within is not None else data.focus_nodes(targets)
            for targets in self.targets
        ]
        focus_nodes: Terms = set().union(*groups)
        if self.compiled is None or not focus_nodes:
            return [], [Suspects(self.node, group) for group in groups if group]
        results: list[Result] = []
        suspects: Terms = set()
        written_components = set()
        values = relation(self.compiled.path, data, focus_nodes)
        for constraint in self.compiled.constraints:
            written = self.result_writer.results(constraint, data, focus_nodes, values) if self.result_writer else None
            if written is None:
                suspects |= constraint.check.suspects(data, focus_nodes, values)
            else:
                results += written
                written_components.add(component(constraint.parameter))
        repeated = (
            results
            if len(groups) == 1
            else [result for group in groups for result in results if result.focus_node in group]
        )
        return repeated, [
            Suspects(self.node, suspects & group, self.own_only, frozenset(written_components))
            for group in groups
            if suspects & group
        ]


class Engine:
    """Shapes, compiled once, that validate any number of data graphs.

    Raises ``ShapesError`` when pySHACL refuses the shapes graph; it refuses some shapes only when they have a focus
    node.
    """

    def __init__(
        self, shapes: Iterable[Quad], prefixes: Mapping[str, str] = PREFIXES, *, compiles_sparql: bool = True
    ) -> None:
        self._prefixes: Final = prefixes
        whole = ShapesGraph(prepared(shapes))
        self.sparql, self.rest = sparql_constraints.split(whole) if compiles_sparql else ([], whole)
        self._whole: Final = whole
        self._messages: Final = MessageWriter(whole, prefixes)
        self._processor: Final = Processor(self.rest.quads)

    @cached_property
    def _without_sparql(self) -> "Engine":
        return Engine(self._whole.quads, self._prefixes, compiles_sparql=False)

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
            suspects: list[Suspects] = []
            for shape in self.targeted_shapes:
                found, unknown = shape.evaluate(data, within)
                results += found
                suspects += unknown
            if queried is not None:
                solved = sparql_constraints.results(queried, data, self.sparql)
                results += (result for result in solved if within is None or result.focus_node in within)
            return self.report(data.source, suspects, results, store if queried is None else lambda: queried)

    def report(
        self,
        source: TripleSource,
        suspects: Collection[Suspects],
        results: Iterable[Result],
        store: Callable[[], Store | None],
    ) -> Report:
        """Return the report with ``results`` and the results of pySHACL for the suspects of each shape.

        Results get the details of nested shapes, and messages where their shapes have none.
        """
        with self._processor.evaluation(source, store) as evaluation:
            report = evaluation.validate(suspects)
            listed = [*report.results, *results]
            if not listed:
                return report
            explained = nested.explained(self._whole, listed, evaluation.nested, self._messages.complete)
            return Report.of(explained, report.details)


def _targeted_shapes(shapes: ShapesGraph, targets: Mapping[Resource, Targets]) -> Iterator[TargetedShape]:
    """Yield the shapes with targets, and their property shapes with the targets of all shapes that have them.

    A property shape has the same results with the targets of its node shape, but for all focus nodes at once.
    """
    compiler = Compiler(shapes)
    property_shape_targets: dict[Resource, list[frozenset[Target]]] = {}
    for node, declared in targets.items():
        if compiler.is_property_shape(node):
            property_shape_targets.setdefault(node, []).append(frozenset(declared))
            continue
        try:
            own, children = compiler.shape(node, with_properties=False), compiler.property_shapes(node)
        except NotCompiled as refusal:
            yield TargetedShape(node, (frozenset(declared),), None, str(refusal))
            continue
        writer = result_writer(shapes, node)
        yield TargetedShape(node, (frozenset(declared),), own, result_writer=writer, own_only=True)
        for child in children:
            property_shape_targets.setdefault(child, []).append(frozenset(declared))
    for node, found in property_shape_targets.items():
        try:
            yield TargetedShape(node, tuple(found), compiler.shape(node), result_writer=result_writer(shapes, node))
        except NotCompiled as refusal:
            yield TargetedShape(node, tuple(found), None, str(refusal))
