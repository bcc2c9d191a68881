"""Reports are grouped by thing, say what to do, come in three forms, and are the same for the same data."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from ontology import iris
from ontology.terms import RDF, RDFS, SH, SHAPES, SKOS
from shapes import documents, reports, validation
from shapes.report import Report, labels

FOLDER = documents.FOLDER / "examples"
SWEDEN = iris.state("SWE")
USER_SHAPES = """
@prefix ex: <https://example.org/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
ex:Shape sh:targetNode ex:thing ; sh:property
  [ sh:path ( ex:part [ sh:inversePath ex:whole ] ) ; sh:minCount 1 ; sh:message "one"@en, "un"@fr ] ,
  [ sh:path [ sh:alternativePath ( ex:name [ sh:zeroOrMorePath ex:label ] ) ] ; sh:minCount 2 ] .
"""


@pytest.fixture(scope="module")
def user_report() -> Callable[[], Report]:
    def run() -> Report:
        shapes = parse(USER_SHAPES.encode(), format=RdfFormat.TURTLE, rename_blank_nodes=True)
        return validation.validate([], shapes)

    return run


@pytest.fixture(scope="module")
def report(background: tuple[Quad, ...], read_example: Callable[[Path], tuple[Quad, ...]]) -> Report:
    names = ("StateShape.fail.ttl", "RatificationShape.fail.ttl", "SuccessionShape.fail.ttl")
    return validation.validate([*background, *(quad for name in names for quad in read_example(FOLDER / name))])


def test_the_text_groups_by_thing_with_its_label_and_says_what_to_do(report: Report) -> None:
    summary, *blocks = reports.write(report, "text").split("\n\n")
    assert summary == "Does not conform: 2 violations, 1 warning."
    assert len(blocks) == len({result.focus_node for result in report.results}) == 3
    (sweden,) = [block for block in blocks if str(SWEDEN) in block]
    assert sweden.splitlines()[:3] == ["Sweden", f"  {SWEDEN}", "  violation: opsc:iso3"]
    assert "Give opsc:iso3" in sweden


def test_labels_can_be_added_to_the_text(report: Report) -> None:
    ratification = iris.action("opsc", "NOR", "ratification")
    labelled = replace(report, labels={ratification.value: {"en": "Norway's ratification"}})
    text = reports.write(labelled, "text")
    assert f"Norway's ratification\n  {ratification}\n" in text


def test_a_thing_is_called_as_the_reader_calls_it() -> None:
    of_sweden = [
        Quad(SWEDEN, SKOS.prefLabel, Literal("Sweden", language="en")),
        Quad(SWEDEN, SKOS.prefLabel, Literal("Su\xe8de", language="fr")),
        Quad(SWEDEN, RDFS.label, Literal("Konungariket Sverige", language="sv")),
    ]
    report = Report(labels=labels(of_sweden, [SWEDEN], [SKOS.prefLabel, RDFS.label]))
    names = [report.label(SWEDEN.value, language) for language in ("en", "fr", "es")]
    assert names == ["Sweden", "Su\xe8de", "Sweden"]
    only_other = Report(labels=labels(of_sweden[2:], [SWEDEN], [RDFS.label]))
    assert only_other.label(SWEDEN.value, "en") == "Konungariket Sverige"
    assert Report().label(SWEDEN.value, "en") is None


def test_a_report_without_results_conforms_in_every_form() -> None:
    empty = Report()
    assert reports.write(empty, "text") == "Conforms.\n"
    assert json.loads(reports.write(empty, "json")) == {
        "conforms": True,
        "violations": 0,
        "warnings": 0,
        "infos": 0,
        "results": [],
    }
    turtle = list(parse(reports.write(empty, "turtle").encode(), format=RdfFormat.TURTLE))
    assert [quad.object.value for quad in turtle if quad.predicate == SH.conforms] == ["true"]


def test_the_json_is_flat_and_complete(report: Report) -> None:
    content = json.loads(reports.write(report, "json"))
    assert (content["conforms"], content["violations"], content["warnings"]) == (False, 2, 1)
    (late,) = [result for result in content["results"] if result.get("sourceConstraint")]
    assert late["focusNode"] == iris.action("opsc", "NOR", "ratification").value
    assert late["value"] == iris.action("opsc", "NOR", "signature").value
    assert late["sourceShape"] == SHAPES.RatificationShape.value
    assert late["sourceConstraint"] == SHAPES.notBeforeSignature.value
    assert late["component"] == SH.SPARQLConstraintComponent.value
    assert late["messages"]["en"].startswith("Dated 2000-06-13, before the signature ")
    (unnamed,) = [result for result in content["results"] if result["focusNode"] == SWEDEN.value]
    assert unnamed["focusNodeLabel"] == "Sweden"
    assert unnamed["path"] == "https://w3id.org/opsc/ns#iso3"


def test_the_turtle_is_a_report_of_shacl(report: Report) -> None:
    quads = list(parse(reports.write(report, "turtle").encode(), format=RdfFormat.TURTLE))
    results = [quad.object for quad in quads if quad.predicate == SH.result]
    assert len(results) == len(report.results)
    for result in results:
        told = {quad.predicate: quad.object for quad in quads if quad.subject == result}
        assert told[RDF.type] == SH.ValidationResult
        required = {SH.focusNode, SH.resultSeverity, SH.sourceConstraintComponent, SH.sourceShape, SH.resultMessage}
        assert required <= told.keys()


def test_shapes_and_paths_without_an_iri_are_described_in_the_turtle(user_report: Callable[[], Report]) -> None:
    quads = list(parse(reports.write(user_report(), "turtle").encode(), format=RdfFormat.TURTLE))
    shapes = {quad.object for quad in quads if quad.predicate == SH.sourceShape}
    assert len(shapes) == 2
    described = {quad.subject for quad in quads if quad.predicate == SH.minCount}
    assert shapes == described
    assert NamedNode("https://example.org/whole") in {quad.object for quad in quads if quad.predicate == SH.inversePath}


def test_paths_are_written_as_in_sparql(user_report: Callable[[], Report]) -> None:
    ex = "https://example.org/"
    paths = {result["path"] for result in json.loads(reports.write(user_report(), "json"))["results"]}
    assert paths == {f"<{ex}part>/(^<{ex}whole>)", f"<{ex}name>|(<{ex}label>*)"}


def test_a_message_is_chosen_by_language(user_report: Callable[[], Report]) -> None:
    (told,) = [result for result in user_report().results if "one" in {message.value for message in result.messages}]
    assert [told.message(language) for language in ("en", "fr", "de")] == ["one", "un", "one"]


def test_the_same_data_give_the_same_report_whatever_their_order(
    background: tuple[Quad, ...], report: Report, read_example: Callable[[Path], tuple[Quad, ...]]
) -> None:
    names = ("SuccessionShape.fail.ttl", "RatificationShape.fail.ttl", "StateShape.fail.ttl")
    data = [*(quad for name in names for quad in read_example(FOLDER / name)), *background]
    again = validation.validate(reversed(data))
    assert reports.write(again, "text") == reports.write(report, "text")
    assert reports.write(again, "json") == reports.write(report, "json")
    assert reports.write(again, "turtle") == reports.write(report, "turtle")


def test_blank_nodes_do_not_make_reports_differ(user_report: Callable[[], Report]) -> None:
    assert reports.write(user_report(), "turtle") == reports.write(user_report(), "turtle")


def test_reports_can_be_merged_and_cut_down(report: Report, user_report: Callable[[], Report]) -> None:
    both = Report.merged([report.about({SWEDEN}), user_report()])
    assert {result.focus_node for result in both.results} == {SWEDEN, NamedNode("https://example.org/thing")}
    assert both.label(SWEDEN.value, "en") == "Sweden"
    assert Report.merged([both, both]).distinct().results == both.distinct().results
    assert len(Report.merged([both, both]).results) == 2 * len(both.results)
    assert report.about(()).conforms
