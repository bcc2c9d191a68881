from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from loaders.curated.law import obligations
from loaders.errors import InputError
from ontology import iris
from ontology.terms import DCTERMS, OPSC, RDF, SKOS

Edit = Callable[[str, str, str], Path]
THEMES = (
    *("criminalisation-and-penalties", "jurisdiction", "extradition", "mutual-assistance", "seizure-and-confiscation"),
    *("protection-of-child-victims", "prevention-and-awareness", "international-cooperation", "reporting"),
)


@pytest.fixture(scope="module")
def quads(tables: Path) -> list[Quad]:
    return list(obligations.load_obligations(tables))


def test_an_obligation_in_full(quads: list[Quad]) -> None:
    subject = iris.thing("obligation", "opsc", "first-report")
    gist = "Report to the Committee in full on what was done to carry out the Protocol."
    condition = "Due two years after the Protocol enters into force for that party."
    assert {(quad.predicate, quad.object) for quad in quads if quad.subject == subject} == {
        (RDF.type, OPSC.Obligation),
        (SKOS.prefLabel, Literal("first report", language="en")),
        (OPSC.gist, Literal(gist, language="en")),
        (OPSC.statedIn, iris.provision("opsc", "12(1)")),
        (OPSC.bearer, iris.concept("bearer", "state-party")),
        (OPSC.modality, iris.concept("modality", "shall")),
        (OPSC.theme, iris.concept("theme", "reporting")),
        (OPSC.condition, Literal(condition, language="en")),
        (DCTERMS.source, iris.source("opsc-text")),
    }


@pytest.mark.parametrize("theme", THEMES)
def test_each_of_the_nine_subjects_of_the_protocol_has_obligations(quads: list[Quad], theme: str) -> None:
    assert [quad for quad in quads if quad.predicate == OPSC.theme and quad.object == iris.concept("theme", theme)]


def test_articles_1_3_and_4_to_10_and_12_state_obligations_and_article_11_none(quads: list[Quad]) -> None:
    stated = {
        quad.object.value for quad in quads if quad.predicate == OPSC.statedIn and isinstance(quad.object, NamedNode)
    }
    articles = {int(iri.removeprefix(f"{iris.BASE}eli/opsc/art_").partition("/")[0]) for iri in stated}
    assert articles == {1, 3, 4, 5, 6, 7, 8, 9, 10, 12}


@pytest.mark.parametrize("provision", ["4(2)(a)", "4(2)(b)", "5(2)", "12(3)"])
def test_what_the_protocol_leaves_open_is_a_permission(quads: list[Quad], provision: str) -> None:
    (subject,) = {quad.subject for quad in quads if quad.object == iris.provision("opsc", provision)}
    assert Quad(subject, OPSC.modality, iris.concept("modality", "may"), iris.graph("obligations")) in quads


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("request-information,12(3),committee,may", "request-information,12(3),committee,might", "scheme/modality"),
        ("request-information,12(3),committee", "request-information,12(3),everyone", "scheme/bearer"),
        ("request-information,12(3)", "request-information,12.3", "is not a reference to a provision"),
        (",requests for more information,", ",,", "column 'label', value '': is empty"),
    ],
)
def test_a_bad_cell_is_reported_with_file_and_line(edited: Edit, old: str, new: str, reason: str) -> None:
    folder = edited("obligations.csv", old, new)
    with pytest.raises(InputError, match=reason) as caught:
        list(obligations.load_obligations(folder))
    assert (caught.value.file, caught.value.line) == (str(folder / "obligations.csv"), 56)
