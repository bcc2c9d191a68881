"""On random data and random shapes over a small vocabulary the engine reports what pySHACL reports."""

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Quad, RdfFormat, parse

from shapes import validation
from shapes.errors import ShapesError
from shapes.report import Report, Result
from tests.generated import cases

PREFIXES = """
@prefix ex: <https://example.org/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
CLASSES = st.sampled_from(["ex:C", "ex:D", "ex:E"])
PREDICATES = st.sampled_from(["ex:p", "ex:q", "ex:r"])
NODES = st.sampled_from(["ex:a", "ex:b", "ex:c", "_:d"])
EXPRESSIONS = ["^a", "A", "b$", "[0-9]+", "^(a|x)", "example"]
BOUNDS = ["minInclusive", "maxInclusive", "minExclusive", "maxExclusive"]
FLAGS = ["i", "m", "x", ""]
LITERALS = st.sampled_from(
    [
        *(
            "1",
            "2",
            "3.5",
            "007",
            "1e0",
            "true",
            '"1"^^xsd:boolean',
            '"x"^^xsd:integer',
            '"5"^^xsd:int',
            '"300"^^xsd:byte',
        ),
        *('"2001-01-01"^^xsd:date', '"2002-02-30"^^xsd:date', '"2003-03-03Z"^^xsd:date', '"2001"^^xsd:gYear'),
        *('"2001-01-01T00:00:00"^^xsd:dateTime', '"2001-01-01T00:00:00Z"^^xsd:dateTime', '"10:00:00"^^xsd:time'),
        *('"a"', '"abc"', '"a"@en', '"b"@en', '"c"@en-GB', '"d"@fr', '"http://x"^^xsd:anyURI', '"a"^^ex:type', '""'),
    ]
)
VALUES = st.one_of(NODES, LITERALS)
IRIS = st.sampled_from(["ex:a", "ex:b", "ex:c"])
NAMED = st.one_of(IRIS, LITERALS)


@st.composite
def data(draw: st.DrawFn) -> str:
    lines = [f"{draw(NODES)} {draw(PREDICATES)} {draw(VALUES)} ." for _ in range(draw(st.integers(1, 9)))]
    lines += [f"{draw(NODES)} a {draw(CLASSES)} ." for _ in range(draw(st.integers(0, 4)))]
    lines += [f"{draw(CLASSES)} rdfs:subClassOf {draw(CLASSES)} ." for _ in range(draw(st.integers(0, 2)))]
    return "\n".join(lines)


PATHS = st.recursive(
    PREDICATES,
    lambda inner: st.one_of(
        st.builds("[ sh:inversePath {} ]".format, inner),
        st.builds("[ sh:zeroOrMorePath {} ]".format, inner),
        st.builds("[ sh:oneOrMorePath {} ]".format, inner),
        st.builds("[ sh:zeroOrOnePath {} ]".format, inner),
        st.builds("[ sh:alternativePath ( {} {} ) ]".format, inner, inner),
        st.builds("( {} {} )".format, inner, inner),
    ),
    max_leaves=3,
)
COUNTS = st.integers(0, 3)
OF_VALUES = st.one_of(
    st.builds("sh:class {}".format, CLASSES),
    st.builds("sh:class {}, {}".format, CLASSES, CLASSES),
    st.builds(
        "sh:datatype {}".format,
        st.sampled_from(
            [
                "xsd:integer",
                "xsd:int",
                "xsd:byte",
                "xsd:string",
                "xsd:date",
                "xsd:boolean",
                "xsd:dateTime",
                "xsd:gYear",
                "xsd:decimal",
                "xsd:double",
                "rdf:langString",
                "rdfs:Literal",
                "ex:type",
                "xsd:anyURI",
                "xsd:time",
            ]
        ),
    ),
    st.builds(
        "sh:nodeKind sh:{}".format,
        st.sampled_from(["IRI", "BlankNode", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral"]),
    ),
    st.builds("sh:{} {}".format, st.sampled_from(BOUNDS), LITERALS),
    st.builds("sh:{} {}".format, st.sampled_from(["minLength", "maxLength"]), COUNTS),
    st.builds('sh:pattern "{}"'.format, st.sampled_from(EXPRESSIONS)),
    st.builds('sh:pattern "{}" ; sh:flags "{}"'.format, st.sampled_from(["^A", "C$"]), st.sampled_from(FLAGS)),
    st.builds('sh:languageIn ( "{}" "{}" )'.format, st.sampled_from(["en", "EN-gb", "*"]), st.just("fr")),
    st.builds("sh:in ( {} {} )".format, NAMED, IRIS),
    st.builds("sh:hasValue {}".format, NAMED),
    st.builds("sh:{} {}".format, st.sampled_from(["equals", "disjoint"]), PREDICATES),
)
OF_PROPERTIES = st.one_of(
    OF_VALUES,
    st.builds("sh:{} {}".format, st.sampled_from(["minCount", "maxCount"]), COUNTS),
    st.builds("sh:{} {}".format, st.sampled_from(["lessThan", "lessThanOrEquals"]), PREDICATES),
    st.builds("sh:uniqueLang {}".format, st.sampled_from(["true", "false"])),
)
MISCELLANY = st.sampled_from(
    [
        "",
        "",
        "",
        "",
        'sh:message "m"@en',
        "sh:severity sh:Warning",
        "sh:deactivated true",
        "sh:deactivated false",
        'rdfs:label "l"',
    ]
)
TARGETS = st.one_of(
    st.builds("sh:targetClass {}".format, CLASSES),
    st.builds("sh:targetNode {}".format, NAMED),
    st.builds("sh:targetSubjectsOf {}".format, PREDICATES),
    st.builds("sh:targetObjectsOf {}".format, PREDICATES),
    st.just("a rdfs:Class"),
)


# Parameters that a shape may have once: a second value is refused, see shapes/wellformed.
ONCE = {"sh:datatype", "sh:nodeKind", "sh:minLength", "sh:maxLength", "sh:minCount", "sh:maxCount", "sh:pattern"}
ONCE |= {"sh:languageIn", "sh:in", "sh:uniqueLang", *(f"sh:{bound}" for bound in BOUNDS)}


def joined(parts: list[str]) -> str:
    """Return the parts that say something, without a second one for what may be said once."""
    kept: list[str] = []
    for part in parts:
        name = part.partition(" ")[0]
        if part and not (name in ONCE and any(other.startswith(f"{name} ") for other in kept)):
            kept.append(part)
    return " ; ".join(kept)


@st.composite
def property_shapes(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    parts = [f"sh:path {draw(PATHS)}", *draw(st.lists(OF_PROPERTIES, max_size=2)), draw(MISCELLANY)]
    if draw(st.integers(0, 2)) == 0:
        parts.append(draw(references(inner)))
    if draw(st.integers(0, 4)) == 0:
        disjoint = draw(st.sampled_from(["", "sh:qualifiedValueShapesDisjoint true"]))
        count = f"sh:qualified{draw(st.sampled_from(['Min', 'Max']))}Count {draw(COUNTS)}"
        parts += [f"sh:qualifiedValueShape {draw(inner)}", count, disjoint]
    return f"[ {joined(parts)} ]"


def references(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("sh:node {}".format, inner),
        st.builds("sh:not {}".format, inner),
        st.builds("sh:{} ( {} {} )".format, st.sampled_from(["and", "or", "xone"]), inner, inner),
        property_shapes(inner).map("sh:property {}".format) if inner is not LEAVES else st.just(""),
    )


@st.composite
def leaves(draw: st.DrawFn) -> str:
    return f"[ a sh:NodeShape ; {joined([*draw(st.lists(OF_VALUES, max_size=2)), draw(MISCELLANY)])} ]"


LEAVES = leaves()


@st.composite
def nested(draw: st.DrawFn) -> str:
    parts = [draw(MISCELLANY), *draw(st.lists(OF_VALUES, max_size=1))]
    parts += [f"sh:property {draw(property_shapes(LEAVES))}" for _ in range(draw(st.integers(0, 1)))]
    return f"[ a sh:NodeShape ; {joined(parts)} ]"


INNER = st.one_of(LEAVES, nested())


@st.composite
def shapes(draw: st.DrawFn) -> str:
    parts = [
        draw(TARGETS),
        *draw(st.lists(TARGETS, max_size=1)),
        *draw(st.lists(OF_VALUES, max_size=1)),
        draw(MISCELLANY),
    ]
    parts += [f"sh:property {draw(property_shapes(INNER))}" for _ in range(draw(st.integers(0, 2)))]
    if draw(st.booleans()):
        parts.append(draw(references(INNER)))
    if draw(st.integers(0, 5)) == 0:
        parts.append("sh:closed true ; sh:ignoredProperties ( rdf:type ex:r )")
    return f"ex:S {joined(parts)} . ex:T {draw(TARGETS)} ; sh:property {draw(property_shapes(INNER))} ."


def quads(turtle: str) -> list[Quad]:
    return list(parse((PREFIXES + turtle).encode(), format=RdfFormat.TURTLE, rename_blank_nodes=True))


@settings(
    max_examples=cases(150), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(data=data(), shapes=shapes())
def test_the_report_is_the_one_of_pyshacl(
    data: str,
    shapes: str,
    pyshacl_report: Callable[[list[Quad], list[Quad]], Report],
    compared: Callable[[tuple[Result, ...]], set[tuple[object, ...]]],
) -> None:
    data_quads, shapes_quads = quads(data), quads(shapes)

    def outcome(validate: Callable[[list[Quad], list[Quad]], Report]) -> set[tuple[object, ...]] | str:
        try:
            return compared(validate(data_quads, shapes_quads).results, shapes_quads)
        except ShapesError:
            return "refused"

    assert outcome(validation.validate) == outcome(pyshacl_report)
