"""The terms that the ontology declares, with the schemes of its controlled properties, and the nearest of them."""

import difflib
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from pyoxigraph import NamedNode, Quad

import ontology.documents
from ontology import iris
from ontology.terms import OPSC, SKOS

SCHEMES: Final = iris.scheme("").value
# The IRIs of documents that are no things of the graph.
_DOCUMENTS: Final = tuple(f"{iris.BASE}{path}" for path in ("shapes#", "dataset/"))
# Characters of a name that are compared, and how many names one object compares letter by letter.
_LONGEST_NAME: Final = 60
_MAX_COMPARED: Final = 100
_LAST: Final = "\N{REPLACEMENT CHARACTER}"
_ENTRANCES: Final = frozenset(f"{iris.BASE}{path}" for path in ("", "ns#", "shapes", "alignments", "sparql", "dataset"))


@dataclass(frozen=True)
class Declared:
    """The terms of the ontology: IRIs of classes and properties, of concepts and schemes, and of schemes with concepts.

    ``schemes_of`` are the schemes of a concept, ``values_from`` those from which a controlled property takes values.
    """

    terms: frozenset[str]
    concepts: frozenset[str]
    schemes: frozenset[str]
    schemes_of: dict[NamedNode, frozenset[NamedNode]]
    values_from: dict[NamedNode, frozenset[NamedNode]]


@cache
def declared() -> Declared:
    """Return the terms of the ontology that this software comes with."""
    quads = list(ontology.documents.quads())
    subjects = {quad.subject.value for quad in quads if isinstance(quad.subject, NamedNode)}
    schemes_of = _objects(quads, SKOS.inScheme)
    return Declared(
        frozenset(iri for iri in subjects if iri.startswith(OPSC.iri)),
        frozenset(iri for iri in subjects if iri.startswith(SCHEMES)),
        frozenset(scheme.value for schemes in schemes_of.values() for scheme in schemes),
        schemes_of,
        _objects(quads, OPSC.valuesFrom),
    )


def is_document(iri: str) -> bool:
    """Tell whether an IRI of ours is that of a document or address, which the graph need not describe."""
    return iri in _ENTRANCES or iri.startswith(_DOCUMENTS)


class Spellings:
    """Known IRIs, among which the nearest to a misspelt one is found."""

    def __init__(self, iris_: Iterable[str]) -> None:
        self._sorted: Final = sorted(iris_)
        self._lowered: Final = {iri.lower(): iri for iri in self._sorted}
        self._compared = 0

    def differing_in_case(self, iri: str) -> str | None:
        """Return the known IRI that ``iri`` equals but for capitals."""
        return self._lowered.get(iri.lower())

    def nearest(self, iri: str) -> str:
        """Return the known IRI that is spelt most like ``iri``, among those that share most of its path.

        After some hundred calls it is the neighbour in alphabetical order, so that no report takes long.
        """
        same = self.differing_in_case(iri)
        if same is not None:
            return same
        folder = iri
        while folder.startswith(iris.BASE) and folder != iris.BASE:
            folder = folder.rstrip("/#")
            folder = folder[: max(folder.rfind("/"), folder.rfind("#")) + 1]
            siblings = self._sorted[bisect_left(self._sorted, folder) : bisect_left(self._sorted, folder + _LAST)]
            if siblings:
                return self._most_alike(iri, siblings, len(folder))
        return iris.BASE

    def _most_alike(self, iri: str, siblings: list[str], start: int) -> str:
        """Return the sibling whose part after ``start`` characters is most like that of ``iri``."""
        self._compared += 1
        if self._compared > _MAX_COMPARED:
            return siblings[min(bisect_left(siblings, iri), len(siblings) - 1)]
        matcher = difflib.SequenceMatcher(autojunk=False)
        matcher.set_seq2(iri[start : start + _LONGEST_NAME].lower())

        def likeness(candidate: str) -> tuple[float, str]:
            matcher.set_seq1(candidate[start : start + _LONGEST_NAME].lower())
            return matcher.ratio(), candidate

        return max(siblings, key=likeness)


def scheme_of(iri: str) -> str:
    """Return the IRI of the scheme to which a concept belongs by its path."""
    return SCHEMES + iri.removeprefix(SCHEMES).partition("/")[0]


def _objects(quads: Iterable[Quad], predicate: NamedNode) -> dict[NamedNode, frozenset[NamedNode]]:
    found: dict[NamedNode, set[NamedNode]] = {}
    for quad in quads:
        if quad.predicate == predicate and isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
            found.setdefault(quad.subject, set()).add(quad.object)
    return {subject: frozenset(values) for subject, values in found.items()}
