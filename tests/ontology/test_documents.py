from pyoxigraph import NamedNode

from ontology.documents import documents, quads
from ontology.iris import graph
from ontology.terms import OWL, RDF, SKOS


def test_each_document_has_its_named_graph() -> None:
    graphs = {path.name: named_graph for path, named_graph in documents().items()}
    assert graphs["opsc.ttl"] == graph("ontology")
    assert graphs["alignments.ttl"] == graph("alignments")
    assert graphs["offence.ttl"] == graphs["region.ttl"] == graph("schemes")


def test_every_turtle_file_of_the_folder_is_a_document() -> None:
    folder = next(iter(documents())).parent
    assert set(folder.rglob("*.ttl")) == set(documents())


def test_quads_stand_in_the_graph_of_their_document() -> None:
    kinds = {(quad.graph_name, quad.object) for quad in quads() if quad.predicate == RDF.type}
    assert (graph("ontology"), OWL.Class) in kinds
    assert (graph("schemes"), SKOS.ConceptScheme) in kinds
    assert (graph("schemes"), OWL.Class) not in kinds
    assert (graph("alignments"), SKOS.Concept) not in kinds


def test_no_document_has_a_blank_node() -> None:
    nodes = [node for quad in quads() for node in (quad.subject, quad.object)]
    assert [node for node in nodes if not isinstance(node, NamedNode) and not hasattr(node, "datatype")] == []
