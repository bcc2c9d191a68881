"""Queries that each select offenders against a rule for the ontology; see ``hygiene/*.rq`` for the rules."""

from pathlib import Path

import pytest
from pyoxigraph import NamedNode, QuerySolutions, RdfFormat, Store

HYGIENE = Path(__file__).parent / "hygiene"
RULES = sorted(path.stem for path in HYGIENE.glob("*.rq"))
PLANTED = "planted"


def offenders(store: Store, rule: str) -> list[str]:
    solutions = store.query((HYGIENE / f"{rule}.rq").read_text(encoding="utf-8"))
    assert isinstance(solutions, QuerySolutions)
    terms = [solution["term"] for solution in solutions]
    return sorted(term.value for term in terms if isinstance(term, NamedNode))


@pytest.mark.parametrize("rule", RULES)
def test_ontology_has_no_offender(store: Store, rule: str) -> None:
    assert offenders(store, rule) == []


@pytest.mark.parametrize("rule", RULES)
def test_rule_finds_the_defect_planted_for_it_and_nothing_else(store: Store, rule: str) -> None:
    store.load(path=HYGIENE / "planted" / f"{rule}.ttl", format=RdfFormat.TURTLE)
    assert [iri.rpartition("/")[2].rpartition("#")[2].lower() for iri in offenders(store, rule)] == [PLANTED]


def test_every_rule_has_its_planted_defect() -> None:
    assert sorted(path.stem for path in (HYGIENE / "planted").glob("*.ttl")) == RULES
