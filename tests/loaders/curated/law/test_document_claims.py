from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from loaders.curated.law import document_claims
from loaders.errors import InputError
from ontology import iris
from ontology.terms import OPSC, RDF, XSD

Edit = Callable[[str, str, str], Path]
LEFT_OUT = (
    *("accessing-viewing", "mere-possession", "digitally-generated-material"),
    *("online-grooming", "sexual-extortion", "live-online-abuse"),
)


@pytest.fixture(scope="module")
def quads(tables: Path) -> list[Quad]:
    return list(document_claims.load_document_claims(tables))


def kind(name: str) -> NamedNode:
    return iris.concept("claim-kind", name)


def claims(quads: Iterable[Quad], source: str, name: str) -> set[NamedNode]:
    graph = iris.graph(f"source/{source}")
    found = [quad.subject for quad in quads if quad.graph_name == graph and quad.object == kind(name)]
    return {claim for claim in found if isinstance(claim, NamedNode)}


def test_a_claim_in_full(quads: list[Quad]) -> None:
    claim = iris.thing("claim", "document-000", "12")
    gist = "Asks for measures that safeguard child victims from the first to the last stage of criminal proceedings."
    assert {(quad.predicate, quad.object) for quad in quads if quad.subject == claim} == {
        (RDF.type, OPSC.Claim),
        (OPSC.about, iris.instrument("opsc")),
        (OPSC.claimKind, kind("strength")),
        (OPSC.accordingTo, iris.source("document-000")),
        (OPSC.gist, Literal(gist, language="en")),
        (OPSC.concernsProvision, iris.provision("opsc", "8")),
        (OPSC.concernsProvision, iris.provision("opsc", "8(1)")),
        (OPSC.theme, iris.concept("theme", "protection-of-child-victims")),
    }
    assert {quad.graph_name for quad in quads if quad.subject == claim} == {iris.graph("source/document-000")}


def test_the_fact_sheet_states_four_strengths_and_six_weaknesses_by_conduct(quads: list[Quad]) -> None:
    assert len(claims(quads, "document-000", "strength")) == 4
    weaknesses = claims(quads, "document-000", "weakness")
    conducts = {quad.object for quad in quads if quad.subject in weaknesses and quad.predicate == OPSC.concernsConduct}
    assert conducts == {iris.concept("compared-conduct", name) for name in LEFT_OUT}


@pytest.mark.parametrize("document", [f"document-00{n}" for n in range(5)])
def test_each_of_the_five_documents_makes_claims(quads: list[Quad], document: str) -> None:
    assert claims(quads, document, "description")


def test_the_three_principles_are_claimed_by_the_unicef_page(quads: list[Quad]) -> None:
    principles = claims(quads, "document-004", "principle")
    about = {quad.object for quad in quads if quad.subject in principles and quad.predicate == OPSC.about}
    names = ("best-interests", "non-discrimination", "participation-of-the-child")
    assert about == {iris.concept("principle", name) for name in names}


def test_the_estimate_of_the_unicef_page_is_a_number(quads: list[Quad]) -> None:
    graph = iris.graph("source/document-004")
    values = {quad.object for quad in quads if quad.graph_name == graph and quad.predicate == OPSC.claimedValue}
    assert values == {Literal("1000000", datatype=XSD.integer)}


def test_the_year_that_the_library_gives_for_the_guidelines_is_a_year(quads: list[Quad]) -> None:
    (claim,) = claims(quads, "document-003", "date")
    figure = Quad(claim, OPSC.figure, iris.concept("figure", "publication"), iris.graph("source/document-003"))
    year = Literal("2021", datatype=XSD.gYear)
    assert figure in quads
    assert [quad.object for quad in quads if quad.subject == claim and quad.predicate == OPSC.claimedValue] == [year]


def test_guidance_of_the_library_record_is_about_the_guidelines(quads: list[Quad]) -> None:
    recommendations = claims(quads, "document-003", "recommendation")
    about = {quad.object for quad in quads if quad.subject in recommendations and quad.predicate == OPSC.about}
    assert about == {iris.instrument("crc-c-156")}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("\ndocument-000,2,", "\ndocument-000,1,", "is the number of two claims of document-000"),
        ("\ndocument-000,2,description,", "\ndocument-000,2,opinion,", "is not a concept of scheme/claim-kind"),
        ("\ndocument-000,2,", "\ndocument-999,2,", "unknown source 'document-999'"),
        ("\ndocument-000,2,", "\n,2,", "does not name exactly one source"),
        (
            "\ndocument-000,2,description,eli/opsc,",
            "\ndocument-000,2,description,OPSC,",
            "is not an IRI path of the graph",
        ),
        ("A treaty separate from the Convention on the Rights of the Child.", "", "is empty"),
        (",,1000000", ",,one million", "is not a whole number"),
    ],
)
def test_a_bad_cell_is_reported_with_file_and_line(edited: Edit, old: str, new: str, reason: str) -> None:
    folder = edited("document_claims.csv", old, new)
    with pytest.raises(InputError, match=reason) as caught:
        list(document_claims.load_document_claims(folder))
    assert caught.value.file == str(folder / "document_claims.csv")
    assert caught.value.line is not None
