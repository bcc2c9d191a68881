"""The description of the dataset is counted from its quads."""

from pyoxigraph import Literal, NamedNode, Quad

from graph import description, store
from graph.examples import Example
from ontology.terms import OPSC, RDF, RDFS, SH, SKOS, VOID

S, T = NamedNode("https://example.org/s"), NamedNode("https://example.org/t")
A, B = NamedNode("https://w3id.org/opsc/graph/a"), NamedNode("https://w3id.org/opsc/graph/source/b")
QUADS = [
    Quad(S, RDF.type, OPSC.State, A),
    Quad(T, RDF.type, OPSC.State, A),
    Quad(S, SKOS.prefLabel, Literal("s"), A),
    Quad(S, SKOS.prefLabel, Literal("s"), B),
]


def described(*examples: Example) -> set[tuple[str, str, str]]:
    quads = description.describe(store.store_of(QUADS), examples)
    return {(quad.subject.value, quad.predicate.value, str(getattr(quad.object, "value", ""))) for quad in quads}


def test_a_triple_in_two_graphs_counts_once_for_the_whole_and_once_for_each_graph() -> None:
    counted = described()
    assert (description.DATASET.value, VOID.triples.value, "3") in counted
    assert (f"{description.DATASET.value}/graph/a", VOID.triples.value, "3") in counted
    assert (f"{description.DATASET.value}/graph/source/b", VOID.triples.value, "1") in counted


def test_a_class_partition_counts_instances_and_the_triples_of_their_properties() -> None:
    partition = f"{description.DATASET.value}/class/opsc-State"
    counted = described()
    assert (partition, VOID.entities.value, "2") in counted
    assert (f"{partition}/skos-prefLabel", VOID.triples.value, "1") in counted
    assert (f"{partition}/rdf-type", VOID.triples.value, "2") in counted


def test_an_example_query_is_described_with_its_question_and_text() -> None:
    counted = described(Example("law-01", "What must be criminalised?", "", "SELECT * WHERE { ?s ?p ?o }"))
    query = f"{description.DATASET.value}/query/law-01"
    assert (query, RDFS.label.value, "What must be criminalised?") in counted
    assert (query, SH.select.value, "SELECT * WHERE { ?s ?p ?o }") in counted


def test_every_quad_lies_in_the_graph_of_the_description() -> None:
    assert {quad.graph_name for quad in description.describe(store.store_of(QUADS), [])} == {description.GRAPH}
