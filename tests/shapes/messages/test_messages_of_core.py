"""Messages of constraints whose shape has none, and the details of nested shapes."""

import pytest
from pyoxigraph import RdfFormat, parse

from ontology.terms import SH
from shapes import reports, validation
from shapes.report import Report, Result

PREFIXES = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://example.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
EX = {"ex": "http://example.org/", "xsd": "http://www.w3.org/2001/XMLSchema#", "sh": SH.iri}


def report(shape: str, data: str) -> Report:
    """Return the report on data against a shape for the node ``ex:t``, with the messages' own prefixes."""
    shapes = f"{PREFIXES} ex:S a sh:NodeShape ; sh:targetNode ex:t ; {shape}"
    quads = [list(parse(text, RdfFormat.TURTLE)) for text in (PREFIXES + data, shapes)]
    return validation.validate(quads[0], quads[1], EX)


def only(shape: str, data: str) -> Result:
    (result,) = report(shape, data).results
    return result


@pytest.mark.parametrize(
    ("constraint", "data", "message"),
    [
        ("sh:minCount 1", "", "No value of ex:p."),
        ("sh:minCount 3", "ex:t ex:p 1 .", "Fewer than 3 values of ex:p."),
        ("sh:maxCount 1", "ex:t ex:p 1, 2 .", "More than one value of ex:p."),
        ("sh:class ex:K", "ex:t ex:p ex:o .", "ex:o is not an instance of ex:K."),
        ("sh:datatype xsd:date", "ex:t ex:p 'x' .", '"x" is not a valid literal of xsd:date.'),
        ("sh:datatype xsd:date", "ex:t ex:p 5 .", "5 is not a valid literal of xsd:date."),
        (
            "sh:datatype xsd:date",
            "ex:t ex:p '2020-02-30'^^xsd:date .",
            '"2020-02-30"^^xsd:date is not a valid literal of xsd:date.',
        ),
        ("sh:nodeKind sh:IRI", "ex:t ex:p 'x'@en .", '"x"@en is not of the node kind sh:IRI.'),
        ("sh:minExclusive 5", "ex:t ex:p 5 .", "5 is not greater than 5."),
        ("sh:maxInclusive 5", "ex:t ex:p 'x' .", '"x" is not less than or equal to 5.'),
        ("sh:minLength 3", "ex:t ex:p 'ab' .", '"ab" does not have at least 3 characters.'),
        ("sh:pattern '^[A-Z]+$'", "ex:t ex:p 'ab' .", '"ab" does not match the pattern "^[A-Z]+$".'),
        ("sh:languageIn ('en' 'fr')", "ex:t ex:p 'ab' .", '"ab" is not in one of the languages "en", "fr".'),
        ("sh:uniqueLang true", "ex:t ex:p 'a'@en, 'b'@en .", "More than one value of ex:p in the same language."),
        ("sh:equals ex:q", "ex:t ex:p 1 .", "1 is not a value of both ex:p and ex:q."),
        ("sh:disjoint ex:q", "ex:t ex:p 1 ; ex:q 1 .", "1 is a value of both ex:p and ex:q."),
        ("sh:lessThan ex:q", "ex:t ex:p 2 ; ex:q 1 .", "2 is not less than every value of ex:q."),
        ("sh:hasValue ex:a", "ex:t ex:p 2 .", "ex:a is not a value of ex:p."),
        ("sh:in (1 2 3 4 5 6 7 8)", "ex:t ex:p 9 .", "9 is not one of 1, 2, 3, 4, 5, 6, ...."),
        (
            "sh:not [ sh:class ex:K ]",
            "ex:t ex:p ex:k . ex:k a ex:K .",
            "ex:k conforms to [sh:class ex:K], and must not.",
        ),
        (
            "sh:qualifiedValueShape ex:K ; sh:qualifiedMinCount 2 . ex:K a sh:NodeShape ; sh:class ex:K",
            "ex:t ex:p ex:k . ex:k a ex:K .",
            "Fewer than 2 values of ex:p conform to ex:K.",
        ),
    ],
)
def test_the_message_is_one_sentence_with_names_and_values(constraint: str, data: str, message: str) -> None:
    property_, _, more = constraint.partition(" . ")
    text = f"sh:property ex:P . ex:P sh:path ex:p ; {property_} ." + (f" {more} ." if more else "")
    assert only(text, data).message() == message


def test_each_component_of_core_has_a_sentence_in_each_language() -> None:
    results = report(
        "sh:property [ sh:path ex:p ; sh:minCount 1 ] ; sh:closed true ; sh:nodeKind sh:Literal .", "ex:t ex:q 1 ."
    ).results
    assert {result.component for result in results} == {
        SH.MinCountConstraintComponent,
        SH.ClosedConstraintComponent,
        SH.NodeKindConstraintComponent,
    }
    for result in results:
        assert sorted(str(message.language) for message in result.messages) == ["en", "es", "fr"]
        assert len({message.value for message in result.messages}) == 3


def test_a_name_of_the_property_is_used_in_the_language_of_the_reader() -> None:
    result = only("sh:property [ sh:path ex:p ; sh:minCount 1 ; sh:name 'day'@en-GB, 'jour'@fr ] .", "")
    assert result.message("en") == "No value of day (ex:p)."
    assert result.message("fr-CA") == "Aucune valeur de jour (ex:p)."


def test_a_message_of_the_shape_is_the_only_one() -> None:
    result = only("sh:property [ sh:path ex:p ; sh:minCount 1 ; sh:message 'Give the day.'@de ] .", "")
    assert [message.value for message in result.messages] == ["Give the day."]


def test_terms_and_lists_do_not_make_a_message_long() -> None:
    long = "x" * 5000
    members = " ".join(f"'{long}{number}'" for number in range(800))
    result = only(f"sh:property [ sh:path ex:p ; sh:in ( {members} ) ] .", f"ex:t ex:p '{long}' .")
    assert all(len(message.value) <= 400 for message in result.messages)


class TestNested:
    NESTED = """sh:property [ sh:path ex:r ; sh:node ex:Act ] .
        ex:Act a sh:NodeShape ; rdfs:label "act"@en, "acte"@fr ; sh:property [ sh:path ex:since ; sh:minCount 1 ] ;
          sh:property [ sh:path ex:by ; sh:node ex:Body ] . ex:Body a sh:NodeShape ; sh:nodeKind sh:IRI ."""

    def test_the_details_are_the_results_of_the_nested_shape(self) -> None:
        result = only(self.NESTED, "ex:t ex:r ex:a . ex:a ex:by 'x' .")
        assert [(detail.focus_node, detail.component) for detail in result.details] == [
            (result.value, SH.NodeConstraintComponent),
            (result.value, SH.MinCountConstraintComponent),
        ]
        ((inner,), message) = (result.details[0].details, result.message())
        assert inner.component == SH.NodeKindConstraintComponent
        assert message.startswith(
            'ex:a does not conform to act. "x" does not conform to ex:Body. "x" is not of the node'
        )
        assert message.endswith(" (and 1 more)")
        assert result.message("fr").startswith("ex:a n'est pas conforme à acte. ")

    def test_they_are_there_too_when_the_shape_has_a_message_of_its_own(self) -> None:
        nested = self.NESTED.replace("sh:node ex:Act", "sh:node ex:Act ; sh:message 'No act.'", 1)
        result = only(nested, "ex:t ex:r ex:a .")
        assert (result.message(), len(result.details)) == ("No act.", 1)

    def test_every_format_has_them(self) -> None:
        found = report(self.NESTED, "ex:t ex:r ex:a . ex:a ex:by 'x' .")
        turtle = reports.write(found, "turtle")
        assert turtle.count("sh:detail") == 3
        details = [quad for quad in parse(turtle, RdfFormat.TURTLE) if quad.predicate == SH.detail]
        assert len(details) == 3
        for name in ("text", "html", "json", "jsonld", "sarif", "junit"):
            assert "x" in reports.write(found, name), name
            assert "is not of the node kind sh:IRI" in reports.write(found, name), name
        assert "does not conform to act. " in reports.write(found, "csv")

    ALTERNATIVES = """sh:property [ sh:path ex:r ; sh:or (
        [ sh:datatype xsd:date ] [ sh:class ex:K ; sh:property [ sh:path ex:since ; sh:minCount 2 ] ] ex:Other ) ] .
        ex:Other a sh:NodeShape ; sh:property [ sh:path ex:a ; sh:minCount 1 ], [ sh:path ex:b ; sh:minCount 1 ] ."""

    @pytest.mark.parametrize(
        ("data", "nearest"),
        [
            ("ex:t ex:r ex:o . ex:o a ex:K .", "alternative 2 [sh:class ex:K; sh:property [...]]: Fewer than 2 values"),
            ("ex:t ex:r ex:o . ex:o ex:a 1 .", "ex:Other: No value of ex:b."),
            ("ex:t ex:r 'x' .", "alternative 1 [sh:datatype xsd:date]: "),
        ],
    )
    def test_the_nearest_alternative_is_told_and_what_it_misses(self, data: str, nearest: str) -> None:
        result = only(self.ALTERNATIVES, data)
        assert "conforms to none of 3 alternatives. Nearest is " in result.message()
        assert nearest in result.message()
        assert result.details

    def test_alternatives_that_exclude_each_other_are_named(self) -> None:
        result = only("sh:xone ( ex:A ex:B ) . ex:A sh:nodeKind sh:IRI . ex:B sh:nodeKind sh:BlankNodeOrIRI .", "")
        assert result.message() == "ex:t conforms to more than one of 2 alternatives: ex:A, ex:B."
        assert result.details == ()
