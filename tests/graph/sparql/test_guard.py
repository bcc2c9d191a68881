import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, QueryBoolean, Store

from graph.settings import QueryLimits
from graph.sparql.errors import (
    QueryError,
    QuerySyntaxError,
    QueryTooDeep,
    QueryTooLong,
    QueryTooWide,
    ServiceRefused,
    UpdateRefused,
)
from graph.sparql.guard import DatasetClause, ParsedQuery, inspect
from tests.generated import cases

LIMITS = QueryLimits(length=20_000, depth=50, width=100)
# The engine refuses port 1 with an OSError before it opens a connection, so an attempted call shows without a network.
ELSEWHERE = "http://127.0.0.1:1/"

HONEST = {
    "a comment": "SELECT * { ?s ?p ?o } # SERVICE <http://example.org/> { }",
    "a string": "SELECT * { ?s ?p 'SERVICE <http://example.org/> { }' }",
    "a string in double quotes": 'SELECT * { ?s ?p "LOAD <http://example.org/>" }',
    "a long string": "SELECT * { ?s ?p '''it's a\nSERVICE <http://example.org/> {}''' }",
    "an escaped quote": r"""SELECT * { ?s ?p 'it\'s a SERVICE' }""",
    "an IRI": "SELECT * { ?s a <http://example.org/SERVICE> }",
    "an IRI with a fragment": "SELECT * { ?s a <http://www.w3.org/ns/sparql-service-description#Service> }",
    "the local part of a name": "PREFIX ex: <http://example.org/> SELECT * { ?s ex:service ?o }",
    "a prefix": "PREFIX service: <http://example.org/> SELECT * { ?s service:of ?o }",
    "a prefix before a group": "PREFIX service: <http://e/> SELECT * FROM service:g { GRAPH service:g { ?s ?p ?o } }",
    "a variable": "SELECT ?service { ?service ?p ?o }",
    "a language tag": "SELECT * { ?s ?p 'x'@en-service }",
}

SPARQL_1_2 = {
    "a version": "VERSION '1.2' SELECT * { ?s ?p ?o }",
    "a triple term": "SELECT * { ?s ?p <<( ?a ?b <<( ?c ?d 'SERVICE' )>> )>> }",
    "a triple term without white space": "SELECT * { ?s ?p <<(?a ?b ?c)>> }",
    "a triple term in an expression": "SELECT (<<( ?s ?p ?o )>> AS ?t) { ?s ?p ?o FILTER(?t = <<( ?s ?p ?o )>>) }",
    "a triple term among values": "SELECT * { VALUES (?n ?t) { (1 <<( <http://s> <http://p> 1 )>>) } }",
    "a reified triple": "SELECT * { << ?s ?p ?o ~ ?r >> ?q ?z }",
    "an annotation": "SELECT * { ?s ?p ?o ~ ?r {| ?q ?z |} }",
    "a base direction": "SELECT ('a'@en--ltr AS ?x) { }",
    "functions of triple terms": (
        "SELECT (SUBJECT(?t) AS ?s) (PREDICATE(?t) AS ?p) (OBJECT(?t) AS ?o) (isTRIPLE(?t) AS ?i) "
        "{ BIND(TRIPLE(<http://s>, <http://p>, 1) AS ?t) }"
    ),
    "functions of directions": (
        "SELECT (LANGDIR(?l) AS ?d) (hasLANG(?l) AS ?h) (hasLANGDIR(?l) AS ?i) "
        "{ BIND(STRLANGDIR('a', 'ar', 'rtl') AS ?l) }"
    ),
}

HIDDEN_SERVICE = {
    "plain": f"SELECT * {{ SERVICE <{ELSEWHERE}> {{ ?s ?p ?o }} }}",
    "small letters": f"SELECT * {{ service <{ELSEWHERE}> {{ ?s ?p ?o }} }}",
    "silent": f"SELECT * {{ SERVICE SILENT <{ELSEWHERE}> {{ ?s ?p ?o }} }}",
    "a variable": "SELECT * { ?s ?p ?o SERVICE ?o { ?a ?b ?c } }",
    "no white space": f"SELECT * {{SERVICESILENT<{ELSEWHERE}>{{?s ?p ?o}}}}",
    "a number before it": f"SELECT * {{ ?s ?p 1.e5SERVICE<{ELSEWHERE}>{{}} }}",
    "a truth value before it": f"SELECT * {{ ?s ?p trueSERVICE<{ELSEWHERE}>{{}} }}",
    "a comment that a carriage return ends": f"SELECT * {{ # comment \r SERVICE <{ELSEWHERE}> {{}} }}",
    "a name behind it": f"PREFIX : <{ELSEWHERE}> SELECT * {{ SERVICE:x {{}} }}",
    "a declared prefix behind it": (
        f"PREFIX ex: <{ELSEWHERE}> PREFIX SERVICEex: <{ELSEWHERE}> SELECT * {{ SERVICEex:x {{}} }}"
    ),
    "less than, read as an IRI": f"SELECT * {{ FILTER(1<?b)SERVICE#>\n<{ELSEWHERE}>{{}} }}",
    "less than a string, read as an IRI": f"SELECT * {{ FILTER(1<'x>')SERVICE<{ELSEWHERE}>{{}} }}#'",
    "less than a name, read as an IRI": (
        f"PREFIX b: <http://b/> SELECT * {{FILTER(1<b:c#> '''\n)SERVICE<{ELSEWHERE}>{{}} }}#'''"
    ),
    "one string, read as two": f"SELECT * {{ VALUES ?x {{'''a'}} SERVICE <{ELSEWHERE}> {{}} }}# \\q '''",
    "less than, read as the start of a triple term": (
        f"PREFIX x: <http://x/> SELECT * {{ FILTER(1<<x:'>)SERVICE<{ELSEWHERE}>{{}} #'>>)\n }}"
    ),
    "less than, and a prefix like a scheme": (
        f"PREFIX http: <http://x/> SELECT * {{ FILTER(1<<http://e/'>)SERVICE<{ELSEWHERE}>{{}} #'>>)\n }}"
    ),
    "behind a version": f"VERSION '1.2'SELECT * {{SERVICE<{ELSEWHERE}>{{}}}}",
    "behind a triple term": f"SELECT * {{ ?s ?p <<( ?a ?b ?c )>>SERVICE<{ELSEWHERE}>{{}} }}",
    "behind a reified triple": f"SELECT * {{ <<?a ?b ?c~?r>>?p ?o.SERVICE<{ELSEWHERE}>{{}} }}",
    "behind an annotation": f"SELECT * {{ ?s ?p ?o{{|?q ?z|}}SERVICE<{ELSEWHERE}>{{}} }}",
    "behind a reifier": f"SELECT * {{ ?s ?p ?o~SERVICE<{ELSEWHERE}>{{}} }}",
    "behind a base direction": f"SELECT * {{ ?s ?p 'a'@en--ltr.SERVICE<{ELSEWHERE}>{{}} }}",
    "in LATERAL": f"SELECT * {{ ?s ?p ?o LATERAL{{SERVICE<{ELSEWHERE}>{{}}}} }}",
    "in OPTIONAL": f"SELECT * {{ ?s ?p ?o OPTIONAL {{ SERVICE <{ELSEWHERE}> {{}} }} }}",
    "in EXISTS": f"SELECT * {{ ?s ?p ?o FILTER EXISTS {{ SERVICE <{ELSEWHERE}> {{}} }} }}",
    "in a subquery": f"SELECT * {{ {{ SELECT * {{ SERVICE <{ELSEWHERE}> {{}} }} }} }}",
}


def nested(opening: str, middle: str, closing: str, times: int) -> str:
    return opening * times + middle + closing * times


DEEP = {
    "groups": "SELECT * {" + nested("{", "", "}", 60) + "}",
    "parentheses": "SELECT (" + nested("(", "1", ")", 60) + " AS ?x) {}",
    "lists": "SELECT * { ?s ?p " + nested("(", "1", ")", 60) + " }",
    "blank nodes": "SELECT * { ?s ?p " + nested("[ ?p ", "1", " ]", 60) + " }",
    "paths": "SELECT * { ?s " + nested("(", "<http://p>", ")", 60) + " ?o }",
    "function calls": "SELECT (" + nested("IF(1, 2, ", "3", ")", 60) + " AS ?x) {}",
    "subqueries": "SELECT * {" + nested("{ SELECT * {", "", "}}", 30) + "}",
    "negations": "SELECT * {" + nested("FILTER NOT EXISTS {", "", "}", 60) + "}",
    "triple terms": "SELECT * { ?s ?p " + nested("<<( ?s ?p ", "?o", " )>>", 60) + " }",
    "reified triples as subjects": "SELECT * { " + nested("<< ", "?s", " ?p ?o >>", 60) + " ?p ?o }",
    "reified triples as objects": "SELECT * { " + nested("<< ?s ?p ", "?o", " >>", 60) + " ?p ?o }",
    "annotations": "SELECT * { ?s ?p ?o " + nested("{| ?p ?o ", "", " |}", 60) + " }",
}

WIDE = {
    "UNION": "SELECT * {" + " UNION ".join(["{}"] * 150) + "}",
    "OPTIONAL": "SELECT * {" + "OPTIONAL {} " * 150 + "}",
    "MINUS": "SELECT * {" + "MINUS {} " * 150 + "}",
    "||": "SELECT * { FILTER(" + " || ".join(["?x"] * 150) + ") }",
    "&&": "SELECT * { FILTER(" + " && ".join(["?x"] * 150) + ") }",
    "+": "SELECT (" + " + ".join(["?x"] * 150) + " AS ?y) {}",
    "sequence of paths": "SELECT * { ?s " + "/".join(["<http://p>"] * 150) + " ?o }",
    "choice of paths": "SELECT * { ?s " + "|".join(["<http://p>"] * 150) + " ?o }",
    "not": "SELECT * { FILTER(" + "!" * 150 + "?x) }",
    "BIND": "SELECT * {" + "".join(f"BIND(1 AS ?x{n}) " for n in range(150)) + "}",
    "AS": "SELECT " + " ".join(f"(1 AS ?x{n})" for n in range(150)) + " {}",
    "annotations": "SELECT * { ?s ?p ?o " + "{| ?p ?o |} " * 150 + "}",
    "nested groups together": "SELECT * { FILTER(" + "?x || " * 60 + "(" + "?x || " * 60 + "?x)) }",
}


@pytest.mark.parametrize("query", HONEST.values(), ids=HONEST)
def test_a_word_that_is_no_keyword_passes(query: str) -> None:
    assert isinstance(inspect(query, LIMITS), ParsedQuery)


@pytest.mark.parametrize("query", SPARQL_1_2.values(), ids=SPARQL_1_2)
def test_what_sparql_1_2_adds_passes_and_is_known_to_the_engine(store: Store, query: str) -> None:
    assert isinstance(inspect(query, LIMITS), ParsedQuery)
    store.query(query)


@pytest.mark.parametrize("query", HIDDEN_SERVICE.values(), ids=HIDDEN_SERVICE)
def test_a_hidden_service_is_refused(query: str) -> None:
    with pytest.raises((ServiceRefused, QuerySyntaxError)):
        inspect(query, LIMITS)


def test_service_is_refused_with_its_place() -> None:
    with pytest.raises(ServiceRefused, match="SERVICE at line 2, column 3"):
        inspect(f"SELECT * {{\n  SERVICE <{ELSEWHERE}> {{}} }}", LIMITS)


@pytest.mark.parametrize("query", DEEP.values(), ids=DEEP)
def test_a_deep_query_is_refused(query: str) -> None:
    with pytest.raises(QueryTooDeep, match="deeper than 50"):
        inspect(query, LIMITS)


@pytest.mark.parametrize("query", WIDE.values(), ids=WIDE)
def test_a_wide_query_is_refused(query: str) -> None:
    with pytest.raises(QueryTooWide, match="more than 100 operators"):
        inspect(query, LIMITS)


def test_a_long_query_is_refused() -> None:
    with pytest.raises(QueryTooLong, match="at most 20000"):
        inspect("ASK {}" + " " * 20_000, LIMITS)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { VALUES ?x { " + "-1 " * 2_000 + "} }",
        "SELECT * { VALUES (?x ?y) { " + "(1 -1) " * 1_000 + "} }",
        "SELECT * { ?s ?p ?o FILTER(?o IN (" + ", ".join(["1"] * 2_000) + ")) }",
        "SELECT * { ?s ?p " + ", ".join(["?o"] * 500) + " }",
        "SELECT * {" + nested("{", "", "}", 40) + "}",
    ],
    ids=["values", "rows of values", "IN", "objects", "depth below the limit"],
)
def test_lists_and_moderate_depth_pass(query: str) -> None:
    assert isinstance(inspect(query, LIMITS), ParsedQuery)


@pytest.mark.parametrize(
    "update",
    [
        "INSERT DATA { <http://s> <http://p> <http://o> }",
        "PREFIX ex: <http://e/> delete where { ex:s ?p ?o }",
        "LOAD <http://127.0.0.1:1/>",
        "load silent <file:///etc/hostname>",
        "CLEAR ALL",
        "WITH <http://g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
    ],
)
def test_an_update_is_refused(update: str) -> None:
    with pytest.raises(UpdateRefused, match="accepts only queries"):
        inspect(update, LIMITS)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT * { ?s ?p ?o", "line 1, column 10: unmatched '{'"),
        ("SELECT * { ?s ?p ?o }\n}", "line 2, column 1: unmatched '}'"),
        ("SELECT * { ?s ?p 'open }", "line 1, column 18: unterminated string"),
        ("SELECT * { ?s ?p '''open' }", "line 1, column 18: unterminated string"),
        (r"SELECT * { ?s ?p 'a\qb' }", "an invalid escape sequence"),
        ("SELECT * { ?s ?p \u00a0?o }", r"column 18: unexpected character '\\xa0'"),
        ("SELECT * { ?s opsc:note ?o }", "add PREFIX opsc: <https://w3id.org/opsc/ns#> at the top"),
        ("SELECT * { ?s ex:p ?o }", "column 15: the prefix 'ex:' is not declared; add PREFIX ex: <...> at the top"),
    ],
)
def test_what_no_query_has_is_refused_with_its_place(query: str, message: str) -> None:
    with pytest.raises(QuerySyntaxError, match=message):
        inspect(query, LIMITS)


@pytest.mark.parametrize(
    ("query", "dataset"),
    [
        ("SELECT * { ?s ?p ?o }", ()),
        ("SELECT * FROM <http://a> { ?s ?p ?o }", (("<http://a>", False),)),
        ("SELECT * from <http://a> From Named <http://b> { }", (("<http://a>", False), ("<http://b>", True))),
        ("PREFIX ex: <http://e/> ASK FROM ex:a FROMNAMED<http://b>{}", (("ex:a", False), ("<http://b>", True))),
        ("ASKFROM<http://a>{}", (("<http://a>", False),)),
        ("SELECT * { ?s ?p 'FROM <http://a>' } # FROM <http://b>", ()),
    ],
)
def test_dataset_clauses_are_found(query: str, dataset: tuple[tuple[str, bool], ...]) -> None:
    assert inspect(query, LIMITS).dataset == tuple(DatasetClause(*clause) for clause in dataset)


def test_the_prologue_is_the_text_before_the_query_form() -> None:
    prologue = "# comment\nBASE <http://b/> PREFIX select: <http://e/>\n"
    assert inspect(prologue + "SELECT * { ?s a select:x }", LIMITS).prologue == prologue


@pytest.mark.parametrize("character", ["a-", "a.", "<a", "'' ", "?x ", "1e", "ab:", "(a<b", "@a-", "\\", "é"])
def test_a_long_hostile_text_is_read_in_one_pass(character: str) -> None:
    text = character * (100_000 // len(character))
    with pytest.raises(QueryError):
        inspect(text + "\\", QueryLimits())


@pytest.fixture(scope="module")
def store() -> Store:
    one = Store()
    one.add(Quad(NamedNode("http://a"), NamedNode("http://p"), Literal("1")))
    return one


PIECES = st.sampled_from(
    [
        *("'", "'''", '"', "#", "<", ">", "?a", "b:c", "b:", ":c", ")", "(", "}", "{", ".", ",", "=", "[", "]", "&&"),
        *("1.", "1.e5", "true", "@en", "FILTER(?a", "OPTIONAL{", "SILENT", r"\q", r"\u0041", " ", "\n", "\r"),
        *("<x", "b:x)", "<http://p>", "<b:c#>", "<<", ">>", "<<(", ")>>", "{|", "|}", "~", "@en--ltr", "b:'", "'>)"),
    ]
)
SERVICES = st.sampled_from(
    [
        f"SERVICE<{ELSEWHERE}>{{}}",
        "SERVICE:c{}",
        "SERVICEb:c{}",
        f"serVice#>\n<{ELSEWHERE}>{{}}",
        f"SERVICE#'\n<{ELSEWHERE}>{{}}",
    ]
)
PLACES = st.sampled_from(
    [
        "SELECT * {%s %s %s}",
        "SELECT * {?s ?p %s %s %s}",
        "SELECT * {FILTER(1<%s)%s %s}",
        "SELECT * {VALUES ?v {%s} %s %s}",
        "VERSION '1.2' SELECT * {?s ?p ?o %s %s %s}",
        "SELECT * {<<?s ?p ?o %s>>?q ?z %s %s}",
        "SELECT * {?s ?p ?o{|?q %s|} %s %s}",
        "SELECT * {FILTER(1<<b:%s)%s %s>>)\n}",
    ]
)


@settings(max_examples=cases(2_000), derandomize=True, deadline=None)
@given(PLACES, st.lists(PIECES, max_size=3), SERVICES, st.lists(PIECES, max_size=1))
def test_whatever_makes_the_engine_call_elsewhere_is_refused(
    store: Store, place: str, before: list[str], service: str, behind: list[str]
) -> None:
    prologue = f"PREFIX b: <{ELSEWHERE}> PREFIX : <{ELSEWHERE}> "
    query = prologue + place % ("".join(before), service, "".join(behind))
    if calls_elsewhere(store, query):
        with pytest.raises((ServiceRefused, QuerySyntaxError)):
            inspect(query, LIMITS)


def calls_elsewhere(store: Store, query: str) -> bool:
    try:
        results = store.query(query)
        if not isinstance(results, QueryBoolean):
            list(results)
    except OSError:
        return True
    except (SyntaxError, RuntimeError):
        return False
    return False
