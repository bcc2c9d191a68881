import pytest

from loaders.curated.concepts import concept, concepts
from loaders.errors import InputError
from loaders.tables import Row
from ontology import iris


def row(text: str) -> Row:
    return Row("table.csv", 5, {"modality": text})


def test_a_name_gives_the_concept_of_its_scheme() -> None:
    assert concept(row("may"), "modality", "modality") == iris.concept("modality", "may")


def test_a_cell_lists_concepts_with_semicolons() -> None:
    assert concepts(row("shall; may"), "modality", "modality") == [
        iris.concept("modality", "shall"),
        iris.concept("modality", "may"),
    ]


def test_an_empty_cell_lists_none_but_is_no_single_concept() -> None:
    assert concepts(row(""), "modality", "modality") == []
    with pytest.raises(InputError):
        concept(row(""), "modality", "modality")


def test_an_unknown_name_is_reported_with_those_that_exist() -> None:
    expected = r"^table\.csv:5: .*'must' is not a concept of scheme/modality; use one of may, shall, "
    with pytest.raises(InputError, match=expected):
        concept(row("must"), "modality", "modality")
