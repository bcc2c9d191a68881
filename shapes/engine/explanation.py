"""Which constraints the engine compiles, with the query of each, and why pySHACL evaluates the others."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Quad

from ontology.rdf import AnyTerm, Resource
from ontology.terms import SH
from shapes import path_syntax, wellformed
from shapes.engine import sparql_queries
from shapes.engine.compiler import states_constraint
from shapes.engine.engine import Engine, TargetedShape
from shapes.shapes_graph import ShapesGraph


@dataclass(frozen=True)
class Explanation:
    """One constraint of a shape: its parameter, such as ``sh:minCount``, or the node of a SPARQL constraint.

    A compiled constraint has the query that fetches its values; any other has a reason.
    """

    shape: Resource
    constraint: Resource
    compiled: bool
    reason: str | None = None
    query: str | None = None


def explain(shapes: Iterable[Quad]) -> list[Explanation]:
    """Explain each constraint of each shape with targets.

    Raises ``ShapesError`` when the shapes graph is not well-formed.
    """
    listed = list(shapes)
    wellformed.check(listed)
    engine = Engine(listed)
    sparql = [Explanation(found.shape, found.node, True, query=found.query.strip()) for found in engine.sparql]
    return [*sparql, *(line for shape in engine.targeted_shapes for line in _explanations(engine.rest, shape))]


def _explanations(shapes: ShapesGraph, shape: TargetedShape) -> Iterator[Explanation]:
    if shape.compiled is None:
        for parameter in _parameters(shapes, shape.node):
            reasons = _query_reasons(shapes, shape.node) if parameter == SH.sparql else [shape.reason]
            yield from (Explanation(shape.node, parameter, False, reason=reason) for reason in reasons)
        return
    for constraint in shape.compiled.constraints:
        yield Explanation(shape.node, constraint.parameter, True, query=_query(shapes, shape.node))


def _query_reasons(shapes: ShapesGraph, node: Resource) -> Iterator[str]:
    """Yield why each query of a shape is evaluated once for each focus node."""
    for constraint in shapes.objects(node, SH.sparql):
        for text in shapes.objects(constraint, SH.select):
            reason = sparql_queries.reason_against_joining(text.value) if isinstance(text, Literal) else None
            since = reason or "the shape is not a node shape with plain targets and messages"
            yield f"with one query of pyoxigraph for each focus node, since {since}"


def _query(shapes: ShapesGraph, node: Resource) -> str:
    for path in shapes.objects(node, SH.path):
        if isinstance(path, Resource):
            # Only a path of several steps needs the triples that describe it.
            described = {} if isinstance(path, NamedNode) else path_syntax.path_triples(shapes.quads)
            written = f"<{path.value}>" if isinstance(path, NamedNode) else path_syntax.full_path(path, described)
            return f"SELECT ?this ?value WHERE {{ ?this {written} ?value }}"
    return "SELECT ?this WHERE { VALUES ?this { } }"


def _parameters(shapes: ShapesGraph, node: Resource) -> list[NamedNode]:
    """Return the parameters of a shape, those of constraint components that the shapes declare included."""
    declared = {path for quad in shapes.quads if quad.predicate == SH.parameter for path in _paths(shapes, quad)}
    return [predicate for predicate in shapes.about(node) if states_constraint(predicate) or predicate in declared]


def _paths(shapes: ShapesGraph, declaration: Quad) -> list[AnyTerm]:
    return shapes.objects(declaration.object, SH.path)
