"""Well-formed property paths (https://www.w3.org/TR/shacl/#property-paths)."""

from typing import Final

from pyoxigraph import Literal, NamedNode

from ontology.rdf import AnyTerm
from ontology.terms import RDF, SH
from shapes.shapes_graph import ShapesGraph
from shapes.wellformed.lists import BrokenList, members
from shapes.wellformed.naming import shown

_OPERATORS: Final = frozenset(
    SH[name] for name in ("inversePath", "alternativePath", "zeroOrMorePath", "oneOrMorePath", "zeroOrOnePath")
)
_DEEPEST: Final = 100
_MOST_STEPS: Final = 100


def mistake(shapes: ShapesGraph, node: AnyTerm) -> str | None:
    """Return why a node describes no path, or ``None`` when it does."""
    return _mistake(shapes, node, ())


def _mistake(shapes: ShapesGraph, node: AnyTerm, above: tuple[AnyTerm, ...]) -> str | None:
    if isinstance(node, NamedNode) and node != RDF.nil:
        return None
    if isinstance(node, Literal):
        return f"is the literal {shown(node)}; give a property, as an IRI, or a path"
    if node in above or len(above) > _DEEPEST:
        return "is a path that contains itself" if node in above else "is nested too deeply"
    return _of_blank_node(shapes, node, (*above, node))


def _of_blank_node(shapes: ShapesGraph, node: AnyTerm, above: tuple[AnyTerm, ...]) -> str | None:
    described = shapes.about(node)
    operators = [predicate for predicate in described if predicate in _OPERATORS]
    if RDF.first in described or node == RDF.nil:
        return _of_list(shapes, node, above, "sequence")
    if len(operators) != 1 or len(described[operators[0]]) != 1:
        return "is no path; give a property, a list of steps, or a blank node with one operator such as sh:inversePath"
    operand = described[operators[0]][0]
    if operators[0] == SH.alternativePath:
        return _of_list(shapes, operand, above, "sh:alternativePath")
    return _mistake(shapes, operand, above)


def _of_list(shapes: ShapesGraph, head: AnyTerm, above: tuple[AnyTerm, ...], kind: str) -> str | None:
    try:
        steps = members(shapes, head)
    except BrokenList as broken:
        return f"{broken} ({kind})"
    if len(steps) <= 1:
        return f"is a {kind} of {len(steps) or 'no'} step{'s' * (not steps)}; at least two are needed"
    if len(steps) > _MOST_STEPS:
        return f"is a {kind} of {len(steps)} steps; at most {_MOST_STEPS} are evaluated"
    return next((found for step in steps if (found := _mistake(shapes, step, above))), None)
