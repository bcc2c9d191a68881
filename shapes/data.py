"""The data that are validated, as relations: all pairs of subject and object of a predicate, fetched once.

A check over a relation looks at all focus nodes at once. Data come as a store, whose default graph is validated, or as
quads, which are validated as they were written: a store would rewrite numbers and dates to their canonical form.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from operator import attrgetter
from typing import Final, NamedTuple, Protocol

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from ontology.terms import RDF, RDFS, SH
from shapes.graph import Term

Pair = tuple[Term, Term]
Found = tuple[Term, NamedNode, Term]
Target = tuple[NamedNode, Term]
Terms = set[Term]


class InstancesOf(NamedTuple):
    """The instances of a class, as something that is read."""

    class_: Term


Key = NamedNode | InstancesOf | None
"""What can be read: the pairs of a predicate, the instances of a class, or everything (``None``)."""

EVERYTHING: Final = None

# Called for each of hundreds of thousands of quads, where a generator would cost as much again.
_SUBJECT, _PREDICATE, _OBJECT = (attrgetter(name) for name in ("subject", "predicate", "object"))


class Relation:
    """Pairs of subject and object, without repetition, in two columns, and what is known of them as a whole."""

    def __init__(self, subjects: list[Term], objects: list[Term]) -> None:
        self.columns: Final = (subjects, objects)

    @property
    def pairs(self) -> Iterator[Pair]:
        """Every pair of subject and object."""
        return zip(*self.columns, strict=True)

    @cached_property
    def subjects(self) -> Terms:
        """Every term that is related to something."""
        return set(self.columns[0])

    @cached_property
    def objects(self) -> Terms:
        """Every term that something is related to."""
        return set(self.columns[1])

    @cached_property
    def forward(self) -> dict[Term, list[Term]]:
        """The objects of each subject."""
        return _grouped(self.pairs)

    @cached_property
    def backward(self) -> dict[Term, list[Term]]:
        """The subjects of each object."""
        return self.inverse.forward

    @cached_property
    def inverse(self) -> "Relation":
        """The same pairs, the other way round."""
        subjects, objects = self.columns
        return Relation(objects, subjects)

    @cached_property
    def repeated(self) -> dict[Term, list[Term]]:
        """The objects of each subject that has more than one."""
        if len(self.subjects) == len(self.columns[0]):
            return {}
        return {subject: values for subject, values in self.forward.items() if len(values) > 1}

    def subjects_of(self, values: Terms) -> Terms:
        """Return the subjects that are related to any of ``values``."""
        return {subject for subject, value in self.pairs if value in values} if values else set()


class Source(Protocol):
    """Where triples are looked up by any of their terms."""

    def relation(self, predicate: NamedNode) -> Relation:
        """Return all pairs of a predicate."""

    def triples(self, subject: Term | None, predicate: NamedNode | None, value: Term | None) -> Iterator[Found]:
        """Yield the triples that match; ``None`` matches any term."""


class StoreSource:
    """The default graph of a store."""

    def __init__(self, store: Store) -> None:
        self.store: Final = store

    def relation(self, predicate: NamedNode) -> Relation:
        """Return all pairs of a predicate."""
        quads = list(self.store.quads_for_pattern(None, predicate, None, DefaultGraph()))
        return Relation(list(map(_SUBJECT, quads)), list(map(_OBJECT, quads)))

    def triples(self, subject: Term | None, predicate: NamedNode | None, value: Term | None) -> Iterator[Found]:
        """Yield the triples that match; ``None`` matches any term."""
        if isinstance(subject, Literal):
            return
        for quad in self.store.quads_for_pattern(subject, predicate, value, DefaultGraph()):
            yield quad.subject, quad.predicate, quad.object


class QuadsSource:
    """The merge of the graphs of some quads, every literal as it was written."""

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

    def triples(self, subject: Term | None, predicate: NamedNode | None, value: Term | None) -> Iterator[Found]:
        """Yield the triples that match; ``None`` matches any term."""
        for found in list(self._quads) if predicate is None else [predicate]:
            for pair in self._matching(self.relation(found), subject, value):
                yield pair[0], found, pair[1]

    def stating(self, predicates: Iterable[NamedNode]) -> Iterator[Quad]:
        """Yield the quads with these predicates."""
        return (quad for predicate in predicates for quad in self._quads.get(predicate, ()))

    @staticmethod
    def _matching(relation: Relation, subject: Term | None, value: Term | None) -> Iterable[Pair]:
        if subject is not None:
            values = relation.forward.get(subject, ())
            return [(subject, found) for found in values if value is None or found == value]
        if value is not None:
            return [(found, value) for found in relation.backward.get(value, ())]
        return relation.pairs


class Data:
    """What checks ask of the data: relations, instances of classes, and the triples about a node.

    ``reads`` collects what was asked for; whoever wants to know empties it first.
    """

    def __init__(self, source: Source) -> None:
        self.source: Final = source
        self.reads: set[Key] = set()
        self._relations: dict[NamedNode, Relation] = {}
        self._instances: dict[Term, Terms] = {}

    def relation(self, predicate: NamedNode) -> Relation:
        """Return all pairs of a predicate."""
        self.reads.add(predicate)
        return self._relation(predicate)

    def instances(self, class_: Term) -> Terms:
        """Return the SHACL instances of a class: nodes whose type is the class or, at any depth, a subclass of it."""
        self.reads.add(InstancesOf(class_))
        if class_ not in self._instances:
            typed = self._relation(RDF.type).backward
            subclasses = _closure(class_, self._relation(RDFS.subClassOf).backward)
            self._instances[class_] = {node for subclass in subclasses for node in typed.get(subclass, ())}
        return self._instances[class_]

    def touched_by(self, triples: Iterable[Quad]) -> set[Key]:
        """Return what a change of ``triples`` may change for those who read it."""
        touched: set[Key] = set()
        above = self._relation(RDFS.subClassOf).forward
        for triple in triples:
            if triple.predicate == RDFS.subClassOf:
                return {EVERYTHING}
            touched.add(triple.predicate)
            if triple.predicate == RDF.type and InstancesOf(triple.object) not in touched:
                touched.update(InstancesOf(class_) for class_ in _closure(triple.object, above))
        return touched

    def forget(self, keys: Iterable[Key]) -> None:
        """Look up again what is known of these the next time that somebody asks."""
        for key in keys:
            if isinstance(key, InstancesOf):
                self._instances.pop(key.class_, None)
            elif key is not None:
                self._relations.pop(key, None)

    def focus_nodes(self, targets: Iterable[Target]) -> Terms:
        """Return the nodes that targets select (https://www.w3.org/TR/shacl/#targets)."""
        return set().union(*(self._selected(kind, value) for kind, value in targets))

    def about(self, node: Term) -> Iterator[tuple[NamedNode, Term]]:
        """Yield predicate and object of the triples with this subject."""
        self.reads.add(EVERYTHING)
        return ((predicate, value) for _, predicate, value in self.source.triples(node, None, None))

    def _selected(self, kind: NamedNode, value: Term) -> Terms:
        if kind == SH.targetNode:
            return {value}
        if kind == SH.targetClass:
            return self.instances(value)
        if not isinstance(value, NamedNode):
            return set()
        relation = self.relation(value)
        return relation.objects if kind == SH.targetObjectsOf else relation.subjects

    def _relation(self, predicate: NamedNode) -> Relation:
        if predicate not in self._relations:
            self._relations[predicate] = self.source.relation(predicate)
        return self._relations[predicate]


def _closure(class_: Term, neighbours: Mapping[Term, list[Term]]) -> Terms:
    """Return a class and all that are reached from it over subclass axioms in one direction."""
    found, unvisited = {class_}, [class_]
    while unvisited:
        new = set(neighbours.get(unvisited.pop(), ())) - found
        found |= new
        unvisited += new
    return found


def _merged(quads: Collection[Quad]) -> Relation:
    subjects: list[Term] = list(map(_SUBJECT, quads))
    whole = Relation(subjects, list(map(_OBJECT, quads)))
    # Most properties have one value for each subject, and then nothing can be said twice.
    if len(whole.subjects) == len(subjects):
        return whole
    pairs = dict.fromkeys(whole.pairs)
    return Relation([subject for subject, _ in pairs], [value for _, value in pairs])


def _grouped(pairs: Iterable[Pair]) -> dict[Term, list[Term]]:
    groups: dict[Term, list[Term]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups
