"""``sh:lessThan`` and ``sh:lessThanOrEquals`` of pySHACL, extended to values that cannot be compared.

pySHACL raises an error for a blank node, and for a pair such as ``"2026-02-31"^^xsd:date`` and a valid date. SHACL
requires a result for each pair that cannot be compared:
https://www.w3.org/TR/shacl/#LessThanConstraintComponent. pySHACL compares all other values.
"""

import warnings
from collections.abc import Callable, Iterable
from itertools import product
from typing import Any, Final

import rdflib
from pyshacl.constraints import CONSTRAINT_PARAMETERS_MAP
from pyshacl.constraints.core.property_pair_constraints import (
    LessThanConstraintComponent,
    LessThanOrEqualsConstraintComponent,
)

_Node = rdflib.term.IdentifiedNode | rdflib.Literal
_Nodes = Iterable[_Node]
_Pair = tuple[_Node, _Node]
_Compare = Callable[[set[_Node], set[_Node], Any, Any], tuple[bool, list[Any]]]


class LessThan(LessThanConstraintComponent):
    """``sh:lessThan``."""

    def _compare_lt(
        self,
        value_node_set: _Nodes,
        compare_values: _Nodes,
        datagraph: Any,  # noqa: ANN401
        f: _Node,
    ) -> tuple[bool, list[Any]]:
        return _compared(self, super()._compare_lt, product(value_node_set, compare_values), datagraph, f)


class LessThanOrEquals(LessThanOrEqualsConstraintComponent):
    """``sh:lessThanOrEquals``."""

    def _compare_ltoe(
        self,
        value_node_set: _Nodes,
        compare_values: _Nodes,
        datagraph: Any,  # noqa: ANN401
        f: _Node,
    ) -> tuple[bool, list[Any]]:
        return _compared(self, super()._compare_ltoe, product(value_node_set, compare_values), datagraph, f)


def _compared(
    component: LessThan | LessThanOrEquals,
    compare: _Compare,
    pairs: Iterable[_Pair],
    data: Any,  # noqa: ANN401
    focus_node: _Node,
) -> tuple[bool, list[Any]]:
    results: list[Any] = []
    for pair in pairs:
        pair_results = None if _have_no_order(pair) else _results(compare, pair, data, focus_node)
        if pair_results is None:
            pair_results = [component.make_v_result(data, focus_node, value_node=pair[0])]
        results += pair_results
    return bool(results), results


def _have_no_order(pair: _Pair) -> bool:
    return any(isinstance(node, rdflib.BNode) for node in pair)


def _results(compare: _Compare, pair: _Pair, data: Any, focus_node: _Node) -> list[Any] | None:  # noqa: ANN401
    """Return the results of pySHACL for two values, or ``None`` when it cannot compare them."""
    with warnings.catch_warnings():
        # rdflib goes on with this warning where there is no order; later Pythons raise TypeError.
        warnings.simplefilter("error", DeprecationWarning)
        try:
            return compare({pair[0]}, {pair[1]}, data, focus_node)[1]
        except (TypeError, DeprecationWarning):
            return None


_COMPONENTS: Final = (LessThan, LessThanOrEquals)


def install() -> None:
    """Have pySHACL use these components in this process."""
    for component in _COMPONENTS:
        for parameter in component.constraint_parameters():
            CONSTRAINT_PARAMETERS_MAP[parameter] = component
