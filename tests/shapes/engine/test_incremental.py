"""The report on a graph that changes is, after every change, the report on the graph as it is."""

from collections.abc import Callable, Collection

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Quad, Store

from loaders.rdf import reader
from shapes import documents, validation
from shapes.engine import sparql_queries
from shapes.engine.engine import Engine
from shapes.engine.incremental import IncrementalReport
from shapes.errors import ShapesError
from shapes.report import Report, Result
from shapes.validation import ValidatedGraph
from tests.generated import cases
from tests.shapes.engine import test_equality as random

SPARQL = """
ex:S sh:sparql [ sh:message "shared" ; sh:prefixes ex:prefixes ; sh:select '''
  SELECT $this ?value { $this ex:p ?x ; ex:q ?y . ?value ex:p ?x ; ex:q ?y . FILTER(?value != $this) }''' ] ,
  [ sh:message "typed" ; sh:prefixes ex:prefixes ; sh:select '''
  SELECT $this { $this ex:p ?x . ?x a ex:D OPTIONAL { ?x ex:q ?y } FILTER(!BOUND(?y)) }''' ] .
ex:prefixes sh:declare [ sh:prefix "ex" ; sh:namespace "https://example.org/"^^xsd:anyURI ] .
"""
Compared = Callable[[tuple[Result, ...]], Collection[tuple[object, ...]]]


@settings(
    max_examples=cases(100), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(
    data=random.data(),
    shapes=random.shapes(),
    changes=st.lists(st.tuples(random.data(), st.booleans()), min_size=1, max_size=4),
)
def test_after_random_changes(data: str, shapes: str, changes: list[tuple[str, bool]], compared: Compared) -> None:
    store = validation.store_of(random.quads(data))
    shape_quads = random.quads(shapes + SPARQL)

    def outcome(report: Callable[[], Report]) -> Collection[tuple[object, ...]] | str:
        try:
            return compared(report().results)
        except ShapesError:
            return "refused"

    try:
        engine = Engine(shape_quads)
    except ShapesError:
        return
    known = IncrementalReport(engine, store)
    for text, adds in changes:
        assert outcome(known.report) == outcome(lambda: validation.validate(store, shape_quads))
        triples = random.quads(text)
        changed = [triple for triple in triples if (triple in store) is not adds]
        for triple in changed:
            (store.add if adds else store.remove)(triple)
        known.changed(changed)
    assert outcome(known.report) == outcome(lambda: validation.validate(store, shape_quads))


EXAMPLES = sorted((documents.FOLDER / "examples").glob("*.ttl"))


@pytest.fixture(scope="module")
def background() -> list[Quad]:
    return reader.read(documents.FOLDER / "examples" / "background.ttl")


@pytest.fixture(scope="module")
def graph(background: list[Quad]) -> tuple[Store, ValidatedGraph]:
    store = validation.store_of(background)
    return store, ValidatedGraph(store)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_judged_as_if_the_whole_graph_was_validated_and_leaves_no_trace(
    example: str, graph: tuple[Store, ValidatedGraph], background: list[Quad], compared: Compared
) -> None:
    store, known = graph
    contribution, before = reader.read(example), set(store)
    whole = validation.validate_contribution(contribution, background)
    judged = known.validate_change(contribution)
    assert compared(judged.results) == compared(whole.results)
    assert judged.labels == whole.labels
    assert set(store) == before
    assert compared(known.report().results) == compared(validation.validate(background).results)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("$this ex:p ?o", {"ex:p"}),
        ("$this a ex:C . ?x <http://e/q>/ex:p 'a:b', ex:v", {"ex:C", "http://e/q", "ex:p", "ex:v"}),
        ("$this ex:p ?o FILTER(!BOUND(?o) && !(?o = ex:v))", None),
        ("$this ex:p ?o FILTER(!BOUND(?o))", {"ex:p"}),
        ("$this ex:p ?o . ?o ?any ?x", None),
        ("$this ex:p ?o ; ?any ex:x", None),
        ("$this ex:p ?o ; a ?class", None),
        ("$this ex:p ?o ; rdf:type ?class", None),
        ("$this ex:p ?o . ?o !ex:q ?x", None),
        ("$this ex:p ?o . ?o !(ex:q|ex:r) ?x", None),
    ],
)
def test_a_query_reads_what_it_names_or_anything(body: str, names: set[str] | None) -> None:
    found = sparql_queries.referenced_iris(f"PREFIX ex: <ex:>\nSELECT $this WHERE {{ {body} }}")
    assert found == names


def test_only_what_reads_a_change_is_evaluated_anew() -> None:
    store = validation.store_of(random.quads("ex:a a ex:C ; ex:p 1 ; ex:q 2 ."))
    shapes = random.quads(
        "ex:S sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:maxCount 1 ] , [ sh:path ex:q ; sh:maxCount 1 ] ."
    )
    known = IncrementalReport(Engine(shapes), store)
    known.report()
    of_p, of_q = (known.data.relation(quad.predicate) for quad in random.quads("ex:a ex:p 1 ; ex:q 1 ."))
    (second,) = random.quads("ex:a ex:p 2 .")
    store.add(second)
    known.changed([second])
    assert len(known.report().results) == 1
    again_p, again_q = (known.data.relation(quad.predicate) for quad in random.quads("ex:a ex:p 1 ; ex:q 1 ."))
    assert again_q is of_q
    assert again_p is not of_p
