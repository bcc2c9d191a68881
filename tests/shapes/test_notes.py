"""A report says which of the shapes looked at nothing."""

import json
from pathlib import Path

import pytest
from pyoxigraph import Quad, RdfFormat, parse

from opsc import explanations
from shapes import documents, reports, validation
from shapes.notes import notes
from shapes.report import Note
from shapes.shapes_graph import ShapesGraph
from tests import commanding

PREFIXES = """
@prefix ex: <https://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
"""
DATA = "ex:a a ex:Sub ; ex:p ex:b . ex:Sub rdfs:subClassOf ex:T ."


def quads(turtle: str) -> list[Quad]:
    return list(parse((PREFIXES + turtle).encode(), format=RdfFormat.TURTLE, rename_blank_nodes=True))


def told(shapes: str) -> set[tuple[str, str]]:
    found = validation.validate(quads(DATA), quads(shapes)).notes
    return {(note.kind, note.term.removeprefix("<https://example.org/").removesuffix(">")) for note in found}


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        ("ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:nodeKind sh:IRI .", set()),
        ("ex:S a sh:NodeShape ; sh:targetClass ex:U ; sh:nodeKind sh:IRI .", {("no-instance", "U")}),
        ("ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:p ; sh:targetObjectsOf ex:q .", {("no-triple", "q")}),
        ("ex:S sh:targetNode ex:none ; sh:nodeKind sh:IRI .", set()),
        ("ex:T a sh:NodeShape, rdfs:Class . ex:U a sh:NodeShape, rdfs:Class .", {("no-instance", "U")}),
        ("ex:S a sh:NodeShape ; sh:nodeKind sh:IRI .", {("no-target", "S")}),
        ("ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:node ex:R . ex:R sh:nodeKind sh:IRI .", set()),
        ("ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:node ex:R .", {("not-described", "R")}),
        (
            "ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:or ( ex:Q [ sh:not ex:R ] ) .",
            {("not-described", "Q"), ("not-described", "R")},
        ),
        ("ex:S a sh:NodeShape ; sh:targetClass ex:U ; sh:deactivated true .", set()),
        (
            "ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:qualifiedMinCount 5 ; sh:flags 'i' .",
            {("no-effect", "sh:qualifiedMinCount"), ("no-effect", "sh:flags")},
        ),
        (
            "ex:S a sh:NodeShape ; sh:targetClass ex:T ; sh:property [ sh:path ex:p ; sh:qualifiedMaxCount 5 ] .",
            {("no-effect", "sh:qualifiedMaxCount")},
        ),
    ],
)
def test_what_looked_at_nothing_is_told(shapes: str, expected: set[tuple[str, str]]) -> None:
    assert told(shapes) == expected


def test_the_shapes_of_the_project_all_have_targets() -> None:
    assert notes(ShapesGraph(documents.core())) == []
    assert notes(ShapesGraph(documents.contribution())) == []


SHAPES = "ex:S a sh:NodeShape ; sh:targetClass ex:U ; sh:nodeKind sh:IRI . ex:R a sh:NodeShape ; sh:nodeKind sh:IRI ."


@pytest.mark.parametrize("report_format", ["text", "json", "html"])
@pytest.mark.parametrize(
    ("language", "phrase"), [("en", "target classes"), ("fr", "classes cibles"), ("es", "clases obj")]
)
def test_reports_for_people_tell_it(report_format: str, language: reports.Language, phrase: str) -> None:
    report = validation.validate(quads(DATA), quads(SHAPES))
    assert phrase in reports.write(report, report_format, language)


def test_notes_are_short_however_many_there_are() -> None:
    shapes = "".join(f"ex:S{number} a sh:NodeShape ; sh:targetClass ex:U{number} ." for number in range(500))
    content = reports.write(validation.validate(quads(DATA), quads(shapes)), "json")
    (note,) = json.loads(content)["notes"]
    assert note.endswith("<https://example.org/U4>, ... (+495)")


def test_an_explanation_tells_shapes_without_a_target() -> None:
    text = explanations.render([quads(SHAPES)])
    assert "no shape refers to them: <https://example.org/R>" in text


def test_the_command_tells_it(tmp_path: Path) -> None:
    data, shapes = tmp_path / "data.ttl", tmp_path / "shapes.ttl"
    data.write_text(PREFIXES + DATA, encoding="utf-8")
    shapes.write_text(PREFIXES + SHAPES, encoding="utf-8")
    reply = commanding.opsc(tmp_path, "validate", "--shapes", shapes, data)
    assert reply.returncode == 0
    assert reply.stdout.splitlines() == [
        "Conforms.",
        "  - shapes that looked at nothing, as they have no target and no shape refers to them: <https://example.org/R>",
        "  - target classes without an instance in the data, so that their shapes looked at nothing there: "
        "<https://example.org/U>",
    ]


def test_notes_of_merged_reports_are_kept() -> None:
    report = validation.validate(quads(DATA), quads(SHAPES))
    assert set(type(report).merged([report, report]).notes) == {
        Note("no-instance", "<https://example.org/U>"),
        Note("no-target", "<https://example.org/R>"),
    }
