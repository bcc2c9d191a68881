"""The order of two literals, by the operators of SPARQL 1.1 (https://www.w3.org/TR/sparql11-query/#OperatorMapping).

Dates, times, their parts and durations have the order of XML Schema 1.1, which is partial: without a time zone a value
stands for the 28 hours from time zone +14:00 to -14:00.
"""

import re
import struct
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from ontology.terms import XSD
from shapes.xsd.lexical import FORMS, INTEGERS, days_in, is_well_typed

_FLOATS: Final = frozenset({XSD.double, XSD.float})
_NUMBERS: Final = INTEGERS | _FLOATS | {XSD.decimal}
_STRINGS: Final = frozenset(
    XSD[name] for name in ("string", "normalizedString", "token", "language", "Name", "NCName", "NMTOKEN")
)
_DURATIONS: Final = frozenset({XSD.duration, XSD.yearMonthDuration, XSD.dayTimeDuration})
_MOMENTS: Final = {
    **{XSD[name]: name for name in ("date", "time", "gYear", "gYearMonth", "gMonth", "gMonthDay", "gDay")},
    XSD.dateTime: "dateTime",
    XSD.dateTimeStamp: "dateTime",
}
_DAY: Final = 86_400
_ZONES: Final = 14 * 3_600
# XML Schema 1.1 part 2, 3.3.6.1: one duration is less than another if it is so from each of these months.
_STARTS: Final = ((1696, 9), (1697, 2), (1903, 3), (1903, 7))
# Longer numbers in years and durations have no order: Python refuses to convert them.
_MOST_DIGITS: Final = 1_000


def compare(first: Literal, second: Literal) -> int | None:
    """Return -1, 0 or 1, or ``None`` when the literals cannot be compared or one of them is ill-typed."""
    left, right = _comparable(first), _comparable(second)
    if left is None or right is None or left[0] != right[0]:
        return None
    return _ORDERS[left[0]](left[1], right[1])


@lru_cache(maxsize=100_000)
def _comparable(literal: Literal) -> tuple[str, Any] | None:
    """Return the kind of a literal and its value; only values of one kind can be compared."""
    datatype, text = literal.datatype, literal.value
    if not is_well_typed(text, datatype):
        return None
    if datatype in _NUMBERS:
        return "number", (Decimal(text) if datatype not in _FLOATS else float(text), datatype)
    if datatype in _STRINGS:
        return "string", text
    if datatype == XSD.boolean:
        return "boolean", text in ("true", "1")
    match = FORMS[datatype].fullmatch(text) if datatype in _MOMENTS or datatype in _DURATIONS else None
    if match is None or any(len(part) > _MOST_DIGITS for part in match.groupdict("").values()):
        return None
    return ("duration", _duration(match)) if datatype in _DURATIONS else (_MOMENTS[datatype], _moment(match))


def _plain(left: Any, right: Any) -> int:  # noqa: ANN401
    return int(left > right) - int(left < right)


def _numbers(left: tuple[Decimal | float, NamedNode], right: tuple[Decimal | float, NamedNode]) -> int | None:
    (one, its_type), (other, other_type) = left, right
    types = {its_type, other_type}
    if not types.isdisjoint(_FLOATS):
        one, other = float(one), float(other)
        if XSD.double not in types:
            one, other = _single(one), _single(other)
    return None if one != one or other != other else _plain(one, other)  # noqa: PLR0124 (NaN is not equal to itself)


def _single(value: float) -> float:
    try:
        return float(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _moment(match: re.Match[str]) -> tuple[int, str, bool]:
    """Return seconds on the time line, the digits of their fraction, and whether the time zone is known."""
    parts = match.groupdict()
    days = _days(int(parts.get("year") or 1972), int(parts.get("month") or 12), int(parts.get("day") or 1))
    seconds = sum(
        int(parts.get(name) or 0) * factor for name, factor in (("hour", 3600), ("minute", 60), ("second", 1))
    )
    if parts.get("midnight"):
        # The time 24:00:00 is 00:00:00; with a date it is the first moment of the next day.
        seconds = _DAY if parts.get("year") else 0
    fraction = (parts.get("fraction") or "").rstrip("0")
    return days * _DAY + seconds - _offset(parts["zone"]), fraction, parts["zone"] is not None


def _offset(zone: str | None) -> int:
    if zone is None or zone == "Z":
        return 0
    seconds = int(zone[1:3]) * 3600 + int(zone[4:]) * 60
    return -seconds if zone[0] == "-" else seconds


def _days(year: int, month: int, day: int) -> int:
    """Return the number of days from the beginning of year 0 to a day."""
    past = year - 1
    return year * 365 + past // 4 - past // 100 + past // 400 + sum(days_in(year, m) for m in range(1, month)) + day


def _moments(left: tuple[int, str, bool], right: tuple[int, str, bool]) -> int | None:
    if left[2] == right[2]:
        return _plain(left[:2], right[:2])
    unknown, known = (right, left) if left[2] else (left, right)
    earliest, latest = (unknown[0] - _ZONES, unknown[1]), (unknown[0] + _ZONES, unknown[1])
    order = 1 if earliest > known[:2] else -1 if latest < known[:2] else None
    return order if order is None or unknown is left else -order


def _duration(match: re.Match[str]) -> tuple[int, int, str]:
    """Return months, seconds, and the digits of their fraction, marked by the sign."""
    parts = match.groupdict()
    number = {name: int(parts.get(name) or 0) for name in ("years", "months", "days", "hours", "minutes", "seconds")}
    sign = -1 if parts["sign"] else 1
    seconds = number["days"] * _DAY + number["hours"] * 3600 + number["minutes"] * 60 + number["seconds"]
    fraction = (parts.get("fraction") or "").rstrip("0")
    if sign < 0 and fraction:
        # -0.25 is -1 and 0.75, so that a longer fraction is always a later moment.
        complement = str(10 ** len(fraction) - int(fraction)).rjust(len(fraction), "0")
        return -(number["years"] * 12 + number["months"]), -seconds - 1, complement
    return sign * (number["years"] * 12 + number["months"]), sign * seconds, fraction


def _durations(left: tuple[int, int, str], right: tuple[int, int, str]) -> int | None:
    orders = {_plain(_from(start, left), _from(start, right)) for start in _STARTS}
    return orders.pop() if len(orders) == 1 else None


def _from(start: tuple[int, int], duration: tuple[int, int, str]) -> tuple[int, str]:
    months = start[0] * 12 + start[1] - 1 + duration[0]
    return _days(months // 12, months % 12 + 1, 1) * _DAY + duration[1], duration[2]


_ORDERS: Final[dict[str, Callable[[Any, Any], int | None]]] = {
    "number": _numbers,
    "string": _plain,
    "boolean": _plain,
    "duration": _durations,
    **dict.fromkeys(_MOMENTS.values(), _moments),
}
