"""To things of others a contribution adds labels in further languages, mappings and links, and nothing else."""

import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, parse

from ontology import iris
from ontology.terms import OPSC, RDF, SHAPES, SKOS
from shapes.gate.checks import ProposedChange, judge

PREFIXES = """
@prefix opsc: <https://w3id.org/opsc/ns#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@base <https://w3id.org/opsc/> .
"""
OWN = iris.graph("contribution/7")
THEIRS = iris.graph("contribution/8")
OF_OTHERS = [SHAPES.AdditionGate]


def shapes(turtle: str, store: Store, *provenance: Quad) -> list[NamedNode]:
    added = [*parse((PREFIXES + turtle).encode(), RdfFormat.TURTLE), *provenance]
    return [result.source_shape for result in judge(ProposedChange(added, store)).results]  # type: ignore[misc]


@pytest.mark.parametrize(
    "addition",
    [
        "<id/state/NOR> skos:prefLabel 'Norwegen'@de .",
        "<id/state/NOR> skos:altLabel 'Norwegen'@de, 'Königreich Norwegen'@de .",
        "<scheme/conduct/offering> skos:prefLabel 'Anbieten'@de .",
        "<ns#Offence> skos:prefLabel 'Straftat'@de .",
        "<eli/opsc> dcterms:title 'Fakultativprotokoll'@de .",
        "<id/state/NOR> skos:exactMatch <http://www.wikidata.org/entity/Q20> .",
        "<id/state/NOR> rdfs:seeAlso <https://example.org/a> ; foaf:page <https://example.org/b> .",
        "<https://example.org/claim> a opsc:Claim ; opsc:about <id/state/NOR> .",
        # What the graph says already.
        "<id/state/NOR> a opsc:State .",
    ],
)
def test_what_may_be_added(addition: str, dataset: Store) -> None:
    assert shapes(addition, dataset) == []


@pytest.mark.parametrize(
    "addition",
    [
        "<id/state/NOR> a opsc:FormerState .",
        "<id/offence/opsc/child-prostitution> opsc:gist 'This is not an offence.'@en .",
        "<id/offence/opsc/child-prostitution> opsc:gist 'Dies ist keine Straftat.'@de .",
        "<id/action/opsc/NOR/ratification> dcterms:source <https://example.org/x> .",
        "<id/offence/opsc/child-prostitution> opsc:carriesFurther <eli/crc> .",
        "<id/state/NOR> skos:altLabel 'Sweden'@en .",
        "<id/state/NOR> skos:altLabel 'Sweden'@en-GB .",
        "<id/state/NOR> skos:altLabel 'Sweden' .",
        "<id/state/NOR> skos:exactMatch 'Q20' .",
        "<id/state/NOR> owl:sameAs <id/state/SWE> .",
        "<ns#Offence> rdfs:subClassOf <https://example.org/Class> .",
        "<https://w3id.org/un/ontology/undo/Protocol> rdfs:subClassOf opsc:State .",
        "<scheme/conduct/offering> skos:definition 'Angebot'@de .",
    ],
)
def test_what_may_not_be_added(addition: str, dataset: Store) -> None:
    assert shapes(addition, dataset) == OF_OTHERS


def store_of(quads: list[Quad]) -> Store:
    store = Store()
    store.extend(quads)
    return store


def by(name: str, *graphs: NamedNode) -> list[Quad]:
    """Return the provenance of a contribution, whose number is that of the first graph."""
    contribution = iris.thing("contribution", graphs[0].value.rpartition("/")[2])
    return [
        Quad(contribution, OPSC.contributedBy, Literal(name), iris.graph("contributions")),
        *(Quad(contribution, OPSC.contributedGraph, graph, iris.graph("contributions")) for graph in graphs),
    ]


def test_senders_add_anything_to_what_they_described_themselves() -> None:
    law = NamedNode("https://example.org/law")
    stored = [Quad(law, RDF.type, OPSC.Instrument, OWN), Quad(law, SKOS.prefLabel, Literal("x", language="en"), OWN)]
    store = store_of([*stored, *by("alice", OWN)])
    more = "<https://example.org/law> opsc:gist 'y'@en ; skos:altLabel 'z'@en ."
    assert shapes(more, store, *by("alice", iris.graph("contribution/9"))) == []
    assert shapes(more, store, *by("bob", iris.graph("contribution/9"))) == [*OF_OTHERS, *OF_OTHERS]
    assert shapes(more, store) == [*OF_OTHERS, *OF_OTHERS]


def test_a_thing_that_others_only_labelled_is_still_free() -> None:
    law = NamedNode("https://example.org/law")
    store = store_of([Quad(law, SKOS.prefLabel, Literal("x", language="en"), THEIRS), *by("bob", THEIRS)])
    assert shapes("<https://example.org/law> a opsc:Instrument .", store) == []


def test_statements_that_the_graph_derives_about_a_thing_leave_it_to_its_author() -> None:
    claim = NamedNode("https://example.org/claim")
    derived = Quad(claim, RDF.type, OPSC.Claim, iris.graph("contribution/7/derived"))
    store = store_of([Quad(claim, RDF.type, OPSC.Claim, OWN), derived, *by("alice", OWN)])
    assert shapes("<https://example.org/claim> opsc:note 'y'@en .", store, *by("alice", OWN)) == []
