"""The description of the dataset is counted from its quads."""

import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from graph.errors import GraphError
from graph.metadata import description
from graph.metadata.examples import Example
from graph.settings import QueryLimits
from graph.sparql.dataset import create_store
from graph.sparql.engine import QueryEngine
from ontology import iris
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
    quads = description.describe(create_store(QUADS), examples)
    return {(quad.subject.value, quad.predicate.value, str(getattr(quad.object, "value", ""))) for quad in quads}


def test_a_triple_in_two_graphs_counts_once_for_the_whole_and_once_for_each_graph() -> None:
    counted = described()
    assert (iris.DATASET.value, VOID.triples.value, "3") in counted
    assert (f"{iris.DATASET.value}/graph/a", VOID.triples.value, "3") in counted
    assert (f"{iris.DATASET.value}/graph/source/b", VOID.triples.value, "1") in counted


def test_a_class_partition_counts_instances_and_the_triples_of_their_properties() -> None:
    partition = f"{iris.DATASET.value}/class/opsc-State"
    counted = described()
    assert (partition, VOID.entities.value, "2") in counted
    assert (f"{partition}/skos-prefLabel", VOID.triples.value, "1") in counted
    assert (f"{partition}/rdf-type", VOID.triples.value, "2") in counted


def test_an_example_query_is_described_with_its_question_and_text() -> None:
    counted = described(Example("law-01", "What must be criminalised?", "", "SELECT * WHERE { ?s ?p ?o }"))
    query = f"{iris.DATASET.value}/query/law-01"
    assert (query, RDFS.label.value, "What must be criminalised?") in counted
    assert (query, SH.select.value, "SELECT * WHERE { ?s ?p ?o }") in counted


@pytest.mark.parametrize(
    ("text", "executable", "predicate"),
    [
        ("PREFIX e: <http://e/>\nSELECT * WHERE { ?s ?p ?o }", SH.SPARQLSelectExecutable, SH.select),
        ("PREFIX e: <http://e/>\nask { ?s ?p ?o }", SH.SPARQLAskExecutable, SH.ask),
        ("CONSTRUCT WHERE { ?s ?p ?o }", SH.SPARQLConstructExecutable, SH.construct),
    ],
)
def test_an_example_query_has_the_kind_that_its_form_makes_it(
    text: str, executable: NamedNode, predicate: NamedNode
) -> None:
    counted = described(Example("law-01", "What?", "", text))
    query = f"{iris.DATASET.value}/query/law-01"
    assert (query, RDF.type.value, executable.value) in counted
    assert (query, predicate.value, text) in counted


def test_an_example_of_another_form_is_named() -> None:
    with pytest.raises(GraphError, match=r"law-01\.rq is no SELECT, ASK or CONSTRUCT query"):
        described(Example("law-01", "What?", "", "DESCRIBE <http://e/>"))


def test_what_is_served_is_described_like_a_release_without_counting_an_older_description() -> None:
    quads = [*QUADS, *description.describe(create_store(QUADS), [])]
    engine = QueryEngine(create_store(quads), QueryLimits())
    lines = description.describe_current(engine, ())
    assert list(parse(lines, RdfFormat.N_TRIPLES)) == sorted(
        (Quad(q.subject, q.predicate, q.object) for q in description.describe(create_store(QUADS), [])),
        key=lambda quad: str(quad.triple),
    )


def test_every_quad_lies_in_the_graph_of_the_description() -> None:
    assert {quad.graph_name for quad in description.describe(create_store(QUADS), [])} == {description.GRAPH}
