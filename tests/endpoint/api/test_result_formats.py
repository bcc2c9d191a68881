"""Answers in every format, read by parsers that are not the engine's, and byte by byte where the standards say so."""

import csv
import io
import json
from xml.etree import ElementTree

import pytest
from pyoxigraph import RdfFormat, parse
from rdflib import BNode, Graph, Literal, URIRef, Variable
from rdflib.compare import isomorphic
from rdflib.plugins.sparql.results.tsvresults import TSVResultParser
from rdflib.query import Result
from rdflib.term import Identifier

from tests.endpoint.conftest import Server

JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"
CSV, TSV = "text/csv", "text/tab-separated-values"
SPARQL = "{http://www.w3.org/2005/sparql-results#}"
XSD = "http://www.w3.org/2001/XMLSchema#"
# A row for each kind of term, and for each character that a format has to escape.
TERMS: dict[str, tuple[str, Identifier | None]] = {
    "IRI": ("<http://e/a,b?c=d&e#f>", URIRef("http://e/a,b?c=d&e#f")),
    "IRI with letters beyond ASCII": ("<http://e/\u00e9>", URIRef("http://e/\u00e9")),
    "plain": ("'text'", Literal("text")),
    "empty": ("''", Literal("")),
    "quotes": ("'say \"so\" it\\'s'", Literal('say "so" it\'s')),
    "comma": ("'a,b;c'", Literal("a,b;c")),
    "tab": ("'a\\tb'", Literal("a\tb")),
    "newline": ("'a\\nb'", Literal("a\nb")),
    "backslash": ("'a\\\\b'", Literal("a\\b")),
    "markup": ("'<b>&amp;</b> ]]>'", Literal("<b>&amp;</b> ]]>")),
    "white space": ("'  a  '", Literal("  a  ")),
    "beyond the basic plane": ("'\U0001f600'", Literal("\U0001f600")),
    "language": ("'texte'@fr", Literal("texte", lang="fr")),
    "language and region": ("'texte'@fr-CH", Literal("texte", lang="fr-ch")),
    "integer": ("42", Literal("42", datatype=URIRef(f"{XSD}integer"))),
    "decimal": ("4.5", Literal("4.5", datatype=URIRef(f"{XSD}decimal"))),
    "boolean": ("true", Literal("true", datatype=URIRef(f"{XSD}boolean"))),
    "date": (f"'2000-05-25'^^<{XSD}date>", Literal("2000-05-25", datatype=URIRef(f"{XSD}date"))),
    "other datatype": ("'x'^^<http://e/type>", Literal("x", datatype=URIRef("http://e/type"))),
    "unbound": ("UNDEF", None),
}
VALUES = " ".join(f"({number} {written})" for number, (written, _) in enumerate(TERMS.values()))
QUERY = f"SELECT ?n ?term {{ VALUES (?n ?term) {{ {VALUES} }} }} ORDER BY ?n"
EXPECTED = [term for _, term in TERMS.values()]


def body(server: Server, query: str, accept: str) -> bytes:
    reply = server.ask(query, accept=accept)
    assert (reply.status, reply.content_type.partition(";")[0]) == (200, accept), reply.body
    return reply.body


def read(content: bytes, accept: str) -> Result:
    if accept == TSV:
        return TSVResultParser().parse(io.BytesIO(content))
    return Result.parse(io.BytesIO(content), format=accept)


@pytest.mark.parametrize("accept", [JSON, XML])
def test_rdflib_reads_every_kind_of_term(server: Server, accept: str) -> None:
    result = read(body(server, QUERY, accept), accept)
    assert result.vars == [Variable("n"), Variable("term")]
    assert [row.get(Variable("term")) for row in result.bindings] == EXPECTED


def test_rdflib_reads_tsv(server: Server) -> None:
    # Its parser knows neither escapes nor unbound values, which are compared byte by byte below.
    query = "SELECT ?a ?b ?c { VALUES (?a ?b ?c) { (<http://e/> 'x'@en 4.5) (<http://e/y> 'text' 1) } }"
    rows = [tuple(row.get(Variable(name)) for name in "abc") for row in read(body(server, query, TSV), TSV).bindings]
    assert rows == [
        (URIRef("http://e/"), Literal("x", lang="en"), Literal("4.5", datatype=URIRef(f"{XSD}decimal"))),
        (URIRef("http://e/y"), Literal("text"), Literal("1", datatype=URIRef(f"{XSD}integer"))),
    ]


def test_json_has_the_members_of_the_standard(server: Server) -> None:
    document = json.loads(body(server, QUERY, JSON))
    assert document["head"] == {"vars": ["n", "term"]}
    found = dict(zip(TERMS, (row.get("term") for row in document["results"]["bindings"]), strict=True))
    assert found["IRI"] == {"type": "uri", "value": "http://e/a,b?c=d&e#f"}
    assert found["plain"] == {"type": "literal", "value": "text"}
    assert found["language"] == {"type": "literal", "value": "texte", "xml:lang": "fr"}
    assert found["integer"] == {"type": "literal", "value": "42", "datatype": f"{XSD}integer"}
    assert found["unbound"] is None
    assert "term" not in document["results"]["bindings"][-1]


def test_xml_has_the_elements_of_the_standard(server: Server) -> None:
    root = ElementTree.fromstring(body(server, QUERY, XML))  # noqa: S314 - written by the server under test
    assert [one.get("name") for one in root.findall(f"{SPARQL}head/{SPARQL}variable")] == ["n", "term"]
    results = root.findall(f"{SPARQL}results/{SPARQL}result")
    found = {}
    for name, result in zip(TERMS, results, strict=True):
        bound = {one.get("name"): one[0] for one in result.findall(f"{SPARQL}binding")}
        found[name] = bound.get("term")
    iri, language, integer = found["IRI"], found["language"], found["integer"]
    assert iri is not None
    assert (iri.tag, iri.text) == (f"{SPARQL}uri", "http://e/a,b?c=d&e#f")
    assert language is not None
    assert language.attrib == {"{http://www.w3.org/XML/1998/namespace}lang": "fr"}
    assert integer is not None
    assert integer.attrib == {"datatype": f"{XSD}integer"}
    assert found["markup"] is not None
    assert found["markup"].text == "<b>&amp;</b> ]]>"
    assert found["unbound"] is None


def test_csv_is_read_by_a_csv_reader(server: Server) -> None:
    content = body(server, QUERY, CSV).decode()
    header, *rows = csv.reader(io.StringIO(content, newline=""))
    assert header == ["n", "term"]
    assert [term for _, term in rows] == ["" if term is None else str(term) for term in EXPECTED]


CSV_LINES = {
    "the header has names without question marks": ("SELECT ?a ?b {} LIMIT 1", b"a,b\r\n,\r\n"),
    "no rows": ("SELECT ?a { ?a <http://e/never> ?b }", b"a\r\n"),
    "quotes are doubled": ("SELECT ('a\"b' AS ?x) {}", b'x\r\n"a""b"\r\n'),
    "commas and line ends are quoted": ("SELECT ('a,b' AS ?x) ('c\\nd' AS ?y) {}", b'x,y\r\n"a,b","c\nd"\r\n'),
    "values have neither datatype nor language": (
        "SELECT (1 AS ?x) ('a'@en AS ?y) (<http://e/> AS ?z) {}",
        b"x,y,z\r\n1,a,http://e/\r\n",
    ),
    "formulas stay as they are": ("SELECT ('=1+1' AS ?x) {}", b"x\r\n=1+1\r\n"),
    "yes": ("ASK {}", b"true"),
    "no": ("ASK { <http://e/> <http://e/> 1 }", b"false"),
}


@pytest.mark.parametrize(("query", "expected"), CSV_LINES.values(), ids=CSV_LINES)
def test_csv_is_exact(server: Server, query: str, expected: bytes) -> None:
    assert body(server, query, CSV) == expected


TSV_LINES = {
    "the header has names with question marks": ("SELECT ?a ?b {} LIMIT 1", b"?a\t?b\n\t\n"),
    "no rows": ("SELECT ?a { ?a <http://e/never> ?b }", b"?a\n"),
    "terms as in Turtle": (
        "SELECT (1 AS ?i) (1.5 AS ?d) (true AS ?t) ('a'@en AS ?l) (<http://e/> AS ?u) ('x'^^<http://e/t> AS ?o) {}",
        b'?i\t?d\t?t\t?l\t?u\t?o\n1\t1.5\ttrue\t"a"@en\t<http://e/>\t"x"^^<http://e/t>\n',
    ),
    "escapes": ("SELECT ('a\\tb\\n\"c\\\\' AS ?x) {}", b'?x\n"a\\tb\\n\\"c\\\\"\n'),
    "yes": ("ASK {}", b"true"),
    "no": ("ASK { <http://e/> <http://e/> 1 }", b"false"),
}


@pytest.mark.parametrize(("query", "expected"), TSV_LINES.values(), ids=TSV_LINES)
def test_tsv_is_exact(server: Server, query: str, expected: bytes) -> None:
    assert body(server, query, TSV) == expected


def test_a_blank_node_is_the_same_within_an_answer_in_every_format(server: Server) -> None:
    query = "SELECT ?a ?b { BIND(BNODE() AS ?a) BIND(?a AS ?b) }"
    bound = json.loads(body(server, query, JSON))["results"]["bindings"][0]
    assert bound["a"]["type"] == "bnode"
    assert bound["a"] == bound["b"]
    row = next(iter(read(body(server, query, XML), XML).bindings))
    assert isinstance(row[Variable("a")], BNode)
    assert row[Variable("a")] == row[Variable("b")]
    for accept, separator in ((CSV, ","), (TSV, "\t")):
        first, second = body(server, query, accept).decode().splitlines()[1].split(separator)
        assert first.startswith("_:")
        assert first == second


@pytest.mark.parametrize(("accept", "expected"), [(JSON, True), (XML, True)])
def test_rdflib_reads_the_answer_to_ask(server: Server, accept: str, expected: bool) -> None:
    assert read(body(server, "ASK { <http://e/0> ?p ?o }", accept), accept).askAnswer is expected
    assert read(body(server, "ASK { <http://e/none> ?p ?o }", accept), accept).askAnswer is not expected


CONSTRUCT = (
    "CONSTRUCT { ?s ?p ?o . ?s <http://e/q> [ <http://e/r> 1, 'a\"\\n<&'@en, true ] } { ?s ?p ?o } ORDER BY ?s LIMIT 5"
)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")
@pytest.mark.parametrize(
    ("accept", "rdflib_format"),
    [
        ("text/turtle", "turtle"),
        ("application/n-triples", "nt"),
        ("application/rdf+xml", "xml"),
        ("application/ld+json", "json-ld"),
        ("text/n3", "n3"),
        ("application/trig", "turtle"),
        ("application/n-quads", "nt"),
    ],
)
def test_rdflib_reads_a_constructed_graph(server: Server, accept: str, rdflib_format: str) -> None:
    got = Graph().parse(data=body(server, CONSTRUCT, accept), format=rdflib_format)
    expected = Graph().parse(data=body(server, CONSTRUCT, "application/n-triples"), format="nt")
    assert len(expected) == 25
    assert isomorphic(got, expected)


TRIPLE_TERM = "SELECT ?t { BIND(<<( <http://e/s> <http://e/p> 'x'@ar--rtl )>> AS ?t) }"


def test_triple_terms_in_json(server: Server) -> None:
    bound = json.loads(body(server, TRIPLE_TERM, JSON))["results"]["bindings"][0]["t"]
    assert bound == {
        "type": "triple",
        "value": {
            "subject": {"type": "uri", "value": "http://e/s"},
            "predicate": {"type": "uri", "value": "http://e/p"},
            "object": {"type": "literal", "value": "x", "xml:lang": "ar", "its:dir": "rtl"},
        },
    }


def test_triple_terms_in_xml(server: Server) -> None:
    root = ElementTree.fromstring(body(server, TRIPLE_TERM, XML))  # noqa: S314 - as above
    (triple,) = root.iter(f"{SPARQL}triple")
    subject, predicate, object_ = (triple.find(f"{SPARQL}{part}/*") for part in ("subject", "predicate", "object"))
    assert (subject is not None, predicate is not None, object_ is not None) == (True, True, True)
    assert object_ is not None
    assert object_.text == "x"
    assert object_.get("{http://www.w3.org/2005/11/its}dir") == "rtl"


def test_triple_terms_in_tsv(server: Server) -> None:
    expected = '?t\n<<( <http://e/s> <http://e/p> "x"@ar--rtl )>>\n'
    assert body(server, TRIPLE_TERM, TSV).decode() == expected


def test_triple_terms_in_graphs(server: Server) -> None:
    query = "CONSTRUCT { <http://e/x> <http://e/says> <<( ?s ?p ?o )>> } { ?s ?p ?o } LIMIT 2"
    for accept, rdf_format in (
        ("text/turtle", RdfFormat.TURTLE),
        ("application/n-triples", RdfFormat.N_TRIPLES),
        ("application/rdf+xml", RdfFormat.RDF_XML),
    ):
        assert len(list(parse(body(server, query, accept), rdf_format))) == 2
    refused = server.ask(query, accept="application/ld+json")
    assert (refused.status, json.loads(refused.body)["code"]) == (422, "evaluation-failed")
    assert "JSON-LD" in json.loads(refused.body)["detail"]


CONTROLS = {
    "control": "a\\u0001",
    "nul": "\\u0000",
    "escape": "\\u001b[2J",
    "noncharacter": "\\uFFFE",
    "other": "\\uFFFF",
}


@pytest.mark.parametrize("text", CONTROLS.values(), ids=CONTROLS)
def test_a_character_that_xml_cannot_hold_makes_no_xml(server: Server, text: str) -> None:
    for query in (f"SELECT ('{text}' AS ?x) {{}}", f"CONSTRUCT {{ <http://e/> <http://e/p> '{text}' }} WHERE {{}}"):
        reply = server.ask(query, accept="application/xml")
        assert (reply.status, json.loads(reply.body)["code"]) == (406, "not-acceptable")
        assert server.ask(query, accept="application/json").status == 200


def test_xml_keeps_line_ends(server: Server) -> None:
    text = "a\rb\r\nc\nd\te"
    written = "a\\rb\\r\\nc\\nd\\te"
    content = body(server, f"SELECT ('{written}' AS ?x) {{}}", XML)
    assert [row[Variable("x")] for row in read(content, XML).bindings] == [Literal(text)]
    construct = f"CONSTRUCT {{ <http://e/> <http://e/p> '{written}' }} WHERE {{}}"
    graph = Graph().parse(data=body(server, construct, "application/rdf+xml"), format="xml")
    assert list(graph.objects()) == [Literal(text)]
