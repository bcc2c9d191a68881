from datetime import date

from pyoxigraph import Literal, NamedNode

from loaders.curated.claims import Claim
from ontology import iris
from ontology.terms import OPSC, XSD


def test_a_claim_lives_in_the_graph_of_its_source_and_names_it() -> None:
    quads = list(Claim("press", ("figure", "parties"), iris.instrument("opsc"), "count").quads())
    assert {quad.graph_name for quad in quads} == {iris.graph("source/press")}
    assert {quad.subject for quad in quads} == {iris.thing("claim", "press", "figure", "parties")}
    assert {quad.object for quad in quads if quad.predicate == OPSC.accordingTo} == {iris.source("press")}


def test_what_a_claim_does_not_say_is_absent() -> None:
    said = {quad.predicate for quad in Claim("press", ("x",), NamedNode("urn:x"), "listing").quads()}
    silent = {OPSC.claimedValue, OPSC.claimedAtLeast, OPSC.asOfEarliest, OPSC.asOfLatest, OPSC.figure, OPSC.gist}
    assert not said & silent


def test_a_claim_made_for_a_month_covers_its_days() -> None:
    claim = Claim("press", ("x",), NamedNode("urn:x"), "count", as_of=(date(2016, 5, 1), date(2016, 5, 31)))
    bounds = {quad.predicate: quad.object for quad in claim.quads() if "asOf" in quad.predicate.value}
    assert bounds == {
        OPSC.asOfEarliest: Literal("2016-05-01", datatype=XSD.date),
        OPSC.asOfLatest: Literal("2016-05-31", datatype=XSD.date),
    }
