"""Which queries of constraints may be asked once for all focus nodes, and that asking them fast changes no answer."""

import pytest
from pyoxigraph import RdfFormat, Store

from shapes.engine import sparql_queries


@pytest.mark.parametrize(
    "query",
    [
        "SELECT $this WHERE { $this a ex:Act . }",
        "SELECT DISTINCT $this ?value WHERE { $this ex:date ?value FILTER(?value < ?limit) }",
        "SELECT $this { $this ex:date ?day . OPTIONAL { $this ex:by ?w FILTER($this != ?w) } FILTER(!BOUND(?w)) }",
        "SELECT $this { $this ex:date ?day FILTER NOT EXISTS { $this ex:by ?who } }",
        "SELECT ?this { ?this <https://example.org/date> ?day BIND(STR($this) AS ?value) } # UNION { no }",
        "SELECT $this { $this ex:note 'GROUP { UNION' }",
    ],
)
def test_a_query_that_binds_this_everywhere_is_joinable(query: str) -> None:
    assert sparql_queries.is_joinable(query)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?value WHERE { $this ex:date ?value }",
        "SELECT $this WHERE { ?other ex:date ?day . $this ex:date ?day }",
        "SELECT $this WHERE { $this ?predicate ?value }",
        "SELECT $this WHERE { $this ex:part* ?value }",
        "SELECT $this WHERE { $this !ex:part ?value }",
        "SELECT $this WHERE { { $this ex:date ?day } UNION { $this ex:by ?who } }",
        "SELECT $this WHERE { $this ex:date ?day . { SELECT $this WHERE { $this ex:by ?who } } }",
        "SELECT $this (COUNT(?day) AS ?days) WHERE { $this ex:date ?day } GROUP BY $this",
        "SELECT $this WHERE { $this ex:date ?day } LIMIT 1",
        "SELECT $this WHERE { $this ex:date ?day OPTIONAL { ?x ex:by ?y BIND(STR($this) AS ?z) } }",
        "SELECT $this { $this ex:date ?day OPTIONAL { ?x ex:by ?y OPTIONAL { ?y ex:by ?z FILTER(?z = $this) } } }",
        "SELECT $this WHERE { $this ex:date ?day OPTIONAL { ?x ex:by ?y FILTER EXISTS { ?y ex:by $this } } }",
        "SELECT $this WHERE { $this ex:date ?day . { ?x ex:by ?y FILTER(?y = $this) } }",
        "SELECT $this WHERE { $this ex:date ?day . GRAPH ?g { $this ex:by ?who } }",
        "SELECT $this WHERE { $this ex:date ?day } VALUES ?day { 1 }",
        "SELECT $this ?failure WHERE { $this ex:date ?day BIND(true AS ?failure) }",
        "SELECT $this WHERE { $this $PATH ?value }",
        "SELECT $this WHERE { $this ex:shape $currentShape }",
        "ASK { $this ex:date ?day }",
        "SELECT $this",
        "SELECT $this WHERE { $this ex:date ?day } }",
    ],
)
def test_any_other_query_is_left_to_pyshacl(query: str) -> None:
    assert not sparql_queries.is_joinable(query)


PREFIX = "PREFIX ex: <https://example.org/> "
ACTS = """
@prefix ex: <https://example.org/> .
ex:a a ex:Act ; ex:by ex:NOR ; ex:under ex:crc ; ex:day 1 .
ex:b a ex:Act ; ex:by ex:NOR ; ex:under ex:crc, ex:opsc ; ex:day 2 .
ex:c a ex:Act ; ex:by ex:NOR, ex:FJI ; ex:under ex:opsc ; ex:day 3, 4 .
ex:d a ex:Sign ; ex:by ex:FJI ; ex:under ex:opsc ; ex:day 2 .
ex:e ex:left ex:d ; ex:by ex:FJI ; ex:under ex:opsc .
"""


@pytest.mark.parametrize(
    ("query", "groups"),
    [
        ("SELECT $this ?v { $this ex:by ?p ; ex:under ?i . ?v ex:by ?p ; ex:under ?i FILTER($this != ?v) }", 1),
        ("SELECT $this ?v { $this ex:by ?p ; ex:under ?i . ?v ex:by ?p ; ex:under ?i . }", 1),
        ("SELECT $this ?v { $this ex:by ?p ; ex:under ?i . ?v ex:day ?d . ?v ex:by ?p ; ex:under ?i ; a ex:Act }", 1),
        ("SELECT $this ?v { $this ex:by ?p ; ex:under ?i FILTER(?p != ex:X) ?v ex:by ?p ; ex:under ?i }", 1),
        ("SELECT $this ?v { $this ex:by ?p ; ex:under ?i . ?v ex:by ?p, ex:FJI ; ex:under ?i . ?w ex:left ?v }", 1),
        (
            "SELECT $this ?v { $this ex:by ?p ; ex:under ?i ; ex:day ?d . ?v ex:by ?p ; ex:under ?i ; ex:day ?e . "
            "OPTIONAL { ?w ex:left ?v ; ex:by ?p ; ex:under ?i FILTER(?d < ?e) } FILTER(!BOUND(?w)) }",
            1,
        ),
        ("SELECT $this { $this ex:by ?p ; ex:under ?i OPTIONAL { ?w ex:by ?p } ?v ex:by ?p ; ex:under ?i }", 1),
        ("SELECT $this { $this ex:by ?p ; ex:under ?i . ?v ex:by ?p ; ex:under ?i . ?w ex:by ?p ; ex:under ?i }", 2),
        ("SELECT $this ?v { $this ex:by ?p ; ex:under ?i . ?v ex:by ?p }", 0),
        ("SELECT $this { $this ex:by ?p ; ex:under ?i . ex:d ex:by ?p ; ex:under ?i }", 0),
        ("SELECT $this { $this ex:by ?p ; ex:under ?i . ?v (ex:by|ex:left) ?p ; ex:under ?i }", 0),
        ("SELECT $this { $this ex:by ?p ; ex:under ?i FILTER EXISTS { ?v ex:by ?p ; ex:under ?i } }", 0),
        ("SELECT $this { $this ex:by ?p ; ex:under ?i . [] ex:by ?p ; ex:under ?i }", 0),
        ("SELECT $this { $this ex:by ?p ; ex:under ?i . ?v ex:by ?p ; ex:under [ ex:by ?i ] }", 0),
    ],
)
def test_a_thing_with_several_variables_in_common_is_joined_as_a_group_with_the_same_answer(
    query: str, groups: int
) -> None:
    store = Store()
    store.load(ACTS.encode(), RdfFormat.TURTLE)
    rewritten = sparql_queries.with_hash_joins(query)
    assert rewritten.count("{ SELECT * WHERE {") == groups
    assert rows(store, rewritten) == rows(store, query)


def rows(store: Store, query: str) -> list[str]:
    """Return the solutions of a query, as many times as they occur, in an order of their own."""
    return sorted(str(solution) for solution in store.query(PREFIX + query))
