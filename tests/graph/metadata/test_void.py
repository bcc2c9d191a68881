"""The VoID description of the release equals what is counted anew, in other ways, over its quads."""

from collections import Counter, defaultdict
from functools import cache

import pytest
from pyoxigraph import Literal, NamedNode, Quad, QueryBoolean, QuerySolutions, Store

from graph.metadata import description, void
from graph.metadata.examples import load_examples
from graph.sparql.dataset import create_store
from ontology import iris
from ontology.terms import FOAF, OPSC, PREFIXES, RDF, RDFS, SD, SH, VOID, VOID_EXT

Number = dict[str, int]
EDITOR_CLASSES = """
SELECT DISTINCT ?subjectClass ?prop ?objectClass ?objectDatatype WHERE {
  ?cp void:class ?subjectClass ; void:propertyPartition ?pp . ?pp void:property ?prop .
  OPTIONAL {
    { ?pp void:classPartition/void:class ?objectClass }
    UNION { ?pp void-ext:datatypePartition/void-ext:datatype ?objectDatatype }
  }
}"""


@pytest.fixture(scope="module")
def facts(quads: list[Quad]) -> list[Quad]:
    """The quads of the release without its description."""
    return [quad for quad in quads if quad.graph_name != description.GRAPH]


@pytest.fixture(scope="module")
def described(quads: list[Quad]) -> Store:
    """The graph that describes the release."""
    found = Store()
    found.bulk_extend(quad for quad in quads if quad.graph_name == description.GRAPH)
    return found


def number(described: Store, subject: NamedNode, predicate: NamedNode) -> int:
    (quad,) = described.quads_for_pattern(subject, predicate, None, description.GRAPH)
    assert isinstance(quad.object, Literal)
    return int(quad.object.value)


def select(described: Store, query: str) -> list[tuple[str, ...]]:
    results = described.query(query, prefixes=PREFIXES, default_graph=description.GRAPH)
    assert isinstance(results, QuerySolutions)
    return [tuple(str(getattr(term, "value", "")) for term in row) for row in results]


@cache
def types(facts: tuple[Quad, ...]) -> dict[object, set[str]]:
    found: dict[object, set[str]] = defaultdict(set)
    for quad in facts:
        if quad.predicate == RDF.type and isinstance(quad.object, NamedNode):
            found[quad.subject].add(quad.object.value)
    return found


def test_the_whole_is_counted_in_distinct_triples(facts: list[Quad], described: Store) -> None:
    triples = {quad.triple for quad in facts}
    ours = {t.subject for t in triples if isinstance(t.subject, NamedNode) and t.subject.value.startswith(iris.BASE)}
    counted = {
        "triples": len(triples),
        "entities": len(ours),
        "distinctSubjects": len({triple.subject for triple in triples}),
        "distinctObjects": len({triple.object for triple in triples}),
        "properties": len({triple.predicate for triple in triples}),
        "classes": len({triple.object for triple in triples if triple.predicate == RDF.type}),
    }
    assert {name: number(described, iris.DATASET, VOID[name]) for name in counted} == counted


def test_every_named_graph_is_counted(facts: list[Quad], described: Store) -> None:
    rows = select(described, f"SELECT ?name ?n {{ ?g {SD.name} ?name ; {VOID.triples} ?n }}")
    graphs = Counter(str(quad.graph_name.value) for quad in facts if isinstance(quad.graph_name, NamedNode))
    assert {name: int(count) for name, count in rows} == graphs


def test_every_class_is_counted_with_the_properties_of_its_instances(facts: list[Quad], described: Store) -> None:
    triples = {quad.triple for quad in facts}
    typed = types(tuple(facts))
    entities = Counter(kind for kinds in typed.values() for kind in kinds)
    rows = select(described, f"SELECT ?c ?n {{ ?part {VOID['class']} ?c ; {VOID.entities} ?n }}")
    assert {kind: int(count) for kind, count in rows} == entities
    uses = Counter((kind, t.predicate.value) for t in triples for kind in typed.get(t.subject, ()))
    rows = select(
        described,
        f"SELECT ?c ?p ?n {{ ?part {VOID.entities} ?any ; {VOID['class']} ?c ; {VOID.propertyPartition} ?inner . "
        f"?inner {VOID.property} ?p ; {VOID.triples} ?n }}",
    )
    assert {(kind, predicate): int(count) for kind, predicate, count in rows} == uses


def test_every_property_of_a_class_says_what_its_values_are(facts: list[Quad], described: Store) -> None:
    typed = types(tuple(facts))
    classes: Counter[tuple[str, str, str]] = Counter()
    datatypes: Counter[tuple[str, str, str]] = Counter()
    for triple in {quad.triple for quad in facts}:
        for kind in typed.get(triple.subject, ()):
            if isinstance(triple.object, Literal):
                datatypes[kind, triple.predicate.value, triple.object.datatype.value] += 1
            for value_kind in typed.get(triple.object, ()):
                classes[kind, triple.predicate.value, value_kind] += 1
    inner = (
        f"?part {VOID.entities} ?any ; {VOID['class']} ?c ; {VOID.propertyPartition} ?inner . ?inner {VOID.property} ?p"
    )
    for link, kind_of, counted in (
        (VOID.classPartition, VOID["class"], classes),
        (VOID_EXT.datatypePartition, VOID_EXT.datatype, datatypes),
    ):
        rows = select(
            described, f"SELECT ?c ?p ?v ?n {{ {inner} ; {link} ?values . ?values {kind_of} ?v ; {VOID.triples} ?n }}"
        )
        assert {(c, p, v): int(count) for c, p, v, count in rows} == counted


def test_every_property_is_counted_with_its_subjects_and_objects(facts: list[Quad], described: Store) -> None:
    of_property = defaultdict(set)
    for quad in facts:
        of_property[quad.predicate.value].add((quad.subject, quad.object))
    counted = {
        name: (len(pairs), len({subject for subject, _ in pairs}), len({value for _, value in pairs}))
        for name, pairs in of_property.items()
    }
    rows = select(
        described,
        f"SELECT ?p ?n ?s ?o {{ {iris.DATASET} {VOID.propertyPartition} ?part . ?part {VOID.property} ?p ; "
        f"{VOID.triples} ?n ; {VOID.distinctSubjects} ?s ; {VOID.distinctObjects} ?o }}",
    )
    assert {p: (int(n), int(s), int(o)) for p, n, s, o in rows} == counted


def test_linksets_count_the_links_that_lead_out(facts: list[Quad], described: Store) -> None:
    rows = select(
        described,
        f"SELECT ?p ?space ?n {{ ?set a {VOID.Linkset} ; {VOID.linkPredicate} ?p ; {VOID.triples} ?n ; "
        f"{VOID.subjectsTarget} {iris.DATASET} ; {VOID.objectsTarget}/{VOID.uriSpace} ?space }}",
    )
    links = Counter(
        (t.predicate.value, void.namespace_of(t.object.value))
        for t in {quad.triple for quad in facts}
        if isinstance(t.object, NamedNode)
        and not t.object.value.startswith(iris.BASE)
        and t.predicate not in {RDF.type, FOAF.page}
    )
    assert {(p, space): int(n) for p, space, n in rows} == links
    assert ("http://www.w3.org/2004/02/skos/core#exactMatch", "http://publications.europa.eu/", "198") in rows


def test_vocabularies_are_those_whose_terms_are_used(facts: list[Quad], described: Store) -> None:
    used = {t.predicate.value for t in facts} | {kind for kinds in types(tuple(facts)).values() for kind in kinds}
    rows = select(described, f"SELECT ?v {{ {iris.DATASET} {VOID.vocabulary} ?v }}")
    assert {row[0] for row in rows} == {ns for ns in PREFIXES.values() if any(iri.startswith(ns) for iri in used)}


def test_what_a_query_editor_asks_for_is_there(described: Store) -> None:
    rows = select(described, EDITOR_CLASSES)
    assert (OPSC.State.value, f"{PREFIXES['skos']}prefLabel", "", f"{PREFIXES['rdf']}langString") in rows
    assert (OPSC.Ratification.value, OPSC.participant.value, OPSC.State.value, "") in rows
    examples_asked = f"SELECT ?shown ?text {{ ?q a {SH.SPARQLExecutable} ; {RDFS.comment} ?shown ; {SH.select} ?text }}"
    assert {(f"{one.question}\n{one.comment}".strip(), one.query) for one in load_examples()} == set(
        select(described, examples_asked)
    )
    prefixes = select(described, f"SELECT ?prefix ?ns {{ ?d {SH.prefix} ?prefix ; {SH.namespace} ?ns }}")
    assert dict(prefixes) == PREFIXES


def test_the_description_has_no_blank_node_and_is_the_same_each_time(facts: list[Quad], described: Store) -> None:
    again = set(description.describe(create_store(reversed(facts)), []))
    assert again <= set(described)
    asked = described.query("ASK { GRAPH ?g { ?s ?p ?o FILTER(isBlank(?s) || isBlank(?o)) } }")
    assert isinstance(asked, QueryBoolean)
    assert not asked


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://e/p", "http://e/P"),
        ("http://e/a/b", "http://e/a-b"),
        ("https://w3id.org/opsc/ns#a/b", "https://w3id.org/opsc/ns#a-b"),
        ("http://e/é", "http://e/e"),
    ],
)
def test_no_two_iris_share_a_part_of_the_description(one: str, other: str) -> None:
    assert void.local_name(one) != void.local_name(other)
    NamedNode(f"http://e/{void.local_name(one)}")


@pytest.mark.parametrize(
    ("iri", "namespace"),
    [
        ("http://www.w3.org/2004/02/skos/core#Concept", "http://www.w3.org/2004/02/skos/core#"),
        ("http://publications.europa.eu/resource/authority/country/NOR", "http://publications.europa.eu/"),
        ("https://example.org", "https://example.org"),
        ("urn:isbn:1", "urn:"),
    ],
)
def test_a_namespace_is_that_of_a_vocabulary_or_the_authority(iri: str, namespace: str) -> None:
    assert void.namespace_of(iri) == namespace
