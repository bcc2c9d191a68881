"""The life of a treaty in numbered examples: signed, consented to, in force, reserved, objected to, denounced."""

from pathlib import Path

import owlrl
import pytest
from pyoxigraph import Literal, NamedNode, QuerySolutions, RdfFormat, Store, Triple, parse
from rdflib import RDF as RDF_NAMESPACE
from rdflib import Graph, URIRef

from ontology.documents import FOLDER
from ontology.terms import OPSC, OWL, RDF, SKOS

EXAMPLES = sorted((Path(__file__).parent / "lifecycle").glob("*.ttl"))
ERROR = URIRef("http://www.daml.org/2002/03/agents/agent-ont#error")
OWN = f"<{OPSC.iri}"
VALUES_OF = {OWL.ObjectProperty: NamedNode, OWL.DatatypeProperty: Literal}
STATIONS = [
    "Signature",
    "Ratification",
    "Accession",
    "Succession",
    "TerritorialApplication",
    "Denunciation",
    "Reservation",
    "Objection",
    "EntryIntoForce",
    "StatusInterval",
    "ReportDue",
    "Claim",
]
MISTAKEN_FOR_OTHERS = [station for station in STATIONS if station not in {"TerritorialApplication", "Objection"}]
EXCLUDED = [
    (OPSC.Ratification, OPSC.Accession),
    (OPSC.Signature, OPSC.Accession),
    (OPSC.Ratification, OPSC.Denunciation),
    (OPSC.DefinitiveSignature, OPSC.WithdrawalOfSignature),
    (OPSC.TerritorialApplication, OPSC.TerritorialExclusion),
    (OPSC.Reservation, OPSC.Objection),
    (OPSC.Ratification, OPSC.Statement),
    (OPSC.Denunciation, OPSC.EntryIntoForce),
    (OPSC.State, OPSC.FormerState),
    (OPSC.Treaty, OPSC.SoftLaw),
    (OPSC.Treaty, OPSC.Provision),
]
COMPATIBLE = [
    (OPSC.Signature, OPSC.SignatureAdReferendum),
    (OPSC.Signature, OPSC.DefinitiveSignature),
    (OPSC.Declaration, OPSC.Reservation),
    (OPSC.Declaration, OPSC.Understanding),
    (OPSC.Acceptance, OPSC.Approval),
    (OPSC.Source, OPSC.Instrument),
]


def triples(path: Path) -> set[Triple]:
    return {quad.triple for quad in parse(path=path, format=RdfFormat.TURTLE)}


def types(example: set[Triple]) -> set[tuple[str, str]]:
    return {(str(triple.subject), str(triple.object)) for triple in example if triple.predicate == RDF.type}


@pytest.fixture(scope="session")
def closure(n_triples: bytes) -> Graph:
    """The deductive closure of the axioms, all examples, and an individual for each pair of classes."""
    graph = Graph().parse(data=n_triples, format="nt")
    for path in EXAMPLES:
        graph.parse(path, format="turtle")
    for pair in (*EXCLUDED, *COMPATIBLE):
        for kind in pair:
            graph.add((individual(pair), RDF_NAMESPACE.type, URIRef(kind.value)))
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    return graph


def individual(pair: tuple[NamedNode, NamedNode]) -> URIRef:
    return URIRef("https://example.org/" + "-and-".join(kind.value.removeprefix(OPSC.iri) for kind in pair))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_properties_are_used_as_they_are_declared(path: Path, axioms: set[Triple]) -> None:
    declared = {kind: {triple.subject for triple in axioms if triple.object == kind} for kind in VALUES_OF}
    for triple in triples(path):
        kinds = [kind for kind in VALUES_OF if triple.predicate in declared[kind]]
        assert triple.predicate == RDF.type or len(kinds) == 1, triple
        assert all(isinstance(triple.object, VALUES_OF[kind]) for kind in kinds), triple


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_superclass_is_written_out(path: Path) -> None:
    store = Store()
    store.load(path=FOLDER / "opsc.ttl", format=RdfFormat.TURTLE)
    store.load(path=path, format=RdfFormat.TURTLE)
    missing = store.query(
        "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
        "SELECT ?thing ?superclass WHERE { ?thing a/rdfs:subClassOf+ ?superclass MINUS { ?thing a ?superclass } }"
    )
    assert isinstance(missing, QuerySolutions)
    assert [str(row) for row in missing] == []


def test_reasoner_adds_no_type_of_the_ontology_to_an_example(closure: Graph) -> None:
    asserted = set().union(*(types(triples(example)) for example in EXAMPLES))
    described = {thing for thing, _ in asserted}
    inferred = {(f"<{thing}>", f"<{kind}>") for thing, kind in closure.subject_objects(RDF_NAMESPACE.type)}
    added = {(thing, kind) for thing, kind in inferred - asserted if thing in described and kind.startswith(OWN)}
    assert added == set()


def test_examples_contradict_nothing(closure: Graph) -> None:
    messages = [str(message) for message in closure.objects(None, ERROR)]
    assert [message for message in messages if "w3id.org/opsc/id/" in message] == []


@pytest.mark.parametrize("pair", EXCLUDED, ids=lambda pair: individual(pair).rpartition("/")[2])
def test_nothing_is_of_two_kinds_that_exclude_each_other(pair: tuple[NamedNode, NamedNode], closure: Graph) -> None:
    assert any(f"{individual(pair)}" in str(message) for message in closure.objects(None, ERROR))


@pytest.mark.parametrize("pair", COMPATIBLE, ids=lambda pair: individual(pair).rpartition("/")[2])
def test_kinds_that_occur_together_are_left_together(pair: tuple[NamedNode, NamedNode], closure: Graph) -> None:
    assert not any(f"{individual(pair)}" in str(message) for message in closure.objects(None, ERROR))


@pytest.mark.parametrize("kind", STATIONS)
def test_every_station_has_an_example_here_and_in_the_ontology(kind: str, axioms: set[Triple]) -> None:
    assert any(kind_ == str(OPSC[kind]) for path in EXAMPLES for _, kind_ in types(triples(path)))
    assert any(triple.subject == OPSC[kind] and triple.predicate == SKOS.example for triple in axioms)


@pytest.mark.parametrize("kind", MISTAKEN_FOR_OTHERS)
def test_stations_that_are_mistaken_for_others_have_a_negative_example(kind: str, axioms: set[Triple]) -> None:
    assert any(triple.subject == OPSC[kind] and triple.predicate == OPSC.negativeExample for triple in axioms)
