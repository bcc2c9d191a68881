"""The extension functions of the engine, beyond those of SPARQL 1.1, for the service description."""

from typing import Final

from graph.sparql.dates import MONTHS_LATER
from ontology.terms import XSD

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
