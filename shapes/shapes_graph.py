"""The shapes graph (https://www.w3.org/TR/shacl/#shapes-graph): the triples of shapes, indexed."""

from collections.abc import Iterable
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from ontology.rdf import AnyTerm, Resource
from ontology.terms import OWL, RDF, RDFS, SH, XSD

TARGETS: Final = (SH.targetClass, SH.targetNode, SH.targetObjectsOf, SH.targetSubjectsOf)
QUALIFIED: Final = (SH.qualifiedMinCount, SH.qualifiedMaxCount, SH.qualifiedValueShapesDisjoint)
"""Parameters that constrain nothing without ``sh:qualifiedValueShape``."""

_ONE: Final = Literal("1", datatype=XSD.boolean)


class ShapesGraph:
    """The triples of ``quads`` in all of their graphs, indexed by subject and predicate."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        self.quads: Final = tuple(quads)
        self._about: dict[object, dict[NamedNode, list[AnyTerm]]] = {}
        for triple in dict.fromkeys(quad.triple for quad in self.quads):
            self._about.setdefault(triple.subject, {}).setdefault(triple.predicate, []).append(triple.object)
        self._subjects: dict[tuple[NamedNode, object], list[Resource]] = {}
        for quad in self.quads:
            if not isinstance(quad.subject, Triple):
                self._subjects.setdefault((quad.predicate, quad.object), []).append(quad.subject)
        self._references: dict[object, list[Quad]] = {}
        for quad in self.quads:
            self._references.setdefault(quad.object, []).append(quad)

    def objects(self, subject: AnyTerm, predicate: NamedNode) -> list[AnyTerm]:
        """Return the objects of the triples with this subject and predicate."""
        return self._about.get(subject, {}).get(predicate, [])

    def about(self, subject: AnyTerm) -> dict[NamedNode, list[AnyTerm]]:
        """Return the objects of the triples with this subject, by predicate."""
        return self._about.get(subject, {})

    def subjects(self, predicate: NamedNode, value: AnyTerm) -> list[Resource]:
        """Return the subjects of the triples with this predicate and object."""
        return self._subjects.get((predicate, value), [])

    def references(self, value: AnyTerm) -> list[Quad]:
        """Return the quads with this object."""
        return self._references.get(value, [])

    def targets(self, shape: Resource) -> list[tuple[NamedNode, AnyTerm]]:
        """Return the targets that a shape declares: the predicate, such as ``sh:targetClass``, and its value."""
        return [(kind, value) for kind in TARGETS for value in self.objects(shape, kind)]

    def roots(self) -> list[Resource]:
        """Return the node shapes whose focus nodes all come from their declared targets.

        Deactivated shapes, shapes that another shape refers to, and shapes with implicit class targets are left out.
        """
        declared = dict.fromkeys(quad.subject for quad in self.quads if quad.predicate in TARGETS)
        return [shape for shape in declared if not isinstance(shape, Triple) and self._is_root(shape)]

    def is_deactivated(self, node: AnyTerm) -> bool:
        """Tell whether a shape or constraint has ``sh:deactivated`` with any value other than false."""
        return any(getattr(value, "value", None) not in ("false", "0") for value in self.objects(node, SH.deactivated))

    def _is_root(self, shape: Resource) -> bool:
        is_class = RDFS.Class in self.objects(shape, RDF.type) or bool(self.objects(shape, RDFS.subClassOf))
        is_property_shape = bool(self.objects(shape, SH.path))
        return not (is_class or is_property_shape or shape in self._references or self.is_deactivated(shape))


def prepared(quads: Iterable[Quad]) -> list[Quad]:
    """Return shapes in the form that all evaluators of constraints read alike.

    Prefixes that ``sh:prefixes`` reaches by ``owl:imports`` (SHACL, section 5.2.1) are declared there. The value ``1``
    of ``sh:uniqueLang`` is left out: only ``true`` has an effect (section 4.4.5, and the test uniqueLang-002). So are
    the parameters of ``sh:qualifiedValueShape`` without it, which declare no constraint (test qualified-001).
    """
    given = list(quads)
    qualified = {quad.subject for quad in given if quad.predicate == SH.qualifiedValueShape}
    listed = [
        quad
        for quad in given
        if (quad.predicate != SH.uniqueLang or quad.object != _ONE)
        and (quad.predicate not in QUALIFIED or quad.subject in qualified)
    ]
    shapes = ShapesGraph(listed)
    collections = dict.fromkeys(quad.object for quad in listed if quad.predicate == SH.prefixes)
    return listed + [
        Quad(collection, SH.declare, declaration)
        for collection in collections
        if isinstance(collection, NamedNode | BlankNode)
        for document in _imported(shapes, collection)
        for declaration in shapes.objects(document, SH.declare)
    ]


def _imported(shapes: ShapesGraph, document: AnyTerm) -> list[AnyTerm]:
    found = [document]
    for one in found:
        found += (other for other in shapes.objects(one, OWL.imports) if other not in found)
    return found[1:]
