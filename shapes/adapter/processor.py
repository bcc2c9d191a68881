"""Validation by pySHACL, the reference processor of the project's own engine.

pySHACL gets parsed rdflib graphs only: it would open a string as a file or a URL. Advanced features, JavaScript and
imports stay off. The engine passes it selected focus nodes of selected shapes.
"""

import logging
import re
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import pyoxigraph as ox
import rdflib
from pyshacl.errors import ReportableRuntimeError, ShapeRecursionWarning
from pyshacl.graph_abstraction import DataGraph
from pyshacl.pytypes import SHACLExecutor
from pyshacl.rdfutil.stringify import stringify_blank_node
from pyshacl.shapes_graph import ShapesGraph
from pyshacl.validator import Validator

from ontology.rdf import AnyTerm, Resource
from ontology.terms import SH
from shapes import query_text
from shapes.adapter import additions, comparisons, queries, rdflib_view, solution_messages
from shapes.adapter.terms import from_rdflib, resource_from_rdflib, to_rdflib
from shapes.data_graph import TripleSource
from shapes.errors import ShapesError
from shapes.report import Report, Result
from shapes.shapes_graph import TARGETS
from shapes.shapes_graph import ShapesGraph as Quads
from shapes.wellformed.naming import shape_name

_SHACL: Final = rdflib.Namespace(SH.iri)
_SPARQL_PARAMETERS: Final = tuple(
    _SHACL[name] for name in ("sparql", "validator", "nodeValidator", "propertyValidator")
)
_QUERIES: Final = (_SHACL.select, _SHACL.ask)
# The check of shapes (shapes/wellformed) finds mistakes before; these are what pySHACL and rdflib raise for others.
_REFUSALS: Final = (
    *(ReportableRuntimeError, AssertionError, ArithmeticError, AttributeError, LookupError, RuntimeError),
    *(TypeError, ValueError, re.error),
)
_LOGGER: Final = logging.getLogger("pyshacl-validate")

additions.install()
comparisons.install()
queries.install()
solution_messages.install()
# rdflib imports the parsers of these datatypes when it meets the first literal. A process that can no longer open files
# would then take every such literal for ill-typed.
for _datatype in (rdflib.RDF.HTML, rdflib.RDF.XMLLiteral):
    rdflib.Literal("<p></p>", datatype=_datatype)

Targets = tuple[tuple[ox.NamedNode, AnyTerm], ...]


@dataclass(frozen=True)
class Suspects:
    """Focus nodes that pySHACL must validate against a shape.

    Results of the shape itself for the components in ``written`` are dropped, as are those of its property shapes with
    ``own_only``: others report them.
    """

    shape: Resource
    focus_nodes: Collection[AnyTerm]
    own_only: bool = False
    written: frozenset[ox.NamedNode] = frozenset()

    def reports(self, source_shape: Resource, component: ox.NamedNode) -> bool:
        """Tell whether a result with this source shape and component is kept."""
        return component not in self.written if source_shape == self.shape else not self.own_only


class Processor:
    """pySHACL with some shapes. Raises ``ShapesError`` when pySHACL refuses them."""

    def __init__(self, shapes: Collection[ox.Quad]) -> None:
        graph = rdflib.Graph(bind_namespaces="none")
        with exact_literals(), refusals():
            for quad in shapes:
                graph.add((to_rdflib(quad.subject), to_rdflib(quad.predicate), to_rdflib(quad.object)))
                if quad.predicate == SH.memberShape:
                    # pySHACL takes a node for a shape when a property that it knows refers to it.
                    graph.add((rdflib.BNode(), _SHACL.node, to_rdflib(quad.object)))
            self._shapes: Final = ShapesGraph(graph, False, _LOGGER)
            self._quads: Final = tuple(shapes)
            self._by_node: Final = {resource_from_rdflib(shape.node): shape for shape in self._shapes.shapes}
        self._uses_sparql: Final = any((None, name, None) in graph for name in _SPARQL_PARAMETERS)
        texts = (value for name in _QUERIES for value in graph.objects(None, name))
        self._uses_shapes_graph: Final = any("shapesGraph" in query_text.variables(str(text)) for text in texts)

    def targets(self) -> dict[Resource, Targets]:
        """Return the targets of each active shape, implicit class targets included."""
        results: dict[Resource, Targets] = {}
        for node, shape in self._by_node.items():
            nodes, classes, implicit, objects_of, subjects_of = shape.target()
            values = (*classes, *implicit), nodes, objects_of, subjects_of
            targets = [
                (kind, from_rdflib(value)) for kind, of_kind in zip(TARGETS, values, strict=True) for value in of_kind
            ]
            if targets and not shape.deactivated:
                results[node] = tuple(targets)
        return results

    @contextmanager
    def evaluation(self, source: TripleSource, store: Callable[[], ox.Store | None]) -> Iterator["Evaluation"]:
        """Give an evaluation of these shapes with the triples of ``source`` as data graph, for the ``with`` block.

        ``store`` returns a store with the same triples for queries in shapes, or ``None`` when a store would rewrite
        literals.
        """
        # pySHACL caches the texts of blank nodes by the address of their graph, which another graph may get later.
        stringify_blank_node.dict_cache.clear()
        with ExitStack() as opened:
            yield Evaluation(
                self._shapes,
                self._by_node,
                lambda shape: shape_name(Quads(self._quads), shape),
                lambda: DataGraph.from_rdflib_graph(opened.enter_context(self._data_graph(source, store))),
            )

    @contextmanager
    def _data_graph(self, source: TripleSource, store: Callable[[], ox.Store | None]) -> Iterator[rdflib.Graph]:
        queried = store() if self._uses_sparql else None
        if not self._uses_sparql or queried is not None:
            shapes = self._quads if self._uses_shapes_graph and queried is not None else ()
            with closing(rdflib_view.graph(source)) as graph, queries.store_with_shapes(queried or ox.Store(), shapes):
                yield queries.answered_by(graph, queried)
            return
        # A query joins many triples, which rdflib does ten times faster in memory.
        with closing(rdflib_view.copy(source)) as graph:
            yield queries.answered_by(graph, None)


class Evaluation:
    """Shapes and a data graph, which is opened when the first focus node is validated.

    Methods raise ``ShapesError`` when pySHACL refuses one of the shapes.
    """

    def __init__(
        self,
        shapes: ShapesGraph,
        by_node: Mapping[Resource, Any],
        name_of: Callable[[Resource], str],
        open_data: Callable[[], Any],
    ) -> None:
        self._shapes: Final = shapes
        self._by_node: Final = by_node
        self._name_of: Final = name_of
        self._open_data: Final = open_data

    @cached_property
    def _data(self) -> Any:  # noqa: ANN401
        return self._open_data()

    def validate(self, suspects: Iterable[Suspects]) -> Report:
        """Return the report on the suspects of each shape."""
        results: list[Any] = []
        with exact_literals(), refusals():
            for one in suspects:
                results += (
                    result for result in self._results(one.shape, one.focus_nodes) if one.reports(*_origin(result))
                )
            return self._report(results)

    def nested(self, shape: Resource, focus_nodes: Collection[AnyTerm]) -> Sequence[Result]:
        """Return the results of a shape, with targets or without, for focus nodes."""
        with exact_literals(), refusals():
            return self._report(self._results(shape, focus_nodes)).results

    def _results(self, shape: Resource, focus_nodes: Collection[AnyTerm]) -> list[Any]:
        chosen = [to_rdflib(term) for term in focus_nodes]
        found = self._by_node.get(shape)
        if not chosen or found is None:
            return []
        try:
            with refusals():
                return list(found.validate(SHACLExecutor(), self._data, focus=chosen)[1])
        except ShapesError as error:
            raise ShapesError(f"{self._name_of(shape)}: {error}") from error

    def _report(self, results: list[Any]) -> Report:
        if not results:
            return Report()
        report, _ = Validator.create_validation_report(self._shapes, False, results)
        return report_from_rdflib(report)


@contextmanager
def refusals() -> Iterator[None]:
    """Turn exceptions of pySHACL about shapes, and its warning of recursion, into ``ShapesError``."""
    with warnings.catch_warnings():
        # pySHACL would leave results out.
        warnings.simplefilter("error", ShapeRecursionWarning)
        try:
            yield
        except ShapeRecursionWarning as error:
            raise ShapesError("the shapes are recursive, which SHACL leaves undefined; remove the recursion") from error
        except _REFUSALS as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise ShapesError(f"pySHACL cannot use the shapes: {reason}") from error


@contextmanager
def exact_literals() -> Iterator[None]:
    """Keep rdflib from rewriting literals, and both libraries from logging and from warnings on the terminal."""
    normalized = rdflib.NORMALIZE_LITERALS
    loggers = [logging.getLogger(name) for name in ("rdflib.term", "pyshacl-validate")]
    rdflib.NORMALIZE_LITERALS = False
    for logger in loggers:
        logger.addFilter(_nothing)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        rdflib.NORMALIZE_LITERALS = normalized
        for logger in loggers:
            logger.removeFilter(_nothing)


def _nothing(_: logging.LogRecord) -> bool:
    return False


def _origin(result: Any) -> tuple[Resource, ox.NamedNode]:  # noqa: ANN401
    """Return the source shape and the component of a result, as pySHACL holds it before it writes the report."""
    _, node, triples = result
    terms = {
        predicate: value[1] for subject, predicate, value in triples if subject == node and isinstance(value, tuple)
    }
    component = terms[_SHACL.sourceConstraintComponent]
    return resource_from_rdflib(terms[_SHACL.sourceShape]), ox.NamedNode(str(component))


def report_from_rdflib(graph: rdflib.Graph) -> Report:
    """Return the report that an rdflib graph describes."""
    nodes = set(graph.objects(None, _SHACL.result))
    described = {*nodes, *graph.subjects(rdflib.RDF.type, _SHACL.ValidationReport)}
    details = (
        ox.Quad(resource_from_rdflib(subject), ox.NamedNode(str(predicate)), from_rdflib(value))
        for subject, predicate, value in graph
        if isinstance(subject, rdflib.BNode) and subject not in described
    )
    return Report.of((_result(graph, node) for node in nodes), details)


def _result(graph: rdflib.Graph, node: rdflib.term.Node) -> Result:
    def node_of(predicate: rdflib.URIRef) -> Resource | None:
        value = graph.value(node, predicate)
        return None if value is None else resource_from_rdflib(value)

    def required(predicate: rdflib.URIRef) -> rdflib.term.Node:
        value = graph.value(node, predicate)
        if value is None:
            raise ShapesError(f"pySHACL reported a result without {predicate}")
        return value

    value = graph.value(node, _SHACL.value)
    messages = [from_rdflib(message) for message in graph.objects(node, _SHACL.resultMessage)]
    return Result(
        focus_node=from_rdflib(required(_SHACL.focusNode)),
        component=ox.NamedNode(str(required(_SHACL.sourceConstraintComponent))),
        severity=ox.NamedNode(str(required(_SHACL.resultSeverity))),
        source_shape=resource_from_rdflib(required(_SHACL.sourceShape)),
        path=node_of(_SHACL.resultPath),
        value=None if value is None else from_rdflib(value),
        source_constraint=node_of(_SHACL.sourceConstraint),
        messages=tuple(sorted((m for m in messages if isinstance(m, ox.Literal)), key=str)),
    )
