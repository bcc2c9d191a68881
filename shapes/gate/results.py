"""The results of the gate, with the messages of the shapes in ``gate.ttl``."""

import re
import textwrap
from collections.abc import Mapping
from functools import cache
from typing import Final

from pyoxigraph import Literal, NamedNode

from ontology.rdf import Resource, Term
from ontology.terms import SH, SHAPES
from shapes import documents
from shapes.engine.property_paths import members
from shapes.report import Result
from shapes.shapes_graph import ShapesGraph

CLASS, CLOSED, IN, LENGTH, PATTERN = (
    SH[f"{name}ConstraintComponent"] for name in ("Class", "Closed", "In", "MaxLength", "Pattern")
)
# Characters of a value that a message repeats.
_LONGEST_VALUE: Final = 200
_PLACEHOLDER: Final = re.compile(r"\{\?(\w+)\}")


def violation(
    shape: NamedNode,
    component: NamedNode,
    focus_node: Resource,
    path: NamedNode | None,
    value: Term | None,
    named: Mapping[str, str],
) -> Result:
    """Return a result of one of the gate's shapes, whose messages mention the values in ``named``."""
    shown = {name: textwrap.shorten(text, _LONGEST_VALUE, placeholder="...") or "..." for name, text in named.items()}
    return Result(
        focus_node=focus_node,
        component=component,
        severity=SH.Violation,
        source_shape=shape,
        path=path,
        value=value,
        messages=tuple(
            Literal(_PLACEHOLDER.sub(lambda match: shown[match[1]], message.value), language=message.language)
            for message in _messages(shape)
        ),
    )


def limit(predicate: NamedNode) -> tuple[NamedNode, int]:
    """Return the shape that bounds the values of a property, and their greatest length."""
    return _limits().get(predicate, (SHAPES.LengthGate, _max_length(SHAPES.LengthGate)))


@cache
def _shapes() -> ShapesGraph:
    return ShapesGraph(documents.gate())


@cache
def _limits() -> Mapping[NamedNode, tuple[NamedNode, int]]:
    """Return the shape and greatest length of the properties that have one of their own."""
    shapes = _shapes()
    return {
        path: (shape, _max_length(shape))
        for shape in shapes.objects(SHAPES.LengthGate, SH.property)
        for alternatives in shapes.objects(shape, SH.path)
        for head in shapes.objects(alternatives, SH.alternativePath)
        for path in members(shapes, head)
        if isinstance(path, NamedNode) and isinstance(shape, NamedNode)
    }


@cache
def _max_length(shape: NamedNode) -> int:
    return next(int(limit.value) for limit in _shapes().objects(shape, SH.maxLength) if isinstance(limit, Literal))


@cache
def _messages(shape: NamedNode) -> tuple[Literal, ...]:
    return tuple(text for text in _shapes().objects(shape, SH.message) if isinstance(text, Literal))
