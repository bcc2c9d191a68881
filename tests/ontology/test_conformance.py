"""What OWL 2 DL demands and can be read off the triples; https://www.w3.org/TR/owl2-syntax/ section 3."""

from pathlib import Path

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from ontology.documents import FOLDER
from ontology.terms import OPSC, OWL, RDF, RDFS, SKOS, XSD

FILES = [FOLDER / "opsc.ttl", FOLDER / "alignments.ttl"]
PROPERTY_KINDS = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
CLASS_AXIOMS = (RDFS.subClassOf, OWL.disjointWith)
PROPERTY_AXIOMS = (RDFS.subPropertyOf, OWL.inverseOf)
BUILT_IN = {
    RDF.type,
    RDFS.subClassOf,
    RDFS.subPropertyOf,
    RDFS.domain,
    RDFS.range,
    RDFS.isDefinedBy,
    OWL.disjointWith,
    OWL.inverseOf,
    OWL.versionInfo,
    OWL.deprecated,
}
DATATYPE_MAP = {XSD.string, XSD.integer, XSD.boolean, XSD.decimal, XSD.dateTime, XSD.anyURI, RDF.langString}

Axioms = set[Triple]


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def file(request: pytest.FixtureRequest) -> Axioms:
    path: Path = request.param
    return {quad.triple for quad in parse(path=path, format=RdfFormat.TURTLE)}


def kinds(axioms: Axioms) -> dict[object, set[object]]:
    declarations: dict[object, set[object]] = {}
    for triple in axioms:
        if triple.predicate == RDF.type:
            declarations.setdefault(triple.subject, set()).add(triple.object)
    return declarations


def objects(axioms: Axioms, *predicates: NamedNode) -> set[object]:
    return {triple.object for triple in axioms if triple.predicate in predicates}


def subjects(axioms: Axioms, *predicates: NamedNode) -> set[object]:
    return {triple.subject for triple in axioms if triple.predicate in predicates}


def test_file_is_one_ontology_that_imports_nothing(file: Axioms) -> None:
    assert len([kind for kind in kinds(file).values() if OWL.Ontology in kind]) == 1
    assert objects(file, OWL.imports) == set()


def test_file_has_no_blank_node(file: Axioms) -> None:
    assert [triple for triple in file if BlankNode in (type(triple.subject), type(triple.object))] == []


def test_every_class_of_an_axiom_is_declared_in_the_file(file: Axioms) -> None:
    classes = {term for term, kind in kinds(file).items() if OWL.Class in kind}
    named = subjects(file, *CLASS_AXIOMS) | objects(file, *CLASS_AXIOMS, RDFS.domain)
    assert named - classes == set()


def test_every_property_that_the_file_uses_is_declared_in_it(file: Axioms) -> None:
    properties = {term for term, kind in kinds(file).items() if kind & set(PROPERTY_KINDS)}
    used = {triple.predicate for triple in file} - BUILT_IN
    named = subjects(file, *PROPERTY_AXIOMS, RDFS.domain, RDFS.range) | objects(file, *PROPERTY_AXIOMS)
    assert (used | named) - properties == set()


def test_every_property_is_of_one_kind(axioms: Axioms) -> None:
    assert [term for term, kind in kinds(axioms).items() if len(kind & {*PROPERTY_KINDS, OWL.Class}) > 1] == []


def test_subproperties_and_inverses_are_of_the_kind_of_their_superproperty(axioms: Axioms) -> None:
    declarations = kinds(axioms)
    links = [triple for triple in axioms if triple.predicate in PROPERTY_AXIOMS]
    assert [link for link in links if declarations[link.subject] != declarations[link.object]] == []


def test_ranges_of_object_properties_are_classes_and_those_of_datatype_properties_datatypes(axioms: Axioms) -> None:
    declarations = kinds(axioms)
    for triple in axioms:
        if triple.predicate == RDFS.range:
            is_datatype = triple.object in DATATYPE_MAP
            assert is_datatype == (OWL.DatatypeProperty in declarations[triple.subject]), triple
            assert is_datatype or OWL.Class in declarations[triple.object], triple


def test_literals_are_of_datatypes_that_owl_2_knows(axioms: Axioms) -> None:
    assert {o.datatype for o in (triple.object for triple in axioms) if isinstance(o, Literal)} <= DATATYPE_MAP


def test_object_properties_have_iris_and_datatype_properties_literals(axioms: Axioms) -> None:
    declarations = kinds(axioms)
    for triple in axioms:
        kind = declarations.get(triple.predicate, set())
        assert OWL.ObjectProperty not in kind or isinstance(triple.object, NamedNode), triple
        assert OWL.DatatypeProperty not in kind or isinstance(triple.object, Literal), triple


def test_skos_terms_are_of_the_kinds_that_skos_gives_them(axioms: Axioms) -> None:
    declarations = kinds(axioms)
    assert declarations[SKOS.prefLabel] == declarations[SKOS.definition] == {OWL.AnnotationProperty}
    assert declarations[SKOS.notation] == {OWL.DatatypeProperty}
    assert declarations[SKOS.inScheme] == declarations[SKOS.exactMatch] == {OWL.ObjectProperty}


def test_ontology_has_no_term_outside_its_namespace_with_a_definition_of_its_own(axioms: Axioms) -> None:
    assert [s for s in subjects(axioms, SKOS.definition) if not str(s).startswith(f"<{OPSC.iri}")] == []
