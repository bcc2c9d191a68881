"""Validation in two ways gives the report of pySHACL; contributions are held to more, and only for what they say."""

import gc
from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, parse

from ontology import iris
from ontology.terms import OPSC, RDF, SH, SHAPES
from shapes import documents, validation
from shapes.data_graph import Relation
from shapes.errors import ShapesError
from shapes.report import Result

Background = tuple[Quad, ...]
ReadExample = Callable[[Path], tuple[Quad, ...]]
Oracle = Callable[[list[Quad], tuple[Quad, ...]], set[tuple[object, ...]]]
Compared = Callable[[tuple[Result, ...]], set[tuple[object, ...]]]

FOLDER = documents.FOLDER / "examples"
# As many examples are validated together, since pySHACL is slow.
TOGETHER = 6
# As many examples are validated together, since pySHACL is slow.
TOGETHER = 6
NORWAY = iris.action("opsc", "NOR", "signature")
SHACL = """
@prefix ex: <https://example.org/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
"""


def quads(turtle: str) -> list[Quad]:
    return list(parse((SHACL + turtle).encode(), format=RdfFormat.TURTLE, rename_blank_nodes=True))


def constraints_of(results: tuple[Result, ...]) -> set[NamedNode | BlankNode]:
    return {result.source_constraint or result.source_shape for result in results}


def failing(*, contributed: bool) -> list[Path]:
    return [path for path in sorted(FOLDER.glob("*.fail*.ttl")) if ("ContributionShape" in path.name) is contributed]


def mentioned_in(quads: list[Quad], background: Background) -> list[Quad]:
    """Return the background without the provisions of which ``quads`` do not speak: half the work for pySHACL."""
    mentioned = {term for quad in quads for term in (quad.subject, quad.object)}
    return [quad for quad in background if "/art_" not in quad.subject.value or quad.subject in mentioned]


@pytest.mark.parametrize("first", range(0, len(failing(contributed=False)), TOGETHER))
def test_the_report_on_failing_examples_is_that_of_pyshacl(
    first: int, background: Background, read_example: ReadExample, oracle: Oracle, compared: Compared
) -> None:
    paths = failing(contributed=False)[first : first + TOGETHER]
    examples = [quad for path in paths for quad in read_example(path)]
    data = [*examples, *mentioned_in(examples, background)]
    assert compared(validation.validate(data).results) == oracle(data, documents.core())


@pytest.mark.parametrize("path", failing(contributed=True), ids=lambda path: path.name)
def test_the_report_on_a_contribution_is_that_of_pyshacl(
    path: Path, background: Background, read_example: ReadExample, oracle: Oracle, compared: Compared
) -> None:
    contributed = list(read_example(path))
    rest = mentioned_in(contributed, background)
    data = [*contributed, *rest]
    expected = oracle(data, documents.core()) | oracle(data, documents.contribution())
    about = {quad.subject for quad in contributed}
    report = validation.validate_contribution(contributed, rest)
    assert {result for result in compared(report.results) if result[0] in about} == {
        result for result in expected if result[0] in about
    }


def test_the_report_on_all_passing_examples_together_is_that_of_pyshacl(
    background: Background, read_example: ReadExample, oracle: Oracle, compared: Compared
) -> None:
    data = [*background, *(quad for path in FOLDER.glob("*.pass.ttl") for quad in read_example(path))]
    report = validation.validate(data)
    # Together they contradict each other: Norway both ratifies and denounces, and so on.
    assert not report.conforms
    assert compared(report.results) == oracle(data, documents.core())


def test_named_graphs_are_validated_as_their_merge(background: Background, read_example: ReadExample) -> None:
    signed = read_example(FOLDER / "RatificationShape.fail.ttl")
    parts = [
        Quad(quad.subject, quad.predicate, quad.object, iris.graph(f"part-{place % 3}"))
        for place, quad in enumerate([*signed, *signed, *background])
    ]
    assert validation.validate(parts).results == validation.validate([*signed, *background]).results


def test_a_warning_is_reported_and_does_not_block(background: Background, read_example: ReadExample) -> None:
    report = validation.validate([*read_example(FOLDER / "SuccessionShape.fail.ttl"), *background])
    assert report.conforms
    assert [result.severity for result in report.results] == [SH.Warning]


def test_the_same_omission_blocks_a_contribution(background: Background, read_example: ReadExample) -> None:
    report = validation.validate_contribution(read_example(FOLDER / "SuccessionShape.fail.ttl"), background)
    assert not report.conforms


def test_a_severity_of_ones_own_blocks() -> None:
    shapes = quads("ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:minCount 1 ; sh:severity ex:Fatal ] .")
    report = validation.validate(quads("ex:a a ex:C ."), shapes)
    assert not report.conforms
    assert report.results[0].severity == NamedNode("https://example.org/Fatal")


def test_a_contribution_that_contradicts_the_release_is_told_so(
    background: Background, read_example: ReadExample
) -> None:
    signature = read_example(FOLDER / "SignatureShape.pass.ttl")
    accession = read_example(FOLDER / "AccessionShape.fail.ttl")
    accession_alone = [quad for quad in accession if quad.subject != NORWAY]
    report = validation.validate_contribution(accession_alone, [*signature, *background])
    assert constraints_of(report.results) == {SHAPES["AccessionShape-notSigned"]}


def test_a_contribution_that_breaks_a_fact_of_the_release_is_told_so(
    background: Background, read_example: ReadExample
) -> None:
    accession = read_example(FOLDER / "AccessionShape.pass.ttl")
    second = Quad(NORWAY, OPSC.participant, iris.state("QAT"))
    retyped = [
        Quad(NORWAY, RDF.type, OPSC.Signature),
        Quad(NORWAY, OPSC.instrument, iris.instrument("opsc")),
        second,
    ]
    report = validation.validate_contribution(retyped, [*accession, *background])
    broken = {result.focus_node for result in report.results}
    assert iris.action("opsc", "QAT", "accession") in broken


def test_a_contribution_is_not_told_the_shortcomings_of_the_release(
    background: Background, read_example: ReadExample
) -> None:
    undated_release = [*read_example(FOLDER / "SuccessionShape.fail.ttl"), *background]
    contribution = read_example(FOLDER / "SignatureShape.pass.ttl")
    assert validation.validate_contribution(contribution, undated_release).results == ()


def test_shapes_of_a_user_replace_those_of_the_project(background: Background) -> None:
    shapes = quads(
        "ex:S sh:targetClass <https://w3id.org/opsc/ns#State> ; sh:property [ sh:path ex:flag ; sh:minCount 1 ] ."
    )
    report = validation.validate(background, shapes)
    assert {result.component for result in report.results} == {SH.MinCountConstraintComponent}
    assert len(report.results) == len([quad for quad in background if quad.object == OPSC.State])
    assert all(isinstance(result.source_shape, BlankNode) for result in report.results)


@pytest.mark.parametrize(
    ("shapes", "reason"),
    [
        (
            "ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:minCount 'one' ] .",
            'sh:minCount is "one"; give an integer',
        ),
        ("ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:pattern '(' ] .", "missing \\)"),
        ("ex:S sh:targetClass ex:C ; sh:property [ sh:minCount 1 ] .", "this shape has no sh:path"),
        ("ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:node ex:S ] .", "are recursive"),
    ],
)
def test_shapes_that_cannot_be_used_are_refused_with_a_reason(shapes: str, reason: str) -> None:
    data = quads("ex:a a ex:C ; ex:p ex:b . ex:b ex:p ex:a .")
    with pytest.raises(ShapesError, match=reason) as refusal:
        validation.validate(data, quads(shapes))
    assert "\n" not in str(refusal.value)


def test_literals_reach_the_report_as_they_were_written() -> None:
    shapes = quads("ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:maxInclusive 1 ] .")
    data = quads('ex:a a ex:C ; ex:p "007"^^<http://www.w3.org/2001/XMLSchema#integer> .')
    (result,) = validation.validate(data, shapes).results
    assert result.value == Literal("007", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#integer"))


def test_the_graph_that_is_released_conforms(quads: list[Quad]) -> None:
    assert validation.validate(quads).results == ()


def test_a_store_is_left_as_it_was(background: Background, read_example: ReadExample) -> None:
    signature = read_example(FOLDER / "SignatureShape.pass.ttl")
    store = validation.store_of([*background, *signature])
    before = set(store)
    contribution = [*signature, *read_example(FOLDER / "AccessionShape.fail.ttl")]
    report = validation.validate_contribution(contribution, store)
    assert report.results == validation.validate_contribution(contribution, [*signature, *background]).results
    assert set(store) == before


def test_a_store_is_left_as_it_was_when_validation_fails(
    background: Background, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = validation.store_of(background)
    before = set(store)

    def fail() -> None:
        raise ShapesError("no shapes")

    monkeypatch.setattr(validation, "_core", fail)
    with pytest.raises(ShapesError):
        validation.validate_contribution(quads("ex:a a ex:C ."), store)
    assert set(store) == before


def test_the_data_are_let_go_at_once(background: Background) -> None:
    def relations() -> int:
        return sum(isinstance(one, Relation) for one in gc.get_objects())

    shapes = quads("ex:S a sh:NodeShape ; sh:targetNode ex:s ; sh:property [ sh:path ex:p ; sh:minCount 1 ] .")
    gc.collect()
    before = relations()
    gc.disable()
    try:
        assert validation.validate(background, shapes).results
        assert relations() == before
    finally:
        gc.enable()


def test_a_sparql_constraint_sees_literals_as_they_were_written() -> None:
    shapes = quads(
        "ex:S sh:targetClass ex:C ; sh:sparql [ sh:message 'm' ;"
        " sh:select 'SELECT $this ?value {"
        " $this <https://example.org/p> ?value FILTER(STRLEN(STR(?value)) > 1) }' ] ."
    )
    data = quads('ex:a a ex:C ; ex:p "007"^^<http://www.w3.org/2001/XMLSchema#integer> .')
    (result,) = validation.validate(data, shapes).results
    assert result.value == Literal("007", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#integer"))
