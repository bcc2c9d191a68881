"""A total order of RDF terms for ORDER BY, MIN and MAX (SPARQL 1.1 Query, section 15.1).

The engine compares literals that ``<`` cannot compare by their text, which is no order: it sorts wrongly or aborts
the process. Here blank nodes come before IRIs and these before literals; numbers are ordered among numbers, and dates
and times among each other by time, also where their datatypes differ.
"""

import re
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from ontology.terms import XSD

Term = NamedNode | BlankNode | Literal | Triple

KEY: Final = NamedNode("urn:opsc:order-key")
MIN: Final = NamedNode("urn:opsc:min")
MAX: Final = NamedNode("urn:opsc:max")

_NUMERIC: Final = frozenset(f"{XSD.iri}{name}" for name in ("integer", "decimal", "double", "float"))
_EXACT: Final = frozenset({f"{XSD.iri}integer", f"{XSD.iri}decimal"})
_TEMPORAL: Final = frozenset(f"{XSD.iri}{name}" for name in ("date", "dateTime", "gYear", "gYearMonth"))
_TEXT: Final = frozenset({f"{XSD.iri}string", "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"})
_DURATIONS: Final = frozenset(f"{XSD.iri}{name}" for name in ("duration", "dayTimeDuration", "yearMonthDuration"))
_BOOLEAN: Final = f"{XSD.iri}boolean"
_INSTANT: Final = re.compile(
    r"(-?\d{4,})(?:-(\d\d))?(?:-(\d\d))?(?:T(\d\d):(\d\d):(\d\d(?:\.\d+)?))?(Z|[+-]\d\d:\d\d)?"
)
_DURATION: Final = re.compile(
    r"(-)?P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)
_ZONE: Final = re.compile(r"(?:Z|[+-]\d\d:\d\d)\Z")
_DAY: Final = 86_400
_MONTH: Final = 2_629_746
_NINES: Final = str.maketrans("0123456789", "9876543210")
_MIDDLE: Final = 10_000_000


def order_key(term: Term) -> Literal:
    """Return a string literal; the strings of two terms are ordered as the terms are."""
    return Literal(_key(term))


class _Extreme:
    """An aggregate: the value of a group that comes first, or last, in the order of terms."""

    def __init__(self, is_better: Callable[[str, str], bool]) -> None:
        self._is_better = is_better
        self._term: Term | None = None
        self._key = ""

    def accumulate(self, term: Term) -> None:
        """Take the next value of the group."""
        key = _key(term)
        if self._term is None or self._is_better(key, self._key):
            self._term, self._key = term, key

    def finish(self) -> Term | None:
        """Return the result; ``None`` for an empty group."""
        return self._term


FUNCTIONS: Final[dict[NamedNode, Callable[..., Any]]] = {KEY: order_key}
AGGREGATES: Final[dict[NamedNode, Callable[[], Any]]] = {
    MIN: lambda: _Extreme(str.__lt__),
    MAX: lambda: _Extreme(str.__gt__),
}


def are_comparable(literals: Iterable[Literal]) -> bool:
    """Whether the engine itself orders literals of the same datatypes and time zones as these."""
    datatypes: set[str] = set()
    has_zone: set[bool] = set()
    for literal in literals:
        datatype = literal.datatype.value
        if datatype not in _TEXT and _literal_key(literal)[0] == "z":
            return False
        datatypes.add(datatype)
        has_zone.add(datatype in _TEMPORAL and _ZONE.search(literal.value) is not None)
    if datatypes <= _TEXT or datatypes <= _EXACT:
        return True
    return len(datatypes) == 1 and len(has_zone) == 1 and not datatypes.isdisjoint({*_TEMPORAL, _BOOLEAN})


def _key(term: Term) -> str:
    if isinstance(term, BlankNode):
        return f"0{term.value}"
    if isinstance(term, NamedNode):
        return f"1{term.value}"
    if isinstance(term, Literal):
        return f"2{_literal_key(term)}"
    return "3" + "\x00".join(map(_key, (term.subject, term.predicate, term.object)))


def _literal_key(literal: Literal) -> str:
    text, datatype = literal.value, literal.datatype.value
    if datatype in _TEXT:
        return f"s{text}\x00{literal.language or ''}"
    if datatype == _BOOLEAN:
        return f"b{int(text in {'true', '1'})}"
    read = next((read for datatypes, read in _READERS if datatype in datatypes), None)
    number = read(text) if read else None
    if number is None:
        return f"z{datatype}\x00{text}"
    kind = "n" if datatype in _NUMERIC else "t" if datatype in _TEMPORAL else "d"
    return f"{kind}{_sortable(number)}" if kind == "n" else f"{kind}{_sortable(number)} {datatype}"


def _sortable(number: Decimal) -> str:
    """Return a text for each number, so that texts are ordered as the numbers are; NaN is last."""
    if number.is_nan():
        return "f"
    if number.is_infinite():
        return "e" if number > 0 else "a"
    if not number:
        return "c"
    digits = "".join(map(str, number.as_tuple().digits)).lstrip("0").rstrip("0")
    exponent = f"{number.adjusted() + _MIDDLE:08d}"
    return f"d{exponent}{digits}" if number > 0 else f"b{(exponent + digits).translate(_NINES)}~"


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _instant(text: str) -> Decimal | None:
    """Return the seconds from the year 0 to the beginning of a date or time; one without a time zone counts as UTC."""
    match = _INSTANT.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, zone = match.groups()
    seconds = (_days(int(year), int(month or 1), int(day or 1))) * _DAY
    seconds += int(hour or 0) * 3600 + int(minute or 0) * 60
    if zone and zone != "Z":
        seconds -= int(f"{zone[0]}1") * (int(zone[1:3]) * 3600 + int(zone[4:]) * 60)
    return seconds + Decimal(second or 0)


def _days(year: int, month: int, day: int) -> int:
    """Return the number of a day in the proleptic Gregorian calendar, which counts years from March."""
    year, month = (year, month - 3) if month > 2 else (year - 1, month + 9)  # noqa: PLR2004 - February
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5 + day


def _duration(text: str) -> Decimal | None:
    """Return the seconds of a duration, with months of average length."""
    match = _DURATION.fullmatch(text)
    if match is None:
        return None
    sign, years, months, days, hours, minutes, seconds = (part or 0 for part in match.groups())
    whole = (int(years) * 12 + int(months)) * _MONTH + int(days) * _DAY + int(hours) * 3600 + int(minutes) * 60
    length = whole + Decimal(seconds)
    return -length if sign else length


_READERS: Final = ((_NUMERIC, _number), (_TEMPORAL, _instant), (_DURATIONS, _duration))
