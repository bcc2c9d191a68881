"""Which SPARQL constraints may be asked for all focus nodes at once, and which are left to pySHACL."""

from collections.abc import Callable

import pytest
from pyoxigraph import Quad, RdfFormat, parse

from shapes import validation
from shapes.data_graph import DataGraph, QuadsSource
from shapes.engine import sparql_constraints
from shapes.errors import ShapesError
from shapes.report import Result
from shapes.shapes_graph import ShapesGraph

PREFIXES = """
@prefix ex: <https://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
DATA = """
ex:Deposit rdfs:subClassOf ex:Act .
ex:norway a ex:Deposit ; ex:date "2001-10-02"^^xsd:date ; ex:by ex:NOR .
ex:chad a ex:Act ; ex:date "2002-08-28"^^xsd:date .
ex:other ex:date "1999-01-01"^^xsd:date ; ex:by ex:NOR .
"""


def quads(turtle: str) -> list[Quad]:
    return list(parse((PREFIXES + turtle).encode(), format=RdfFormat.TURTLE, rename_blank_nodes=True))


def shape(query: str, extra: str = "sh:targetClass ex:Act ;") -> list[Quad]:
    return quads(
        f'ex:prefixes sh:declare [ sh:prefix "ex" ; sh:namespace "https://example.org/"^^xsd:anyURI ] .'
        f"ex:Shape a sh:NodeShape ; {extra} sh:sparql ex:Constraint ."
        f'ex:Constraint sh:message "{{$this}}: {{?value}} {{?day}}"@en ; sh:select """{query}""" ;'
        "  sh:prefixes ex:prefixes ."
    )


@pytest.mark.parametrize(
    "extra",
    [
        "sh:targetClass ex:Act ;",
        "sh:targetNode ex:norway, ex:nowhere ;",
        "sh:targetSubjectsOf ex:by ;",
        "sh:targetObjectsOf ex:by ;",
        "sh:targetClass ex:Act ; sh:targetNode ex:other ;",
        "sh:targetClass ex:Act ; sh:severity sh:Warning ;",
        'sh:targetClass ex:Act ; sh:message "Check the act."@en ;',
        "sh:targetClass ex:Act ; sh:deactivated true ;",
    ],
)
@pytest.mark.parametrize(
    "query",
    [
        "SELECT $this ?value ?day WHERE { $this ex:date ?day . OPTIONAL { $this ex:by ?value } }",
        "SELECT $this ?path ?value WHERE { $this ex:date ?value BIND(ex:date AS ?path) }",
        "SELECT $this ?day WHERE { $this ex:date ?day . ?x ex:by ?y }",
    ],
)
def test_asking_once_gives_what_pyshacl_finds_one_by_one(
    query: str,
    extra: str,
    oracle: Callable[[list[Quad], tuple[Quad, ...]], set[tuple[object, ...]]],
    compared: Callable[[tuple[Result, ...]], set[tuple[object, ...]]],
) -> None:
    data, shapes = quads(DATA), shape(query, extra)
    taken, rest = sparql_constraints.split(ShapesGraph(shapes))
    assert len(taken) == ("deactivated" not in extra)
    found = tuple(sparql_constraints.results(validation.store_of(data), DataGraph(QuadsSource(data)), taken))
    assert oracle(data, tuple(rest.quads)) == set()
    assert compared(found, shapes) == oracle(data, tuple(shapes))


@pytest.mark.parametrize(
    "extra",
    ["sh:targetClass ex:Act ; a rdfs:Class ;", "sh:targetClass ex:Act ; sh:path ex:date ;", "ex:isUnused true ;"],
)
def test_constraints_of_other_shapes_than_plain_targets_stay_with_pyshacl(extra: str) -> None:
    assert sparql_constraints.split(ShapesGraph(shape("SELECT $this WHERE { $this a ex:Act }", extra)))[0] == []


def test_a_shape_that_another_refers_to_stays_with_pyshacl() -> None:
    shapes = [*shape("SELECT $this WHERE { $this a ex:Act }"), *quads("ex:Whole a sh:NodeShape ; sh:node ex:Shape .")]
    assert sparql_constraints.split(ShapesGraph(shapes))[0] == []


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("SELECT $this FROM <file:///etc/hostname> WHERE { $this ?p ?o }", "uses FROM; remove it"),
        ("SELECT $this WHERE { SERVICE <http://127.0.0.1:9/> { $this ?p ?o } }", "uses SERVICE; remove it"),
        ("SELECT $this WHERE { $this ?p 1.SERVICE <http://127.0.0.1:9/> { $this ?p ?o } }", "uses SERVICE; remove it"),
        ("SELECT $this WHERE { $this ?p '''a'b''' SERVICE <http://127.0.0.1:9/> {} # '", "uses SERVICE; remove it"),
        ("SELECT $this WHERE { # note\r SERVICE <http://127.0.0.1:9/> { $this ?p ?o } }", "uses SERVICE; remove it"),
        (r"SELECT $this \\u0046ROM <file:///etc/hostname> WHERE { $this ?p ?o }", "escapes; write the characters"),
        (
            "SELECT $this WHERE { $this nobody:knows ?o }",
            "<https://example.org/Constraint>: the query uses the prefix nobody:",
        ),
        ("SELECT $this WHERE {", "is not valid SPARQL"),
    ],
)
def test_a_query_that_is_wrong_or_reads_elsewhere_is_refused(query: str, reason: str) -> None:
    with pytest.raises(ShapesError, match=reason):
        validation.validate(quads(DATA), shape(query))
