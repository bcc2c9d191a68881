from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from loaders.curated.participation import figures
from loaders.curated.participation.register import Register
from loaders.errors import InputError
from loaders.tables import Row
from ontology import iris
from ontology.terms import OPSC, XSD

DATA = Path(__file__).parents[4] / "graph" / "data"


@pytest.fixture(scope="module")
def quads() -> list[Quad]:
    return list(figures.load_published_figures(DATA))


def claimed(quads: list[Quad], source: str, figure: str, predicate: NamedNode = OPSC.claimedValue) -> list[object]:
    claim = iris.thing("claim", source, "figure", figure)
    return [q.object for q in quads if q.subject == claim and q.predicate == predicate]


def number(value: int) -> Literal:
    return Literal(str(value), datatype=XSD.integer)


@pytest.mark.parametrize(
    ("figure", "value"),
    [("parties", 173), ("signed-and-ratified", 121), ("accessions", 52), ("signed-only", 9), ("non-participants", 15)],
)
def test_the_fact_sheet_counts(quads: list[Quad], figure: str, value: int) -> None:
    assert claimed(quads, "document-000", figure) == [number(value)]
    assert claimed(quads, "document-000", figure, OPSC.asOfLatest) == []


def test_the_articles_date_adoption_and_entry_into_force(quads: list[Quad]) -> None:
    for source in ("document-001", "document-002"):
        assert claimed(quads, source, "adoption") == [Literal("2000-05-25", datatype=XSD.date)]
        assert claimed(quads, source, "entry-into-force") == [Literal("2002-01-18", datatype=XSD.date)]


def test_more_than_a_hundred_is_a_lower_bound(quads: list[Quad]) -> None:
    assert claimed(quads, "document-004", "parties") == []
    assert claimed(quads, "document-004", "parties", OPSC.claimedAtLeast) == [number(100)]


def test_a_count_of_a_month_may_be_of_any_of_its_days(quads: list[Quad]) -> None:
    assert claimed(quads, "document-002", "parties") == [number(177)]
    bounds = [claimed(quads, "document-002", "parties", bound) for bound in (OPSC.asOfEarliest, OPSC.asOfLatest)]
    assert bounds == [[Literal("2021-09-01", datatype=XSD.date)], [Literal("2021-09-30", datatype=XSD.date)]]


@pytest.mark.parametrize(("code", "day"), [("BGD", "2002-01-18"), ("BEN", "2005-02-28"), ("CHE", "2006-10-19")])
def test_published_entry_into_force(quads: list[Quad], code: str, day: str) -> None:
    about = iris.thing("entry-into-force", "opsc", code)
    found = {q.subject for q in quads if q.predicate == OPSC.about and q.object == about}
    published = {q.object for q in quads if q.subject in found and q.predicate == OPSC.claimedValue}
    assert published == {Literal(day, datatype=XSD.date)}


def test_a_figure_that_is_no_number_is_refused_with_its_line() -> None:
    cells = dict.fromkeys(figures.FIGURE_COLUMNS, "") | {"source": "a", "claim_kind": "count", "value": "many"}
    with pytest.raises(InputError, match=r"^published_figures\.csv:8: .*not a whole number"):
        list(figures.figure_quads([Row("published_figures.csv", 8, cells)], Register({"a": ""}, {})))
