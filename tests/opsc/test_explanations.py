"""What ``opsc validate --explain`` says about who evaluates what."""

from pyoxigraph import Quad, RdfFormat, parse

from opsc import explanations

PREFIXES = "@prefix ex: <https://example.org/> . @prefix sh: <http://www.w3.org/ns/shacl#> .\n"


def quads(turtle: str) -> list[Quad]:
    return list(parse((PREFIXES + turtle).encode(), format=RdfFormat.TURTLE, rename_blank_nodes=True))


def test_a_shape_without_an_iri_is_named_by_its_place() -> None:
    text = explanations.render(
        [quads("ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:property [ sh:path ex:p ; sh:minCount 1 ] .")]
    )
    assert "<https://example.org/S>, sh:property of <https://example.org/p>\n  sh:minCount: compiled\n" in text


def test_the_parameter_of_a_component_of_the_shapes_is_explained() -> None:
    shapes = """
    ex:S a sh:NodeShape ; sh:targetClass ex:T ; ex:limit 5 .
    ex:Component a sh:ConstraintComponent ; sh:parameter [ sh:path ex:limit ] ;
      sh:validator [ a sh:SPARQLAskValidator ; sh:message "m" ; sh:ask "ASK { FILTER($value < $limit) }" ] .
    """
    text = explanations.render([quads(shapes)])
    assert "0 of 1 constraints are compiled" in text
    assert "  <https://example.org/limit>: evaluated by pySHACL: the shapes declare constraint components" in text
