"""The files of the project's shapes: the core shapes, and the stricter ones for contributions."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from pyoxigraph import Quad, RdfFormat, parse

from ontology.terms import RDF, SH

FOLDER: Final = Path(__file__).parent
CONTRIBUTION: Final = FOLDER / "contribution.ttl"

_PREDICATES_OF_SHAPES: Final = frozenset(
    {SH.property, SH.targetClass, SH.targetNode, SH.targetObjectsOf, SH.targetSubjectsOf, SH.path}
)


def documents() -> list[Path]:
    """Return the Turtle files of the project's shapes, in reading order."""
    return [*sorted((FOLDER / "core").glob("*.ttl")), CONTRIBUTION]


@cache
def core() -> tuple[Quad, ...]:
    """Return the shapes that apply to the whole graph.

    Raises ``SyntaxError``, with file, line and column, when a file is not Turtle.
    """
    return tuple(quad for path in documents() if path != CONTRIBUTION for quad in _parsed(path))


@cache
def contribution() -> tuple[Quad, ...]:
    """Return the additional shapes for contributed data; raises ``SyntaxError`` as :func:`core`."""
    return tuple(_parsed(CONTRIBUTION))


def holds_shapes(quads: Iterable[Quad]) -> bool:
    """Tell whether any of ``quads`` declares a SHACL shape by a type, path, target or property shape."""
    return any(
        quad.predicate in _PREDICATES_OF_SHAPES
        or (quad.predicate == RDF.type and quad.object in (SH.NodeShape, SH.PropertyShape))
        for quad in quads
    )


def _parsed(path: Path) -> Iterable[Quad]:
    return parse(path=path, format=RdfFormat.TURTLE, rename_blank_nodes=True)
