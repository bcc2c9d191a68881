"""What the tables on participation name must exist: terms, concepts, sources, participants."""

from itertools import chain
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from loaders.curated import sources
from loaders.curated.participation import actions, figures, participants, statements, territories
from ontology.iris import BASE
from ontology.terms import OPSC

ROOT = Path(__file__).parents[3]
LOADERS = (
    participants.load_participants,
    actions.load_participation,
    statements.load_statements,
    territories.load_territories,
    figures.load_published_figures,
    sources.load_sources,
)


@pytest.fixture(scope="module")
def quads() -> list[Quad]:
    return list(chain.from_iterable(load(ROOT / "graph" / "data") for load in LOADERS))


@pytest.fixture(scope="module")
def named(quads: list[Quad]) -> set[str]:
    terms = chain.from_iterable((q.predicate, q.object) for q in quads)
    return {term.value for term in terms if isinstance(term, NamedNode)}


def declared(*files: Path) -> set[str]:
    return {
        quad.subject.value
        for file in files
        for quad in parse(path=file, format=RdfFormat.TURTLE)
        if isinstance(quad.subject, NamedNode)
    }


def test_every_term_is_declared_in_the_ontology(named: set[str]) -> None:
    used = {iri for iri in named if iri.startswith(OPSC.iri)}
    assert used - declared(ROOT / "ontology" / "opsc.ttl") == set()


def test_every_concept_is_in_a_scheme(named: set[str]) -> None:
    used = {iri for iri in named if iri.startswith(f"{BASE}scheme/")}
    assert used - declared(*sorted((ROOT / "ontology" / "schemes").glob("*.ttl"))) == set()


@pytest.mark.parametrize("kind", ["source", "state", "territory", "participant"])
def test_every_source_and_participant_is_described(quads: list[Quad], named: set[str], kind: str) -> None:
    used = {iri for iri in named if iri.startswith(f"{BASE}id/{kind}/")}
    assert used - {quad.subject.value for quad in quads} == set()
