"""The files of the project's shapes: the core shapes, the stricter ones for contributions, and those of the gate."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from pyoxigraph import Quad, RdfFormat, parse

from ontology.terms import RDF, SH

FOLDER: Final = Path(__file__).parent
CONTRIBUTION: Final = FOLDER / "contribution.ttl"
GATE: Final = FOLDER / "gate.ttl"

_PREDICATES_OF_SHAPES: Final = frozenset(
    {SH.property, SH.targetClass, SH.targetNode, SH.targetObjectsOf, SH.targetSubjectsOf, SH.path}
)


def documents() -> list[Path]:
    """Return the Turtle files of the project's shapes, in reading order."""
    return [*sorted((FOLDER / "core").glob("*.ttl")), CONTRIBUTION, GATE]


@cache
def core() -> tuple[Quad, ...]:
    """Return the shapes that apply to the whole graph.

    Raises ``SyntaxError``, with file, line and column, when a file is not Turtle.
    """
    return tuple(quad for path in documents() if path not in (CONTRIBUTION, GATE) for quad in _parsed(path))


@cache
def contribution() -> tuple[Quad, ...]:
    """Return the additional shapes for contributed data; raises ``SyntaxError`` as :func:`core`."""
    return tuple(_parsed(CONTRIBUTION))


@cache
def gate() -> tuple[Quad, ...]:
    """Return the names and messages of the gate, whose checks are in :mod:`shapes.gate`; raises ``SyntaxError``."""
    return tuple(_parsed(GATE))


def holds_shapes(quads: Iterable[Quad]) -> bool:
    """Tell whether any of ``quads`` declares a SHACL shape by a type, path, target or property shape."""
    return any(
        quad.predicate in _PREDICATES_OF_SHAPES
        or (quad.predicate == RDF.type and quad.object in (SH.NodeShape, SH.PropertyShape))
        for quad in quads
    )


def _parsed(path: Path) -> Iterable[Quad]:
    return parse(path=path, format=RdfFormat.TURTLE, rename_blank_nodes=True)
