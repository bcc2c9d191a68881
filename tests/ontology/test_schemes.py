"""The concepts that the rest of the project counts on."""

import pytest
from pyoxigraph import Literal, NamedNode, Store

from ontology.iris import BASE, concept, provision, scheme
from ontology.terms import OPSC, RDF, SKOS

COMPARED_CONDUCT = [
    "sale-sexual-exploitation",
    "sale-organ-transfer",
    "sale-forced-labour",
    "inducing-adoption-consent",
    "child-prostitution",
    "client-conduct",
    "producing-material",
    "distributing-material",
    "importing-exporting-material",
    "offering-selling-material",
    "possessing-to-distribute",
    "mere-possession",
    "accessing-viewing",
    "digitally-generated-material",
    "online-grooming",
    "sexual-extortion",
    "live-online-abuse",
    "attempt",
    "complicity-participation",
    "legal-persons",
    "advertising",
    "trafficking",
    "travel-tourism",
]
SCHEMES = [
    "subdivision",
    "theme",
    "conduct",
    "object",
    "purpose",
    "means",
    "element",
    "participation-form",
    "modality",
    "bearer",
    "date-precision",
    "status",
    "agreement",
    "claim-kind",
    "figure",
    "coverage",
    "role",
    "source-kind",
    "source-value",
    "statement-effect",
    "un-status",
    "region",
    "principle",
    "compared-conduct",
    "opsc-definitions",
    "legal-term",
    "recommended-term",
]


def concepts(store: Store, name: str) -> set[str]:
    prefix = f"{BASE}scheme/{name}/"
    members = store.quads_for_pattern(None, SKOS.inScheme, scheme(name))
    return {quad.subject.value.removeprefix(prefix) for quad in members if isinstance(quad.subject, NamedNode)}


def literals(store: Store, subject: NamedNode, predicate: NamedNode) -> list[Literal]:
    values = [quad.object for quad in store.quads_for_pattern(subject, predicate, None)]
    return [value for value in values if isinstance(value, Literal)]


@pytest.mark.parametrize("name", SCHEMES)
def test_scheme_is_declared(store: Store, name: str) -> None:
    assert any(store.quads_for_pattern(scheme(name), RDF.type, SKOS.ConceptScheme))


def test_no_scheme_is_declared_that_nobody_asked_for(store: Store) -> None:
    declared = {str(quad.subject) for quad in store.quads_for_pattern(None, RDF.type, SKOS.ConceptScheme)}
    assert declared == {str(scheme(name)) for name in SCHEMES}


@pytest.mark.parametrize("name", SCHEMES)
def test_concepts_stand_below_the_iri_of_their_scheme(store: Store, name: str) -> None:
    assert [slug for slug in concepts(store, name) if slug.startswith("http")] == []


def test_compared_conduct_is_in_the_order_of_the_coverage_table(store: Store) -> None:
    places = {slug: literals(store, concept("compared-conduct", slug), OPSC.ordinal) for slug in COMPARED_CONDUCT}
    assert [place.value for ordinals in places.values() for place in ordinals] == [str(n + 1) for n in range(23)]


def test_subjects_of_guidance_that_are_not_compared_have_no_place_in_that_order(store: Store) -> None:
    further = concepts(store, "compared-conduct") - set(COMPARED_CONDUCT)
    assert {"self-generated-images", "reporting-abuse", "digital-environment"} <= further
    assert [slug for slug in further if literals(store, concept("compared-conduct", slug), OPSC.ordinal)] == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("date-precision", {"day", "month", "year", "bracket"}),
        ("status", {"signed-only", "party", "in-force"}),
        ("coverage", {"covered", "partly", "not-covered", "not-assessed"}),
        ("un-status", {"member", "observer", "non-member"}),
        ("modality", {"shall", "shall-where-appropriate", "shall-subject-to-national-law", "may"}),
        ("participation-form", {"commission", "attempt", "complicity", "participation"}),
        ("source-value", {"day", "year", "entry-into-force", "listing"}),
    ],
)
def test_closed_schemes_have_exactly_their_concepts(store: Store, name: str, expected: set[str]) -> None:
    assert concepts(store, name) == expected


@pytest.mark.parametrize(
    ("slug", "references"),
    [
        ("best-interests", ["8(3)"]),
        ("non-discrimination", ["9(4)"]),
        ("participation-of-the-child", ["8(1)(c)", "9(2)"]),
    ],
)
def test_principles_say_where_the_protocol_expresses_them(store: Store, slug: str, references: list[str]) -> None:
    provisions = {quad.object for quad in store.quads_for_pattern(concept("principle", slug), OPSC.expressedIn, None)}
    assert provisions == {provision("opsc", reference) for reference in references}


def test_regions_carry_their_m49_code_and_their_parent(store: Store) -> None:
    western_africa = concept("region", "011")
    assert [notation.value for notation in literals(store, western_africa, SKOS.notation)] == ["011"]
    parents = [quad.object for quad in store.quads_for_pattern(western_africa, SKOS.broader, None)]
    assert parents == [concept("region", "202")]


def test_treaty_s_own_term_has_a_label_in_each_authentic_language(store: Store) -> None:
    labels = literals(store, concept("object", "child-pornography"), SKOS.prefLabel)
    assert {label.language for label in labels} == {"ar", "en", "es", "fr", "ru", "zh"}
