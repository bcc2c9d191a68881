"""The documents of the ontology (classes and properties, concept schemes, alignments) and the graphs that hold them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from ontology import iris

FOLDER: Final = Path(__file__).parent


def documents() -> dict[Path, NamedNode]:
    """Return the named graph of each Turtle document of the ontology, in the order in which they are read."""
    schemes = sorted((FOLDER / "schemes").glob("*.ttl"))
    return {
        FOLDER / "opsc.ttl": iris.graph("ontology"),
        **dict.fromkeys(schemes, iris.graph("schemes")),
        FOLDER / "alignments.ttl": iris.graph("alignments"),
    }


def quads() -> Iterator[Quad]:
    """Yield every quad of the ontology's documents, each in the named graph of its document.

    Raises ``SyntaxError``, with file, line and column, when a document is not Turtle.
    """
    for path, graph in documents().items():
        for quad in parse(path=path, format=RdfFormat.TURTLE):
            yield Quad(quad.subject, quad.predicate, quad.object, graph)
