from datetime import date

import pytest
from pyoxigraph import Literal, NamedNode

from loaders.curated import cells
from loaders.errors import InputError
from loaders.tables import Row
from ontology.terms import XSD


def row(value: str) -> Row:
    return Row("table.csv", 7, {"cell": value})


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2004-05-06", date(2004, 5, 6), date(2004, 5, 6)),
        ("2004-02", date(2004, 2, 1), date(2004, 2, 29)),
        ("2004", date(2004, 1, 1), date(2004, 12, 31)),
    ],
)
def test_a_date_covers_its_days_inclusively(text: str, first: date, last: date) -> None:
    assert cells.date_range(row(text), "cell") == (first, last)


@pytest.mark.parametrize(
    ("text", "datatype"), [("2004-05-06", XSD.date), ("2004-05", XSD.gYearMonth), ("2004", XSD.gYear)]
)
def test_a_date_keeps_its_precision(text: str, datatype: NamedNode) -> None:
    assert cells.partial_date(row(text), "cell") == Literal(text, datatype=datatype)


@pytest.mark.parametrize("text", ["6 May 2004", "2004-5-6", "20040506", "2004-13", "2003-02-29", "0000"])
def test_what_is_no_date_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(InputError, match=r"^table\.csv:7: column 'cell'"):
        cells.date_range(row(text), "cell")


def test_a_year_is_not_a_day() -> None:
    with pytest.raises(InputError, match="is not a full date"):
        cells.full_date(row("2004"), "cell")


def test_a_word_is_not_a_number() -> None:
    with pytest.raises(InputError, match="is not a whole number"):
        cells.integer(row("more than 100"), "cell")


def test_an_empty_cell_gives_nothing() -> None:
    empty = row("")
    assert cells.cell_values(empty, "cell") == []
    assert cells.date_range(empty, "cell") is None
    assert cells.partial_date(empty, "cell") is None
    assert cells.integer(empty, "cell") is None


def test_a_list_is_split_at_semicolons() -> None:
    assert cells.cell_values(row("3(1)(a)(ii); 3(5);"), "cell") == ["3(1)(a)(ii)", "3(5)"]


def test_an_address_is_an_iri_and_an_empty_cell_none() -> None:
    assert cells.web_page(row("https://treaties.un.org/"), "cell") == NamedNode("https://treaties.un.org/")
    assert cells.web_page(row(""), "cell") is None


def test_what_is_no_address_is_refused_with_its_line() -> None:
    with pytest.raises(InputError, match=r"^table\.csv:7: column 'cell'.*https://"):
        cells.web_page(row("treaties.un.org"), "cell")
