from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from loaders.curated.law import provisions
from loaders.errors import InputError
from loaders.tables import Row
from ontology import iris
from ontology.terms import DCTERMS, ELI, OPSC, RDF, SKOS, XSD
from tests.loaders.curated.objects import object_set

Edit = Callable[[str, str, str], Path]
TITLES = {"opsc": "OPSC", "crc": "CRC"}


@pytest.fixture(scope="module")
def quads(tables: Path) -> list[Quad]:
    return list(provisions.load_provisions(tables))


def integer(number: int) -> Literal:
    return Literal(str(number), datatype=XSD.integer)


def test_every_unit_of_the_protocol_has_a_row(quads: list[Quad]) -> None:
    types = {
        quad.subject: quad.object
        for quad in quads
        if quad.predicate == OPSC.subdivisionType and isinstance(quad.subject, NamedNode)
    }
    own = [kind for subject, kind in types.items() if subject.value.startswith(f"{iris.BASE}eli/opsc/")]
    counts = {name: own.count(iris.concept("subdivision", name)) for name in ("recital", "article", "paragraph")}
    assert counts == {"recital": 12, "article": 17, "paragraph": 45}
    counts = {name: own.count(iris.concept("subdivision", name)) for name in ("point", "sub-point", "item")}
    assert counts == {"point": 20, "sub-point": 4, "item": 3}


def test_an_item_in_full(quads: list[Quad]) -> None:
    item = iris.provision("opsc", "3(1)(a)(i)b")
    assert item.value == f"{iris.BASE}eli/opsc/art_3/par_1/pnt_a/sub_i/itm_b"
    assert {(quad.predicate, quad.object) for quad in quads if quad.subject == item} == {
        (RDF.type, OPSC.Provision),
        (RDF.type, ELI.LegalResourceSubdivision),
        (OPSC.provisionOf, iris.instrument("opsc")),
        (ELI.is_part_of, iris.provision("opsc", "3(1)(a)(i)")),
        (ELI.number, Literal("3(1)(a)(i)b")),
        (OPSC.subdivisionType, iris.concept("subdivision", "item")),
        (SKOS.prefLabel, Literal("OPSC article 3(1)(a)(i)b", language="en")),
        (OPSC.gist, Literal("Second aim: transfer of the child's organs for profit.", language="en")),
        (OPSC.ordinal, integer(2)),
        (OPSC.theme, iris.concept("theme", "criminalisation-and-penalties")),
        (DCTERMS.source, iris.source("opsc-text")),
    }


def test_an_article_is_part_of_the_instrument_which_has_it_as_a_part(quads: list[Quad]) -> None:
    protocol, article = iris.instrument("opsc"), iris.provision("opsc", "14")
    assert Quad(article, ELI.is_part_of, protocol, iris.graph("provisions")) in quads
    assert Quad(protocol, ELI.has_part, article, iris.graph("provisions")) in quads


def test_where_all_parts_are_listed_they_are_numbered_without_gaps(quads: list[Quad]) -> None:
    complete = {quad.subject for quad in quads if quad.predicate == OPSC.allPartsListed}
    for whole in (*complete, iris.instrument("opsc")):
        assert isinstance(whole, NamedNode)
        by_type: dict[object, list[int]] = {}
        for part in object_set(quads, whole, ELI.has_part):
            assert isinstance(part, NamedNode)
            (kind,) = object_set(quads, part, OPSC.subdivisionType)
            (ordinal,) = object_set(quads, part, OPSC.ordinal)
            assert isinstance(ordinal, Literal)
            by_type.setdefault(kind, []).append(int(ordinal.value))
        for numbers in by_type.values():
            assert sorted(numbers) == list(range(1, len(numbers) + 1)), whole.value


def test_recital_1_cites_the_articles_of_the_convention_that_it_names(quads: list[Quad]) -> None:
    cited = object_set(quads, iris.provision("opsc", "recital 1"), ELI.cites)
    assert cited == {iris.provision("crc", article) for article in ("1", "11", "21", "32", "33", "34", "35", "36")}


def test_an_internal_reference_is_no_citation(quads: list[Quad]) -> None:
    paragraph = iris.provision("opsc", "4(1)")
    assert object_set(quads, paragraph, ELI.cites) == set()
    assert object_set(quads, paragraph, OPSC.refersTo) == {iris.provision("opsc", "3(1)")}


def test_a_reference_that_names_nothing_is_kept_as_a_note(quads: list[Quad]) -> None:
    paragraph = iris.provision("opsc", "5(1)")
    note = Literal("Reference to extradition treaties between parties, none named.", language="en")
    assert object_set(quads, paragraph, OPSC.note) == {note}


def test_a_reference_to_a_body_points_at_the_body(quads: list[Quad]) -> None:
    committee = iris.thing("body", "committee-on-the-rights-of-the-child")
    assert committee in object_set(quads, iris.provision("opsc", "12(3)"), OPSC.refersTo)


def test_a_subject_completes_the_name_of_a_provision() -> None:
    row = Row("guidelines.csv", 2, {"instrument": "opsc", "provision": "section IV.B", "subject": "tourism"})
    assert provisions.label(row, TITLES) == "OPSC section IV.B: tourism"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("\nopsc,3(4),", "\nopsc,3 (4),", "is not a reference to a provision"),
        ("\nopsc,8(1),", "\nopsc,8(9),", "has no row; add one"),
        ("\nopsc,8(3),", "\nopsc,8(2),", "has a row already"),
        ("\nopsc,17(2),", "\nopcs,17(2),", "is not the key of an instrument"),
        ("\nopsc,17(2),2,", "\nopsc,17(2),second,", "is not a whole number"),
        ("\nopsc,14,14,yes,final-clauses,", "\nopsc,14,14,yes,last-clauses,", "is not a concept of scheme/theme"),
        ("\nopsc,14,14,yes,", "\nopsc,14,14,all,", "is neither empty nor yes"),
        ("Entry into force of the Protocol and for each party.", "", "is empty; write it in your own words"),
    ],
)
def test_a_bad_cell_is_reported_with_file_and_line(edited: Edit, old: str, new: str, reason: str) -> None:
    folder = edited("provisions.csv", old, new)
    with pytest.raises(InputError, match=reason) as caught:
        list(provisions.load_provisions(folder))
    assert caught.value.file == str(folder / "provisions.csv")
    assert caught.value.line is not None


def test_the_line_of_an_error_is_the_line_of_the_row(edited: Edit) -> None:
    with pytest.raises(InputError) as caught:
        list(provisions.load_provisions(edited("provisions.csv", "\nopsc,recital 3,3,", "\nopsc,recital 3,third,")))
    assert caught.value.line == 4


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("\n16(2),internal,", "\n16(2),domestic,", "is not a nature of reference"),
        ("\n16(2),internal,opsc,", "\n16(2),internal,opcs,", "is not the key of an instrument"),
        ('"extradition treaties between parties, none named"', "", "say what the provision refers to"),
    ],
)
def test_a_bad_cross_reference_is_reported(edited: Edit, old: str, new: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        list(provisions.load_provisions(edited("cross_references.csv", old, new)))
