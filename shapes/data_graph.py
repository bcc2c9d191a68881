"""The data graph (https://www.w3.org/TR/shacl/#data-graph) as relations between subjects and objects.

The pairs of a predicate are fetched once, and a check evaluates all focus nodes together. The data graph is the default
graph of a store, or the merge of quads with every literal as it was written: a store would rewrite numbers and dates to
their canonical form.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from operator import attrgetter
from typing import Final, NamedTuple, Protocol

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from ontology.rdf import AnyTerm
from ontology.terms import RDF, RDFS, SH

Pair = tuple[AnyTerm, AnyTerm]
Match = tuple[AnyTerm, NamedNode, AnyTerm]
Target = tuple[NamedNode, AnyTerm]
Terms = set[AnyTerm]


class InstancesOf(NamedTuple):
    """The dependency on the instances of a class."""

    class_: AnyTerm


Dependency = NamedNode | InstancesOf | None
"""A part of the data that results depend on: the pairs of a predicate, the instances of a class, or all (``None``)."""

EVERYTHING: Final = None

# Called for each of hundreds of thousands of quads, where a generator would cost as much again.
_SUBJECT, _PREDICATE, _OBJECT = (attrgetter(name) for name in ("subject", "predicate", "object"))


class Relation:
    """Distinct pairs of subject and object in two columns, with indexes that are built when first used."""

    def __init__(self, subjects: list[AnyTerm], objects: list[AnyTerm]) -> None:
        self.columns: Final = (subjects, objects)

    @property
    def pairs(self) -> Iterator[Pair]:
        """Every pair of subject and object."""
        return zip(*self.columns, strict=True)

    @cached_property
    def subjects(self) -> Terms:
        """Every subject of a pair."""
        return set(self.columns[0])

    @cached_property
    def objects(self) -> Terms:
        """Every object of a pair."""
        return set(self.columns[1])

    @cached_property
    def forward(self) -> dict[AnyTerm, list[AnyTerm]]:
        """The objects of each subject."""
        return _grouped(self.pairs)

    @cached_property
    def backward(self) -> dict[AnyTerm, list[AnyTerm]]:
        """The subjects of each object."""
        return self.inverse.forward

    @cached_property
    def inverse(self) -> "Relation":
        """The relation with subjects and objects exchanged."""
        subjects, objects = self.columns
        return Relation(objects, subjects)

    @cached_property
    def repeated(self) -> dict[AnyTerm, list[AnyTerm]]:
        """The objects of each subject that has more than one."""
        if len(self.subjects) == len(self.columns[0]):
            return {}
        return {subject: values for subject, values in self.forward.items() if len(values) > 1}

    def subjects_of(self, values: Terms) -> Terms:
        """Return the subjects that are related to any of ``values``."""
        return {subject for subject, value in self.pairs if value in values} if values else set()


class TripleSource(Protocol):
    """A set of triples that can be looked up by any of their terms."""

    def relation(self, predicate: NamedNode) -> Relation:
        """Return all pairs of a predicate."""

    def triples(self, subject: AnyTerm | None, predicate: NamedNode | None, value: AnyTerm | None) -> Iterator[Match]:
        """Yield the triples that match; ``None`` matches any term."""


class StoreSource:
    """The default graph of a store."""

    def __init__(self, store: Store) -> None:
        self.store: Final = store

    def relation(self, predicate: NamedNode) -> Relation:
        """Return all pairs of a predicate."""
        quads = list(self.store.quads_for_pattern(None, predicate, None, DefaultGraph()))
        return Relation(list(map(_SUBJECT, quads)), list(map(_OBJECT, quads)))

    def triples(self, subject: AnyTerm | None, predicate: NamedNode | None, value: AnyTerm | None) -> Iterator[Match]:
        """Yield the triples that match; ``None`` matches any term."""
        if isinstance(subject, Literal):
            return
        for quad in self.store.quads_for_pattern(subject, predicate, value, DefaultGraph()):
            yield quad.subject, quad.predicate, quad.object


class QuadsSource:
    """The merge of the graphs of quads, with every literal as it was written."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        listed = list(quads)
        grouped: defaultdict[NamedNode, list[Quad]] = defaultdict(list)
        for predicate, quad in zip(map(_PREDICATE, listed), listed, strict=True):
            grouped[predicate].append(quad)
        self._quads: Final[dict[NamedNode, list[Quad]]] = dict(grouped)
        self._relations: Final[dict[NamedNode, Relation]] = {}

    def relation(self, predicate: NamedNode) -> Relation:
        """Return all pairs of a predicate."""
        if predicate not in self._relations:
            self._relations[predicate] = _merged(self._quads.get(predicate, ()))
        return self._relations[predicate]

    def triples(self, subject: AnyTerm | None, predicate: NamedNode | None, value: AnyTerm | None) -> Iterator[Match]:
        """Yield the triples that match; ``None`` matches any term."""
        for found in list(self._quads) if predicate is None else [predicate]:
            for pair in self._matching(self.relation(found), subject, value):
                yield pair[0], found, pair[1]

    def with_predicates(self, predicates: Iterable[NamedNode]) -> Iterator[Quad]:
        """Yield the quads with these predicates."""
        return (quad for predicate in predicates for quad in self._quads.get(predicate, ()))

    @staticmethod
    def _matching(relation: Relation, subject: AnyTerm | None, value: AnyTerm | None) -> Iterable[Pair]:
        if subject is not None:
            values = relation.forward.get(subject, ())
            return [(subject, found) for found in values if value is None or found == value]
        if value is not None:
            return [(found, value) for found in relation.backward.get(value, ())]
        return relation.pairs


class DataGraph:
    """The data graph as checks read it: relations, instances of classes, and the triples of a subject.

    ``reads`` records the dependencies of a caller, which empties it before it reads. ``background`` are triples of the
    source by which no target selects a node, except that they may tell subclasses of a target class.
    """

    def __init__(self, source: TripleSource, background: Collection[Match] = frozenset()) -> None:
        self.source: Final = source
        self._background: Final = frozenset(background)
        self.reads: set[Dependency] = set()
        self._relations: dict[NamedNode, Relation] = {}
        self._instances: dict[AnyTerm, Terms] = {}
        self._targeting: dict[NamedNode, Relation] = {}

    def relation(self, predicate: NamedNode) -> Relation:
        """Return all pairs of a predicate."""
        self.reads.add(predicate)
        return self._relation(predicate)

    def objects(self, subject: AnyTerm, predicate: NamedNode) -> list[AnyTerm]:
        """Return the objects of the triples with this subject and predicate."""
        return self.relation(predicate).forward.get(subject, [])

    def instances(self, class_: AnyTerm) -> Terms:
        """Return the SHACL instances of a class: nodes whose type is the class or, at any depth, a subclass of it."""
        self.reads.add(InstancesOf(class_))
        if class_ not in self._instances:
            typed = self._relation(RDF.type).backward
            subclasses = _closure(class_, self._relation(RDFS.subClassOf).backward)
            self._instances[class_] = {node for subclass in subclasses for node in typed.get(subclass, ())}
        return self._instances[class_]

    def dependencies_changed_by(self, triples: Iterable[Quad]) -> set[Dependency]:
        """Return the dependencies that adding or removing ``triples`` changes."""
        touched: set[Dependency] = set()
        above = self._relation(RDFS.subClassOf).forward
        for triple in triples:
            if triple.predicate == RDFS.subClassOf:
                return {EVERYTHING}
            touched.add(triple.predicate)
            if triple.predicate == RDF.type and InstancesOf(triple.object) not in touched:
                touched.update(InstancesOf(class_) for class_ in _closure(triple.object, above))
        return touched

    def invalidate(self, keys: Iterable[Dependency]) -> None:
        """Drop the cached relations and instances of these dependencies."""
        for key in keys:
            if isinstance(key, InstancesOf):
                self._instances.pop(key.class_, None)
            elif key is not None:
                self._relations.pop(key, None)

    def focus_nodes(self, targets: Iterable[Target]) -> Terms:
        """Return the nodes that targets select (https://www.w3.org/TR/shacl/#targets)."""
        return set().union(*(self._selected(kind, value) for kind, value in targets))

    def about(self, node: AnyTerm) -> Iterator[tuple[NamedNode, AnyTerm]]:
        """Yield predicate and object of the triples with this subject."""
        self.reads.add(EVERYTHING)
        return ((predicate, value) for _, predicate, value in self.source.triples(node, None, None))

    def _selected(self, kind: NamedNode, value: AnyTerm) -> Terms:
        if kind == SH.targetNode:
            return {value}
        if kind == SH.targetClass:
            return self._targeted_instances(value) if self._background else self.instances(value)
        if not isinstance(value, NamedNode):
            return set()
        relation = self._without_background(value) if self._background else self.relation(value)
        return relation.objects if kind == SH.targetObjectsOf else relation.subjects

    def _targeted_instances(self, class_: AnyTerm) -> Terms:
        typed = self._without_background(RDF.type).backward
        subclasses = _closure(class_, self._relation(RDFS.subClassOf).backward)
        return {node for subclass in subclasses for node in typed.get(subclass, ())}

    def _without_background(self, predicate: NamedNode) -> Relation:
        if predicate not in self._targeting:
            pairs = self.relation(predicate).pairs
            left = [pair for pair in pairs if (pair[0], predicate, pair[1]) not in self._background]
            self._targeting[predicate] = Relation([subject for subject, _ in left], [value for _, value in left])
        return self._targeting[predicate]

    def _relation(self, predicate: NamedNode) -> Relation:
        if predicate not in self._relations:
            self._relations[predicate] = self.source.relation(predicate)
        return self._relations[predicate]


def _closure(class_: AnyTerm, neighbours: Mapping[AnyTerm, list[AnyTerm]]) -> Terms:
    """Return a class and all classes reached from it over subclass axioms in one direction."""
    found, unvisited = {class_}, [class_]
    while unvisited:
        new = set(neighbours.get(unvisited.pop(), ())) - found
        found |= new
        unvisited += new
    return found


def _merged(quads: Collection[Quad]) -> Relation:
    subjects: list[AnyTerm] = list(map(_SUBJECT, quads))
    whole = Relation(subjects, list(map(_OBJECT, quads)))
    # Most properties have one value for each subject, and then no pair can be repeated.
    if len(whole.subjects) == len(subjects):
        return whole
    pairs = dict.fromkeys(whole.pairs)
    return Relation([subject for subject, _ in pairs], [value for _, value in pairs])


def _grouped(pairs: Iterable[Pair]) -> dict[AnyTerm, list[AnyTerm]]:
    groups: dict[AnyTerm, list[AnyTerm]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups
