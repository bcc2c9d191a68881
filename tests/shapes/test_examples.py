"""Each shape comes with data that pass and data that fail, each for the reason that its first lines name."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad

from ontology.terms import PREFIXES, RDF, RDFS, SH, SHAPES
from shapes import documents, validation
from shapes.shapes_graph import ShapesGraph

Background = tuple[Quad, ...]
ReadExample = Callable[[Path], tuple[Quad, ...]]

FOLDER = documents.FOLDER / "examples"
SHAPES_GRAPH = ShapesGraph([*documents.core(), *documents.contribution()])
ROOTS = [root for root in SHAPES_GRAPH.roots() if isinstance(root, NamedNode)]
PASSING = sorted(FOLDER.glob("*.pass.ttl"))
FAILING = sorted(FOLDER.glob("*.fail*.ttl"))
DERIVED = {"EntryIntoForceShape", "StatusIntervalShape", "ReportDueShape", "TallyShape"}
EXPECTATION = re.compile(r"^# expects: sh:(\w+) opscsh:(\S+)$", re.MULTILINE)


def shape_name(path: Path) -> str:
    return path.name.partition(".")[0]


def expected(path: Path) -> Counter[tuple[str, str]]:
    found = EXPECTATION.findall(path.read_text(encoding="utf-8"))
    return Counter((PREFIXES["sh"] + component, PREFIXES["opscsh"] + source) for component, source in found)


def results(path: Path, data: tuple[Quad, ...], background: Background) -> Counter[tuple[str, str]]:
    if shape_name(path).endswith("ContributionShape"):
        report = validation.validate_contribution(data, background)
    else:
        report = validation.validate([*data, *background])
    return Counter(
        (result.component.value, (result.source_constraint or result.source_shape).value) for result in report.results
    )


def test_every_shape_has_a_passing_and_a_failing_example_and_every_example_a_shape() -> None:
    names = {root.value.removeprefix(SHAPES.iri) for root in ROOTS}
    assert {shape_name(path) for path in PASSING} == names
    assert {shape_name(path) for path in FAILING} == names


@pytest.mark.parametrize("root", ROOTS, ids=lambda root: root.value.removeprefix(SHAPES.iri))
def test_every_sparql_constraint_of_a_shape_has_a_failing_example(root: NamedNode) -> None:
    name = root.value.removeprefix(SHAPES.iri)
    shown = {source for path in FAILING if shape_name(path) == name for _, source in expected(path)}
    constraints = {constraint.value for constraint in SHAPES_GRAPH.objects(root, SH.sparql)}
    assert constraints <= shown


def test_the_background_conforms_by_itself(background: Background) -> None:
    report = validation.validate_contribution(background)
    assert report.conforms
    assert {result.source_shape for result in report.results} <= {SHAPES["SourceContributionShape-sourceAsOf"]}


@pytest.mark.parametrize("path", PASSING, ids=lambda path: path.name)
def test_a_passing_example_is_about_its_shape_and_conforms(
    path: Path, background: Background, read_example: ReadExample
) -> None:
    data = read_example(path)
    targets = SHAPES_GRAPH.targets(SHAPES[shape_name(path)])
    if shape_name(path) != "DerivedContributionShape":
        assert any(
            (quad.predicate, quad.object) == (RDF.type, value) or quad.predicate == value
            for quad in data
            for _, value in targets
        )
    if shape_name(path) in DERIVED:
        assert validation.validate([*data, *background]).results == ()
    else:
        assert validation.validate_contribution(data, background).results == ()


@pytest.mark.parametrize("path", FAILING, ids=lambda path: path.name)
def test_a_failing_example_violates_what_it_says_and_nothing_else(
    path: Path, background: Background, read_example: ReadExample
) -> None:
    assert expected(path)
    assert results(path, read_example(path), background) == expected(path)


def test_a_signatory_of_the_convention_takes_part_and_an_outsider_does_not(
    background: Background, read_example: ReadExample
) -> None:
    united_states = read_example(FOLDER / "ParticipationActionShape.pass.ttl")
    assert validation.validate([*united_states, *background]).conforms
    on_the_convention = [
        quad for quad in background if "/id/action/crc/USA/" not in quad.subject.value and quad.predicate != RDFS.label
    ]
    report = validation.validate([*united_states, *on_the_convention])
    assert {result.source_constraint for result in report.results} == {SHAPES["ParticipationActionShape-eligible"]}
