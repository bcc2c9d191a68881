import csv
import io
import json
import time

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Store, Triple, parse

from graph.settings import QueryLimits
from graph.sparql import formats
from graph.sparql.engine import Query, QueryEngine
from graph.sparql.errors import (
    EvaluationFailed,
    FunctionUnknown,
    GraphNameInvalid,
    NotAcceptable,
    QuerySyntaxError,
    ResultTooLarge,
    ServiceRefused,
)
from graph.sparql.formats import GraphFormat, SolutionsFormat
from graph.sparql.guard import ParsedQuery

SHARED = ("http://e/shared", "http://e/p", "1")
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
GRAPHS = "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g"


def quads() -> list[Quad]:
    rows = [
        ("http://e/a", *SHARED),
        ("http://e/b", *SHARED),
        ("http://e/a", "http://e/s", "http://e/p", "only a"),
        ("http://e/b", "http://e/s", "http://e/p", "only b"),
        ("http://e/c", "http://e/s", "http://e/p", "only c"),
    ]
    return [Quad(NamedNode(s), NamedNode(p), Literal(o), NamedNode(g)) for g, s, p, o in rows]


def merged() -> Store:
    store = Store()
    store.extend(quads())
    store.extend(Quad(one.subject, one.predicate, one.object) for one in quads())
    return store


@pytest.fixture(params=[False, True], ids=["together", "apart"])
def engine(request: pytest.FixtureRequest) -> QueryEngine:
    return QueryEngine(merged(), QueryLimits(), default_apart=request.param)


def count(engine: QueryEngine, text: str = COUNT, default: tuple[str, ...] = (), named: tuple[str, ...] = ()) -> int:
    bindings = json.loads(engine.answer(Query(text, default, named)).body)["results"]["bindings"]
    return int(bindings[0]["n"]["value"])


def graphs(
    engine: QueryEngine, text: str = GRAPHS, default: tuple[str, ...] = (), named: tuple[str, ...] = ()
) -> list[str]:
    bindings = json.loads(engine.answer(Query(text, default, named)).body)["results"]["bindings"]
    return [row["g"]["value"].removeprefix("http://e/") for row in bindings]


def test_without_a_dataset_the_query_sees_the_store(engine: QueryEngine) -> None:
    assert count(engine) == 4
    assert graphs(engine) == ["a", "b", "c"]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s ?p ?o }",
        "SELECT * { ?s <http://e/p>* ?o }",
        "SELECT * { <http://e/a> ^<http://e/p>? ?o }",
        "SELECT * { { ?s <http://e/p> ?o } MINUS { ?s ?q 'only a' } }",
        "SELECT * { ?s ?p ?o FILTER NOT EXISTS { ?s ?q 'only b' } }",
        "ASK { ?s ?p 'only c' }",
        "DESCRIBE <http://e/s>",
        "CONSTRUCT WHERE { ?s ?p ?o }",
    ],
)
def test_a_default_graph_that_is_apart_gives_the_same_answers(query: str) -> None:
    one, other = (
        QueryEngine(merged(), QueryLimits(), default_apart=apart).answer(
            Query(query, (), (), formats.TSV, formats.N_TRIPLES)
        )
        for apart in (False, True)
    )
    assert sorted(one.body.splitlines()) == sorted(other.body.splitlines())


@pytest.mark.parametrize(
    "query",
    [
        "SELECT DISTINCT ?g { graph?g{?s?p?o} } ORDER BY ?g",
        "SELECT DISTINCT ?g { Graph ?g { ?s ?p ?o } } ORDER BY ?g",
        "SELECT DISTINCT ?g { ?s ?p 'only a' GRAPH ?g { ?t ?q ?r } } ORDER BY ?g",
        "SELECT DISTINCT ?g { ?s ?p ?o FILTER EXISTS { GRAPH ?g { ?s ?p ?o } } GRAPH ?g {} } ORDER BY ?g",
    ],
)
def test_named_graphs_are_found_however_a_query_names_them(engine: QueryEngine, query: str) -> None:
    assert graphs(engine, query) == ["a", "b", "c"]


def test_no_query_names_graphs_in_escapes() -> None:
    # Otherwise to look for the letters of GRAPH would not be enough.
    with pytest.raises(SyntaxError):
        merged().query(GRAPHS.replace("GRAPH", "\\u0047RAPH"))


@pytest.mark.parametrize(
    ("default", "triples"),
    [
        (("http://e/a",), 2),
        (("http://e/a", "http://e/b"), 3),
        (("http://e/a", "http://e/b", "http://e/c"), 4),
        (("http://e/a", "http://e/a"), 2),
        (("http://e/a", "http://e/unknown"), 2),
        (("http://e/unknown",), 0),
    ],
)
def test_several_default_graphs_are_merged_without_repetition(
    engine: QueryEngine, default: tuple[str, ...], triples: int
) -> None:
    clauses = " ".join(f"FROM <{name}>" for name in default)
    assert count(engine, default=default) == triples
    assert count(engine, COUNT.replace("WHERE", f"{clauses} WHERE")) == triples


def test_from_clauses_may_use_prefixes_and_base(engine: QueryEngine) -> None:
    text = "PREFIX ex: <http://e/> BASE <http://e/> SELECT (COUNT(*) AS ?n) FROM ex:a FROM <b> WHERE { ?s ?p ?o }"
    assert count(engine, text) == 3


@pytest.mark.parametrize("default", [("http://e/a",), ("http://e/a", "http://e/b")], ids=["one graph", "two graphs"])
def test_with_default_graphs_only_there_are_no_named_graphs(engine: QueryEngine, default: tuple[str, ...]) -> None:
    assert graphs(engine, default=default) == []
    clauses = " ".join(f"FROM <{name}>" for name in default)
    assert graphs(engine, GRAPHS.replace("WHERE", f"{clauses} WHERE")) == []


def test_with_named_graphs_only_the_default_graph_is_empty(engine: QueryEngine) -> None:
    assert count(engine, named=("http://e/a",)) == 0
    assert count(engine, COUNT.replace("WHERE", "FROM NAMED <http://e/a> WHERE")) == 0
    assert graphs(engine, named=("http://e/a", "http://e/c")) == ["a", "c"]


def test_default_and_named_graphs_together(engine: QueryEngine) -> None:
    assert graphs(engine, default=("http://e/a", "http://e/b"), named=("http://e/c",)) == ["c"]
    assert count(engine, default=("http://e/a", "http://e/b"), named=("http://e/c",)) == 3


def test_the_dataset_of_the_request_overrides_from(engine: QueryEngine) -> None:
    text = COUNT.replace("WHERE", "FROM <http://e/a> FROM <http://e/b> FROM NAMED <http://e/b> WHERE")
    assert count(engine, text, default=("http://e/c",)) == 1
    assert count(engine, text, named=("http://e/c",)) == 0


def test_a_merged_dataset_is_the_same_when_asked_again(engine: QueryEngine) -> None:
    for _ in range(2):
        for pair in (("http://e/a", "http://e/b"), ("http://e/b", "http://e/c"), ("http://e/a", "http://e/c")):
            assert count(engine, default=pair) == 3


def test_a_merge_leaves_the_store_as_it_was(engine: QueryEngine) -> None:
    count(engine, default=("http://e/a", "http://e/b"))
    assert count(engine) == 4
    assert graphs(engine) == ["a", "b", "c"]


@pytest.mark.parametrize("name", ["", "a", "file name", "http://e/ a", "<http://e/a>"])
def test_a_graph_name_that_is_no_iri_is_refused(engine: QueryEngine, name: str) -> None:
    with pytest.raises(GraphNameInvalid, match="cannot name a graph"):
        count(engine, default=(name,))


def test_a_relative_iri_is_read_against_the_base_of_the_graph(engine: QueryEngine) -> None:
    answer = engine.answer(Query("SELECT (<eli/opsc> AS ?x) {}", solutions_format=formats.CSV))
    assert answer.body == b"x\r\nhttps://w3id.org/opsc/eli/opsc\r\n"


@pytest.mark.parametrize("one", formats.GRAPHS, ids=lambda one: one.media_type)
def test_every_graph_format_holds_the_same_triples(engine: QueryEngine, one: GraphFormat) -> None:
    answer = engine.answer(Query("CONSTRUCT WHERE { ?s ?p ?o }", graph_format=one))
    read = {quad.triple for quad in parse(answer.body, one.rdf_format)}
    assert read == {quad.triple for quad in quads()}
    assert (answer.kind, answer.format) == ("graph", one)


SELECT = "SELECT ?o WHERE { <http://e/shared> ?p ?o }"


@pytest.mark.parametrize(
    ("one", "select", "ask"),
    [
        (
            formats.JSON,
            b'{"head":{"vars":["o"]},"results":{"bindings":[{"o":{"type":"literal","value":"1"}}]}}',
            b'{"head":{},"boolean":true}',
        ),
        (formats.CSV, b"o\r\n1\r\n", b"true"),
        (formats.TSV, b'?o\n"1"\n', b"true"),
    ],
    ids=["json", "csv", "tsv"],
)
def test_select_and_ask_in_each_text_format(
    engine: QueryEngine, one: SolutionsFormat, select: bytes, ask: bytes
) -> None:
    assert engine.answer(Query(SELECT, solutions_format=one)).body == select
    answer = engine.answer(Query("ASK {}", solutions_format=one))
    assert (answer.body, answer.kind) == (ask, "boolean")


def test_select_and_ask_in_xml(engine: QueryEngine) -> None:
    assert b"<literal>1</literal>" in engine.answer(Query(SELECT, solutions_format=formats.XML)).body
    assert b"<boolean>true</boolean>" in engine.answer(Query("ASK {}", solutions_format=formats.XML)).body


def test_values_that_need_quoting_survive_csv() -> None:
    store = Store()
    value = 'a "quoted", line\nand é'
    store.add(Quad(NamedNode("http://e/s"), NamedNode("http://e/p"), Literal(value)))
    answer = QueryEngine(store, QueryLimits()).answer(Query("SELECT ?o { ?s ?p ?o }", solutions_format=formats.CSV))
    assert list(csv.reader(io.StringIO(answer.body.decode(), newline=""))) == [["o"], [value]]


@pytest.mark.parametrize(
    ("query", "forms"),
    [
        (Query("SELECT * {}", solutions_format=None), "SELECT and ASK"),
        (Query("ASK {}", solutions_format=None), "SELECT and ASK"),
        (Query("CONSTRUCT WHERE { ?s ?p ?o }", graph_format=None), "CONSTRUCT and DESCRIBE"),
        (Query("DESCRIBE <http://e/s>", graph_format=None), "CONSTRUCT and DESCRIBE"),
    ],
    ids=["select", "ask", "construct", "describe"],
)
def test_a_form_without_an_accepted_format_is_not_answered(engine: QueryEngine, query: Query, forms: str) -> None:
    with pytest.raises(NotAcceptable, match=f"results of {forms} queries are available as"):
        engine.answer(query)


@pytest.mark.parametrize("query", ["SELECT * { ?s ?p ?o }", "CONSTRUCT WHERE { ?s ?p ?o }"])
def test_an_answer_beyond_the_limit_is_an_error_and_never_cut(query: str) -> None:
    store = Store()
    store.extend(quads())
    store.extend(Quad(one.subject, one.predicate, one.object) for one in quads())
    whole = QueryEngine(store, QueryLimits()).answer(Query(query)).body
    assert QueryEngine(store, QueryLimits(result_bytes=2_000)).answer(Query(query)).body
    with pytest.raises(ResultTooLarge, match="more than 60 bytes"):
        QueryEngine(store, QueryLimits(result_bytes=60)).answer(Query(query))
    assert len(whole) > 60


def test_an_error_is_told_where_it_stands_in_the_query_as_it_was_written(engine: QueryEngine) -> None:
    query = "SELECT * {\n ?a <http://e/p> ?b OPTIONAL { ?a <http://e/q> ?c }\n ?a <http://e/r>\n}"
    with pytest.raises(QuerySyntaxError) as refused:
        engine.answer(Query(query))
    assert refused.value.line == 4


def test_patterns_after_an_optional_one_are_not_tried_for_all_that_there_is() -> None:
    store, number = Store(), 150
    kind, whole = NamedNode("http://e/Thing"), NamedNode("http://e/whole")
    for n in range(number):
        thing, party = NamedNode(f"http://e/thing/{n}"), NamedNode(f"http://e/party/{n}")
        values = [kind, whole, party, *(Literal(f"{n} {m}") for m in range(3))]
        store.extend(Quad(thing, NamedNode(f"http://e/{m}"), value) for m, value in enumerate(values))
        store.extend(Quad(party, NamedNode("http://e/name"), Literal(f"{n} {m}")) for m in range(10))
    patterns = "?thing :0 :Thing ; :1 :whole ; :2 ?party ; :3 ?one ; :4 ?other ; :5 ?third"
    query = f"PREFIX : <http://e/> SELECT * {{ {patterns} OPTIONAL {{ ?thing :9 ?more }} ?party :name ?name }}"
    engine = QueryEngine(store, QueryLimits())
    begun = time.process_time()
    assert sum(1 for _ in store.query(query)) == 10 * number
    needed = time.process_time() - begun
    begun = time.process_time()
    assert engine.answer(Query(query, solutions_format=formats.CSV)).body.count(b"\n") == 10 * number + 1
    assert time.process_time() - begun < needed / 5


def test_service_is_refused_before_evaluation(engine: QueryEngine) -> None:
    with pytest.raises(ServiceRefused):
        engine.answer(Query("SELECT * { SERVICE <http://127.0.0.1:1/> {} }"))


def test_an_unknown_function_is_named(engine: QueryEngine) -> None:
    for name in ("https://w3id.org/opsc/function/none", "http://www.w3.org/2001/XMLSchema#dateTme"):
        with pytest.raises(FunctionUnknown, match=f"<{name}> is not known"):
            engine.answer(Query(f"SELECT (<{name}>(1) AS ?x) {{}}"))


def test_a_function_that_nobody_defines_is_an_error_of_the_expression(engine: QueryEngine) -> None:
    query = "SELECT ?n ?x { VALUES ?n { 1 2 } BIND(<http://e/f>(?n) AS ?x) FILTER(?n > 1 || <http://e/g>(?n)) }"
    assert engine.answer(Query(query, solutions_format=formats.CSV)).body == b"n,x\r\n2,\r\n"


def test_what_the_engine_cannot_evaluate_is_an_error_without_internals(engine: QueryEngine) -> None:
    past_the_guard = Query("SELECT * { SERVICE <http://127.0.0.1:1/> {} }")
    with pytest.raises(EvaluationFailed) as caught:
        engine.answer_parsed(past_the_guard, ParsedQuery("", ()))
    assert "127.0.0.1" not in str(caught.value)


def test_an_unreadable_prologue_is_a_syntax_error(engine: QueryEngine) -> None:
    with pytest.raises(QuerySyntaxError):
        engine.answer(Query("PREFIX ex: nonsense SELECT * FROM <http://e/a> FROM <http://e/b> {}"))


def test_turtle_declares_the_prefixes_it_uses_in_order() -> None:
    skos, dcterms = "http://www.w3.org/2004/02/skos/core#", "http://purl.org/dc/terms/"
    triples = [
        Triple(BlankNode("b"), NamedNode(f"{skos}prefLabel"), Literal("label")),
        Triple(BlankNode("b"), NamedNode(f"{dcterms}title"), Literal("title")),
    ]
    document = formats.TURTLE.serialize(triples)
    header = [line for line in document.splitlines() if line.startswith(b"@prefix")]
    assert header == [f"@prefix dcterms: <{dcterms}> .".encode(), f"@prefix skos: <{skos}> .".encode()]
    assert len(list(parse(document, RdfFormat.TURTLE))) == 2
