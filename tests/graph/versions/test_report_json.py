"""Reports that the ledger keeps come back as they were, blank nodes and all."""

import json

from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from graph.versions.report_json import report_from_json, report_to_json
from ontology.terms import RDF, SH, XSD
from shapes import reports
from shapes.report import Report, Result

THING = NamedNode("https://example.org/thing")
PATH = BlankNode("path1")
DETAILS = [
    Quad(PATH, RDF.first, NamedNode("https://example.org/p")),
    Quad(PATH, RDF.rest, RDF.nil),
    Quad(BlankNode("shape1"), SH.message, Literal('quoted "words"\nand a line', language="en")),
]


def result(**fields: object) -> Result:
    given = {"focus_node": THING, "component": SH.MinCountConstraintComponent, "severity": SH.Violation}
    return Result(**{**given, "source_shape": NamedNode("https://example.org/Shape"), **fields})  # type: ignore[arg-type]


def test_a_report_comes_back_as_it_was() -> None:
    report = Report.of(
        [
            result(),
            result(path=PATH, value=Literal("1", datatype=XSD.integer), source_shape=BlankNode("shape1")),
            result(focus_node=Literal("text \U0001f600", language="fr"), severity=SH.Warning),
            result(value=THING, messages=(Literal("Faites-le.", language="fr"), Literal("Do it."))),
        ],
        DETAILS,
    )
    labelled = Report(report.results, report.details, {THING.value: {"en": "A thing", "fr": "Un objet"}})
    again = report_from_json(report_to_json(labelled))
    assert again.results == labelled.results
    assert {quad.triple for quad in again.details} == {quad.triple for quad in labelled.details}
    assert again.labels == labelled.labels
    assert reports.write(again, "turtle") == reports.write(labelled, "turtle")
    assert reports.write(again, "json") == reports.write(labelled, "json")


def test_a_report_from_before_labels_had_languages_comes_back() -> None:
    kept = json.loads(report_to_json(Report.of([result()], DETAILS))) | {"labels": {THING.value: "A thing"}}
    assert report_from_json(json.dumps(kept)).label(THING.value, "fr") == "A thing"


def test_an_empty_report_comes_back() -> None:
    assert report_from_json(report_to_json(Report())) == Report()
