"""Extension functions: those of the engine beyond SPARQL 1.1, and calendar arithmetic for rules and queries.

SPARQL 1.1 has none, and the engine's own ``xsd:date + xsd:duration`` is not reliable (see ``docs/decisions.md``).
"""

import calendar
import datetime
from collections.abc import Callable, Mapping
from typing import Final

from pyoxigraph import Literal, NamedNode

from ontology.rdf import AnyTerm
from ontology.terms import XSD

MONTHS_LATER: Final = NamedNode("https://w3id.org/opsc/function/calendar#monthsLater")


def months_later(day: datetime.date, months: int) -> datetime.date:
    """Return the same day of the month ``months`` later, or the last day of that month if it is shorter.

    >>> months_later(datetime.date(2005, 1, 31), 1)
    datetime.date(2005, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return datetime.date(year, month + 1, min(day.day, last))


def _months_later(*terms: AnyTerm) -> AnyTerm | None:
    """``calendar:monthsLater(?date, ?months)``: unbound if the terms are not a date and an integer."""
    if len(terms) != 2 or not all(isinstance(term, Literal) for term in terms):  # noqa: PLR2004
        return None
    day, months = (term.value for term in terms if isinstance(term, Literal))
    try:
        later = months_later(datetime.date.fromisoformat(day), int(months))
    except (OverflowError, ValueError):
        return None
    return Literal(later.isoformat(), datatype=XSD.date)


FUNCTIONS: Final[Mapping[NamedNode, Callable[..., AnyTerm | None]]] = {MONTHS_LATER: _months_later}

_CASTS: Final = (
    *("date", "time", "duration", "dayTimeDuration", "yearMonthDuration"),
    *("gYear", "gYearMonth", "gMonthDay", "gMonth", "gDay"),
)
_GEOSPARQL: Final = "http://www.opengis.net/def/function/geosparql/"
_GEOMETRY: Final = (
    *("distance", "convexHull", "intersection", "union", "difference", "symDifference", "envelope", "getSRID"),
    *("relate", "area", "length", "centroid", "asGeoJSON", "coordinateDimension", "dimension", "isEmpty", "isSimple"),
    *("sfEquals", "sfDisjoint", "sfIntersects", "sfTouches", "sfCrosses", "sfWithin", "sfContains", "sfOverlaps"),
    *("ehEquals", "ehDisjoint", "ehMeet", "ehOverlap", "ehCovers", "ehCoveredBy", "ehInside", "ehContains"),
    *("rcc8eq", "rcc8dc", "rcc8ec", "rcc8po", "rcc8tppi", "rcc8tpp", "rcc8ntpp", "rcc8ntppi"),
)

EXTENSIONS: Final = (
    *(f"{XSD.iri}{name}" for name in _CASTS),
    *(f"{_GEOSPARQL}{name}" for name in _GEOMETRY),
    MONTHS_LATER.value,
)
"""IRIs: casts to further datatypes of XML Schema, functions of GeoSPARQL, and date arithmetic by calendar months."""
