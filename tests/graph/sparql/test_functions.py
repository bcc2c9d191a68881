"""Months later: the day of the same number, or the last day of a shorter month."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Store

from graph.sparql import functions


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        ("2001-10-18", 3, "2002-01-18"),
        ("2005-01-31", 1, "2005-02-28"),
        ("2004-01-31", 1, "2004-02-29"),
        ("2004-02-29", 24, "2006-02-28"),
        ("2021-12-31", 2, "2022-02-28"),
    ],
)
def test_months_later(day: str, months: int, later: str) -> None:
    assert functions.months_later(datetime.date.fromisoformat(day), months).isoformat() == later


@given(st.dates(max_value=datetime.date(9000, 1, 1)), st.integers(min_value=0, max_value=600))
def test_the_month_is_always_that_many_months_on(day: datetime.date, months: int) -> None:
    later = functions.months_later(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == day.day or (later.day < day.day and (later + datetime.timedelta(days=1)).day == 1)


@pytest.mark.parametrize("arguments", ['"soon", 1', '"2001-10-18"^^xsd:date, "one"', '"2001-10-18"^^xsd:date'])
def test_in_a_query_what_is_no_date_and_number_stays_unbound(arguments: str) -> None:
    query = f"""PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
      SELECT (<{functions.MONTHS_LATER.value}>({arguments}) AS ?later) WHERE {{}}"""
    rows = Store().query(query, custom_functions=dict(functions.FUNCTIONS))
    assert [row["later"] for row in rows] == [None]
