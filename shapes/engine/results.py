"""Results of checks that do not need pySHACL.

They are equal to those of pySHACL where the check is exact, the path is a predicate path, and a result says no more
than focus node and value. Messages of shapes without any are written later (:mod:`shapes.messages`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from ontology.rdf import Resource
from ontology.terms import SH
from shapes.data_graph import DataGraph, Relation, Terms
from shapes.engine.checks import Constraint, FocusNodeCheck, ValueNodeCheck
from shapes.report import Result
from shapes.shapes_graph import ShapesGraph

_PER_VALUE_NODE: Final = frozenset(
    SH[name]
    for name in (
        *("and", "class", "datatype", "in", "languageIn", "maxExclusive", "maxInclusive", "maxLength", "minExclusive"),
        *("maxListLength", "memberShape", "minInclusive", "minLength", "minListLength", "nodeKind", "not", "or"),
        *("pattern", "singleLine", "uniqueMembers", "xone"),
    )
)
_PER_FOCUS_NODE: Final = frozenset({SH.hasValue, SH.maxCount, SH.minCount})


@dataclass(frozen=True)
class ResultWriter:
    """Creates the results of a shape, except for the ``repeated`` parameters, which have several values."""

    shape: Resource
    path: NamedNode | None
    severity: NamedNode
    messages: tuple[Literal, ...]
    repeated: frozenset[NamedNode]

    def results(
        self, constraint: Constraint, data: DataGraph, focus_nodes: Terms, values: Relation
    ) -> Iterator[Result] | None:
        """Return the results of a constraint, or ``None`` when only pySHACL can produce them."""
        check = constraint.check
        if constraint.parameter in self.repeated:
            return None
        if isinstance(check, ValueNodeCheck) and check.exact and constraint.parameter in _PER_VALUE_NODE:
            failing = check.failing(data, values.objects)
            pairs = values.pairs if failing else iter(())
            return (
                self._result(constraint.parameter, node, value)
                for node, value in pairs
                if value in failing and node in focus_nodes
            )
        if isinstance(check, FocusNodeCheck) and constraint.parameter in _PER_FOCUS_NODE:
            found = check.failing(data, focus_nodes, values) & focus_nodes
            return (self._result(constraint.parameter, node, None) for node in found)
        return None

    def _result(self, parameter: NamedNode, focus_node: Any, value: Any) -> Result:  # noqa: ANN401
        return Result(
            focus_node=focus_node,
            component=component(parameter),
            severity=self.severity,
            source_shape=self.shape,
            path=self.path,
            value=value,
            messages=self.messages,
        )


def component(parameter: NamedNode) -> NamedNode:
    """Return the constraint component of a parameter of SHACL Core."""
    name = parameter.value.removeprefix(SH.iri)
    return SH[f"{name[0].upper()}{name[1:]}ConstraintComponent"]


def result_writer(shapes: ShapesGraph, shape: Resource) -> ResultWriter | None:
    """Return the writer of a shape, or ``None`` when only pySHACL can produce its results."""
    messages, paths = shapes.objects(shape, SH.message), shapes.objects(shape, SH.path)
    severities = shapes.objects(shape, SH.severity) or [SH.Violation]
    literals = tuple(sorted((message for message in messages if isinstance(message, Literal)), key=str))
    path, severity = paths[0] if paths else None, severities[0]
    if len(literals) != len(messages) or len(severities) != 1 or not isinstance(severity, NamedNode):
        return None
    # Each value of a parameter is a constraint of its own, with its own results.
    repeated = frozenset(parameter for parameter, values in shapes.about(shape).items() if len(values) > 1)
    if path is not None and not isinstance(path, NamedNode):
        return None
    return ResultWriter(shape, path, severity, literals, repeated)
