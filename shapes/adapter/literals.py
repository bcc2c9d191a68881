"""Whether literals are well-typed, and their order, with the same outcome as in pySHACL.

The most frequent lexical forms are decided here; rdflib and pySHACL decide about all others.
"""

import datetime
import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Final

import rdflib
from pyoxigraph import Literal, NamedNode
from pyshacl.constraints.core.value_constraints import DatatypeConstraintComponent
from pyshacl.rdfutil.compare import compare_literal

from ontology.rdf import AnyTerm
from ontology.terms import RDF, XSD
from shapes.adapter.terms import to_rdflib

_PLAIN_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,100}(\.[0-9]{1,100})?")
_PLAIN_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,100}")
_PLAIN_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_HAS_ITS_TYPE: Final[Callable[[None, rdflib.Literal, rdflib.URIRef], bool]] = (
    DatatypeConstraintComponent._assert_actual_datatype  # type: ignore[assignment]  # it does not look at its instance
)
_COMPARE: Final[Callable[[rdflib.Literal, rdflib.Literal], int]] = compare_literal
_NEVER_ILL_TYPED: Final = frozenset({XSD.string, RDF.langString})


def is_well_typed(literal: Literal) -> bool:
    """Tell whether a literal is well-typed according to pySHACL."""
    datatype = literal.datatype
    return datatype in _NEVER_ILL_TYPED or _is_plain(literal.value, datatype) or _accepted(literal.value, datatype)


def in_order(first: Literal, second: Literal, holds: Callable[[int], bool]) -> bool:
    """Tell whether ``holds`` is true of the order of two literals (-1, 0 or 1); false when they cannot be compared."""
    left, right = _ordered(first), _ordered(second)
    if left is not None and right is not None and type(left) is type(right):
        return holds((left > right) - (left < right))  # type: ignore[operator]
    return _in_order_by_pyshacl(first, second, holds)


def is_plainly_less(first: AnyTerm, second: AnyTerm, *, or_equal: bool) -> bool:
    """Tell whether two terms are dates or numbers in this order; false means that pySHACL has to decide."""
    if not isinstance(first, Literal) or not isinstance(second, Literal):
        return False
    left, right = _ordered(first), _ordered(second)
    if left is None or right is None or type(left) is not type(right):
        return False
    return left < right or (or_equal and left == right)  # type: ignore[operator]


def _is_plain(text: str, datatype: NamedNode) -> bool:
    if datatype == XSD.date:
        return _date(text) is not None
    if datatype == XSD.integer:
        return _PLAIN_INTEGER.fullmatch(text) is not None
    return datatype == XSD.boolean and text in ("true", "false")


@lru_cache(maxsize=10_000)
def _accepted(text: str, datatype: NamedNode) -> bool:
    literal, rule = rdflib.Literal(text, datatype=rdflib.URIRef(datatype.value)), rdflib.URIRef(datatype.value)
    if literal.ill_typed is True:
        return False
    return bool(_HAS_ITS_TYPE(None, literal, rule))


def _ordered(literal: Literal) -> Decimal | datetime.date | None:
    if literal.datatype == XSD.date:
        return _date(literal.value)
    if literal.datatype == XSD.integer and _PLAIN_INTEGER.fullmatch(literal.value):
        return Decimal(literal.value)
    if literal.datatype == XSD.decimal and _PLAIN_NUMBER.fullmatch(literal.value):
        return Decimal(literal.value)
    return None


@lru_cache(maxsize=100_000)
def _date(text: str) -> datetime.date | None:
    if _PLAIN_DATE.fullmatch(text) is None:
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def _in_order_by_pyshacl(first: Literal, second: Literal, holds: Callable[[int], bool]) -> bool:
    left, right = to_rdflib(first), to_rdflib(second)
    if isinstance(left.value, str) is not isinstance(right.value, str):
        return False
    try:
        return holds(_COMPARE(left, right))
    except (TypeError, NotImplementedError):
        return False
