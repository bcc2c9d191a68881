"""The rules evaluated over a part of the graph: the actions under the Protocol, or what is known of some participants.

A rule sees only what it needs, so it takes milliseconds; it is the one that ``opsc build`` evaluates over the whole.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from graph.effects.origins import stated, triples
from graph.effects.touched import (
    GENERAL,
    PROTOCOL,
    Touched,
    claims_about,
    english_label,
    is_a,
    protocol_actions,
    withdrawals_of,
)
from graph.rules import derive
from graph.rules.derive import DERIVED
from ontology.rdf import AnyTerm
from ontology.terms import OPSC, RDF, RDFS, SKOS

Facts = dict[NamedNode, set[tuple[NamedNode, AnyTerm]]]
"""Predicates and objects by subject."""

_COUNTING: Final = ("tally", "tally-until", "tally-inputs", "entry-into-force-of-the-protocol")
_STATUS: Final = ("entry-into-force-for-a-party", "signed-only", "party", "in-force", "first-report-due")
_COMPARING: Final = (
    *("adopted-claim", "agreement-of-dates", "agreement-of-entry-into-force", "agreement-of-counts"),
    *("agreement-on-actions", "withdrawn-statement", "labels"),
)


def count(dataset: Store) -> Facts:
    """Return the tallies and the entry into force of the Protocol that follow from the actions in ``dataset``."""
    store = Store()
    store.bulk_extend(triples(quad for action in protocol_actions(dataset) for quad in stated(dataset, action)))
    return _evaluate(store, _COUNTING)


def follow(dataset: Store, touched: Touched, counted: Facts | None) -> tuple[Facts, set[NamedNode]]:
    """Return what follows for what is ``touched``, and the claims that were compared.

    ``counted`` is the result of :func:`count` when it has changed.
    """
    acts = {*touched.actions, *(act for one in touched.participants for act in protocol_actions(dataset, one))}
    acts.update(withdrawal for act in touched.actions for withdrawal in withdrawals_of(dataset, act))
    store = Store()
    store.bulk_extend(triples(quad for act in acts for quad in stated(dataset, act)))
    store.bulk_extend(_given(dataset, counted))
    facts = _evaluate(store, _STATUS)
    abouts = {*acts, *touched.subjects, *facts}
    abouts.update(force for one in touched.participants for force in forces(dataset, one))
    if counted is not None:
        abouts |= {PROTOCOL, GENERAL}
    claims = {claim for about in abouts for claim in claims_about(dataset, about)}
    store.bulk_extend(triples(quad for claim in claims for quad in stated(dataset, claim)))
    store.bulk_extend(_context(dataset, store, touched))
    for subject, found in _evaluate(store, _COMPARING).items():
        facts.setdefault(subject, set()).update(found)
    return facts, claims


def _evaluate(store: Store, names: Iterable[str]) -> Facts:
    """Add to ``store`` what the rules of these names derive, one after the other, and return it."""
    facts: Facts = {}
    for name in names:
        derived = derive.evaluate_rule(store, derive.project_rules()[name], DERIVED)
        store.bulk_extend(triples(derived))
        for quad in derived:
            if isinstance(quad.subject, NamedNode):
                facts.setdefault(quad.subject, set()).add((quad.predicate, quad.object))
    return facts


def _given(dataset: Store, counted: Facts | None) -> Iterator[Quad]:
    """Yield the tallies and the entry into force of the Protocol: those just counted, or the latter as it stands."""
    if counted is None:
        yield from triples(dataset.quads_for_pattern(GENERAL, None, None))
        return
    for subject, found in counted.items():
        yield from (Quad(subject, predicate, value) for predicate, value in found)


def forces(dataset: Store, participant: NamedNode) -> Iterator[NamedNode]:
    """Yield the derived entries into force for a participant."""
    for quad in dataset.quads_for_pattern(None, OPSC.participant, participant, DefaultGraph()):
        if isinstance(quad.subject, NamedNode) and is_a(dataset, quad.subject, OPSC.EntryIntoForce):
            yield quad.subject


def _context(dataset: Store, store: Store, touched: Touched) -> Iterator[Quad]:
    """Yield what the rules read of sources, participants, instruments and classes."""
    sources = _objects(store, OPSC.accordingTo)
    instruments = {*_objects(store, OPSC.instrument), *touched.subjects, PROTOCOL}
    for source in sources:
        yield from triples(dataset.quads_for_pattern(source, OPSC.sourceKind, None))
    for participant in _objects(store, OPSC.participant):
        labels = dataset.quads_for_pattern(participant, SKOS.prefLabel, None)
        yield from triples(quad for quad in labels if english_label(quad))
    for instrument in instruments:
        for predicate in (RDF.type, OPSC.shortTitle, OPSC.dateAdopted):
            yield from triples(dataset.quads_for_pattern(instrument, predicate, None))
    for cls in _objects(store, RDF.type):
        for predicate in (SKOS.prefLabel, RDFS.subClassOf):
            yield from triples(dataset.quads_for_pattern(cls, predicate, None))


def _objects(store: Store, predicate: NamedNode) -> set[NamedNode]:
    found = {quad.object for quad in store.quads_for_pattern(None, predicate, None)}
    return {node for node in found if isinstance(node, NamedNode)}
