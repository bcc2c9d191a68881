import pytest

from loaders.curated.citations import cited_provisions, cited_provisions_of
from loaders.errors import InputError
from loaders.tables import Row
from ontology import iris


def row(text: str) -> Row:
    return Row("table.csv", 5, {"provisions": text})


def test_citations_name_instrument_and_provision() -> None:
    cited = cited_provisions(row("opsc recital 6; crc 34(a); crc-c-156 section IV.B"), "provisions")
    assert cited == [
        iris.provision("opsc", "recital 6"),
        iris.provision("crc", "34(a)"),
        iris.provision("crc-c-156", "section IV.B"),
    ]


def test_an_empty_cell_cites_nothing() -> None:
    assert cited_provisions(row(""), "provisions") == []


def test_provisions_of_one_instrument_go_without_its_key() -> None:
    assert cited_provisions_of(row("3(1)(a); 3(2)"), "provisions", "opsc") == [
        iris.provision("opsc", "3(1)(a)"),
        iris.provision("opsc", "3(2)"),
    ]


@pytest.mark.parametrize("text", ["opsc", "opsc art. 3", "opsc 3(1)(a)-(c)", "opsc 3(1); crc"])
def test_what_is_no_citation_is_reported_with_file_and_line(text: str) -> None:
    with pytest.raises(InputError, match=r"^table\.csv:5: column 'provisions'"):
        cited_provisions(row(text), "provisions")
