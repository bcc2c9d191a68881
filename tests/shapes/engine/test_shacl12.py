"""What is evaluated of the SHACL 1.2 draft, by the engine and by pySHACL where the engine leaves a shape to it."""

import pytest
from pyoxigraph import BlankNode, Quad, RdfFormat, parse

from ontology.rdf import Term
from ontology.terms import SH
from shapes import validation
from shapes.data_graph import DataGraph, QuadsSource
from shapes.engine import explain
from shapes.engine.engine import Engine
from shapes.errors import ShapesError
from shapes.report import Report

PREFIXES = """
@prefix ex: <https://example.org/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
DATA = """
ex:a ex:p "one line", 5, "x"@en ; ex:q "one line", 5, "x"@en, "y" .
ex:b ex:p "two\\nlines", "form\\ffeed", "tab\\u000Btab", "return\\r"@en ; ex:q "two\\nlines" .
ex:c ex:p () , ( 1 ), ( 1 2 3 ), ( 1 2 1 ), ( ex:a ex:b ), ex:circle, ex:open, ex:two, "text" .
ex:circle rdf:first 1 ; rdf:rest ex:circle .
ex:open rdf:first 1 .
ex:two rdf:first 1, 2 ; rdf:rest () .
ex:d ex:p ex:x, ex:y, ex:z . ex:x a ex:X . ex:y a ex:Sub . ex:Sub rdfs:subClassOf ex:Y .
"""
MESSAGE = 'sh:message "told"'
UNCOMPILED = (
    "sh:sparql [ sh:select 'SELECT $this { $this <urn:no> 1 . { $this <urn:no> 1 } UNION { FILTER(false) } }' ]"
)


def quads(turtle: str) -> list[Quad]:
    return list(parse((PREFIXES + turtle).encode(), format=RdfFormat.TURTLE, rename_blank_nodes=True))


def found(report: Report) -> set[tuple[str, str]]:
    """Return focus node and value of each result, short."""
    return {(short(one.focus_node), short(one.value)) for one in report.results}


def short(term: Term | None) -> str:
    return "a list" if isinstance(term, BlankNode) else str(getattr(term, "value", "")).rpartition("/")[2]


NIL = "22-rdf-syntax-ns#nil"
BROKEN = {("c", one) for one in ("circle", "open", "two")}
CHARACTERS = {("b", one) for one in ("two\nlines", "form\ffeed", "tab\vtab", "return\r")}
NODES = {("d", one) for one in "xyz"}
LITERALS = {("a", one) for one in ("one line", "5", "x")} | CHARACTERS | {("c", "text")}
NO_LISTS = BROKEN | LITERALS | NODES
LIST, EMPTY = ("c", "a list"), ("c", NIL)

CASES: dict[str, set[tuple[str, str]]] = {
    "sh:singleLine true": CHARACTERS,
    "sh:singleLine false": set(),
    "sh:subsetOf ex:q": CHARACTERS - {("b", "two\nlines")} | BROKEN | {("c", "text"), LIST, EMPTY} | NODES,
    "sh:minListLength 2": NO_LISTS | {EMPTY, LIST},
    "sh:minListLength 0": NO_LISTS,
    "sh:maxListLength 2": NO_LISTS | {LIST},
    "sh:maxListLength 0": NO_LISTS | {LIST},
    "sh:uniqueMembers true": NO_LISTS | {LIST},
    "sh:uniqueMembers false": set(),
    "sh:memberShape [ sh:nodeKind sh:IRI ]": NO_LISTS | {LIST},
    "sh:memberShape [ sh:datatype xsd:integer ], [ sh:maxInclusive 3 ]": NO_LISTS | {LIST},
    "sh:memberShape [ sh:property [ sh:path ex:p ; sh:minCount 4 ] ]": NO_LISTS | {LIST},
    "sh:datatype ( xsd:string rdf:langString )": {("a", "5"), LIST, EMPTY} | BROKEN | NODES,
    "sh:nodeKind ( sh:Literal sh:BlankNode )": {EMPTY} | BROKEN | NODES,
    "sh:class ( ex:X ex:Y )": (NO_LISTS | {LIST, EMPTY}) - {("d", "x"), ("d", "y")},
}


def shape(constraint: str, extra: str) -> list[Quad]:
    targets = "sh:targetSubjectsOf ex:p"
    return quads(f"ex:S a sh:NodeShape ; {targets} ; sh:property [ sh:path ex:p ; {constraint} ; {extra} ] .")


@pytest.mark.parametrize("extra", [MESSAGE, "", UNCOMPILED], ids=["by the engine", "told by pySHACL", "by pySHACL"])
@pytest.mark.parametrize("constraint", CASES)
def test_a_constraint_finds_what_the_draft_says(constraint: str, extra: str) -> None:
    name = constraint.partition(" ")[0].removeprefix("sh:")
    report = validation.validate(quads(DATA), shape(constraint, extra))
    assert found(report) == CASES[constraint]
    assert {one.component for one in report.results} <= {SH[f"{name[0].upper()}{name[1:]}ConstraintComponent"]}


@pytest.mark.parametrize(
    "nested", ["sh:not [ {} ]", "sh:or ( [ {} ] [ sh:in ( 0 ) ] )", "sh:node [ {} ]", "sh:xone ( [ {} ] )"]
)
@pytest.mark.parametrize("constraint", CASES)
def test_the_engine_and_pyshacl_agree_on_nested_shapes(constraint: str, nested: str) -> None:
    # A shape without a message has its results from pySHACL, one that is not compiled all of its evaluation.
    own, told, left = (
        found(validation.validate(quads(DATA), shape(nested.format(constraint), extra)))
        for extra in (MESSAGE, "", UNCOMPILED)
    )
    assert own == told == left


def test_lists_have_one_result_each() -> None:
    report = validation.validate(quads(DATA), shape("sh:uniqueMembers true", MESSAGE))
    assert len([one for one in report.results if str(one.value).startswith("_:")]) == 1


@pytest.mark.parametrize("constraint", CASES)
def test_the_engine_compiles_it(constraint: str) -> None:
    (line,) = [one for one in explain(shape(constraint, MESSAGE)) if one.constraint.value.startswith(SH.iri)]
    assert line.compiled


def test_a_member_shape_that_contains_itself_is_refused() -> None:
    shapes = quads("ex:S a sh:NodeShape ; sh:targetNode ex:l ; sh:memberShape ex:S .")
    data = quads("ex:l rdf:first ex:m ; rdf:rest () . ex:m rdf:first ex:l ; rdf:rest () .")
    with pytest.raises(ShapesError, match="recursive"):
        validation.validate(data, shapes)


def test_a_list_that_changes_is_seen() -> None:
    shapes = shape("sh:minListLength 1", MESSAGE)
    engine = Engine(shapes)
    for turtle, count in (("ex:a ex:p () .", 1), ("ex:a ex:p ( 1 ) .", 0)):
        data = quads(turtle)
        assert len(engine.validate(DataGraph(QuadsSource(data)), lambda: None).results) == count
