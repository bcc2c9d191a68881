"""Names of the nodes and terms of a shapes graph in messages: one line, short, without control characters."""

import difflib
from collections.abc import Iterable
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Triple

from ontology.rdf import AnyTerm
from ontology.terms import RDF, SH
from shapes.path_syntax import short_path, short_term
from shapes.shapes_graph import ShapesGraph

_LONGEST: Final = 120
_CUT: Final = " ..."


def shown(term: AnyTerm) -> str:
    """Return a term for a message: a prefixed name, an IRI in angle brackets, or a literal in quotes."""
    if isinstance(term, BlankNode):
        return "a blank node"
    if isinstance(term, Triple):
        return "a triple term"
    text = short_term(term)
    cut = text if len(text) <= _LONGEST else text[: _LONGEST - len(_CUT)] + _CUT
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in cut)


def shape_name(shapes: ShapesGraph, node: AnyTerm) -> str:
    """Return the name of a node of the shapes graph: its IRI, or its place below the next IRI above it."""
    steps: list[str] = []
    at, seen = node, {node}
    while isinstance(at, BlankNode):
        above = next((quad for quad in shapes.references(at) if quad.subject not in seen), None)
        if above is None:
            break
        if above.predicate not in (RDF.first, RDF.rest):
            steps.append(_step(shapes, at, above.predicate))
        at = above.subject
        seen.add(at)
    root = "a shape without an IRI" if isinstance(at, BlankNode) else shown(at)
    return ", ".join([root, *reversed(steps)])


def nearest(term: NamedNode, among: Iterable[NamedNode], likeness: float = 0.6) -> NamedNode | None:
    """Return the one of ``among`` whose name is nearest to that of ``term``, if it is at least so like it (0 to 1)."""
    names = {_local_name(known).lower(): known for known in among}
    close = difflib.get_close_matches(_local_name(term).lower(), list(names), n=1, cutoff=likeness)
    return names[close[0]] if close else None


def _local_name(term: NamedNode) -> str:
    return term.value.removeprefix(SH.iri)


def _step(shapes: ShapesGraph, node: AnyTerm, predicate: NamedNode) -> str:
    paths = shapes.objects(node, SH.path)
    if predicate == SH.property and len(paths) == 1 and isinstance(paths[0], NamedNode):
        return f"sh:property of {short_path(paths[0], {})}"
    return short_term(predicate)
