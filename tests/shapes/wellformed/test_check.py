"""Every mistake in shapes is refused with the shape, the term and what to do; what is right is not."""

import pytest
from pyoxigraph import Quad, RdfFormat, parse

from shapes import documents, validation, wellformed
from shapes.errors import ShapesError
from shapes.shapes_graph import ShapesGraph

PREFIXES = """
@prefix ex: <https://example.org/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
SHAPE = "ex:S a sh:NodeShape ; sh:targetClass ex:T ; "
PROPERTY = f"{SHAPE} sh:property [ sh:path ex:p ; "


def quads(turtle: str) -> list[Quad]:
    return list(parse((PREFIXES + turtle).encode(), format=RdfFormat.TURTLE, rename_blank_nodes=True))


DATA = quads('ex:n a ex:T ; ex:p "a" .')


def refusal(shapes: str) -> str:
    with pytest.raises(ShapesError) as error:
        validation.validate(DATA, quads(shapes))
    message = str(error.value)
    assert message.isprintable()
    return message


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ('sh:not "x"', 'sh:not is the text "x", where a shape belongs'),
        ('sh:node "ex:Other"', "sh:node is the text"),
        ('sh:property "ex:P"', "sh:property is the text"),
        ("sh:property ex:Missing", "which the shapes do not describe: a property shape needs sh:path"),
        ("sh:node [ sh:path ex:p ]", "a property shape; use sh:property"),
        ("sh:and ( [] 5 )", 'sh:and has a member that is the text "5", where a shape belongs'),
        ("sh:or ()", "sh:or is an empty list; give at least one shape"),
        ("sh:xone ex:a", "sh:xone is not a list"),
        ("sh:in _:a . _:a rdf:first 1 ; rdf:rest _:a", "sh:in is a circular list"),
        ("sh:and _:a . _:a rdf:first ex:Q ; rdf:rest _:a", "sh:and is a circular list"),
        ("sh:in _:a . _:a rdf:first 1, 2 ; rdf:rest ()", "sh:in is a broken list"),
        ("sh:in [ rdf:first 1 ; rdf:rest ex:end ]", "sh:in is a list without an end"),
        ("sh:in ( 1 ), ( 2 )", "sh:in has 2 values"),
        ('sh:languageIn ( "en" 5 )', 'sh:languageIn has a member that is "5" of the datatype xsd:integer'),
        ('sh:severity "Warning"', 'sh:severity is "Warning"; give sh:Violation, sh:Warning, sh:Info'),
        ("sh:severity sh:Warning, sh:Info", "sh:severity has 2 values, sh:Warning and sh:Info; one is allowed"),
        ("sh:severity sh:Warnung", "did you mean sh:Warning?"),
        ("sh:severity sh:Debug", "sh:severity is sh:Debug"),
        (
            'sh:deactivated "yes"^^xsd:boolean',
            'sh:deactivated is "yes" of the datatype xsd:boolean; give true or false',
        ),
        ("sh:pattern 5", 'sh:pattern is "5" of the datatype xsd:integer'),
        ("sh:pattern true", 'sh:pattern is "true" of the datatype xsd:boolean'),
        ('sh:pattern "a" ; sh:flags ex:y', "sh:flags is <https://example.org/y>"),
        ('sh:pattern "a" ; sh:flags "g"', 'sh:flags is "g"; the flags are s, m, i, x and q'),
        ('sh:pattern "("', 'sh:pattern "(" is not a regular expression of XPath'),
        ('sh:pattern "a", "b"', "sh:pattern has 2 values"),
        ("sh:class true", "sh:class is the text"),
        ("sh:nodeKind sh:iri", "sh:nodeKind is sh:iri (did you mean sh:IRI?)"),
        ("sh:nodeKind ( sh:IRIOrLiteral )", "list sh:IRI, sh:BlankNode and sh:Literal only"),
        ("sh:targetClass [ ]", "sh:targetClass is a blank node, where an IRI belongs"),
        ("sh:targetNode [ ]", "sh:targetNode is a blank node; give an IRI or a literal"),
        ("sh:closed sh:ByTypes", "sh:closed is sh:ByTypes; give true or false"),
        ("sh:minCount 1", "sh:minCount is for property shapes, and this shape has no sh:path"),
        ("sh:qualifiedValueShape [ ] ; sh:qualifiedMinCount 1", "sh:qualifiedValueShape is for property shapes"),
        ("sh:path ex:p", "sh:path is for property shapes, and this shape is a sh:NodeShape"),
        ('sh:select "SELECT $this { $this ?p ?o }"', "a query stands on the shape itself; put it in sh:sparql"),
        ("sh:ignoredProperties ( ex:p )", "sh:ignoredProperties has no effect without sh:closed"),
        ("sh:sparql [ ]", "sh:sparql needs a node with one sh:select"),
        ("sh:message 5", 'sh:message is "5" of the datatype xsd:integer'),
        ("a sh:NodeShap", "sh:NodeShap is no class of SHACL; did you mean sh:NodeShape?"),
        ("<http://www.w3.org/ns/shacl/property> [ ]", "is not in the namespace of SHACL"),
        ("<https://www.w3.org/ns/shacl#nodeKind> sh:IRI", "is not in the namespace of SHACL"),
    ],
)
def test_a_mistake_is_told_with_shape_and_term(shape: str, told: str) -> None:
    message = refusal(f"{SHAPE} {shape} .")
    assert message.startswith("<https://example.org/S>")
    assert told in message


@pytest.mark.parametrize(
    ("constraint", "told"),
    [
        ("sh:minCout 1", "sh:minCout is no property of SHACL; did you mean sh:minCount?"),
        ("sh:dataType xsd:string", "did you mean sh:datatype?"),
        ("sh:mincount 1", "did you mean sh:minCount?"),
        ("sh:minCount 1.0", 'sh:minCount is "1.0" of the datatype xsd:decimal; give an integer of 0 or more'),
        ("sh:minCount -1", "give an integer of 0 or more"),
        ('sh:maxCount "one"', 'sh:maxCount is "one"; give an integer'),
        ("sh:minCount 1, 2", "sh:minCount has 2 values"),
        ("sh:lessThan 5", "sh:lessThan is the text"),
        ("sh:qualifiedValueShape [ ]", "sh:qualifiedValueShape stands alone"),
        ('sh:qualifiedValueShape "x" ; sh:qualifiedMinCount 1', "sh:qualifiedValueShape is the text"),
        ("sh:path ex:q", "sh:path has 2 values"),
    ],
)
def test_a_mistake_in_a_property_shape_is_told_with_its_path(constraint: str, told: str) -> None:
    message = refusal(f"{PROPERTY} {constraint} ] .")
    assert message.startswith("<https://example.org/S>, sh:property")
    assert told in message


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ('"p"', 'sh:path is the literal "p"; give a property'),
        ("()", "sh:path is a sequence of no steps"),
        ("( ex:p )", "sh:path is a sequence of 1 step"),
        (f"( {'ex:p ' * 101} )", "sh:path is a sequence of 101 steps; at most 100 are evaluated"),
        (f"{'[ sh:inversePath ' * 150} ex:p {']' * 150}", "sh:path is nested too deeply"),
        ('[ sh:inversePath "p" ]', 'sh:path is the literal "p"'),
        ("[ sh:inversePath ex:p, ex:q ]", "sh:path is no path"),
        ("[ sh:inversepath ex:p ]", "did you mean sh:inversePath?"),
        ("[ ]", "sh:path is no path"),
        ("[ sh:alternativePath ex:p ]", "sh:path is not a list (sh:alternativePath)"),
        ("_:c ] . _:c sh:inversePath _:c . [ ex:end ex:end", "sh:path is a path that contains itself"),
    ],
)
def test_a_path_that_is_none_is_told(path: str, told: str) -> None:
    assert told in refusal(
        f"ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:property [ sh:minCount 1 ; sh:path {path} ] ."
    )


@pytest.mark.parametrize(
    "term",
    [
        *("target", "targetShape", "targetWhere", "rule", "expression", "values", "js", "someValue", "rootClass"),
        *("nodeByExpression", "reifierShape", "uniqueValuesFor", "shape", "entailment", "resultAnnotation"),
    ],
)
def test_an_extension_that_is_not_evaluated_is_refused_by_name(term: str) -> None:
    message = refusal(f"{PROPERTY} sh:{term} [ sh:path ex:w ] ; sh:minCount 1 ] .")
    assert f"sh:{term} is " in message
    assert "not supported" in message or "none is applied" in message


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (
            "SELECT $this { $this ?p ?v FILTER(<http://jena.apache.org/ARQ/function#localname>($this) = 'n') }",
            "the function <http://jena.apache.org/ARQ/function#localname> is not known here",
        ),
        ("SELECT $this { $this ?p ?v FILTER(<https://example.org/f>(?v)) }", "is declared in the shapes"),
        ("SELECT $this { $this dcterms:title ?v }", "uses the prefix dcterms: which is not declared"),
        ("SELECT $this\n{ $this ?p", "is not valid SPARQL: line 2, column 11 of the query"),
        ("SELECT $this { $this ?p ?v MINUS { $this ?p 1 } }", "uses MINUS, which is not allowed"),
        ("SELECT $this { $this ?p ?v VALUES ?v { 1 } }", "uses VALUES, which is not allowed"),
        ("SELECT $this { BIND(1 AS ?this) }", "gives ?this another value with AS"),
        ("SELECT ?value { $this ?p ?value }", "the query does not select $this"),
        ("SELECT (COUNT(*) AS ?n) { $this ?p ?value }", "the query does not select $this"),
        ("ASK { $this ?p ?v }", "the query of sh:select is not a SELECT query"),
        ("SELECT $this FROM <https://example.org/> { $this ?p ?v }", "the query uses FROM; remove it"),
    ],
)
@pytest.mark.parametrize("place", ["{} .", "sh:not [ {} ] .", "sh:property [ sh:path ex:p ; {} ] ."])
def test_a_query_that_cannot_be_used_is_told_with_its_shape(query: str, told: str, place: str) -> None:
    function = "ex:f a sh:SPARQLFunction ; sh:parameter [ sh:path ex:a ] ; sh:ask 'ASK { FILTER($a) }' ."
    constraint = f'sh:sparql [ sh:message "m" ; sh:select """{query}""" ]'
    message = refusal(f"{SHAPE} {place.format(constraint)} {function}")
    assert message.startswith("<https://example.org/S>, ")
    assert told in message


def test_the_query_of_a_constraint_component_is_judged_alike() -> None:
    component = """ex:Component a sh:ConstraintComponent ; sh:parameter [ sh:path ex:limit ] ;
      sh:validator [ a sh:SPARQLAskValidator ; sh:message "m" ; sh:ask "ASK { FILTER(<http://e/f>($value)) }" ] ."""
    assert "the function <http://e/f> is not known here" in refusal(f"{SHAPE} ex:limit 5 . {component}")


def test_what_pyshacl_refuses_is_told_with_its_shape() -> None:
    nested = "SELECT $this { { SELECT ?v { ?s ?p ?v } } $this ?p ?v }"
    message = refusal(f'{SHAPE} sh:sparql [ sh:message "m" ; sh:select "{nested}" ] .')
    assert message.startswith("<https://example.org/S>: pySHACL cannot use the shapes: All potentially pre-bound")


def test_further_mistakes_are_counted() -> None:
    assert refusal(f"{PROPERTY} sh:minCout 1 ; sh:maxCout 1 ; sh:nodeKind ex:a ] .").endswith("(and 2 more mistakes)")


@pytest.mark.parametrize(
    "shape",
    [
        "rdfs:label 5 ; ex:minCout 1",
        'sh:order "first" ; sh:name "n"@en, "m" ; sh:description "d" ; sh:defaultValue 5 ; sh:group ex:G',
        "sh:severity ex:Fatal ; sh:deactivated false",
        "sh:class ex:A, ex:T ; sh:datatype ( xsd:string xsd:date ) ; sh:nodeKind ( sh:IRI sh:Literal )",
        'sh:property [ sh:path ( ex:p [ sh:inversePath ex:q ] ) ; sh:minCount "01"^^xsd:integer ]',
        "sh:property [ sh:path rdf:first ] ; sh:in () ; sh:closed false ; sh:ignoredProperties ( rdf:type )",
        # The W3C suite has both: a parameter of a component whose other parameter is missing (qualified-001) ...
        "sh:qualifiedMinCount 5",
        # ... and a property that SHACL does not have, of a node that is no shape (qualifiedValueShape-001).
        "sh:nodeKind sh:IRI . ex:thing sh:nodeShape ex:Other",
    ],
)
def test_what_may_be_said_is_not_refused(shape: str) -> None:
    assert list(wellformed.mistakes(ShapesGraph(quads(f"{SHAPE} {shape} .")))) == []


def test_the_shapes_of_the_project_are_well_formed() -> None:
    wellformed.check(documents.core())
    wellformed.check(documents.contribution())
