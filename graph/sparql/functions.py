"""Extension functions: those of the engine beyond SPARQL 1.1, and calendar arithmetic for rules and queries.

SPARQL 1.1 has none, and the engine's own ``xsd:date + xsd:duration`` is not reliable (see ``docs/decisions.md``).
"""

import calendar
import datetime
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, QueryBoolean, QuerySolutions, QueryTriples, Store

from ontology.iris import BASE
from ontology.rdf import AnyTerm
from ontology.terms import XSD

_UNSUPPORTED: Final = re.compile(r"custom function <([^>]*)> is not supported")
# Namespaces of functions that the engine or this project define.
_DEFINED: Final = (XSD.iri, "http://www.w3.org/2005/xpath-functions", "http://www.opengis.net/def/", BASE)
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


def _no_value(*_: AnyTerm) -> None:
    """Give no value: the error of an expression that calls an undefined function (SPARQL 1.1 Query, section 17.3)."""


def unsupported(message: str) -> str | None:
    """Return the IRI of the function that an error of the engine says it does not support."""
    found = _UNSUPPORTED.search(message)
    return found[1] if found else None


def _undefined(message: str) -> NamedNode | None:
    """Return the function of :func:`unsupported`, unless its namespace has functions here and the name is misspelt."""
    name = unsupported(message)
    return None if name is None or name.startswith(_DEFINED) else NamedNode(name)


def query(store: Store, text: str, options: Mapping[str, Any]) -> QuerySolutions | QueryBoolean | QueryTriples:
    """Return what the engine returns for a query, with functions that nobody defines as errors of the expression.

    ``options`` are those of ``Store.query``, with ``custom_functions``. Raises ``RuntimeError`` for a function in a
    namespace whose functions are known, since its name is misspelt.
    """
    known = dict(options["custom_functions"])
    while True:
        try:
            return store.query(text, **{**options, "custom_functions": known})
        except RuntimeError as error:
            undefined = _undefined(str(error))
            if undefined is None or undefined in known:
                raise
            known[undefined] = _no_value


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
