"""The gate names terms, concepts and things that do not exist, with the nearest, and keeps values to their schemes."""

from collections.abc import Callable

import pytest
from pyoxigraph import NamedNode, Quad, RdfFormat, Store, parse

from ontology import iris
from ontology.terms import OPSC, SH, SHAPES, SKOS
from shapes import documents
from shapes.engine.property_paths import members
from shapes.gate import checks as gate
from shapes.gate.checks import ProposedChange
from shapes.gate.known import declared
from shapes.report import Report
from shapes.shapes_graph import ShapesGraph
from shapes.validation import ValidatedGraph

PREFIXES = """
@prefix opsc: <https://w3id.org/opsc/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
"""
ACCESSION = (
    PREFIXES
    + """
<https://example.org/tuv/1> a opsc:Accession, opsc:ConsentToBeBound, opsc:ParticipationAction ;
  opsc:instrument <https://w3id.org/opsc/eli/opsc> ;
  opsc:participant <https://w3id.org/opsc/id/state/TUV> ;
  opsc:dateEarliest "2025-12-03"^^xsd:date ;
  opsc:dateLatest "2025-12-03"^^xsd:date ;
  opsc:datePrecision <https://w3id.org/opsc/scheme/date-precision/day> ;
  opsc:underProvision <https://w3id.org/opsc/eli/opsc/art_13/par_2> ;
  dcterms:source <https://w3id.org/opsc/id/source/nl-treaty-database> .
"""
)
BASE = "https://w3id.org/opsc/"
Judge = Callable[[str], Report]


@pytest.fixture(scope="module")
def judge(dataset: Store) -> Judge:
    """Return a function that validates Turtle with the graph."""
    graph = ValidatedGraph(dataset)
    return lambda turtle: graph.validate_change(read(turtle))


def read(turtle: str) -> list[Quad]:
    return list(parse(turtle.encode(), RdfFormat.TURTLE))


def found(report: Report) -> set[tuple[str, str]]:
    """Return the violations: the shape and the message."""
    return {
        (str(result.source_shape).removeprefix(f"<{SHAPES.iri}").rstrip(">"), result.message())
        for result in report.results
        if result.severity == SH.Violation
    }


def test_the_file_without_mistakes_conforms(judge: Judge) -> None:
    assert found(judge(ACCESSION)) == set()


@pytest.mark.parametrize(
    ("right", "wrong", "shape", "value", "nearest"),
    [
        ("opsc:Accession", "opsc:Acession", "KnownTermGate", "ns#Acession", "ns#Accession"),
        ("opsc:Accession", "opsc:accession", "KnownTermGate", "ns#accession", "ns#Accession"),
        ("opsc:underProvision", "opsc:underProvison", "KnownTermGate", "ns#underProvison", "ns#underProvision"),
        ("opsc:dateEarliest", "opsc:x 1 ; opsc:dateEarliest", "KnownTermGate", "ns#x", None),
        ("id/state/TUV", "id/state/tuv", "ExistingThingGate", "id/state/tuv", "id/state/TUV"),
        ("art_13/par_2", "Art_13/par_2", "ExistingThingGate", "eli/opsc/Art_13/par_2", "eli/opsc/art_13/par_2"),
        (
            "nl-treaty-database",
            "nl-treaty-databsae",
            "ExistingThingGate",
            "id/source/nl-treaty-databsae",
            "id/source/nl-treaty-database",
        ),
        (
            "precision/day",
            "precision/dya",
            "KnownConceptGate",
            "scheme/date-precision/dya",
            "scheme/date-precision/day",
        ),
    ],
)
def test_a_misspelt_name_is_one_violation_with_the_nearest_name(
    right: str, wrong: str, shape: str, value: str, nearest: str | None, judge: Judge
) -> None:
    report = judge(ACCESSION.replace(right, wrong, 1))
    ((_, message),) = {one for one in found(report) if one[0] == shape}
    assert f"{BASE}{value} " in message
    assert nearest is None or f"{BASE}{nearest} " in message
    # No other result is about the same value: what shapes say of it follows from the mistake.
    about = [result for result in report.results if result.value == NamedNode(f"{BASE}{value}")]
    assert {result.source_shape for result in about} <= {SHAPES[shape]}


@pytest.mark.parametrize(
    "written", ["http://w3id.org", "HTTPS://w3id.org", "https://w3id.org:443", "https://W3ID.org", "https://w3id%2Eorg"]
)
def test_another_form_of_an_iri_of_ours_is_a_violation_with_the_right_form(written: str, judge: Judge) -> None:
    data = ACCESSION.replace("<https://w3id.org/opsc/", f"<{written}/opsc/")
    assert data != ACCESSION
    violations = found(judge(data))
    assert {shape for shape, _ in violations} == {"CanonicalFormGate"}
    assert any(message.endswith(f"Write {BASE}id/state/TUV.") for _, message in violations)
    assert any(message.endswith(f"Write {OPSC.Accession.value}.") for _, message in violations)


@pytest.mark.parametrize("subject", ["https://w3id.org/%6fpsc/ns#Offence", "HTTPS://w3id.org/opsc/ns#Offence"])
def test_another_form_of_a_term_is_no_subject_either(subject: str, judge: Judge) -> None:
    violations = found(judge(f"{PREFIXES} <{subject}> skos:prefLabel 'x'@en ."))
    assert ("CanonicalFormGate", True) in {(shape, OPSC.Offence.value in message) for shape, message in violations}


def test_a_thing_that_differs_from_one_of_the_graph_in_capitals_alone_is_not_described_anew(judge: Judge) -> None:
    violations = found(judge(f"{PREFIXES} <{BASE}id/state/nor> a opsc:State ."))
    assert any(shape == "ExistingThingGate" and "id/state/NOR" in message for shape, message in violations)


def test_a_new_thing_below_the_base_is_described_in_the_same_file(judge: Judge) -> None:
    new = f"{BASE}id/action/opsc/TUV/accession"
    assert found(judge(ACCESSION.replace("https://example.org/tuv/1", new))) == set()
    undescribed = found(judge(f"{PREFIXES} <https://example.org/a> opsc:about <{new}> ."))
    assert {shape for shape, _ in undescribed} == {"ExistingThingGate"}


@pytest.mark.parametrize("prop", sorted(declared().values_from, key=str), ids=str)
def test_a_controlled_property_takes_concepts_of_its_schemes_only(prop: NamedNode) -> None:
    known = declared()
    schemes = known.values_from[prop]
    for concept, in_schemes in known.schemes_of.items():
        change = ProposedChange([Quad(NamedNode("https://example.org/a"), prop, concept)], Store())
        shapes = {result.source_shape for result in gate.judge(change).results}
        assert (SHAPES.ValuesFromGate not in shapes) == bool(schemes & in_schemes), concept


@pytest.mark.parametrize(
    "value", ['"limits"', "<https://example.org/effect>", "<https://w3id.org/opsc/scheme/region/002>"]
)
def test_any_other_value_of_a_controlled_property_is_a_violation(value: str, judge: Judge) -> None:
    report = judge(f"{PREFIXES} <https://example.org/s> opsc:effect {value} .")
    assert {shape for shape, _ in found(report)} == {"ValuesFromGate"}
    assert f"{BASE}scheme/statement-effect/" in report.results[0].message()


def test_the_graph_itself_keeps_to_the_schemes(quads: list[Quad]) -> None:
    known = declared()
    controlled = [quad for quad in quads if quad.predicate in known.values_from]
    assert len({quad.predicate for quad in controlled}) == len(known.values_from)
    assert [
        quad
        for quad in controlled
        if not isinstance(quad.object, NamedNode)
        or not known.values_from[quad.predicate] & known.schemes_of.get(quad.object, frozenset())
    ] == []


def test_a_property_whose_values_are_always_concepts_of_the_schemes_says_which(quads: list[Quad]) -> None:
    known = declared()
    values: dict[NamedNode, set[object]] = {}
    for quad in quads:
        if quad.predicate.value.startswith(OPSC.iri):
            values.setdefault(quad.predicate, set()).add(quad.object)
    always = {prop for prop, used in values.items() if used <= known.schemes_of.keys()}
    # Definitions are concepts too, but things of their own: opsc:Definition is the range.
    assert always - {OPSC.usesDefinition} == set(known.values_from)


def test_shapes_and_ontology_agree_on_the_values_of_a_property() -> None:
    known = declared()
    shapes = ShapesGraph([*documents.core(), *documents.contribution()])
    concepts_of = {
        scheme: {concept for concept, schemes in known.schemes_of.items() if scheme in schemes}
        for schemes in known.values_from.values()
        for scheme in schemes
    }
    for shape, prop in [(quad.subject, quad.object) for quad in shapes.quads if quad.predicate == SH.path]:
        listed = {member for head in shapes.objects(shape, SH["in"]) for member in members(shapes, head)}
        if SKOS.Concept in shapes.objects(shape, SH["class"]) and str(prop).startswith(f"<{OPSC.iri}"):
            assert prop in known.values_from, shape
        if any(concept in known.schemes_of for concept in listed):
            assert isinstance(prop, NamedNode)
            (scheme,) = known.values_from[prop]
            assert listed == concepts_of[scheme], shape


@pytest.mark.parametrize(
    ("prop", "limit"), [("opsc:gist", 600), ("skos:prefLabel", 300), ("opsc:note", 2000), ("dcterms:abstract", 5000)]
)
def test_texts_have_a_greatest_length(prop: str, limit: int) -> None:
    def shapes(length: int) -> set[str]:
        data = read(f'{PREFIXES} <https://example.org/a> {prop} "{"x" * length}"@en .')
        return {shape for shape, _ in found(Report(gate.judge(ProposedChange(data, Store())).results))}

    assert shapes(limit) == set()
    (shape,) = shapes(limit + 1)
    assert shape.startswith("LengthGate")


def test_thousands_of_misspelt_terms_are_judged_in_a_moment(judge: Judge) -> None:
    data = "".join(f"<https://example.org/{n}> opsc:date{n} <{BASE}id/state/x{n}> .\n" for n in range(5_000))
    assert len(judge(PREFIXES + data).results) == 10_000


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        (f"{BASE}id/state/TUV", f"{BASE}id/state/TUV"),
        ("http://w3id.org/opsc", BASE),
        ("https://w3id.org/a/../opsc/id/./state", f"{BASE}id/state"),
        ("https://user@w3id.org./OPSC/ns#A?b", f"{BASE}ns#A?b"),
        (f"{BASE}id/%54UV?q=%6f#f", f"{BASE}id/TUV?q=%6f#f"),
        ("https://w3id.org/opsc/a/../../un/x", None),
        ("https://w3id.org:8080/opsc/x", None),
        ("https://w3id.org/opscsh/x", None),
        ("https://example.org/opsc/https://w3id.org/opsc/", None),
        ("http://[w3id.org/opsc/", None),
        ("urn:w3id.org:opsc", None),
    ],
)
def test_the_canonical_form_of_an_iri(written: str, canonical: str | None) -> None:
    assert iris.canonical(written) == canonical
