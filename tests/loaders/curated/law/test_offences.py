from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from loaders.curated.law import offences
from loaders.errors import InputError
from ontology import iris
from ontology.terms import DCTERMS, OPSC, RDF, SKOS
from tests.loaders.curated.objects import object_set

Edit = Callable[[str, str, str], Path]
PRINCIPAL = (
    *("sale-sexual-exploitation", "sale-organ-transfer", "sale-forced-labour"),
    *("inducing-adoption-consent", "child-prostitution", "child-pornography"),
)


@pytest.fixture(scope="module")
def quads(tables: Path) -> list[Quad]:
    return list(offences.load_offences(tables))


def offence(key: str) -> NamedNode:
    return iris.thing("offence", "opsc", key)


def test_an_offence_in_full(quads: list[Quad]) -> None:
    subject = offence("sale-organ-transfer")
    gist = "Offering, handing over or accepting a child, by whatever means, so that its organs are passed on for gain."
    assert {(quad.predicate, quad.object) for quad in quads if quad.subject == subject} == {
        (RDF.type, OPSC.Offence),
        (SKOS.prefLabel, Literal("sale of a child for the transfer of organs for profit", language="en")),
        (OPSC.gist, Literal(gist, language="en")),
        (OPSC.conduct, iris.concept("conduct", "offering")),
        (OPSC.conduct, iris.concept("conduct", "delivering")),
        (OPSC.conduct, iris.concept("conduct", "accepting")),
        (OPSC.object, iris.concept("object", "child")),
        (OPSC.purpose, iris.concept("purpose", "organ-transfer-for-profit")),
        (OPSC.means, iris.concept("means", "any-means")),
        (OPSC.participationForm, iris.concept("participation-form", "commission")),
        (OPSC.establishedBy, iris.provision("opsc", "3(1)(a)(i)b")),
        (OPSC.usesDefinition, iris.thing("definition", "opsc", "sale-of-children")),
        (OPSC.carriesFurther, iris.provision("crc", "35")),
        (DCTERMS.source, iris.source("opsc-text")),
    }


@pytest.mark.parametrize(
    ("key", "articles"),
    [
        ("sale-sexual-exploitation", {"34", "35"}),
        ("inducing-adoption-consent", {"35"}),
        ("child-prostitution", {"34(b)"}),
        ("child-pornography", {"34(c)"}),
    ],
)
def test_each_offence_carries_a_point_of_the_convention_further(
    quads: list[Quad], key: str, articles: set[str]
) -> None:
    assert object_set(quads, offence(key), OPSC.carriesFurther) == {iris.provision("crc", one) for one in articles}


@pytest.mark.parametrize("form", ["attempt", "complicity", "participation"])
def test_article_3_2_adds_a_form_to_every_principal_offence(quads: list[Quad], form: str) -> None:
    assert object_set(quads, offence(form), OPSC.accessoryTo) == {offence(key) for key in PRINCIPAL}
    assert object_set(quads, offence(form), OPSC.participationForm) == {iris.concept("participation-form", form)}
    assert object_set(quads, offence(form), OPSC.establishedBy) == {iris.provision("opsc", "3(2)")}


def test_possession_counts_for_a_purpose_only(quads: list[Quad]) -> None:
    subject = offence("child-pornography")
    assert object_set(quads, subject, OPSC.purpose) == {iris.concept("purpose", "distribution")}
    assert object_set(quads, subject, OPSC.note) == {
        Literal("The purpose is an element of possession only.", language="en")
    }


def test_a_definition_is_taken_apart(quads: list[Quad]) -> None:
    subject = iris.thing("definition", "opsc", "child-pornography")
    assert object_set(quads, subject, RDF.type) == {OPSC.Definition, SKOS.Concept}
    assert object_set(quads, subject, OPSC.definedIn) == {iris.provision("opsc", "2(c)")}
    assert object_set(quads, subject, OPSC.act) == {iris.concept("element", "representation")}
    assert object_set(quads, subject, OPSC.purpose) == {iris.concept("purpose", "primarily-sexual-purposes")}
    assert object_set(quads, subject, OPSC.counterpart) == set()


@pytest.mark.parametrize(
    ("table", "old", "new", "reason"),
    [
        ("offences.csv", "offering; obtaining; procuring; providing", "lending", "is not a concept of scheme/conduct"),
        ("offences.csv", "34(b)", "34.b", "is not a reference to a provision"),
        ("offences.csv", "3(1)(b),child-prostitution", "3(1)(b),child-labour", "unknown key 'child-labour'"),
        ("definitions.csv", "use-in-sexual-activities", "use", "is not a concept of scheme/element"),
        ("definitions.csv", ",2(c),", ",article 2(c),", "is not a reference to a provision"),
    ],
)
def test_a_bad_cell_is_reported_with_file_and_line(edited: Edit, table: str, old: str, new: str, reason: str) -> None:
    folder = edited(table, old, new)
    with pytest.raises(InputError, match=reason) as caught:
        list(offences.load_offences(folder))
    assert caught.value.file == str(folder / table)
    assert caught.value.line is not None
