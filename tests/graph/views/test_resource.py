"""Descriptions of things in process: one for every IRI of the graph, complete, with the graphs that state each fact."""

import re
from collections.abc import Iterable

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from graph.settings import QueryLimits
from graph.sparql import formats
from graph.sparql.dataset import DefaultGraphMode, create_store
from graph.sparql.engine import QueryEngine
from graph.sparql.errors import ResultTooLarge
from graph.views import class_index, named_graph, resource, vocabulary
from ontology import iris
from ontology.iris import BASE

LIMITS = QueryLimits()
DOCUMENT = NamedNode(f"{BASE}doc/x")
# These answer at addresses of their own: the home page, the endpoint, and the description of the dataset.
ELSEWHERE = {BASE, f"{BASE}sparql", f"{BASE}dataset"}
PREDICATE, OTHER = NamedNode("http://e/p"), NamedNode("http://e/q")


@pytest.fixture(scope="module")
def engine(dataset: Store) -> QueryEngine:
    return QueryEngine(dataset, LIMITS)


def own(quads: Iterable[Quad]) -> set[NamedNode]:
    terms = {term for quad in quads for term in (quad.subject, quad.predicate, quad.object, quad.graph_name)}
    return {term for term in terms if isinstance(term, NamedNode) and term.value.startswith(BASE)}


def small(*quads: Quad, default_graph: DefaultGraphMode = "merged") -> QueryEngine:
    return QueryEngine(create_store(quads, default_graph), LIMITS)


def test_every_iri_of_the_graph_has_a_document(engine: QueryEngine, quads: list[Quad]) -> None:
    found = {one for one in own(quads) if one.value not in ELSEWHERE}
    in_vocabularies = {
        entry.iri
        for graph in (vocabulary.ONTOLOGY, vocabulary.ALIGNMENTS)
        for entry in vocabulary.read_vocabulary(engine, graph).terms
    }
    assert len(found) > 6000
    for iri in found:
        kind = re.match(r"id/|eli/|scheme/|dataset/|graph/|ns\b|alignments$", iri.value.removeprefix(BASE))
        assert kind, iri
        if kind[0] == "graph/":
            assert named_graph.serialize_graph(engine, iri, formats.N_QUADS, LIMITS)
        elif kind[0] in {"ns", "alignments"}:
            assert iri in in_vocabularies or iri.value == f"{BASE}ns#"
        else:
            assert resource.serialize_description(engine, iri, DOCUMENT, formats.N_TRIPLES, 1, LIMITS), iri


def test_a_description_holds_all_that_is_stated_with_the_graphs_that_state_it() -> None:
    thing, first, second = NamedNode("http://e/thing"), NamedNode("http://e/g1"), NamedNode("http://e/g2")
    value = Literal("value")
    engine = small(Quad(thing, PREDICATE, value, first), Quad(thing, PREDICATE, value, second))
    found = resource.describe(engine, thing, 10)
    assert found is not None
    assert found.facts == (resource.PropertyValue(PREDICATE, value, (first, second)),)


def test_a_triple_of_the_default_graph_alone_has_no_graph() -> None:
    thing = NamedNode("http://e/thing")
    found = resource.describe(small(Quad(thing, PREDICATE, thing), default_graph="own"), thing, 10)
    assert found is not None
    assert [fact.graphs for fact in found.facts] == [()]


def test_what_points_to_a_thing_is_cut_for_each_property_and_counted() -> None:
    thing, graph = NamedNode("http://e/thing"), NamedNode("http://e/g")
    pointing = [Quad(NamedNode(f"http://e/{n}"), PREDICATE, thing, graph) for n in range(30)]
    found = resource.describe(small(*pointing, Quad(thing, OTHER, thing, graph)), thing, 10)
    assert found is not None
    assert [(one.predicate, len(one.links), one.total, one.complete) for one in found.inverse] == [
        (PREDICATE, 10, 30, False),
        (OTHER, 1, 1, True),
    ]


def test_what_nothing_is_stated_of_has_no_description(engine: QueryEngine) -> None:
    nobody = iris.state("XXX")
    assert resource.find_used(engine, [nobody]) is None
    assert resource.describe(engine, nobody, 10) is None
    assert resource.serialize_description(engine, nobody, DOCUMENT, formats.TURTLE, 10, LIMITS) is None
    assert named_graph.summarize(engine, nobody, 10) is None
    assert named_graph.serialize_graph(engine, nobody, formats.TURTLE, LIMITS) is None


def test_a_document_that_is_too_large_is_an_error(engine: QueryEngine) -> None:
    with pytest.raises(ResultTooLarge):
        resource.serialize_description(
            engine, iris.instrument("opsc"), DOCUMENT, formats.TURTLE, 100, QueryLimits(result_bytes=2_000)
        )


@pytest.mark.parametrize("default_graph", ["merged", "own"])
def test_tables_are_the_same_whatever_the_default_graph_is(quads: list[Quad], default_graph: DefaultGraphMode) -> None:
    norway = resource.describe(QueryEngine(create_store(quads, default_graph), LIMITS), iris.state("NOR"), 50)
    assert norway is not None
    assert [(table.title, table.total) for table in norway.tables] == [
        ("Status", 3),
        ("Participation", 8),
        ("Statements", 1),
    ]


def test_a_provision_knows_its_place_and_its_parts(engine: QueryEngine) -> None:
    found = resource.describe(engine, iris.provision("opsc", "3(1)(a)"), 50)
    assert found is not None
    assert found.ancestors == (iris.instrument("opsc"), iris.provision("opsc", "3"), iris.provision("opsc", "3(1)"))
    assert [(part.node, len(part.parts)) for part in found.parts] == [
        (iris.provision("opsc", "3(1)(a)(i)"), 3),
        (iris.provision("opsc", "3(1)(a)(ii)"), 0),
    ]


def test_parts_that_go_in_a_circle_end() -> None:
    first, second, graph = NamedNode("http://e/1"), NamedNode("http://e/2"), NamedNode("http://e/g")
    is_part_of = NamedNode("http://data.europa.eu/eli/ontology#is_part_of")
    engine = small(Quad(first, is_part_of, second, graph), Quad(second, is_part_of, first, graph))
    found = resource.describe(engine, first, 10)
    assert found is not None
    assert (found.ancestors, [part.node for part in found.parts]) == ((second,), [second])


def test_the_catalogue_counts_things_and_not_statements(engine: QueryEngine) -> None:
    state = NamedNode(f"{BASE}ns#State")
    counted = dict(class_index.list_classes(engine).members)
    listing = class_index.list_instances(engine, state, "en", 0, 10)
    assert counted[state] == listing.total
    names = [listing.labels[one.value] for one, _ in listing.members]
    assert next(name.value for name in names[0] if name.language == "en") == "Afghanistan"
