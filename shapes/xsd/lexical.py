"""The lexical spaces of the datatypes that RDF 1.1 recognizes.

https://www.w3.org/TR/rdf11-concepts/#xsd-datatypes, https://www.w3.org/TR/xmlschema11-2/#built-in-datatypes.
Surrounding white space belongs to no lexical space. Each expression decides in linear time.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final
from xml.parsers import expat

from pyoxigraph import NamedNode

from ontology.terms import RDF, XSD

_DECIMAL: Final = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_YEAR: Final = r"(?P<year>-?(?:[1-9][0-9]{3,}|0[0-9]{3}))"
_MONTH: Final = "(?P<month>0[1-9]|1[0-2])"
_DAY: Final = "(?P<day>0[1-9]|[12][0-9]|3[01])"
_TIME: Final = (
    r"(?:(?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9]):(?P<second>[0-5][0-9])(?:\.(?P<fraction>[0-9]+))?"
    r"|(?P<midnight>24:00:00(?:\.0+)?))"
)
_STAMP: Final = "(?P<zone>Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_ZONE: Final = f"{_STAMP}?"
_YEARS_MONTHS: Final = "(?:(?P<years>[0-9]+)Y)?(?:(?P<months>[0-9]+)M)?"
_DAYS_TIME: Final = (
    "(?:(?P<days>[0-9]+)D)?"
    r"(?:T(?=[0-9])(?:(?P<hours>[0-9]+)H)?(?:(?P<minutes>[0-9]+)M)?(?:(?P<seconds>[0-9]+)(?:\.(?P<fraction>[0-9]+))?S)?)?"
)
_START: Final = (
    r"A-Z_a-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C\u200D\u2070-\u218F\u2C00-\u2FEF"
    r"\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
)
_FURTHER: Final = rf"{_START}\-.0-9\u00B7\u0300-\u036F\u203F\u2040"
_CHARACTERS: Final = r"[^\x00\uFFFE\uFFFF]*"

_PATTERNS: Final = {
    "string": _CHARACTERS,
    "anyURI": _CHARACTERS,
    "normalizedString": r"[^\x00\t\n\r\uFFFE\uFFFF]*",
    "token": r"(?:[^\x00\t\n\r \uFFFE\uFFFF]+(?: [^\x00\t\n\r \uFFFE\uFFFF]+)*)?",
    "language": "[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*",
    "Name": f"[:{_START}][:{_FURTHER}]*",
    "NCName": f"[{_START}][{_FURTHER}]*",
    "NMTOKEN": f"[:{_FURTHER}]+",
    "boolean": "true|false|1|0",
    "decimal": _DECIMAL,
    **dict.fromkeys(("double", "float"), f"{_DECIMAL}(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN"),
    "date": f"{_YEAR}-{_MONTH}-{_DAY}{_ZONE}",
    "dateTime": f"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}{_ZONE}",
    "dateTimeStamp": f"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}{_STAMP}",
    "time": f"{_TIME}{_ZONE}",
    "gYear": f"{_YEAR}{_ZONE}",
    "gYearMonth": f"{_YEAR}-{_MONTH}{_ZONE}",
    "gMonth": f"--{_MONTH}{_ZONE}",
    "gMonthDay": f"--{_MONTH}-{_DAY}{_ZONE}",
    "gDay": f"---{_DAY}{_ZONE}",
    "duration": f"(?P<sign>-)?P(?=[0-9T]){_YEARS_MONTHS}{_DAYS_TIME}",
    "yearMonthDuration": f"(?P<sign>-)?P(?=[0-9]){_YEARS_MONTHS}",
    "dayTimeDuration": f"(?P<sign>-)?P(?=[0-9T]){_DAYS_TIME}",
    "hexBinary": "(?:[0-9a-fA-F]{2})*",
}
_BASE64: Final = re.compile("(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=|[A-Za-z0-9+/][AQgw]==)?")
_INTEGER: Final = re.compile("(?P<sign>[+-]?)0*(?P<digits>[0-9]*)")
_INTEGER_RANGES: Final[dict[str, tuple[int | None, int | None]]] = {
    "integer": (None, None),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    **{name: (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for name, bits in (("long", 64), ("int", 32))},
    **{name: (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for name, bits in (("short", 16), ("byte", 8))},
    **{name: (0, 2**bits - 1) for name, bits in (("unsignedLong", 64), ("unsignedInt", 32))},
    **{name: (0, 2**bits - 1) for name, bits in (("unsignedShort", 16), ("unsignedByte", 8))},
}
# Python refuses to convert longer texts to numbers; no bound has as many digits.
_MOST_DIGITS: Final = 30
_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FEBRUARY: Final = 2

FORMS: Final = {XSD[name]: re.compile(pattern) for name, pattern in _PATTERNS.items()}
INTEGERS: Final = frozenset(XSD[name] for name in _INTEGER_RANGES)


@lru_cache(maxsize=100_000)
def is_well_typed(text: str, datatype: NamedNode) -> bool:
    """Tell whether a text is in the lexical space of a datatype; of an unknown datatype every text is."""
    form = FORMS.get(datatype)
    if form is not None:
        match = form.fullmatch(text)
        return match is not None and _has_its_parts(match)
    check = _FURTHER_CHECKS.get(datatype)
    return check is None or check(text)


def days_in(year: int, month: int) -> int:
    """Return the number of days of a month in the proleptic Gregorian calendar."""
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == _FEBRUARY and is_leap else _DAYS[month - 1]


def _has_its_parts(match: re.Match[str]) -> bool:
    parts = match.groupdict()
    if parts.get("day") and parts.get("month"):
        # Whether a year is a leap year depends on its last four digits; a day without a year may be 29 February.
        year = int(parts["year"][-4:]) if parts.get("year") else 4
        return int(parts["day"]) <= days_in(year, int(parts["month"]))
    return True


def _is_integer(least: int | None, most: int | None) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        match = _INTEGER.fullmatch(text)
        if match is None or text in ("", "+", "-"):
            return False
        digits = match["digits"]
        if len(digits) > _MOST_DIGITS:
            return (least if match["sign"] == "-" else most) is None
        value = int(f"{match['sign']}{digits or 0}")
        return (least is None or value >= least) and (most is None or value <= most)

    return check


def _is_base64(text: str) -> bool:
    if text.startswith(" ") or text.endswith(" ") or "  " in text:
        return False
    return _BASE64.fullmatch(text.replace(" ", "")) is not None


def _is_xml_content(text: str) -> bool:
    try:
        expat.ParserCreate(namespace_separator=" ").Parse(f"<content>{text}</content>", True)
    except (expat.ExpatError, ValueError):
        return False
    return True


_FURTHER_CHECKS: Final[dict[NamedNode, Callable[[str], bool]]] = {
    **{XSD[name]: _is_integer(*bounds) for name, bounds in _INTEGER_RANGES.items()},
    XSD.base64Binary: _is_base64,
    RDF.XMLLiteral: _is_xml_content,
}
