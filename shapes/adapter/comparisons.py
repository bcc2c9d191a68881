"""Components of pySHACL that judge literals, replaced where pySHACL departs from the recommendation.

docs/validation-engine.md lists the departures. The engine and these components ask the same functions of
:mod:`shapes.xsd`, so that both give the same results.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import pyoxigraph as ox
import pyshacl.shape
import rdflib
from pyshacl.constraints import CONSTRAINT_PARAMETERS_MAP
from pyshacl.constraints.core.property_pair_constraints import (
    LessThanConstraintComponent,
    LessThanOrEqualsConstraintComponent,
)
from pyshacl.constraints.core.string_based_constraints import (
    LanguageInConstraintComponent,
    PatternConstraintComponent,
    StringBasedConstraintBase,
)
from pyshacl.constraints.core.value_constraints import DatatypeConstraintComponent
from pyshacl.constraints.core.value_range_constraints import (
    MaxExclusiveConstraintComponent,
    MaxInclusiveConstraintComponent,
    MinExclusiveConstraintComponent,
    MinInclusiveConstraintComponent,
)
from pyshacl.helper import expression_helper

from shapes.adapter.terms import from_rdflib
from shapes.xsd import languages, lexical, order, patterns

_Node = rdflib.term.IdentifiedNode | rdflib.Literal
_ValueNodes = Mapping[_Node, Iterable[_Node]]
_Outcome = tuple[bool, list[Any]]
_UNIVERSAL: Final = (rdflib.RDFS.Literal, rdflib.RDFS.Datatype)


class Datatype(DatatypeConstraintComponent):
    """``sh:datatype``: the datatype of the value, and a text of its lexical space."""

    def evaluate(self, executor: Any, target_graph: Any, focus_value_nodes: Any, _evaluation_path: Any) -> Any:  # noqa: ANN401
        """Return whether all values conform, and the results."""
        if self.datatype_rule in _UNIVERSAL:
            return super().evaluate(executor, target_graph, focus_value_nodes, _evaluation_path)
        self._expected = self._datatypes()
        failed, results = _results(self, target_graph, focus_value_nodes, self._fits)
        return not failed, results

    def _fits(self, value: _Node) -> bool:
        term = from_rdflib(value)
        return (
            isinstance(term, ox.Literal)
            and term.datatype.value in self._expected
            and lexical.is_well_typed(term.value, term.datatype)
        )

    def _datatypes(self) -> set[str]:
        """Return the datatypes of which a value has any: SHACL 1.2 allows a list."""
        graph = self.shape.sg.graph
        is_list = (self.datatype_rule, rdflib.RDF.first, None) in graph
        return set(map(str, graph.items(self.datatype_rule) if is_list else [self.datatype_rule]))


class MinExclusive(MinExclusiveConstraintComponent):
    """``sh:minExclusive``."""

    def _evaluate_min_rule(self, m_val: _Node, target_graph: Any, f_v_dict: _ValueNodes) -> _Outcome:  # noqa: ANN401
        return _results(self, target_graph, f_v_dict, lambda value: _order(value, m_val) == 1)


class MinInclusive(MinInclusiveConstraintComponent):
    """``sh:minInclusive``."""

    def _evaluate_min_rule(self, m_val: _Node, target_graph: Any, f_v_dict: _ValueNodes) -> _Outcome:  # noqa: ANN401
        return _results(self, target_graph, f_v_dict, lambda value: _order(value, m_val) in (0, 1))


class MaxExclusive(MaxExclusiveConstraintComponent):
    """``sh:maxExclusive``."""

    def _evaluate_max_rule(self, m_val: _Node, target_graph: Any, f_v_dict: _ValueNodes) -> _Outcome:  # noqa: ANN401
        return _results(self, target_graph, f_v_dict, lambda value: _order(value, m_val) == -1)


class MaxInclusive(MaxInclusiveConstraintComponent):
    """``sh:maxInclusive``."""

    def _evaluate_max_rule(self, m_val: _Node, target_graph: Any, f_v_dict: _ValueNodes) -> _Outcome:  # noqa: ANN401
        return _results(self, target_graph, f_v_dict, lambda value: _order(value, m_val) in (0, -1))


class LessThan(LessThanConstraintComponent):
    """``sh:lessThan``: a result for each pair that is not in order or cannot be compared."""

    def _compare_lt(
        self,
        value_node_set: Iterable[_Node],
        compare_values: Iterable[_Node],
        datagraph: Any,  # noqa: ANN401
        f: _Node,
    ) -> _Outcome:
        return _pairwise(self, datagraph, f, value_node_set, list(compare_values), (-1,))


class LessThanOrEquals(LessThanOrEqualsConstraintComponent):
    """``sh:lessThanOrEquals``."""

    def _compare_ltoe(
        self,
        value_node_set: Iterable[_Node],
        compare_values: Iterable[_Node],
        datagraph: Any,  # noqa: ANN401
        f: _Node,
    ) -> _Outcome:
        return _pairwise(self, datagraph, f, value_node_set, list(compare_values), (-1, 0))


class Pattern(PatternConstraintComponent):
    """``sh:pattern`` with ``sh:flags``, as ``REGEX`` of SPARQL."""

    def __init__(self, shape: Any) -> None:  # noqa: ANN401
        # The base class would compile the expressions as those of Python.
        StringBasedConstraintBase.__init__(self, shape)
        found = sorted(shape.objects(rdflib.SH.pattern))
        flags = min((str(flag) for flag in shape.objects(rdflib.SH.flags)), default="")
        self.string_rules = found
        self._expressions = {pattern: patterns.compiled(str(pattern), flags) for pattern in found}

    def _evaluate_string_rule(self, r: _Node, target_graph: Any, f_v_dict: _ValueNodes) -> _Outcome:  # noqa: ANN401
        expression = self._expressions[r]
        return _results(
            self,
            target_graph,
            f_v_dict,
            lambda value: not isinstance(value, rdflib.BNode) and expression.search(str(value)) is not None,
        )


class LanguageIn(LanguageInConstraintComponent):
    """``sh:languageIn``, as ``langMatches`` of SPARQL."""

    def _evaluate_string_rule(self, r: _Node, target_graph: Any, f_v_dict: _ValueNodes) -> _Outcome:  # noqa: ANN401
        # The base class checks that the list is one of strings.
        super()._evaluate_string_rule(r, target_graph, {})  # type: ignore[no-untyped-call]
        ranges = [str(item) for item in self.shape.sg.graph.items(r)]
        return _results(
            self,
            target_graph,
            f_v_dict,
            lambda value: (
                isinstance(value, rdflib.Literal)
                and any(languages.matches(value.language, language) for language in ranges)
            ),
        )


def _results(component: Any, data: Any, focus_value_nodes: _ValueNodes, fits: Callable[[_Node], bool]) -> _Outcome:  # noqa: ANN401
    results = [
        component.make_v_result(data, focus_node, value_node=value)
        for focus_node, values in focus_value_nodes.items()
        for value in values
        if not fits(value)
    ]
    return bool(results), results


def _pairwise(
    component: Any,  # noqa: ANN401
    data: Any,  # noqa: ANN401
    focus_node: _Node,
    values: Iterable[_Node],
    others: list[_Node],
    allowed: tuple[int, ...],
) -> _Outcome:
    results = [
        component.make_v_result(data, focus_node, value_node=value)
        for value in values
        for other in others
        if _order(value, other) not in allowed
    ]
    return bool(results), results


def _order(first: _Node, second: _Node) -> int | None:
    left, right = from_rdflib(first), from_rdflib(second)
    return order.compare(left, right) if isinstance(left, ox.Literal) and isinstance(right, ox.Literal) else None


_PYSHACL_VALUE_NODES: Final = expression_helper.value_nodes_from_path


def _value_nodes(
    sg: Any,  # noqa: ANN401
    focus: Any,  # noqa: ANN401
    path_val: Any,  # noqa: ANN401
    target_graph: Any,  # noqa: ANN401
    inverse: bool = False,
    recursion: int = 0,
) -> set[Any]:
    """Return the value nodes of a path; the inverse of a sequence takes its inverse steps from the last to the first.

    https://www.w3.org/TR/shacl/#property-path-inverse; pySHACL takes them from the first to the last.
    """
    if not inverse or (path_val, rdflib.RDF.first, None) not in sg.graph:
        return set(_PYSHACL_VALUE_NODES(sg, focus, path_val, target_graph, inverse, recursion))
    reached = {focus}
    for step in reversed(list(sg.graph.items(path_val))):
        reached = {
            value for node in reached for value in _value_nodes(sg, node, step, target_graph, True, recursion + 1)
        }
    return reached


_COMPONENTS: Final = (
    *(Datatype, LanguageIn, LessThan, LessThanOrEquals, Pattern),
    *(MaxExclusive, MaxInclusive, MinExclusive, MinInclusive),
)


def install() -> None:
    """Have pySHACL use these components in this process."""
    for component in _COMPONENTS:
        for parameter in component.constraint_parameters():
            CONSTRAINT_PARAMETERS_MAP[parameter] = component
    for module in (expression_helper, pyshacl.shape):
        module.value_nodes_from_path = _value_nodes  # type: ignore[attr-defined]
