from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from loaders.curated.law import coverage
from loaders.errors import InputError
from ontology import iris
from ontology.terms import DCTERMS, OPSC, RDF, SSSOM

Edit = Callable[[str, str, str], Path]


@pytest.fixture(scope="module")
def quads(tables: Path) -> list[Quad]:
    return list(coverage.load_coverage(tables))


def outcome(quads: list[Quad], conduct: str, instrument: str) -> set[object]:
    subject = iris.thing("assessment", conduct, instrument)
    return {quad.object for quad in quads if quad.subject == subject and quad.predicate == OPSC.coverage}


def test_every_conduct_is_assessed_for_every_instrument(quads: list[Quad]) -> None:
    subjects = {quad.subject for quad in quads if quad.object == OPSC.Assessment}
    conducts = {quad.object for quad in quads if quad.predicate == OPSC.comparedConduct}
    instruments = {quad.object for quad in quads if quad.predicate == OPSC.instrument}
    assert (len(conducts), len(instruments), len(subjects)) == (23, 10, 230)


def test_the_outcomes_are_counted(quads: list[Quad]) -> None:
    outcomes = Counter(
        quad.object.value.rpartition("/")[2]
        for quad in quads
        if quad.predicate == OPSC.coverage and isinstance(quad.object, NamedNode)
    )
    assert outcomes == {"not-covered": 102, "covered": 48, "partly": 44, "not-assessed": 36}


def test_an_assessment_in_full(quads: list[Quad]) -> None:
    subject = iris.thing("assessment", "mere-possession", "lanzarote")
    assert {(quad.predicate, quad.object) for quad in quads if quad.subject == subject} == {
        (RDF.type, OPSC.Assessment),
        (OPSC.comparedConduct, iris.concept("compared-conduct", "mere-possession")),
        (OPSC.instrument, iris.instrument("lanzarote")),
        (OPSC.coverage, iris.concept("coverage", "covered")),
        (OPSC.concernsProvision, iris.provision("lanzarote", "20(1)(e)")),
        (OPSC.gist, Literal("No purpose required; limited reservation under 20(3).", language="en")),
        (DCTERMS.source, iris.source("cets-201-text")),
    }


def test_a_gap_without_a_provision_says_that_no_term_was_found(quads: list[Quad]) -> None:
    gap = iris.thing("assessment", "online-grooming", "opsc")
    assert Quad(gap, OPSC.match, SSSOM.NoTermFound, iris.graph("coverage")) in quads


def test_not_assessed_is_never_a_gap(quads: list[Quad]) -> None:
    open_questions = {quad.subject for quad in quads if quad.object == iris.concept("coverage", "not-assessed")}
    assert not [quad for quad in quads if quad.subject in open_questions and quad.predicate == OPSC.match]


def test_a_rule_of_a_parent_convention_counts_with_its_own_provision(quads: list[Quad]) -> None:
    subject = iris.thing("assessment", "legal-persons", "palermo-trafficking")
    rule = iris.provision("untoc", "10")
    assert Quad(subject, OPSC.concernsProvision, rule, iris.graph("coverage")) in quads


@pytest.mark.parametrize("conduct", ["digitally-generated-material", "live-online-abuse"])
def test_what_the_fact_sheet_calls_a_gap_may_be_covered_in_part(quads: list[Quad], conduct: str) -> None:
    assert outcome(quads, conduct, "opsc") == {iris.concept("coverage", "partly")}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("\ntrafficking,opsc,partly,", "\ntrafficking,opsc,somewhat,", "is not a concept of scheme/coverage"),
        ("\ntrafficking,opsc,", "\nsmuggling,opsc,", "is not a concept of scheme/compared-conduct"),
        ("\ntrafficking,opsc,", "\ntrafficking,opcs,", "is not the key of an instrument"),
        ("\ntrafficking,opsc,", "\ntrafficking,crc,", "already has a row for crc"),
        (
            "\ntrafficking,opsc,partly,opsc 3(1)(a),",
            "\ntrafficking,opsc,partly,3(1)(a),",
            "is not a citation of a provision",
        ),
    ],
)
def test_a_bad_cell_is_reported_with_file_and_line(edited: Edit, old: str, new: str, reason: str) -> None:
    folder = edited("coverage.csv", old, new)
    with pytest.raises(InputError, match=reason) as caught:
        list(coverage.load_coverage(folder))
    assert caught.value.file == str(folder / "coverage.csv")
    assert caught.value.line is not None
