"""Reasoners find the ontology and its alignments consistent and every class satisfiable."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import owlready2
import owlrl
import pytest
from pyoxigraph import NamedNode, Triple
from rdflib import RDF, RDFS, Graph, URIRef

from ontology.terms import OPSC, OWL
from ontology.terms import RDF as RDF_TERMS

ERROR = URIRef("http://www.daml.org/2002/03/agents/agent-ont#error")
NT_TYPE = f"<{RDF.type}>"
NT_SUBCLASS = f"<{RDFS.subClassOf}>"

needs_java = pytest.mark.skipif(shutil.which("java") is None, reason="HermiT needs Java, and there is none on the path")


def below_two_disjoint_classes(iri: str, predicate: str) -> bytes:
    """N-Triples that put ``iri`` under both Ratification and Accession, which exclude each other."""
    classes = (OPSC.Ratification, OPSC.Accession)
    return "".join(f"<{iri}> {predicate} {parent} .\n" for parent in classes).encode()


def declared(axioms: Iterable[Triple], kind: NamedNode) -> list[str]:
    return sorted(
        triple.subject.value
        for triple in axioms
        if triple.predicate == RDF_TERMS.type and triple.object == kind and isinstance(triple.subject, NamedNode)
    )


def closure_errors(graph: Graph) -> list[str]:
    """The contradictions that the OWL 2 RL rules find in ``graph``, which they extend."""
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    return sorted(str(message) for message in graph.objects(None, ERROR))


def test_owl_rl_finds_no_contradiction_with_an_instance_of_every_class(n_triples: bytes, axioms: set[Triple]) -> None:
    graph = Graph().parse(data=n_triples, format="nt")
    for number, iri in enumerate(declared(axioms, OWL.Class)):
        graph.add((URIRef(f"https://example.org/instance/{number}"), RDF.type, URIRef(iri)))
    assert closure_errors(graph) == []


def test_owl_rl_finds_no_contradiction_with_every_object_property_used(n_triples: bytes, axioms: set[Triple]) -> None:
    graph = Graph().parse(data=n_triples, format="nt")
    for number, iri in enumerate(declared(axioms, OWL.ObjectProperty)):
        subject, value = (URIRef(f"https://example.org/{role}/{number}") for role in ("subject", "object"))
        graph.add((subject, URIRef(iri), value))
    assert closure_errors(graph) == []


def test_owl_rl_notices_a_ratification_that_is_an_accession(n_triples: bytes) -> None:
    contradiction = below_two_disjoint_classes("https://example.org/action", NT_TYPE)
    errors = closure_errors(Graph().parse(data=n_triples + contradiction, format="nt"))
    assert any("Accession" in message and "Ratification" in message for message in errors)


def world_of(n_triples: bytes, folder: Path) -> owlready2.World:
    file = folder / "ontology.nt"
    file.write_bytes(n_triples)
    world = owlready2.World()
    world.get_ontology(file.as_uri()).load()
    return world


@pytest.mark.engines
@needs_java
def test_hermit_finds_the_ontology_consistent_and_every_class_satisfiable(
    n_triples: bytes, axioms: set[Triple], tmp_path: Path
) -> None:
    world = world_of(n_triples, tmp_path)
    assert {entity.iri for entity in world.classes()} == set(declared(axioms, OWL.Class))
    owlready2.sync_reasoner_hermit(world, debug=0)
    assert list(world.inconsistent_classes()) == []


@pytest.mark.engines
@needs_java
def test_hermit_notices_a_class_below_two_disjoint_ones(n_triples: bytes, tmp_path: Path) -> None:
    iri = "https://example.org/RatificationThatIsAnAccession"
    declaration = f"<{iri}> {NT_TYPE} {OWL.Class} .\n".encode()
    world = world_of(n_triples + declaration + below_two_disjoint_classes(iri, NT_SUBCLASS), tmp_path)
    owlready2.sync_reasoner_hermit(world, debug=0)
    assert iri in {entity.iri for entity in world.inconsistent_classes()}


@pytest.mark.engines
@needs_java
def test_hermit_notices_an_action_that_is_of_two_disjoint_kinds(n_triples: bytes, tmp_path: Path) -> None:
    world = world_of(n_triples + below_two_disjoint_classes("https://example.org/action", NT_TYPE), tmp_path)
    with pytest.raises(owlready2.OwlReadyInconsistentOntologyError):
        owlready2.sync_reasoner_hermit(world, debug=0)
