"""Queries that the engine alone answers otherwise than SPARQL 1.1 says."""

import itertools
import json

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from graph.settings import QueryLimits
from graph.sparql import term_order
from graph.sparql.engine import Query, QueryEngine
from graph.sparql.errors import QuerySyntaxError

XSD = "http://www.w3.org/2001/XMLSchema#"
PREFIX = f"PREFIX xsd: <{XSD}> PREFIX : <https://example.org/> "
# The smallest set with which the engine's sort aborts the process.
CLAIMED = """
  "2010"^^xsd:gYear 960 1927 "2012-08-13"^^xsd:date "1999-04-21"^^xsd:date 2143 63 "1997-03-25"^^xsd:date
  "1996"^^xsd:gYear 128 "2003"^^xsd:gYear 1588 "2024-07-13"^^xsd:date "2013-08-05"^^xsd:date "1998"^^xsd:gYear 2028
  1787 "2022-05-14"^^xsd:date "2007-10-12"^^xsd:date "2008-10-08"^^xsd:date "2016"^^xsd:gYear
"""
NUMBERS_SORTED = ["63", "128", "960", "1588", "1787", "1927", "2028", "2143"]
DATES_SORTED = ["1996", "1997-03-25", "1998", "1999-04-21", "2003", "2007-10-12", "2008-10-08", "2010", "2012-08-13"]
SORTED = [*NUMBERS_SORTED, *DATES_SORTED, "2013-08-05", "2016", "2022-05-14", "2024-07-13"]


def rows(query: str, store: Store | None = None) -> list[list[str | None]]:
    """Return the values of the rows of an answer."""
    engine = QueryEngine(store or Store(), QueryLimits())
    answer = json.loads(engine.answer(Query(PREFIX + query)).body)
    names = answer["head"]["vars"]
    return [[row[name]["value"] if name in row else None for name in names] for row in answer["results"]["bindings"]]


def column(query: str, store: Store | None = None) -> list[str | None]:
    """Return the values of the first variable."""
    return [row[0] for row in rows(query, store)]


@pytest.mark.parametrize(
    ("order", "expected"),
    [("?v", SORTED), ("ASC(?v)", SORTED), ("DESC(?v)", SORTED[::-1]), ("(?v)", SORTED), ("COALESCE(?v, 1)", SORTED)],
)
def test_values_of_several_datatypes_are_sorted(order: str, expected: list[str]) -> None:
    assert column(f"SELECT ?v {{ VALUES ?v {{ {CLAIMED} }} }} ORDER BY {order}") == expected
    assert (
        column(f"SELECT * {{ {{ SELECT ?v {{ VALUES ?v {{ {CLAIMED} }} }} ORDER BY {order} LIMIT 3 }} }}")
        == (expected[:3])
    )


def test_least_and_greatest_of_several_datatypes() -> None:
    extremes = f"SELECT (MIN(?v) AS ?a) (MAX(DISTINCT ?v) AS ?b) {{ VALUES ?v {{ {CLAIMED} }} }}"
    assert rows(extremes) == [["63", "2024-07-13"]]
    assert rows("SELECT (MIN(?v) AS ?a) { VALUES ?v { } }") == [[None]]
    grouped = (
        f"SELECT ?k (MAX(?v) AS ?m) {{ VALUES ?v {{ {CLAIMED} }} BIND(DATATYPE(?v) AS ?k) }} GROUP BY ?k ORDER BY ?m"
    )
    assert [row[1] for row in rows(grouped)] == ["2143", "2016", "2024-07-13"]


def stored(**objects: tuple[Literal, ...]) -> Store:
    """Return a store with objects, by the local name of their predicate."""
    store = Store()
    for name, literals in objects.items():
        store.extend(
            Quad(NamedNode(f"https://example.org/s{at}"), NamedNode(f"https://example.org/{name}"), literal)
            for at, literal in enumerate(literals)
        )
    return store


def literal(text: str, datatype: str = "integer") -> Literal:
    """Return a literal of a datatype of XML Schema."""
    return Literal(text, datatype=NamedNode(XSD + datatype))


def test_objects_of_one_predicate_are_sorted_whatever_their_datatypes() -> None:
    mixed = stored(v=(literal("121"), literal("2000-05-25", "date"), literal("9"), literal("1000000"), Literal("x")))
    expected = ["9", "121", "1000000", "x", "2000-05-25"]
    assert column("SELECT ?v { ?s :v ?v } ORDER BY ?v", mixed) == expected
    assert column("SELECT ?w { ?s :v ?v BIND(?v AS ?w) } ORDER BY ?w", mixed) == expected
    assert column("SELECT ?v (COUNT(*) AS ?n) { ?s :v ?v } GROUP BY ?v ORDER BY ?n ?v", mixed) == expected
    assert column("PREFIX g: <https://example.org/graph> SELECT (MAX(?v) AS ?m) { ?s :v ?v }", mixed) == ["2000-05-25"]


def test_two_predicates_of_different_datatypes() -> None:
    store = stored(v=(literal("10"), literal("9")), w=(literal("2000-05-25", "date"), literal("10000")))
    union = "{ ?s :v ?x } UNION { ?s :w ?x }"
    assert column(f"SELECT ?x {{ {union} }} ORDER BY ?x", store) == ["9", "10", "10000", "2000-05-25"]
    assert column(f"SELECT (MAX(?x) AS ?m) {{ {union} }}", store) == ["2000-05-25"]


def test_unbound_blank_nodes_iris_and_literals_in_this_order() -> None:
    values = 'VALUES ?v { 1 UNDEF <https://example.org/x> "a"@en true "blank" }'
    shown = 'IF(isBlank(?w), "_", STR(?w))'
    query = f'SELECT ({shown} AS ?s) {{ {values} BIND(IF(STR(?v) = "blank", BNODE(), ?v) AS ?w) }} ORDER BY ?w'
    assert column(query) == [None, "_", "https://example.org/x", "true", "1", "a"]


NUMBERS = ["-INF", "-1e10", "-10.5", "-10", "-9.99", "-0.001", "0", "0.001", "0.01", "1", "9", "10", "1000000", "INF"]


def test_the_keys_of_numbers_are_ordered_as_the_numbers() -> None:
    keys = [term_order.order_key(literal(text, "double")).value for text in NUMBERS]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)
    assert term_order.order_key(literal("1")).value == term_order.order_key(literal("1.0", "decimal")).value


TIMES = [
    "-0044-03-15",
    "0001-01-01",
    "1999-12-31",
    "2000-02-28",
    "2000-02-29",
    "2000-03-01",
    "2001-01-01",
    "12000-01-01",
]


def test_the_keys_of_dates_are_ordered_by_time() -> None:
    keys = [term_order.order_key(literal(text, "date")).value for text in TIMES]
    assert keys == sorted(keys)
    for earlier, later in itertools.pairwise(
        ["2000-01-01T10:00:00+05:00", "2000-01-01T06:00:00Z", "2000-01-01T07:00:00"]
    ):
        before, after = (term_order.order_key(literal(text, "dateTime")).value for text in (earlier, later))
        assert before < after


@pytest.mark.parametrize("name", ["date", "e", "x", "d", "deposit"])
def test_a_duration_is_added_to_a_date_whatever_the_variable_is_called(name: str) -> None:
    date = f'VALUES ?{name} {{ "2002-01-31"^^xsd:date }}'
    assert column(f'SELECT ?r {{ {date} BIND(?{name} + "P1M"^^xsd:yearMonthDuration AS ?r) }}') == ["2002-02-28"]
    assert column(f'SELECT (?{name} + "P2D"^^xsd:dayTimeDuration AS ?r) {{ {date} }}') == ["2002-02-02"]
    assert column(f'SELECT ?r {{ {date} VALUES ?p {{ "P1Y"^^xsd:yearMonthDuration }} BIND(?{name}+?p AS ?r) }}') == [
        "2003-01-31"
    ]
    filtered = f'{{ {date} FILTER(?{name} + "P1M"^^xsd:yearMonthDuration > "2002-02-01"^^xsd:date) }}'
    assert column(f"SELECT ?{name} {filtered}") == ["2002-01-31"]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2", "3"),
        ("?a + ?b * 2", "8"),
        ("?a + ?b + ?a - ?b", "4"),
        ("?a+?b/3", "3"),
        ("IF(?a + ?b = 5, ?a + 1, 0)", "3"),
        ("(?a + ABS(-?b)) * 2", "10"),
        ("?a * -?b + ?b", "-3"),
        ("?a + ?b * -1", "-1"),
    ],
)
def test_sums_of_numbers_stay_the_same(expression: str, value: str) -> None:
    assert column(f"SELECT ({expression} AS ?r) {{ VALUES (?a ?b) {{ (2 3) }} }}") == [value]


def test_a_path_with_a_plus_sign_is_no_sum() -> None:
    store = stored(p=(literal("1"),))
    assert column("SELECT ?o { ?s (:p+) ?o FILTER EXISTS { ?s (:p/:q*)+ ?o } }", store) == ["1"]


def test_concatenated_values_of_one_language_have_no_language() -> None:
    inner = 'SELECT (GROUP_CONCAT(?l; separator="|") AS ?all) { VALUES ?l { "a"@en "b"@en } }'
    assert rows(f"SELECT ?all (LANG(?all) AS ?tag) {{ {{ {inner} }} }}") == [["a|b", ""]]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("?s :v|:w ?n", "4"),
        ("?s (:v|:w) ?n", "4"),
        ("?s :k ?k ; :v|:w ?n", "4"),
        ("?s :v|:w ?n ; :k ?k .", "4"),
        ("?s :k 1 ; :v|:w ?n ; :v|:w ?m ; . FILTER(?n = ?m)", "4"),
        ("?s :k 1 . ?s :v|:w|:v ?n", "3"),
        ("?n ^:v|^:w ?s", "4"),
        ("OPTIONAL { ?s :v|:w ?n }", "4"),
        ("?s :v|:w 1, 2", "0"),
    ],
)
def test_alternative_paths_keep_duplicates(pattern: str, expected: str) -> None:
    one = (literal("1"), literal("1"))
    store = stored(v=one, w=one, k=(literal("1"),))
    if ":k ?k" in pattern:
        store.add(Quad(NamedNode("https://example.org/s1"), NamedNode("https://example.org/k"), literal("2")))
    assert column(f"SELECT (COUNT(*) AS ?n_) {{ {pattern} }}", store) == [expected]
    assert len(rows(f"SELECT * {{ {pattern} }}", store)) == int(expected)


def test_distinct_solutions_of_alternative_paths() -> None:
    store = stored(v=(literal("1"),), w=(literal("1"),))
    assert column("SELECT DISTINCT ?n { ?s :v|:w ?n }", store) == ["1"]


def test_keywords_in_capitals() -> None:
    assert column("SELECT (TRUE AS ?x) { FILTER(!FALSE) }") == ["true"]


def test_values_and_minus_in_each_graph() -> None:
    store = Store()
    for name in ("g1", "g2"):
        graph = NamedNode(f"https://example.org/{name}")
        store.add(
            Quad(NamedNode(f"https://example.org/{name}-s"), NamedNode("https://example.org/p"), literal("1"), graph)
        )
    assert len(rows("SELECT ?g ?x { GRAPH ?g { VALUES ?x { 1 } } }", store)) == 2
    assert None not in column("SELECT ?g ?x { GRAPH ?g { VALUES ?x { 1 } } }", store)
    assert len(rows("SELECT ?a { GRAPH ?g { ?a :p ?n MINUS { ?b :p ?m } } }", store)) == 2
    assert rows("SELECT ?a { GRAPH ?g { ?a :p ?n MINUS { ?a :p ?m } } }", store) == []


def test_months_by_the_calendar() -> None:
    function = "<https://w3id.org/opsc/function/calendar#monthsLater>"
    dates = (
        'VALUES (?d ?n) { ("2005-01-31"^^xsd:date 1) ("2004-12-31"^^xsd:date 2) ("x" 1) ("2005-01-31"^^xsd:date 1e99) }'
    )
    assert column(f"SELECT ({function}(?d, ?n) AS ?later) {{ {dates} }}") == ["2005-02-28", "2005-02-28", None, None]
    assert column(f'SELECT ({function}("2005-01-31"^^xsd:date, {"9" * 30}) AS ?later) {{}}') == [None]


def test_a_byte_order_mark_is_skipped() -> None:
    answer = QueryEngine(Store(), QueryLimits()).answer(Query("\ufeffASK {}"))
    assert json.loads(answer.body)["boolean"] is True


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("SELECT * { ?s :v ?c }", ["s", "c"]),
        ("select distinct * # all\n { ?z :v ?a . OPTIONAL { ?b ?m $y } }", ["z", "a", "b", "m", "y"]),
        ("SELECT*{ { SELECT ?q ?a { ?q :v ?a . ?hidden :v ?b } } }", ["q", "a"]),
        ("SELECT * { ?b :v ?a } ORDER BY ?a", ["b", "a"]),
        ("SELECT ?c ?b { ?b :v ?c }", ["c", "b"]),
    ],
)
def test_the_columns_come_in_order_of_appearance(query: str, names: list[str]) -> None:
    store = stored(v=(literal("2"), literal("1")))
    answer = json.loads(QueryEngine(store, QueryLimits()).answer(Query(PREFIX + query)).body)
    assert answer["head"]["vars"] == names


def one_triple() -> Store:
    store = Store()
    store.add(Quad(*(NamedNode(f"https://example.org/{name}") for name in "apb")))
    return store


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        (":none :p* ?x", [":none"]),
        (":none :p? ?x", [":none"]),
        ("?x :p* :none", [":none"]),
        ("?x (:p|:q)? :none", [":none"]),
        ("<https://example.org/none> (:p/:q)* ?x .", [":none"]),
        (":a :p* ?x", [":a", ":b"]),
        ("?x :p? :b", [":b", ":a"]),
        (":none :p+ ?x", []),
        (":none :q ?y ; :p* ?x", []),
        ("{ :none :p* ?x } UNION { :a :p ?x }", [":none", ":b"]),
    ],
)
def test_a_path_of_length_zero_begins_and_ends_at_any_term(pattern: str, found: list[str]) -> None:
    expected = sorted(f"https://example.org/{name[1:]}" for name in found)
    assert sorted(str(one) for one in column(f"SELECT ?x {{ {pattern} }}", one_triple())) == expected


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (COUNT(COUNT(*)) AS ?c) {}",
        "SELECT (SUM(1 + MAX(?x)) AS ?c) {}",
        "SELECT * { BIND(<<( 'literal' :q :z )>> AS ?x) }",
        "SELECT * { BIND(<<( <<( :s :p :o )>> :q :z )>> AS ?x) }",
    ],
)
def test_what_the_grammar_does_not_allow_is_refused(query: str) -> None:
    with pytest.raises(QuerySyntaxError):
        rows(query)


def test_aggregates_of_subqueries_and_triple_terms_in_patterns_are_allowed() -> None:
    assert rows("SELECT (MAX(?n) AS ?m) { { SELECT (COUNT(*) AS ?n) {} } }") == [["1"]]
    assert rows("SELECT (COUNT(*) AS ?n) (MAX(?n) AS ?m) { FILTER(1 < 2) }")[0][0] == "1"
    assert rows("SELECT * { <<( <<( ?s :p :o )>> :r :z )>> :q 1 . FILTER(<<( ?s :p 1 )>> = ?s) }") == []
