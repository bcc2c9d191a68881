"""The judgement of the gate on a change to the graph, whose results are those of the shapes in ``gate.ttl``."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Quad, Store

from ontology.terms import RDF, SHAPES
from shapes.gate.additions import Additions
from shapes.gate.known import Spellings, declared
from shapes.gate.names import Names
from shapes.gate.results import CLASS, CLOSED, LENGTH, limit, violation
from shapes.gate.statements import Statement, statements
from shapes.report import Result


@dataclass(frozen=True)
class ProposedChange:
    """Quads to add to ``store``, whose default graph is the merge of its named graphs, before they are added."""

    added: Collection[Quad]
    store: Store


@dataclass(frozen=True)
class Judgement:
    """The results of the gate, and the IRIs that are misspelt or that nothing describes.

    ``extends`` tells whether the change adds to a thing of others, which is then what the gate has looked at.
    """

    results: tuple[Result, ...]
    misnamed: frozenset[NamedNode]
    extends: bool = False

    def without_consequences(self, results: Iterable[Result]) -> Iterator[Result]:
        """Yield the results of shapes that say more than that one of these IRIs is wrong."""
        return (result for result in results if result.value not in self.misnamed)


def judge(change: ProposedChange) -> Judgement:
    """Return the judgement of the gate on a change; provenance, which the graph itself writes, is not judged."""
    stated = list(statements(change.added))
    names, additions = Names(change.store, stated), Additions(change.store, change.added)
    found: list[Result] = []
    for triple in stated:
        misnamed = list(names.results(triple))
        # A concept that does not exist is in no scheme either: one result is enough.
        found += (*misnamed, *(() if misnamed else _values(triple)), *_length(triple))
        if additions.is_refused(triple):
            found.append(_addition(triple))
    extends = any(additions.is_foreign(triple.subject) for triple in stated)
    return Judgement(tuple(found), names.misnamed, extends)


def unseen(added: Iterable[Quad]) -> list[Result]:
    """Return the result for a file of which no shape looked at anything, at its first subject."""
    first = next(statements(added), None)
    return [] if first is None else [violation(SHAPES.UnseenGate, CLASS, first.subject, RDF.type, None, {})]


def _values(triple: Statement) -> Iterator[Result]:
    """Yield a result for a value of a controlled property that is no concept of its schemes."""
    known = declared()
    schemes, value = known.values_from.get(triple.predicate), triple.object
    if schemes is None or (isinstance(value, NamedNode) and schemes & known.schemes_of.get(value, frozenset())):
        return
    given = value.value
    concepts = Spellings(concept.value for concept, found in known.schemes_of.items() if found & schemes)
    named = {
        "value": given,
        "scheme": ", ".join(sorted(scheme.value for scheme in schemes)),
        "nearest": concepts.nearest(f"{min(scheme.value for scheme in schemes)}/{given.rpartition('/')[2]}"),
    }
    yield violation(SHAPES.ValuesFromGate, CLASS, triple.subject, triple.predicate, value, named)


def _length(triple: Statement) -> Iterator[Result]:
    """Yield a result for a text or IRI that is too long, which the result does not repeat."""
    if isinstance(triple.object, Literal | NamedNode):
        length, (shape, most) = len(triple.object.value), limit(triple.predicate)
        if length > most:
            named = {"length": str(length), "limit": str(most)}
            yield violation(shape, LENGTH, triple.subject, triple.predicate, None, named)


def _addition(triple: Statement) -> Result:
    """Return the result for a triple that says more about a thing of others than may be added."""
    named = {"thing": str(getattr(triple.subject, "value", "")), "value": triple.predicate.value}
    return violation(SHAPES.AdditionGate, CLOSED, triple.subject, triple.predicate, triple.object, named)
