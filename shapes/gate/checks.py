"""The checks of the gate on a change to the graph, whose results are those of the shapes in ``gate.ttl``."""

import re
import textwrap
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final, NamedTuple

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from ontology import iris
from ontology.rdf import Resource, Term
from ontology.terms import OPSC, RDF, SH, SHAPES, SKOS
from shapes import documents
from shapes.engine.property_paths import members
from shapes.gate.known import SCHEMES, Spellings, declared, is_document, scheme_of
from shapes.report import Result
from shapes.shapes_graph import ShapesGraph

PROVENANCE: Final = iris.graph("contributions")
_CLASS, _IN, _LENGTH, _PATTERN = (SH[f"{name}ConstraintComponent"] for name in ("Class", "In", "MaxLength", "Pattern"))
# Characters of a value that a message repeats.
_LONGEST_VALUE: Final = 200
_FORMER_BLANK_NODE: Final = re.compile(re.escape(iris.thing("contribution").value) + "/[0-9]+/[0-9]+")
_PLACEHOLDER: Final = re.compile(r"\{\?(\w+)\}")


@dataclass(frozen=True)
class ProposedChange:
    """Quads to add to ``store``, whose default graph is the merge of its named graphs, before they are added."""

    added: Collection[Quad]
    store: Store


@dataclass(frozen=True)
class _Fault:
    """What is wrong with an IRI: the shape and component of the result, and the nearest right IRI."""

    shape: NamedNode
    component: NamedNode
    nearest: str


@dataclass(frozen=True)
class Judgement:
    """The results of the gate, and the IRIs that are misspelt or that nothing describes."""

    results: tuple[Result, ...]
    misnamed: frozenset[NamedNode]

    def without_consequences(self, results: Iterable[Result]) -> Iterator[Result]:
        """Yield the results of shapes that say more than that one of these IRIs is wrong."""
        return (result for result in results if result.value not in self.misnamed)


def judge(change: ProposedChange) -> Judgement:
    """Return the judgement of the gate on a change; provenance, which the graph itself writes, is not judged."""
    stated = list(_statements(change.added))
    names = _Names(change.store, stated)
    found: list[Result] = []
    for triple in stated:
        misnamed = list(names.results(triple))
        # A concept that does not exist is in no scheme either: one result is enough.
        found += (*misnamed, *(() if misnamed else _values(triple)), *_length(triple))
    return Judgement(tuple(found), names.misnamed)


class _Statement(NamedTuple):
    """A triple of RDF 1.1."""

    subject: Resource
    predicate: NamedNode
    object: Term


def _statements(quads: Iterable[Quad]) -> Iterator[_Statement]:
    for triple in dict.fromkeys(quad.triple for quad in quads if quad.graph_name != PROVENANCE):
        if not isinstance(triple.subject, Triple) and not isinstance(triple.object, Triple):
            yield _Statement(triple.subject, triple.predicate, triple.object)


class _Names:
    """Judges the IRIs of triples that are added to ``store``, each IRI once."""

    def __init__(self, store: Store, added: Iterable[_Statement]) -> None:
        self._store = store
        self._described = {triple.subject for triple in added if triple.predicate == RDF.type}
        self._reported: set[Resource] = set()
        self._judged: dict[NamedNode, _Fault | None] = {}

    def results(self, triple: _Statement) -> Iterator[Result]:
        """Yield a result for each IRI that is misspelt, or that nothing describes."""
        value = triple.object
        judged = () if triple.subject in self._reported else (triple.subject,)
        self._reported.add(triple.subject)
        for term in dict.fromkeys((*judged, triple.predicate, value.datatype if isinstance(value, Literal) else value)):
            if not isinstance(term, NamedNode):
                continue
            if term not in self._judged:
                self._judged[term] = self._judge(term)
            fault = self._judged[term]
            if fault is not None:
                path, shown = (None, term) if term == triple.subject else (triple.predicate, value)
                named = {"value": term.value, "nearest": fault.nearest}
                yield _result(fault.shape, fault.component, triple.subject, path, shown, named)

    @property
    def misnamed(self) -> frozenset[NamedNode]:
        """The IRIs at fault in the triples seen so far."""
        return frozenset(term for term, fault in self._judged.items() if fault is not None)

    def _judge(self, term: NamedNode) -> _Fault | None:
        iri, known = term.value, declared()
        canonical = iris.canonical(iri)
        if canonical is None:
            return None
        if canonical != iri:
            return _Fault(SHAPES.CanonicalFormGate, _PATTERN, canonical)
        if iri.startswith(OPSC.iri) and iri != OPSC.iri:
            return None if iri in known.terms else _Fault(SHAPES.KnownTermGate, _IN, self._terms.nearest(iri))
        if iri in known.concepts or is_document(iri) or _FORMER_BLANK_NODE.fullmatch(iri) or self._is_in_store(term):
            return None
        return self._unknown(term)

    def _unknown(self, term: NamedNode) -> _Fault | None:
        """Judge an IRI below the base that the store does not describe."""
        iri = term.value
        if iri.startswith(SCHEMES) and (self._holds_release or scheme_of(iri) in declared().schemes):
            return _Fault(SHAPES.KnownConceptGate, _IN, self._concepts.nearest(iri))
        if not self._holds_release or (term in self._described and self._things.differing_in_case(iri) is None):
            return None
        return _Fault(SHAPES.ExistingThingGate, _IN, self._things.nearest(iri))

    def _is_in_store(self, term: NamedNode) -> bool:
        return next(self._store.quads_for_pattern(term, None, None, DefaultGraph()), None) is not None

    @cached_property
    def _holds_release(self) -> bool:
        """Whether the store holds a release, which describes itself: only then is everything known that exists."""
        return self._is_in_store(iris.DATASET)

    @cached_property
    def _terms(self) -> Spellings:
        return Spellings(declared().terms)

    @cached_property
    def _concepts(self) -> Spellings:
        typed = self._store.quads_for_pattern(None, RDF.type, SKOS.Concept, DefaultGraph())
        known = {quad.subject.value for quad in typed if isinstance(quad.subject, NamedNode)}
        return Spellings(declared().concepts | {iri for iri in known if iri.startswith(SCHEMES)})

    @cached_property
    def _things(self) -> Spellings:
        typed = self._store.quads_for_pattern(None, RDF.type, None, DefaultGraph())
        known = {quad.subject.value for quad in typed if isinstance(quad.subject, NamedNode)}
        return Spellings(iri for iri in known if iri.startswith(iris.BASE))


def _values(triple: _Statement) -> Iterator[Result]:
    """Yield a result for a value of a controlled property that is no concept of its schemes."""
    known = declared()
    schemes, value = known.values_from.get(triple.predicate), triple.object
    if schemes is None or (isinstance(value, NamedNode) and schemes & known.schemes_of.get(value, frozenset())):
        return
    given = value.value
    concepts = Spellings(concept.value for concept, found in known.schemes_of.items() if found & schemes)
    named = {
        "value": textwrap.shorten(given, _LONGEST_VALUE, placeholder="..."),
        "scheme": ", ".join(sorted(scheme.value for scheme in schemes)),
        "nearest": concepts.nearest(f"{min(scheme.value for scheme in schemes)}/{given.rpartition('/')[2]}"),
    }
    yield _result(SHAPES.ValuesFromGate, _CLASS, triple.subject, triple.predicate, value, named)


def _length(triple: _Statement) -> Iterator[Result]:
    """Yield a result for a text that is too long; the text itself is left out of it."""
    if not isinstance(triple.object, Literal):
        return
    length = len(triple.object.value)
    shape, limit = _limits().get(triple.predicate, (SHAPES.LengthGate, _max_length(SHAPES.LengthGate)))
    if length > limit:
        named = {"length": str(length), "limit": str(limit)}
        yield _result(shape, _LENGTH, triple.subject, triple.predicate, None, named)


@cache
def _shapes() -> ShapesGraph:
    return ShapesGraph(documents.gate())


@cache
def _limits() -> Mapping[NamedNode, tuple[NamedNode, int]]:
    """Return the shape that bounds the values of a property, and their greatest length."""
    shapes = _shapes()
    return {
        path: (shape, _max_length(shape))
        for shape in shapes.objects(SHAPES.LengthGate, SH.property)
        for alternatives in shapes.objects(shape, SH.path)
        for head in shapes.objects(alternatives, SH.alternativePath)
        for path in members(shapes, head)
        if isinstance(path, NamedNode) and isinstance(shape, NamedNode)
    }


@cache
def _max_length(shape: NamedNode) -> int:
    return next(int(limit.value) for limit in _shapes().objects(shape, SH.maxLength) if isinstance(limit, Literal))


@cache
def _messages(shape: NamedNode) -> tuple[Literal, ...]:
    return tuple(text for text in _shapes().objects(shape, SH.message) if isinstance(text, Literal))


def _result(
    shape: NamedNode,
    component: NamedNode,
    focus_node: Resource,
    path: NamedNode | None,
    value: Term | None,
    named: Mapping[str, str],
) -> Result:
    return Result(
        focus_node=focus_node,
        component=component,
        severity=SH.Violation,
        source_shape=shape,
        path=path,
        value=value,
        messages=tuple(
            Literal(_PLACEHOLDER.sub(lambda match: named[match[1]], message.value), language=message.language)
            for message in _messages(shape)
        ),
    )
