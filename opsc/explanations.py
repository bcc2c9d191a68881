"""The output of ``opsc validate --explain``: which constraints are compiled to SPARQL, and why others are not."""

from collections.abc import Iterable, Sequence
from textwrap import dedent
from typing import Final

from pyoxigraph import BlankNode, Quad

from ontology.rdf import Resource
from shapes import path_syntax
from shapes.engine import Explanation, explain
from shapes.notes import notes as find_notes
from shapes.reports import notes
from shapes.reports.rows import visible
from shapes.shapes_graph import ShapesGraph
from shapes.wellformed.naming import shape_name

_BY_PYSHACL: Final = "evaluated by pySHACL"


def render(shapes: Sequence[Iterable[Quad]]) -> str:
    """Return the explanation of several shapes graphs, in their order, grouped by shape.

    The first line counts the compiled constraints. Raises ``ShapesError`` if the shapes are unusable.
    """
    graphs = [ShapesGraph(quads) for quads in shapes]
    explained = [(graph, line) for graph in graphs for line in explain(graph.quads)]
    compiled = sum(line.compiled for _, line in explained)
    blocks = [f"{compiled} of {len(explained)} constraints are compiled; pySHACL evaluates the rest."]
    by_shape: dict[str, list[str]] = {}
    for graph, line in explained:
        by_shape.setdefault(_name(graph, line.shape), []).append(_line(graph, line))
    blocks += ("\n".join([visible(shape), *lines]) for shape, lines in by_shape.items())
    told = notes.sentences((note for graph in graphs for note in find_notes(graph)), "en")
    return "\n\n".join([*blocks, *(["\n".join(map(visible, told))] if told else [])]) + "\n"


def _line(graph: ShapesGraph, line: Explanation) -> str:
    verdict = "compiled" if line.compiled else _BY_PYSHACL
    reason = f": {line.reason}" if line.reason else ""
    query = "".join(f"\n      {row}" for row in _without_prologue(line.query or ""))
    constraint = "sh:sparql" if isinstance(line.constraint, BlankNode) else _name(graph, line.constraint)
    return f"  {visible(constraint)}: {verdict}{reason}{query}"


def _without_prologue(query: str) -> list[str]:
    """Return the lines of a query, dedented and without PREFIX declarations, which repeat those of the shapes."""
    lines = [line for line in query.splitlines() if line.strip() and not line.startswith("PREFIX ")]
    return dedent("\n".join(lines)).splitlines()


def _name(graph: ShapesGraph, node: Resource) -> str:
    return shape_name(graph, node) if isinstance(node, BlankNode) else path_syntax.short_term(node)
