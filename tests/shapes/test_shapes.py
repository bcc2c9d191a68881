"""The shapes are complete, named, worded for a contributor, and speak of terms that exist."""

import re
from collections.abc import Iterable

import pyshacl
import pytest
import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, parse

from ontology import documents as ontology_documents
from ontology import iris
from ontology.terms import OPSC, OWL, RDF, SH, SHAPES, SKOS
from shapes import documents
from shapes.engine import sparql_constraints
from shapes.languages import LANGUAGES
from shapes.shapes_graph import ShapesGraph

ALL = [*documents.core(), *documents.contribution(), *documents.gate()]
GRAPH = ShapesGraph(ALL)
TARGETED = {value for root in GRAPH.roots() for _, value in GRAPH.targets(root)}
PROPERTY_SHAPES = [quad.subject for quad in ALL if quad.predicate == SH.path]
NODE_SHAPES = [quad.subject for quad in ALL if quad.object == SH.NodeShape]
CONSTRAINTS = list(dict.fromkeys(quad.object for quad in ALL if quad.predicate == SH.sparql))


def subjects(type_: NamedNode, quads: Iterable[Quad]) -> set[NamedNode]:
    return {
        quad.subject
        for quad in quads
        if (quad.predicate, quad.object) == (RDF.type, type_) and isinstance(quad.subject, NamedNode)
    }


def test_every_class_of_the_ontology_has_a_core_shape_of_its_name() -> None:
    classes = {term for term in subjects(OWL.Class, ontology_documents.quads()) if term.value.startswith(OPSC.iri)}
    assert len(classes) > 50
    for class_ in classes:
        shape = SHAPES[class_.value.removeprefix(OPSC.iri) + "Shape"]
        assert (SH.targetClass, class_) in GRAPH.targets(shape), shape


def test_every_class_that_the_graph_uses_has_a_shape(quads: list[Quad]) -> None:
    used = {quad.object for quad in quads if quad.predicate == RDF.type and str(quad.object).startswith(f"<{OPSC.iri}")}
    assert used
    assert used <= TARGETED


def test_shapes_and_constraints_have_iris() -> None:
    inner = {quad.object for quad in ALL if quad.predicate == SH.qualifiedValueShape}
    for node in [*PROPERTY_SHAPES, *NODE_SHAPES, *CONSTRAINTS]:
        assert node in inner or (isinstance(node, NamedNode) and node.value.startswith(SHAPES.iri)), node


@pytest.mark.parametrize("shape", NODE_SHAPES, ids=str)
def test_a_node_shape_has_a_name_and_a_description_in_each_language(shape: NamedNode) -> None:
    for predicate in (SH.name, SH.description):
        texts = [text for text in GRAPH.objects(shape, predicate) if isinstance(text, Literal)]
        assert sorted(text.language or "" for text in texts) == sorted(LANGUAGES)


def test_no_two_node_shapes_share_a_name_or_a_description() -> None:
    for predicate in (SH.name, SH.description):
        texts = [text for shape in NODE_SHAPES for text in GRAPH.objects(shape, predicate)]
        assert len(texts) == len(set(texts))


def english_message(node: NamedNode) -> str:
    (message,) = (text.value for text in GRAPH.objects(node, SH.message) if text.language == "en")
    return message


@pytest.mark.parametrize("node", [*PROPERTY_SHAPES, *CONSTRAINTS], ids=str)
def test_every_message_says_what_to_do(node: NamedNode) -> None:
    message = english_message(node)
    assert re.search(
        r"\b(add|give|use|write|describe|correct|check|keep|make|take|name|omit|specify|state|set|remove|copy|contribute)\b",
        message,
        re.IGNORECASE,
    ), message


def test_no_two_shapes_share_a_message() -> None:
    messages = [message for node in {*PROPERTY_SHAPES, *CONSTRAINTS} for message in GRAPH.objects(node, SH.message)]
    assert len(messages) == len(set(messages))


def test_a_message_names_only_variables_that_its_query_selects() -> None:
    for constraint in CONSTRAINTS:
        (query,) = GRAPH.objects(constraint, SH.select)
        selected = query.value.partition("WHERE")[0]
        for message in GRAPH.objects(constraint, SH.message):
            for variable in re.findall(r"\{[?$](\w+)\}", message.value):
                assert re.search(rf"[?$]{variable}\b", selected), (constraint, variable)


def test_every_term_and_concept_that_the_shapes_name_exists() -> None:
    ontology = list(ontology_documents.quads())
    declared = {quad.subject for quad in ontology if quad.predicate == RDF.type}
    in_queries = " ".join(quad.object.value for quad in ALL if quad.predicate == SH.select)
    named = {term for quad in ALL for term in (quad.predicate, quad.object) if isinstance(term, NamedNode)}
    named |= {OPSC[name] for name in re.findall(r"\bopsc:(\w+)", in_queries)}
    named |= {NamedNode(iri) for iri in re.findall(rf"<({re.escape(iris.BASE)}scheme/[^>]+)>", in_queries)}
    ours = {term for term in named if term.value.startswith((OPSC.iri, iris.scheme("").value))}
    assert len(ours) > 100
    assert ours <= declared


def test_every_concept_named_is_a_concept() -> None:
    concepts = subjects(SKOS.Concept, ontology_documents.quads())
    listed = {
        quad.object
        for quad in ALL
        if quad.predicate == RDF.first and str(quad.object).startswith(f"<{iris.BASE}scheme/")
    }
    assert listed
    assert listed <= concepts


def test_all_sparql_constraints_are_asked_once_for_all_focus_nodes() -> None:
    taken, rest = sparql_constraints.split(ShapesGraph(documents.core()))
    assert {constraint.node for constraint in taken} == {
        quad.object for quad in documents.core() if quad.predicate == SH.sparql
    }
    assert not [quad for quad in rest.quads if quad.predicate == SH.sparql]


def test_the_shapes_conform_to_the_shapes_of_shacl_itself() -> None:
    shapes = rdflib.Graph()
    for path in documents.documents():
        shapes.parse(data=path.read_text(encoding="utf-8"), format="turtle")
    conforms, _, text = pyshacl.validate(rdflib.Graph(), shacl_graph=shapes, meta_shacl=True)
    assert conforms, text


def test_blank_nodes_of_two_files_stay_apart() -> None:
    nodes = [quad.subject for quad in documents.core() if isinstance(quad.subject, BlankNode)]
    in_files = sum(
        len({quad.subject for quad in parse(path=path, format=RdfFormat.TURTLE) if isinstance(quad.subject, BlankNode)})
        for path in documents.documents()
        if path not in (documents.CONTRIBUTION, documents.GATE)
    )
    assert len(set(nodes)) == in_files


def test_a_file_without_shapes_is_told_from_one_with_shapes() -> None:
    assert documents.holds_shapes(documents.contribution())
    assert not documents.holds_shapes(ontology_documents.quads())
