from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import Literal, Quad

from loaders.curated.law import guidelines
from loaders.errors import InputError
from ontology import iris
from ontology.terms import DCTERMS, ELI, OPSC, SKOS
from tests.loaders.curated.objects import object_set

Edit = Callable[[str, str, str], Path]


@pytest.fixture(scope="module")
def quads(tables: Path) -> list[Quad]:
    return list(guidelines.load_guidelines(tables))


def test_the_guidelines_have_ten_sections(quads: list[Quad]) -> None:
    assert len(object_set(quads, iris.instrument("crc-c-156"), ELI.has_part)) == 10


def test_a_section_known_by_its_heading_says_so(quads: list[Quad]) -> None:
    section = iris.provision("crc-c-156", "section IV.B")
    assert section.value == f"{iris.BASE}eli/crc-c-156/sec_IV/subsec_B"
    label = "OPSC Guidelines section IV.B: prevention in travel and tourism"
    assert object_set(quads, section, SKOS.prefLabel) == {Literal(label, language="en")}
    gist = "Heading only, text not seen: prevention in travel and tourism."
    assert object_set(quads, section, OPSC.gist) == {Literal(gist, language="en")}
    assert object_set(quads, section, ELI.is_part_of) == {iris.provision("crc-c-156", "section IV")}
    assert object_set(quads, section, OPSC.concernsConduct) == {iris.concept("compared-conduct", "travel-tourism")}
    assert object_set(quads, section, DCTERMS.source) == {iris.source("crc-c-156-contents")}


def test_paragraph_81_of_the_general_comment_names_four_kinds_of_online_abuse(quads: list[Quad]) -> None:
    names = ("online-grooming", "live-online-abuse", "sexual-extortion", "self-generated-images")
    addressed = object_set(quads, iris.provision("crc-gc-25", "paragraph 81"), OPSC.concernsConduct)
    assert addressed == {iris.concept("compared-conduct", name) for name in names}


def test_paragraphs_of_the_draft_are_no_part_of_the_adopted_text(quads: list[Quad]) -> None:
    paragraph = iris.provision("crc-c-156-draft-0", "paragraph 62")
    assert object_set(quads, paragraph, OPSC.provisionOf) == {iris.instrument("crc-c-156-draft-0")}


def test_all_of_it_stands_in_the_graph_of_guidelines(quads: list[Quad]) -> None:
    assert {quad.graph_name for quad in quads} == {iris.graph("guidelines")}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("crc-gc-25,paragraph 70", "crc-gc-25,para 70", "is not a reference to a provision"),
        ("crc-c-156,section VI,", "crc-c-156,section XI.A,", "has no row; add one"),
        ("sale-of-children; trafficking", "sale of goods", "is not a concept of scheme/compared-conduct"),
    ],
)
def test_a_bad_cell_is_reported_with_file_and_line(edited: Edit, old: str, new: str, reason: str) -> None:
    folder = edited("guidelines.csv", old, new)
    with pytest.raises(InputError, match=reason) as caught:
        list(guidelines.load_guidelines(folder))
    assert caught.value.file == str(folder / "guidelines.csv")
    assert caught.value.line is not None
