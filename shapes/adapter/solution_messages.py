"""Messages of SPARQL constraints (https://www.w3.org/TR/shacl/#sparql-constraints-variables), where pySHACL departs.

It ignores the message that a solution binds, adds the messages of the shape to those of the constraint, drops their
languages, and has texts of its own for constraints without any.
"""

from typing import Any

import rdflib
from pyshacl.constraints.sparql.sparql_based_constraint_components import BoundShapeValidatorComponent
from pyshacl.constraints.sparql.sparql_based_constraints import SPARQLBasedConstraint

_MESSAGE = rdflib.Namespace("http://www.w3.org/ns/shacl#").resultMessage
_WITH_VARIABLES = 4


def install() -> None:
    """Make pySHACL write the messages that SHACL prescribes, and none where the shapes have none."""
    replaced: list[tuple[Any, str, Any]] = [
        (SPARQLBasedConstraint, "make_v_result", _result),
        (SPARQLBasedConstraint, "make_generic_messages", _no_messages),
        (BoundShapeValidatorComponent, "make_generic_messages", _no_messages),
    ]
    for owner, name, method in replaced:
        setattr(owner, name, method)


_with_messages_of_shape: Any = SPARQLBasedConstraint.make_v_result


def _result(component: Any, *terms: Any, **rest: Any) -> Any:  # noqa: ANN401
    text, node, triples = _with_messages_of_shape(component, *terms, **rest)
    messages = _messages(component, rest.get("bound_vars"), rest.get("extra_messages"))
    kept = [triple for triple in triples if triple[:2] != (node, _MESSAGE)]
    return text, node, [*kept, *((node, _MESSAGE, message) for message in messages)]


def _messages(component: Any, bound: Any, of_constraint: Any) -> list[rdflib.Literal]:  # noqa: ANN401
    told = bound[3].get("message") if bound is not None and len(bound) == _WITH_VARIABLES else None
    if isinstance(told, rdflib.Literal):
        return [told]
    return [
        rdflib.Literal(
            str(message) if bound is None else component._format_sparql_based_result_message(str(message), bound),
            lang=message.language,
        )
        for message in of_constraint or component.shape.message
        if isinstance(message, rdflib.Literal)
    ]


def _no_messages(*_: object) -> list[rdflib.Literal]:
    return []
