from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import Literal, Quad

from loaders.curated.law import terminology
from loaders.errors import InputError
from ontology import iris
from ontology.terms import DCTERMS, OPSC, RDF, SEMAPV, SKOS, SSSOM

Edit = Callable[[str, str, str], Path]


@pytest.fixture(scope="module")
def quads(tables: Path) -> list[Quad]:
    return list(terminology.load_terminology(tables))


def test_a_mapping_in_full(quads: list[Quad]) -> None:
    legal = iris.concept("legal-term", "child-prostitution")
    recommended = iris.concept("recommended-term", "exploitation-of-children-in-or-for-prostitution")
    record = iris.thing("mapping", "child-prostitution", recommended.value.rpartition("/")[2], "interpol-terminology")
    gist = "Avoid or use with caution; name the exploitation, so that no choice or blame is put on the child."
    assert {(quad.predicate, quad.object) for quad in quads if quad.subject == record} == {
        (RDF.type, OPSC.TermMapping),
        (RDF.type, SSSOM.Mapping),
        (SSSOM.subject_id, legal),
        (SSSOM.predicate_id, SKOS.closeMatch),
        (SSSOM.object_id, recommended),
        (SSSOM.mapping_justification, SEMAPV.ManualMappingCuration),
        (OPSC.gist, Literal(gist, language="en")),
        (DCTERMS.source, iris.source("interpol-terminology")),
    }
    assert Quad(legal, SKOS.closeMatch, recommended, iris.graph("terminology")) in quads


def test_two_sources_for_one_pair_of_terms_give_two_records(quads: list[Quad]) -> None:
    pair = (
        iris.concept("legal-term", "child-pornography"),
        iris.concept("recommended-term", "child-sexual-abuse-material"),
    )
    subjects = {quad.subject for quad in quads if quad.predicate == SSSOM.subject_id and quad.object == pair[0]}
    records = {quad.subject for quad in quads if quad.subject in subjects and quad.object == pair[1]}
    assert len(records) == 2


def test_the_words_of_the_treaty_stay_its_label(quads: list[Quad]) -> None:
    term = iris.concept("legal-term", "child-pornography")
    labels = {quad.object for quad in quads if quad.subject == term and quad.predicate == SKOS.prefLabel}
    assert labels == {Literal("child pornography", language="en")}
    assert not [quad for quad in quads if quad.predicate == SKOS.altLabel]
    definition = iris.thing("definition", "opsc", "child-pornography")
    assert Quad(term, SKOS.exactMatch, definition, iris.graph("terminology")) in quads


def test_every_term_is_mapped(quads: list[Quad]) -> None:
    terms = {quad.subject for quad in quads if quad.predicate == SKOS.inScheme}
    mapped = {quad.object for quad in quads if quad.predicate in (SSSOM.subject_id, SSSOM.object_id)}
    assert terms == mapped


@pytest.mark.parametrize(
    ("table", "old", "new", "reason"),
    [
        ("terminology.csv", "\nsextortion,", "\nsextorsion,", "is not the key of a legal term"),
        ("terminology.csv", ",sexual-extortion-of-children,close", ",sexual-extortion-of-children,near", "relation"),
        ("terms.csv", "\nlegal-term,sextortion,sextortion,", "\nlegal-term,sextortion,,", "is empty"),
        ("terms.csv", "\nlegal-term,sextortion,", "\nold-term,sextortion,", "is not a scheme of terms"),
        ("terms.csv", "opsc recital 4", "opsc fourth recital", "is not a reference to a provision"),
    ],
)
def test_a_bad_cell_is_reported_with_file_and_line(edited: Edit, table: str, old: str, new: str, reason: str) -> None:
    folder = edited(table, old, new)
    with pytest.raises(InputError, match=reason) as caught:
        list(terminology.load_terminology(folder))
    assert caught.value.file == str(folder / table)
    assert caught.value.line is not None
