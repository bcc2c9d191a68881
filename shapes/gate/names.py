"""The IRIs of a change: of terms, concepts and things that exist, in their right form."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from pyoxigraph import DefaultGraph, Literal, NamedNode, Store

from ontology import iris
from ontology.rdf import Resource
from ontology.terms import OPSC, RDF, SHAPES, SKOS
from shapes.gate.known import SCHEMES, Spellings, declared, is_document, scheme_of
from shapes.gate.results import IN, PATTERN, violation
from shapes.gate.statements import Statement
from shapes.report import Result

_FORMER_BLANK_NODE: Final = re.compile(re.escape(iris.thing("contribution").value) + "/[0-9]+/[0-9]+")


@dataclass(frozen=True)
class _Fault:
    """What is wrong with an IRI: the shape and component of the result, and the nearest right IRI."""

    shape: NamedNode
    component: NamedNode
    nearest: str


class Names:
    """Judges the IRIs of triples that are added to ``store``, each IRI once."""

    def __init__(self, store: Store, added: Iterable[Statement]) -> None:
        self._store = store
        self._described = {triple.subject for triple in added if triple.predicate == RDF.type}
        self._reported: set[Resource] = set()
        self._judged: dict[NamedNode, _Fault | None] = {}

    def results(self, triple: Statement) -> Iterator[Result]:
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
                yield violation(fault.shape, fault.component, triple.subject, path, shown, named)

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
            return _Fault(SHAPES.CanonicalFormGate, PATTERN, canonical)
        if iri.startswith(OPSC.iri) and iri != OPSC.iri:
            return None if iri in known.terms else _Fault(SHAPES.KnownTermGate, IN, self._terms.nearest(iri))
        if iri in known.concepts or is_document(iri) or _FORMER_BLANK_NODE.fullmatch(iri) or self._is_in_store(term):
            return None
        return self._unknown(term)

    def _unknown(self, term: NamedNode) -> _Fault | None:
        """Judge an IRI below the base that the store does not describe."""
        iri = term.value
        if iri.startswith(SCHEMES) and (self._holds_release or scheme_of(iri) in declared().schemes):
            return _Fault(SHAPES.KnownConceptGate, IN, self._concepts.nearest(iri))
        if not self._holds_release or (term in self._described and self._things.differing_in_case(iri) is None):
            return None
        return _Fault(SHAPES.ExistingThingGate, IN, self._things.nearest(iri))

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
