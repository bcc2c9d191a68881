"""Claims: assertions of one source about one resource, in the graph of the source (``graph/source/{source}``)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from pyoxigraph import Literal, NamedNode, Quad

from loaders.curated.cells import date_literal, english_literal
from loaders.curated.descriptions import PredicateObject, describe
from ontology import iris
from ontology.terms import OPSC, RDF


@dataclass(frozen=True)
class Claim:
    """An assertion of ``source`` (its id) about the resource ``about``; its IRI is ``id/claim/{source}/{path...}``.

    ``kind`` and ``figure`` name concepts of ``scheme/claim-kind`` and ``scheme/figure``. ``as_of`` is the range
    of days, both inclusive, that the claim may refer to, and ``None`` when it is undated. ``at_least`` is a
    lower bound.
    """

    source: str
    path: tuple[str, ...]
    about: NamedNode
    kind: str
    figure: str = ""
    value: Literal | None = None
    at_least: Literal | None = None
    as_of: tuple[date, date] | None = None
    gist: str = ""
    provisions: tuple[NamedNode, ...] = ()

    @property
    def iri(self) -> NamedNode:
        """The IRI of the claim."""
        return iris.thing("claim", self.source, *self.path)

    def quads(self) -> Iterator[Quad]:
        """Yield the description of the claim."""
        graph = iris.graph(f"source/{self.source}")
        yield from describe(self.iri, self._properties(), graph)

    def _properties(self) -> Iterator[PredicateObject]:
        yield RDF.type, OPSC.Claim
        yield OPSC.about, self.about
        yield OPSC.claimKind, iris.concept("claim-kind", self.kind)
        yield OPSC.accordingTo, iris.source(self.source)
        if self.figure:
            yield OPSC.figure, iris.concept("figure", self.figure)
        if self.value is not None:
            yield OPSC.claimedValue, self.value
        if self.at_least is not None:
            yield OPSC.claimedAtLeast, self.at_least
        if self.as_of is not None:
            yield OPSC.asOfEarliest, date_literal(self.as_of[0])
            yield OPSC.asOfLatest, date_literal(self.as_of[1])
        if self.gist:
            yield OPSC.gist, english_literal(self.gist)
        for provision in self.provisions:
            yield OPSC.concernsProvision, provision
