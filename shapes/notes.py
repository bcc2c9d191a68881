"""What of shapes looked at nothing: shapes without a target, targets without a node, shapes without a description.

None of it is a mistake by SHACL, but a report that conforms has then looked at less than its reader believes.
"""

from collections.abc import Iterator
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from ontology.rdf import AnyTerm, Resource
from ontology.terms import RDF, RDFS, SH
from shapes.data_graph import DataGraph
from shapes.report import Note
from shapes.shapes_graph import QUALIFIED, TARGETS, ShapesGraph
from shapes.wellformed import vocabulary
from shapes.wellformed.check import is_shape
from shapes.wellformed.naming import shape_name, shown

_REFERENCES: Final = frozenset(
    name for name, rule in vocabulary.PROPERTIES.items() if rule.values in ("shape", "node shape", "list of shapes")
)
_CLASSES: Final = frozenset({RDFS.Class, SH.ShapeClass})


def notes(shapes: ShapesGraph, data: DataGraph | None = None) -> list[Note]:
    """Return the notes on shapes, in the order of their triples; those on targets need the data."""
    found = [*_without_target(shapes), *_not_described(shapes), *_without_effect(shapes)]
    return list(dict.fromkeys([*found, *_without_nodes(shapes, data)] if data else found))


def _without_target(shapes: ShapesGraph) -> Iterator[Note]:
    for subject in dict.fromkeys(quad.subject for quad in shapes.quads):
        if isinstance(subject, Triple) or not is_shape(shapes, subject) or shapes.references(subject):
            continue
        is_declaration = SH.Parameter in shapes.objects(subject, RDF.type)
        if not is_declaration and not shapes.targets(subject) and not _is_class(shapes, subject):
            yield Note("no-target", shape_name(shapes, subject))


def _not_described(shapes: ShapesGraph) -> Iterator[Note]:
    """Yield the references to shapes of which the shapes graph says nothing: every node conforms to them."""
    for quad in shapes.quads:
        if quad.predicate in _REFERENCES and not isinstance(quad.subject, Triple):
            for shape in _listed(shapes, quad.object):
                if isinstance(shape, NamedNode) and not shapes.about(shape):
                    yield Note("not-described", shown(shape))


def _without_effect(shapes: ShapesGraph) -> Iterator[Note]:
    for quad in shapes.quads:
        if quad.predicate in QUALIFIED and not shapes.objects(quad.subject, SH.qualifiedValueShape):
            yield Note("no-effect", shown(quad.predicate))
        if quad.predicate == SH.flags and not shapes.objects(quad.subject, SH.pattern):
            yield Note("no-effect", shown(quad.predicate))


def _without_nodes(shapes: ShapesGraph, data: DataGraph) -> Iterator[Note]:
    for quad in shapes.quads:
        subject = quad.subject
        if isinstance(subject, Triple) or shapes.is_deactivated(subject):
            continue
        target: tuple[NamedNode, AnyTerm] = (quad.predicate, quad.object)
        if quad.predicate == RDF.type and quad.object in _CLASSES and is_shape(shapes, subject):
            target = (SH.targetClass, subject)
        elif quad.predicate not in TARGETS or quad.predicate == SH.targetNode:
            continue
        if not isinstance(target[1], Literal) and not data.focus_nodes([target]):
            yield Note("no-instance" if target[0] == SH.targetClass else "no-triple", shown(target[1]))


def _is_class(shapes: ShapesGraph, node: Resource) -> bool:
    return not _CLASSES.isdisjoint(shapes.objects(node, RDF.type))


def _listed(shapes: ShapesGraph, value: AnyTerm) -> list[AnyTerm]:
    """Return a shape, or the members of a list of shapes."""
    found = []
    while RDF.first in shapes.about(value):
        found += shapes.objects(value, RDF.first)
        value = (shapes.objects(value, RDF.rest) or [RDF.nil])[0]
    return found or [one for one in [value] if one != RDF.nil]
