"""A shapes graph: the triples of some shapes, and the questions that validation asks of them."""

from collections.abc import Iterable
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from ontology.terms import RDF, RDFS, SH

Node = NamedNode | BlankNode
Term = NamedNode | BlankNode | Literal | Triple

TARGETS: Final = (SH.targetClass, SH.targetNode, SH.targetObjectsOf, SH.targetSubjectsOf)


class ShapesGraph:
    """The triples of ``quads``, whatever graphs they are in, found by subject and predicate."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        self.quads: Final = tuple(quads)
        self._about: dict[object, dict[NamedNode, list[Term]]] = {}
        for triple in dict.fromkeys(quad.triple for quad in self.quads):
            self._about.setdefault(triple.subject, {}).setdefault(triple.predicate, []).append(triple.object)
        self._subjects: dict[tuple[NamedNode, object], list[Node]] = {}
        for quad in self.quads:
            if not isinstance(quad.subject, Triple):
                self._subjects.setdefault((quad.predicate, quad.object), []).append(quad.subject)
        self._referenced = {quad.object for quad in self.quads}

    def objects(self, subject: Term, predicate: NamedNode) -> list[Term]:
        """Return the objects of the triples with this subject and predicate."""
        return self._about.get(subject, {}).get(predicate, [])

    def about(self, subject: Term) -> dict[NamedNode, list[Term]]:
        """Return the objects of the triples with this subject, by predicate."""
        return self._about.get(subject, {})

    def subjects(self, predicate: NamedNode, value: Term) -> list[Node]:
        """Return the subjects of the triples with this predicate and object."""
        return self._subjects.get((predicate, value), [])

    def targets(self, shape: Node) -> list[tuple[NamedNode, Term]]:
        """Return the targets that a shape declares: ``sh:targetClass`` and its like, with the value."""
        return [(kind, value) for kind in TARGETS for value in self.objects(shape, kind)]

    def roots(self) -> list[Node]:
        """Return the node shapes that are reached by their declared targets and in no other way.

        Left out are deactivated shapes, shapes that another shape refers to, and shapes that are classes and so their
        own target: all focus nodes of a root come from its declared targets.
        """
        declared = dict.fromkeys(quad.subject for quad in self.quads if quad.predicate in TARGETS)
        return [shape for shape in declared if not isinstance(shape, Triple) and self._is_root(shape)]

    def is_deactivated(self, node: Term) -> bool:
        """Tell whether a shape or constraint says ``sh:deactivated``, with whatever value other than false."""
        return any(getattr(value, "value", None) not in ("false", "0") for value in self.objects(node, SH.deactivated))

    def _is_root(self, shape: Node) -> bool:
        is_class = RDFS.Class in self.objects(shape, RDF.type) or bool(self.objects(shape, RDFS.subClassOf))
        is_property_shape = bool(self.objects(shape, SH.path))
        return not (is_class or is_property_shape or shape in self._referenced or self.is_deactivated(shape))
