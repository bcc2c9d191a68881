"""What a change touches: the actions, claims and participants for which the rules may derive something else."""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Store

from graph.effects.origins import stated
from graph.versions.delta import Delta
from ontology import iris
from ontology.rdf import AnyTerm
from ontology.terms import OPSC, RDF, SKOS

PROTOCOL: Final = iris.instrument("opsc")
GENERAL: Final = iris.thing("entry-into-force", "opsc")


@dataclass
class Touched:
    """The things that a change touches.

    ``actions`` include statements; they and ``claims`` may have gone. ``participants`` did something under the Protocol
    that is new or has changed. ``subjects`` are instruments about which a claim has changed, and ``counted`` tells
    whether the tallies, or claims about the Protocol as a whole, are to be derived anew.
    """

    actions: set[NamedNode] = field(default_factory=set)
    claims: set[NamedNode] = field(default_factory=set)
    participants: set[NamedNode] = field(default_factory=set)
    subjects: set[NamedNode] = field(default_factory=set)
    counted: bool = False

    def __bool__(self) -> bool:
        return bool(self.actions or self.claims or self.participants or self.subjects or self.counted)


def touched_by(dataset: Store, delta: Delta) -> Touched:
    """Return what ``delta``, which has been applied to ``dataset``, touches."""
    found = Touched()
    changed: dict[AnyTerm, list[Quad]] = {}
    for quad in (*delta.added, *delta.removed):
        changed.setdefault(quad.subject, []).append(quad)
    for subject, quads in changed.items():
        if isinstance(subject, NamedNode):
            _add_subject(found, dataset, subject, quads)
    return found


def _add_subject(found: Touched, dataset: Store, subject: NamedNode, changed: list[Quad]) -> None:
    quads = [*stated(dataset, subject), *changed]
    classes = {quad.object for quad in quads if quad.predicate == RDF.type}
    if OPSC.Claim in classes:
        found.claims.add(subject)
        for quad in quads:
            if quad.predicate == OPSC.about and isinstance(quad.object, NamedNode):
                _add_claimed(found, dataset, quad.object)
    if OPSC.Statement in classes:
        found.actions.add(subject)
        answered = (quad.object for quad in quads if quad.predicate == OPSC.inReplyTo)
        found.actions.update(node for node in answered if isinstance(node, NamedNode))
    if OPSC.ParticipationAction in classes:
        _add_action(found, subject, quads)
    _add_dependent(found, dataset, subject, classes, changed)


def _add_dependent(
    found: Touched, dataset: Store, subject: NamedNode, classes: Container[AnyTerm], changed: list[Quad]
) -> None:
    """Add what reads the kind of a source, the title of an instrument, or the name of a participant."""
    predicates = {quad.predicate for quad in changed}
    if OPSC.Source in classes and predicates & {OPSC.sourceKind, OPSC.sourceAsOf}:
        for claim in _subjects(dataset, OPSC.accordingTo, subject):
            for about in _objects(dataset, claim, OPSC.about):
                _add_claimed(found, dataset, about)
    if OPSC.Instrument in classes and predicates & {OPSC.shortTitle, OPSC.dateAdopted}:
        found.subjects.add(subject)
        found.actions.update(_acts(dataset, OPSC.instrument, subject))
    if OPSC.Participant in classes and any(map(english_label, changed)):
        found.actions.update(_acts(dataset, OPSC.participant, subject))


def _add_action(found: Touched, action: NamedNode, quads: Iterable[Quad]) -> None:
    found.actions.add(action)
    if any(quad.predicate == OPSC.instrument and quad.object == PROTOCOL for quad in quads):
        found.counted = True
        participants = (quad.object for quad in quads if quad.predicate == OPSC.participant)
        found.participants.update(node for node in participants if isinstance(node, NamedNode))


def _add_claimed(found: Touched, dataset: Store, about: NamedNode) -> None:
    """Add that about which a claim has changed: an action, an entry into force, or an instrument."""
    if about in (PROTOCOL, GENERAL):
        found.counted = True
    participants = set(_objects(dataset, about, OPSC.participant))
    if not participants:
        found.subjects.add(about)
    elif is_a(dataset, about, OPSC.ParticipationAction):
        found.actions.add(about)
    elif is_a(dataset, about, OPSC.EntryIntoForce):
        found.participants.update(participants)


def is_a(dataset: Store, thing: NamedNode, cls: NamedNode) -> bool:
    """Tell whether a thing is stated or derived to be of a class."""
    return Quad(thing, RDF.type, cls) in dataset


def is_of_the_protocol(dataset: Store, action: NamedNode) -> bool:
    """Tell whether an action or a derived fact is one under the Protocol."""
    return Quad(action, OPSC.instrument, PROTOCOL) in dataset


def protocol_actions(dataset: Store, participant: NamedNode | None = None) -> list[NamedNode]:
    """Return the actions under the Protocol, by default of all participants."""
    if participant is None:
        candidates = _subjects(dataset, OPSC.instrument, PROTOCOL)
        return [node for node in candidates if is_a(dataset, node, OPSC.ParticipationAction)]
    acts = _subjects(dataset, OPSC.participant, participant)
    return [
        node for node in acts if is_of_the_protocol(dataset, node) and is_a(dataset, node, OPSC.ParticipationAction)
    ]


def withdrawals_of(dataset: Store, statement: NamedNode) -> list[NamedNode]:
    """Return the statements that take a statement back."""
    answers = _subjects(dataset, OPSC.inReplyTo, statement)
    return [node for node in answers if is_a(dataset, node, OPSC.WithdrawalOfStatement)]


def claims_about(dataset: Store, about: NamedNode) -> list[NamedNode]:
    """Return the claims about a thing."""
    return [claim for claim in _subjects(dataset, OPSC.about, about) if is_a(dataset, claim, OPSC.Claim)]


def _acts(dataset: Store, predicate: NamedNode, value: NamedNode) -> Iterator[NamedNode]:
    for node in _subjects(dataset, predicate, value):
        if is_a(dataset, node, OPSC.ParticipationAction) or is_a(dataset, node, OPSC.Statement):
            yield node


def _subjects(dataset: Store, predicate: NamedNode, value: NamedNode) -> list[NamedNode]:
    found = dict.fromkeys(quad.subject for quad in dataset.quads_for_pattern(None, predicate, value))
    return [node for node in found if isinstance(node, NamedNode)]


def _objects(dataset: Store, subject: NamedNode, predicate: NamedNode) -> list[NamedNode]:
    found = dict.fromkeys(quad.object for quad in dataset.quads_for_pattern(subject, predicate, None))
    return [node for node in found if isinstance(node, NamedNode)]


def english_label(quad: Quad) -> bool:
    """Tell whether a quad is a label in English."""
    return quad.predicate == SKOS.prefLabel and isinstance(quad.object, Literal) and quad.object.language == "en"
