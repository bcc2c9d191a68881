"""Results that are written straight from a check, without pySHACL.

That is sound where the check is exact, the shape has messages of its own (the generic ones of pySHACL describe nodes in
its own words), the path is a predicate, and a result says no more than focus node and value.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from ontology.terms import SH
from shapes.data import Data, Relation, Terms
from shapes.engine.checks import Constraint, OfFocusNodes, OfValues
from shapes.graph import Node, ShapesGraph
from shapes.report import Result

_OF_VALUES: Final = frozenset(
    SH[name]
    for name in (
        *("and", "class", "datatype", "in", "languageIn", "maxExclusive", "maxInclusive", "maxLength", "minExclusive"),
        *("minInclusive", "minLength", "nodeKind", "not", "or", "pattern", "xone"),
    )
)
_OF_FOCUS_NODES: Final = frozenset({SH.hasValue, SH.maxCount, SH.minCount, SH.uniqueLang})


@dataclass(frozen=True)
class Writer:
    """Writes the results of a shape."""

    shape: Node
    path: NamedNode | None
    severity: NamedNode
    messages: tuple[Literal, ...]

    def results(
        self, constraint: Constraint, data: Data, focus_nodes: Terms, values: Relation
    ) -> Iterator[Result] | None:
        """Return the results of a constraint, or none when they are left to pySHACL."""
        check = constraint.check
        if isinstance(check, OfValues) and check.exact and constraint.parameter in _OF_VALUES:
            failing = check.failing(data, values.objects)
            pairs = values.pairs if failing else iter(())
            return (
                self._result(constraint.parameter, node, value)
                for node, value in pairs
                if value in failing and node in focus_nodes
            )
        if isinstance(check, OfFocusNodes) and constraint.parameter in _OF_FOCUS_NODES:
            found = check.failing(data, focus_nodes, values) & focus_nodes
            return (self._result(constraint.parameter, node, None) for node in found)
        return None

    def _result(self, parameter: NamedNode, focus_node: Any, value: Any) -> Result:  # noqa: ANN401
        name = parameter.value.removeprefix(SH.iri)
        return Result(
            focus_node=focus_node,
            component=SH[f"{name[0].upper()}{name[1:]}ConstraintComponent"],
            severity=self.severity,
            source_shape=self.shape,
            path=self.path,
            value=value,
            messages=self.messages,
        )


def writer(shapes: ShapesGraph, shape: Node) -> Writer | None:
    """Return what writes the results of a shape, or none when only pySHACL can."""
    messages, paths = shapes.objects(shape, SH.message), shapes.objects(shape, SH.path)
    severities = shapes.objects(shape, SH.severity) or [SH.Violation]
    literals = tuple(sorted((message for message in messages if isinstance(message, Literal)), key=str))
    path, severity = paths[0] if paths else None, severities[0]
    if not literals or len(literals) != len(messages) or len(severities) != 1 or not isinstance(severity, NamedNode):
        return None
    return Writer(shape, path, severity, literals) if path is None or isinstance(path, NamedNode) else None
