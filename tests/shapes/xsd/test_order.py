"""The order of literals by the operators of SPARQL 1.1 and by XML Schema 1.1."""

import pytest
from pyoxigraph import Literal

from ontology.terms import XSD
from shapes.xsd.order import compare


def literal(text: str) -> Literal:
    value, _, name = text.partition("^^")
    language = name.removeprefix("@") if name.startswith("@") else None
    return Literal(value, language=language) if language else Literal(value, datatype=XSD[name or "string"])


LESS = [
    ("1^^integer", "2^^integer"),
    ("9^^integer", "10^^byte"),
    ("0.1^^decimal", "1^^integer"),
    ("-INF^^double", "INF^^float"),
    ("1^^integer", "1.5e0^^double"),
    ("a^^string", "b^^string"),
    ("A^^token", "a^^string"),
    ("false^^boolean", "1^^boolean"),
    ("2001-01-01^^date", "2001-01-02^^date"),
    ("-0044-03-15^^date", "2001-01-01^^date"),
    ("9999-12-31^^date", "10000-01-01^^date"),
    ("2001-01-01T00:00:00.1^^dateTime", "2001-01-01T00:00:00.11^^dateTime"),
    ("2001-01-01T12:00:00+05:00^^dateTime", "2001-01-01T12:00:00Z^^dateTimeStamp"),
    ("2001-01-01T00:00:00^^dateTime", "2001-01-01T14:00:01Z^^dateTime"),
    ("2001-01-01T00:00:00Z^^dateTime", "2001-01-01T14:00:01^^dateTime"),
    ("10:00:00^^time", "10:00:01^^time"),
    ("2001^^gYear", "2002^^gYear"),
    ("2001-01^^gYearMonth", "2001-02^^gYearMonth"),
    ("P1M^^duration", "P32D^^duration"),
    ("P11M^^yearMonthDuration", "P1Y^^duration"),
    ("PT0.25S^^dayTimeDuration", "PT0.5S^^dayTimeDuration"),
    ("-PT0.5S^^dayTimeDuration", "-PT0.25S^^dayTimeDuration"),
]
EQUAL = [
    ("01^^byte", "1.0^^decimal"),
    ("0.1^^decimal", "0.1^^double"),
    ("0.1^^decimal", "0.1^^float"),
    ("true^^boolean", "1^^boolean"),
    ("2001-01-01T24:00:00^^dateTime", "2001-01-02T00:00:00.0^^dateTime"),
    ("24:00:00^^time", "00:00:00^^time"),
    ("2001-01-01T12:00:00Z^^dateTime", "2001-01-01T14:00:00+02:00^^dateTimeStamp"),
    ("P12M^^duration", "P1Y^^yearMonthDuration"),
    ("-PT0.50S^^duration", "-PT0.5S^^dayTimeDuration"),
]
WITHOUT_ORDER = [
    ("NaN^^double", "NaN^^double"),
    ("NaN^^decimal", "0^^decimal"),
    ("NaN^^double", "0.0^^decimal"),
    ("2001-01-01^^date", "2001-01-01T00:00:00^^dateTime"),
    ("2001^^gYear", "2001-01-01^^date"),
    ("5^^integer", "2001-01-01T00:00:00Z^^dateTime"),
    ("2001-01-01T00:00:00^^dateTime", "2001-01-01T14:00:00Z^^dateTime"),
    ("2001-01-01^^date", "2001-01-01Z^^date"),
    ("2001-02-30^^date", "2001-02-30^^date"),
    ("P1M^^duration", "P30D^^duration"),
    ("a^^@en", "b^^@en"),
    ("a^^string", "1^^integer"),
    ("a^^anyURI", "b^^anyURI"),
    ("0a^^hexBinary", "0b^^hexBinary"),
]


@pytest.mark.parametrize(("first", "second"), LESS)
def test_one_is_less_than_the_other(first: str, second: str) -> None:
    assert compare(literal(first), literal(second)) == -1
    assert compare(literal(second), literal(first)) == 1


@pytest.mark.parametrize(("first", "second"), EQUAL)
def test_both_are_equal(first: str, second: str) -> None:
    assert compare(literal(first), literal(second)) == compare(literal(second), literal(first)) == 0


@pytest.mark.parametrize(("first", "second"), WITHOUT_ORDER)
def test_they_cannot_be_compared(first: str, second: str) -> None:
    assert compare(literal(first), literal(second)) is None
    assert compare(literal(second), literal(first)) is None


def test_long_numbers_end_nothing() -> None:
    long = "1" * 5_000
    assert compare(literal(f"{long}^^integer"), literal("1^^integer")) == 1
    assert compare(literal(f"{long}^^integer"), literal("1e0^^double")) == 1
    assert compare(literal(f"{long}^^gYear"), literal("2001^^gYear")) is None
