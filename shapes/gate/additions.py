"""What a change may add to things that others have described: labels in further languages, mappings and links."""

import re
from collections.abc import Collection, Iterator
from functools import cached_property
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Store

from ontology import iris
from ontology.rdf import Resource
from ontology.terms import DCTERMS, FOAF, OPSC, RDF, RDFS, SKOS
from shapes.gate.statements import PROVENANCE, Statement

_LABELS: Final = (SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel, RDFS.label, DCTERMS["title"])
_LINKS: Final = frozenset(
    (SKOS.exactMatch, SKOS.closeMatch, SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch, RDFS.seeAlso, FOAF.page)
)
_DERIVED: Final = re.compile(re.escape(iris.graph("contribution/").value) + "[0-9]+/derived")


def may_be_addition(quad: Quad) -> bool:
    """Tell whether a quad states what may be added to the things of others: a label with a language, or a link."""
    if quad.predicate in _LABELS:
        return isinstance(quad.object, Literal) and bool(quad.object.language)
    return quad.predicate in _LINKS and isinstance(quad.object, NamedNode)


class Additions:
    """Judges triples that are added to ``store`` by the sender whom the provenance in ``added`` names.

    Whoever first gave a thing a type has described it; what the graph derives about it does not count.
    """

    def __init__(self, store: Store, added: Collection[Quad]) -> None:
        self._store = store
        self._added = added
        self._foreign: dict[Resource, bool] = {}

    def is_refused(self, statement: Statement) -> bool:
        """Tell whether a triple says more about a thing of others than the sender may add."""
        subject, predicate, value = statement
        quad = Quad(subject, predicate, value)
        if not self.is_foreign(subject) or quad in self._store:
            return False
        if not may_be_addition(quad):
            return True
        return isinstance(value, Literal) and _language(value) in self._languages(subject)

    def is_foreign(self, subject: Resource) -> bool:
        """Tell whether others have described a thing."""
        if subject not in self._foreign:
            self._foreign[subject] = any(self._of_others(subject, RDF.type))
        return self._foreign[subject]

    def _languages(self, subject: Resource) -> set[str]:
        labels = (quad.object for predicate in _LABELS for quad in self._of_others(subject, predicate))
        return {_language(label) for label in labels if isinstance(label, Literal)}

    def _of_others(self, subject: Resource, predicate: NamedNode) -> Iterator[Quad]:
        for quad in self._store.quads_for_pattern(subject, predicate, None):
            graph = quad.graph_name
            if not isinstance(graph, NamedNode) or graph in self._own_graphs or _DERIVED.fullmatch(graph.value):
                continue
            yield quad

    @cached_property
    def _own_graphs(self) -> frozenset[object]:
        """The graphs to which the sender has contributed before."""
        names = [quad for quad in self._added if quad.graph_name == PROVENANCE and quad.predicate == OPSC.contributedBy]
        earlier = (
            contribution.subject
            for name in names
            for contribution in self._store.quads_for_pattern(None, OPSC.contributedBy, name.object, PROVENANCE)
        )
        return frozenset(
            quad.object
            for contribution in earlier
            for quad in self._store.quads_for_pattern(contribution, OPSC.contributedGraph, None, PROVENANCE)
        )


def _language(label: Literal) -> str:
    return (label.language or "").partition("-")[0].lower()
