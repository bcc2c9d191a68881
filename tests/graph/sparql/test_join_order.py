"""Triple patterns that are brought together: when they are, when not, and that it changes no answer."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, Store

from graph.settings import QueryLimits
from graph.sparql import guard, join_order
from tests.generated import cases

VARIABLES = "abcde"
PREDICATES = "pqr"
NODES = 5
PROLOGUE = "PREFIX : <http://e/>"


def in_order(query: str) -> str:
    """Return what a query becomes, on one line and without the prefix of its terms."""
    return " ".join(join_order.reorder(query).split())


@pytest.mark.parametrize(
    ("query", "together"),
    [
        (
            "SELECT * { ?a :p ?b OPTIONAL { ?a :q ?c } ?b :r ?d }",
            "SELECT * { ?a :p ?b . ?b :r ?d . OPTIONAL { ?a :q ?c } }",
        ),
        (
            "SELECT * { ?a :p ?b . BIND(STR(?b) AS ?c) ?a :q ?d . }",
            "SELECT * { ?a :p ?b . ?a :q ?d . BIND(STR(?b) AS ?c) }",
        ),
        (
            "SELECT * { ?a :p ?b MINUS { ?a :q ?c } ?b :r ?d FILTER(?d > 1) }",
            "SELECT * { ?a :p ?b . ?b :r ?d . MINUS { ?a :q ?c } FILTER(?d > 1) }",
        ),
        (
            "SELECT * { ?a :p ?b OPTIONAL { ?a :q ?c } FILTER(BOUND(?c)) OPTIONAL { ?b :q ?d } ?a :r ?e }",
            "SELECT * { ?a :p ?b . ?a :r ?e . OPTIONAL { ?a :q ?c } FILTER(BOUND(?c)) OPTIONAL { ?b :q ?d } }",
        ),
        (
            "SELECT * { ?a :p ?b OPTIONAL { ?a :q ?c } OPTIONAL { ?b :q ?d } ?a :r ?c }",
            "SELECT * { ?a :p ?b . OPTIONAL { ?a :q ?c } ?a :r ?c . OPTIONAL { ?b :q ?d } }",
        ),
        (
            "ASK { { ?a :p ?b OPTIONAL { ?a :q ?c } ?a :r ?d } UNION { ?a :q ?b } "
            "GRAPH ?g { ?a :p ?b BIND(1 AS ?c) ?a :q ?e } }",
            "ASK { { ?a :p ?b . ?a :r ?d . OPTIONAL { ?a :q ?c } } UNION { ?a :q ?b . } "
            "GRAPH ?g{ ?a :p ?b . ?a :q ?e . BIND(1 AS ?c) } }",
        ),
        (
            "CONSTRUCT { ?a :p ?d } FROM <http://e/g> WHERE "
            "{ ?a :p [ :q ?b ] OPTIONAL { ?a :q ?c } ?a :q|^:r* ( ?d 1 ) } LIMIT 5",
            "CONSTRUCT { ?a :p ?d } FROM <http://e/g> WHERE "
            "{ ?a :p [ :q ?b ] . ?a :q|^:r* ( ?d 1 ) . OPTIONAL { ?a :q ?c } } LIMIT 5",
        ),
        (
            "SELECT (EXISTS { ?a :p ?b } AS ?e) { VALUES (?b ?c) { (1 2) } ?a :p ?b OPTIONAL { ?a :q ?d } ?a :r ?f } "
            "VALUES ?f { 1 }",
            "SELECT (EXISTS { ?a :p ?b } AS ?e) { VALUES (?b ?c) { (1 2) } ?a :p ?b . ?a :r ?f . "
            "OPTIONAL { ?a :q ?d } } VALUES ?f { 1 }",
        ),
    ],
)
def test_patterns_stand_together_where_that_changes_nothing(query: str, together: str) -> None:
    assert in_order(query) == together


@pytest.mark.parametrize(
    ("group", "rejoins"),
    [
        ("{ ?a :p ?b OPTIONAL { ?a :q ?c } FILTER(?c > 1) } ORDER BY ?c", False),
        ("{ { ?a :p ?b MINUS { ?a :q ?c } } UNION { ?a :q ?b } }", False),
        ("{ ?a :p ?b BIND(STR(?b) AS ?c) FILTER(?c > '1') }", False),
        ("{ ?a :p ?b optional { ?a :q ?c } FILTER(?c > 1) [ :r ?d ] :r 1 }", True),
        ("{ ?a :p ?b OPTIONAL { ?a :q ?c } FILTER(?c > 1) <http://e/> :r ?d }", True),
        ("{ { ?a :p ?b BIND(STR(?b) AS ?c) ?a :q ?b } }", True),
        ("{ ?a :p ?b MINUS { ?a :q ?c } ( 1 2 ) :r ?d }", True),
    ],
)
def test_the_guard_tells_where_it_is_worth_a_look(group: str, rejoins: bool) -> None:
    assert guard.inspect(f"{PROLOGUE} SELECT * {group}", QueryLimits()).may_reorder is rejoins


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?a :p ?b . ?b :q ?c OPTIONAL { ?c :r ?d } }",
        # The variable is bound by the optional pattern alone, or by what is bound.
        "SELECT * { ?a :p ?b OPTIONAL { ?a :q ?c } ?c :r ?d }",
        "SELECT * { ?a :p ?b BIND(STR(?b) AS ?c) ?c :r ?d }",
        "SELECT * { ?a :p ?b MINUS { ?c :q ?b } ?a :r ?c }",
        # The filter of the optional pattern sees only what stands before it.
        "SELECT * { ?a :p ?b OPTIONAL { ?a :q ?c FILTER(!BOUND(?d)) } ?a :r ?d }",
        "SELECT * { ?a :p ?b BIND(COALESCE(?d, 1) AS ?c) ?a :r ?d }",
        # Nothing is bound yet, or nothing that the patterns share.
        "SELECT * { OPTIONAL { ?a :q ?c } ?a :r ?d }",
        "SELECT * { ?a :p ?b OPTIONAL { ?a :q ?c } ?e :r ?d }",
        "SELECT * { VALUES ?a { 1 UNDEF } OPTIONAL { ?a :q ?c } ?a :r ?d }",
        # A value of its own for each solution.
        "SELECT * { ?a :p ?b BIND(BNODE() AS ?c) ?a :r ?d }",
        "SELECT * { ?a :p ?b OPTIONAL { ?a :q ?e BIND(rand() AS ?c) } ?a :r ?d }",
        "SELECT * { ?a :p ?b OPTIONAL { ?a :q ?c } ?a :r _:x }",
        # The engine answers these in different ways, one of which is wrong, when their patterns stand elsewhere.
        "SELECT * { ?a :p ?b OPTIONAL { ?a :q ?c OPTIONAL { ?c :q ?e } } ?a :r ?d }",
        "SELECT * { ?a :p ?b OPTIONAL { ?a :q ?c FILTER EXISTS { ?c :q ?e } } ?a :r ?d }",
        "SELECT * { ?a :p ?b MINUS { ?a :q ?c { ?c :q ?e } } ?a :r ?d }",
        "SELECT * { ?a :p ?b OPTIONAL { VALUES ?c { 1 } ?a :q ?c } ?a :r ?d }",
        "SELECT * { ?a :p ?b OPTIONAL { ?a :q ?c BIND(1 AS ?e) } ?a :r ?d }",
        # Not read here: other queries inside, SERVICE and LATERAL, statements on statements, keywords in names.
        "SELECT * { { SELECT * { ?a :p ?b OPTIONAL { ?a :q ?c } ?a :r ?d } } }",
        "SELECT * { ?a :p ?b LATERAL { ?a :q ?c } BIND(1 AS ?e) ?a :r ?d }",
        "SELECT * { ?a :p ?b OPTIONAL { ?a :q ?c } ?a :r ?d {| :q 1 |} }",
        "SELECT * { ?a :p ?b OPTIONAL { ?a :q ?c } << ?a :r ?d >> :p ?e }",
        "SELECT * { ?a :p ?b OPTIONAL { ?a :q ?c } ?a :r ?d ~ ?e }",
        "SELECT * { ?a :p ?b . FILTERx:p (?a) OPTIONAL { ?a :q ?c } ?a :r ?d }",
        "SELECT * { ?a :p ?b OPTIONAL { ?a :q ?c } GRAPHx:g { ?a :r ?d } ?a :r ?e }",
        "DESCRIBE <http://e/OPTIONAL>",
        # More than anybody writes.
        "SELECT * { ?a :p ?b " + "OPTIONAL { ?a :q ?c } ?a :r ?d . " * 200 + "}",
        # Wrong ones are for the engine to tell of.
        "SELECT * { ?a :p ?b OPTIONAL ?a :q ?c ?a :r ?d }",
        "SELECT * { ?a :p ?b BIND(1) ?a :r ?d }",
        "SELECT * { ?a :p ?b BIND() ?a :r ?d }",
        "SELECT * { ?a :p ?b VALUES } OPTIONAL",
        "SELECT * { OPTIONAL GRAPH }",
        "SELECT * { OPTIONAL { ?a :p ?b ) }",
        "SELECT * { OPTIONAL { ?a :p ?b }",
        "SELECT OPTIONAL",
        "OPTIONAL { ?a :p \\ }",
        "",
    ],
)
def test_a_query_stays_as_it_is_otherwise(query: str) -> None:
    assert join_order.reorder(query) == query


def graph() -> Store:
    """A graph in which each node has some of the properties, most of them twice."""
    store = Store()
    for n in range(NODES):
        for m, predicate in enumerate(PREDICATES):
            for o in range((n + m) % 3 and 2):
                target = (n * 3 + m + o * 2) % NODES
                value = NamedNode(f"http://e/{target}") if (n + m + o) % 5 else Literal(target)
                store.add(Quad(NamedNode(f"http://e/{n}"), NamedNode(f"http://e/{predicate}"), value))
    return store


GRAPH = graph()

variables = st.sampled_from(VARIABLES).map("?{}".format)
predicates = st.sampled_from([":p", ":q", ":r", ":p", ":q", ":r", ":p*", ":p/:q", "^:r", "(:p|:q)", "?e"])
patterns = st.one_of(
    st.builds("?a {} {}".format, predicates, variables),
    st.builds("{} {} ?b".format, variables, predicates),
    st.builds("{} {} {}".format, variables, predicates, variables),
    st.builds("{} {} <http://e/3>".format, variables, predicates),
)
blocks = st.lists(patterns, min_size=1, max_size=2).map(" . ".join)
conditions = st.one_of(
    st.builds("BOUND({})".format, variables),
    st.builds("!BOUND({})".format, variables),
    st.builds("COALESCE({} != {}, true)".format, variables, variables),
    st.builds("EXISTS {{ {} }}".format, patterns),
    st.builds("NOT EXISTS {{ {} OPTIONAL {{ {} }} }}".format, blocks, patterns),
)
bindings = st.builds("BIND(COALESCE(STR({}), 'none') AS {})".format, variables, variables)
groups = st.deferred(lambda: st.lists(elements, min_size=1, max_size=3).map(" ".join))
crossed = st.one_of(
    st.builds("OPTIONAL {{ {} }}".format, patterns),
    st.builds("OPTIONAL {{ {} FILTER({}) }}".format, patterns, conditions),
    st.builds("OPTIONAL {{ {} }}".format, groups),
    st.builds("MINUS {{ {} }}".format, blocks),
    st.builds("MINUS {{ {} }}".format, groups),
    bindings,
)
elements = st.one_of(
    blocks.map("{} .".format),
    blocks.map("{} .".format),
    crossed,
    crossed,
    st.builds("FILTER({})".format, conditions),
    st.builds("{{ {} }}".format, groups),
    st.builds("{{ {} }} UNION {{ {} }}".format, groups, groups),
    st.builds("{{ SELECT {} {{ {} }} }}".format, variables, groups),
    st.builds("VALUES {} {{ <http://e/1> UNDEF 2 }}".format, variables),
)


def solutions(query: str) -> "Counter[tuple[object, ...]]":
    found = GRAPH.query(query)
    assert isinstance(found, QuerySolutions)
    names = [variable.value for variable in found.variables]
    assert sorted(names) == sorted(VARIABLES)
    return Counter(tuple(row[name] for name in VARIABLES) for row in found)


@settings(max_examples=cases(1000), deadline=None, suppress_health_check=list(HealthCheck))
@given(blocks, crossed, st.lists(elements, max_size=3), blocks)
def test_the_solutions_stay_the_same(first: str, second: str, others: list[str], last: str) -> None:
    selected = " ".join(f"?{name}" for name in VARIABLES)
    query = f"{PROLOGUE} SELECT {selected} {{ {first} . {second} {' '.join(others)} {last} }}"
    together = join_order.reorder(query)
    if together == query:
        return
    assert guard.inspect(query, QueryLimits()).may_reorder, "the engine would not look at it"
    try:
        before = solutions(query)
    except SyntaxError:
        return
    assert solutions(together) == before
