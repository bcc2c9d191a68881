"""Facts are no later than the sources that show them."""

import pytest
from pyoxigraph import RdfFormat, parse

from ontology.terms import SHAPES
from shapes import validation

ACTION = """@prefix dcterms: <http://purl.org/dc/terms/> . @prefix opsc: <https://w3id.org/opsc/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix ex: <https://example.org/> .
ex:old opsc:sourceAsOf "2015-01-27"^^xsd:date . ex:older opsc:sourceAsOf "2014"^^xsd:gYear .
ex:month opsc:sourceAsOf "2016-02"^^xsd:gYearMonth . ex:year opsc:sourceAsOf "2016"^^xsd:gYear .
ex:act a opsc:ParticipationAction ; opsc:dateEarliest "2016-02-16"^^xsd:date ; dcterms:source """


@pytest.mark.parametrize(
    ("sources", "too_early"),
    [
        ("ex:old", {"ex:old"}),
        ("ex:old, ex:older", {"ex:old", "ex:older"}),
        ("ex:old, ex:month", set()),
        ("ex:old, ex:undated", set()),
        ("ex:undated", set()),
        ("ex:month", set()),
        ("ex:year", set()),
    ],
)
def test_a_fact_is_no_later_than_its_latest_source(sources: str, too_early: set[str]) -> None:
    quads = list(parse(f"{ACTION} {sources} .", RdfFormat.TURTLE))
    found = [
        result.message()
        for result in validation.validate_contribution(quads).results
        if result.source_constraint == SHAPES["DatedContributionShape-source"]
    ]
    assert len(found) == len(too_early)
    for source in too_early:
        iri = source.replace("ex:", "https://example.org/")
        assert any(f"Dated 2016-02-16, after the day as of which the source {iri} is current" in text for text in found)
