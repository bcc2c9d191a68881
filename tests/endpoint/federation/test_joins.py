"""Answers in which another endpoint has part: each is that of a local join."""

import json
from collections import Counter

import pytest
from pyoxigraph import (
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QuerySolutions,
    Store,
)

from ontology.iris import BASE
from tests.endpoint.conftest import Server
from tests.endpoint.federated import THERE, here_quads, there_quads
from tests.endpoint.federation.conftest import PREFIX, address_of, answered, rows
from tests.remotes import Remote


@pytest.fixture(scope="module")
def joined() -> Store:
    """Both graphs in one store, the other endpoint's as a named graph."""
    store = Store()
    store.extend(Quad(quad.subject, quad.predicate, quad.object, DefaultGraph()) for quad in here_quads())
    store.extend(there_quads())
    return store


# THERE stands for ``SERVICE <the other endpoint>`` and, in the store that holds both, for ``GRAPH <its graph>``.
JOINS = {
    "alone": "SELECT * { THERE { ?s e:value ?v } }",
    "joined with what stands before": "SELECT * { ?s e:kind ?k . THERE { ?s e:value ?v } }",
    "joined with what stands behind": "SELECT * { THERE { ?s e:name ?n } ?s e:label ?l }",
    "no common variable": "SELECT * { ?s e:label ?l THERE { e:kind1 e:broader ?b } }",
    "no variable at all": "SELECT * { ?s e:label ?l THERE { e:kind1 e:broader e:kind0 } }",
    "no variable, no solution": "SELECT * { ?s e:label ?l THERE { e:kind1 e:broader e:kind2 } }",
    "no variable, two solutions": "SELECT * { ?s e:label ?l THERE { { } UNION { } } }",
    "optional": "SELECT * { ?s e:label ?l OPTIONAL { THERE { ?s e:name ?n } } }",
    "optional with a condition": "SELECT * { ?s e:label ?l OPTIONAL { THERE { ?s e:name ?n } FILTER(?l != ?n) } }",
    "union": "SELECT * { { ?s e:label ?x } UNION { THERE { ?s e:name ?x } } }",
    "minus": "SELECT * { ?s e:kind ?k MINUS { THERE { ?s e:name ?n } } }",
    "unbound values": "SELECT * { ?s e:kind ?k THERE { ?x e:broader ?y OPTIONAL { ?s e:value ?v . ?s e:name ?n } } }",
    "unbound in the join": "SELECT * { ?s e:label ?l THERE { ?t e:name [] OPTIONAL { ?s e:value 1 FILTER(?t=?s) } } }",
    "filter inside": "SELECT * { ?s e:kind ?k THERE { ?s e:value ?v FILTER(isLiteral(?v) && lang(?v) = 'fr-CA') } }",
    "filter outside": "SELECT * { ?s e:kind ?k THERE { ?s e:value ?v } FILTER(datatype(?v) = e:datatype) }",
    "filter inside over a variable outside": "SELECT * { ?s e:label ?l THERE { ?s e:name ?n FILTER(BOUND(?l)) } }",
    "values inside": "SELECT * { THERE { VALUES ?s { e:0 e:15 <http://e/30> } ?s ?p ?o } }",
    "values outside": "SELECT * { VALUES ?s { e:0 e:15 } THERE { ?s ?p ?o } }",
    "path": "SELECT * { ?s e:kind ?k THERE { ?k e:broader+ ?b } }",
    "aggregate inside": "SELECT * { THERE { SELECT ?v (COUNT(*) AS ?n) { ?s e:value ?v } GROUP BY ?v } }",
    "aggregate outside": "SELECT ?k (COUNT(?v) AS ?n) { ?s e:kind ?k THERE { ?s e:value ?v } } GROUP BY ?k",
    "in a subquery": "SELECT * { ?s e:label ?l { SELECT ?s (MAX(?n) AS ?m) { THERE { ?s e:name ?n } } GROUP BY ?s } }",
    "distinct": "SELECT DISTINCT ?v { THERE { ?s e:value ?v } }",
    "bind": "SELECT * { THERE { ?s e:name ?n BIND(STRLEN(?n) AS ?length) } ?s e:kind ?k BIND(?length + 1 AS ?more) }",
    "blank node as a variable": "SELECT * { THERE { ?s e:name [] ; e:value ?v } ?s e:kind [] }",
    "two of them": "SELECT * { THERE { ?s e:name ?n } ?s e:kind ?k . THERE { ?s e:value ?v } }",
    "three of them": "SELECT * { THERE { ?s e:name ?n } THERE { ?s e:value ?v } OPTIONAL { THERE { ?k e:b ?s } } }",
    "exists beside it": "SELECT * { THERE { ?s e:name ?n } FILTER NOT EXISTS { ?s e:label ?l } }",
    "relative names": "SELECT * { THERE { ?s <http://e/value> ?v FILTER(?v != <x>) BIND(<x> AS ?x) } }",
    "ordered within": "SELECT * { THERE { SELECT * { ?s e:name ?n } ORDER BY ?s LIMIT 3 } }",
}


@pytest.mark.parametrize("query", JOINS.values(), ids=JOINS)
def test_an_answer_equals_a_local_join(here: Server, there: Server, joined: Store, query: str) -> None:
    asked = f"{PREFIX} {query}"
    expected = joined.query(asked.replace("THERE", f"GRAPH <{THERE.value}>"), base_iri=BASE)
    assert isinstance(expected, QuerySolutions)
    reply = here.ask(asked.replace("THERE", f"SERVICE <{there.url}>"))
    assert reply.status == 200, reply.body
    assert answered(reply.body) == rows(expected)


def test_other_forms_of_queries(here: Server, there: Server) -> None:
    group = f"{{ ?s e:label ?l SERVICE <{there.url}> {{ ?s e:name ?n }} }}"
    assert json.loads(here.ask(f"{PREFIX} ASK {group}").body)["boolean"]
    constructed = here.ask(f"{PREFIX} CONSTRUCT {{ ?s e:both ?l, ?n }} WHERE {group}", accept="application/n-triples")
    assert constructed.body.count(b"<http://e/both>") == 4
    described = here.ask(f"{PREFIX} DESCRIBE ?s {group}", accept="application/n-triples")
    assert described.body.count(b"<http://e/kind>") == 2


def test_the_dataset_of_the_request_is_that_of_this_endpoint_only(here: Server, there: Server) -> None:
    clause = f"SERVICE <{there.url}> {{ ?s <http://e/name> ?n }}"
    assert json.loads(here.ask(f"ASK FROM <http://e/nothing> {{ {clause} }}").body)["boolean"]
    query = f"{PREFIX} SELECT * {{ SERVICE <{there.url}> {{ ?s e:name ?n }} OPTIONAL {{ ?s e:kind ?k }} }}"
    reply = here.ask(query, **{"default-graph-uri": ["http://e/nothing", "http://e/nothing2"]})
    assert {row[0] for row in answered(reply.body)} == {"None"}


def test_nobody_may_keep_an_answer_that_another_endpoint_had_part_in(here: Server, there: Server) -> None:
    assert here.ask(f"ASK {{ SERVICE <{there.url}> {{ ?s ?p ?o }} }}").headers["Cache-Control"] == "no-store"
    assert "no-store" not in here.ask("ASK { ?s ?p 'SERVICE' }").headers.get("Cache-Control", "")


def test_blank_nodes_are_one_answers_own(here: Server, others: Remote) -> None:
    clause = f"SERVICE <{address_of(others, 'blank')}> {{ ?s ?p ?o }}"
    (single,) = answered(here.ask(f"SELECT (COUNT(*) AS ?n) {{ {clause} FILTER(isBlank(?s)) }}").body)
    assert single == (str(Literal("3", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#integer"))),)
    assert len(answered(here.ask(f"SELECT DISTINCT ?s {{ {clause} }}").body)) == 2
    assert not answered(here.ask(f"SELECT * {{ {clause} {clause.replace('?p ?o', '?q ?r')} }}").body)


def test_results_in_xml_are_read(here: Server, others: Remote) -> None:
    query = f"{PREFIX} SELECT ?l ?o {{ ?s e:label ?l SERVICE <{address_of(others, 'xml')}> {{ ?s ?p ?o }} }}"
    assert answered(here.ask(query).body) == Counter([('"here 4"', '"<4>"@en')])


def test_a_variable_that_was_not_asked_for_is_not_taken(here: Server, others: Remote) -> None:
    query = f"{PREFIX} SELECT * {{ ?s e:label ?label SERVICE <{address_of(others, 'more')}> {{ ?s a e:C }} }}"
    assert answered(here.ask(query).body) == Counter([('"here 4"', "<http://e/4>")])
