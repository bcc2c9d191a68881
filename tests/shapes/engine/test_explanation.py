"""What is compiled and what is not, and why."""

from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from ontology.terms import SH
from shapes import documents
from shapes.engine import explain

PREFIXES = "@prefix ex: <https://example.org/> . @prefix sh: <http://www.w3.org/ns/shacl#> ."


def quads(turtle: str) -> list[Quad]:
    return list(parse((PREFIXES + turtle).encode(), format=RdfFormat.TURTLE))


def test_every_constraint_of_the_project_is_compiled() -> None:
    explained = explain([*documents.core(), *documents.contribution()])
    assert len(explained) > 200
    assert not [line for line in explained if not line.compiled]


def test_a_compiled_constraint_shows_what_it_looks_at() -> None:
    (line,) = explain(
        quads("ex:S sh:targetClass ex:C ; sh:property [ sh:path [ sh:inversePath ex:p ] ; sh:maxCount 1 ] .")
    )
    assert (line.constraint, line.compiled, line.reason) == (SH.maxCount, True, None)
    assert line.query == "SELECT ?this ?value WHERE { ?this ^<https://example.org/p> ?value }"


def test_a_constraint_that_is_left_to_pyshacl_has_a_reason() -> None:
    (line,) = explain(quads("ex:S sh:targetClass ex:C ; sh:node ex:S ."))
    assert (line.shape, line.compiled) == (NamedNode("https://example.org/S"), False)
    assert line.reason == "it refers to itself"
