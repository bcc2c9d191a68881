"""Markup and formulas in data, on everything that a person opens."""

import csv
import io
import json
from html.parser import HTMLParser

import pytest

from tests.endpoint import multipart
from tests.endpoint.multipart import Part
from tests.hostile_input import DATA, SHAPE
from tests.security.attacking import MARKUP, problem, validate
from tests.serving import Reply, Server

FORMULAS = [
    "=1+1",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\uff1d1+1",
    "\uff0b1",
    "\uff0d1",
    "\uff20x",
    '=HYPERLINK("http://evil.example";"x")',
]
HARMLESS = ["-3", "+4.5", "-1.5E3", "é, plain", 'with "quotes"', "", "a=b", "2000-05-25", "1;2"]


class _Elements(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: dict[str, str | None] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes.update(attrs)


def literal(text: str) -> str:
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(escapes.get(one, one) for one in text) + '"'


def selected(*texts: str) -> str:
    return "SELECT ?text { VALUES ?text { " + " ".join(map(literal, texts)) + " } }"


def cells(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.body
    text = reply.body.decode("utf-8-sig")
    return [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row][1:]


def asked(server: Server, method: str, query: str, **parameters: str) -> Reply:
    if method == "GET":
        return server.ask(query, download="spreadsheet", **parameters)
    suffix = "".join(f"&{name}={value}" for name, value in parameters.items())
    path = f"/sparql?download=spreadsheet{suffix}"
    return server.request("POST", path, query.encode(), Content_Type="application/sparql-query")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_spreadsheet_is_a_file_in_utf_8_with_a_name_of_ours(server: Server, method: str) -> None:
    reply = asked(server, method, selected("é"))
    assert reply.content_type == "text/csv; charset=utf-8"
    assert reply.headers["Content-Disposition"] == 'attachment; filename="results.csv"'
    assert reply.body == b'\xef\xbb\xbf"text"\r\n"\xc3\xa9"\r\n'


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("form", ["", "csv", "tsv"])
def test_no_cell_of_a_spreadsheet_begins_like_a_formula(server: Server, method: str, form: str) -> None:
    parameters = {"format": form} if form else {}
    found = cells(asked(server, method, selected(*FORMULAS), **parameters))
    assert len(found) == len(FORMULAS)
    assert all(cell.startswith("'") for cell in found)
    assert found[0] == "'=1+1"


def test_what_follows_a_separator_of_another_locale_is_no_formula_either(server: Server) -> None:
    assert cells(asked(server, "GET", selected("a;=1+1", "a\t@x"))) == ["a;'=1+1", "a\t'@x"]


def test_other_cells_stay_as_they_are(server: Server) -> None:
    assert cells(asked(server, "GET", selected(*HARMLESS))) == HARMLESS


def test_an_iri_and_a_language_are_escaped_too(server: Server) -> None:
    query = "SELECT ?a ?b { VALUES (?a ?b) { (<urn:x:=1> '=1'@en) } }"
    assert cells(asked(server, "GET", query))[1:] == ["urn:x:=1", "'=1"]


def test_plain_csv_stays_exact(server: Server) -> None:
    reply = server.ask(selected("=1+1", "-2+3"), accept="text/csv")
    assert reply.body == b"text\r\n=1+1\r\n-2+3\r\n"
    assert reply.headers["Content-Disposition"] is None


def test_plain_tsv_stays_exact(server: Server) -> None:
    assert server.ask(selected("=1+1"), accept="text/tab-separated-values").body == b'?text\n"=1+1"\n'


@pytest.mark.parametrize(
    ("query", "parameters", "refused"),
    [
        (selected("x"), {"download": "x\r\ny"}, (400, "parameter-invalid")),
        (selected("x"), {"download": "spreadsheet", "format": "json"}, (400, "parameter-invalid")),
        ("CONSTRUCT WHERE { ?s ?p ?o }", {"download": "spreadsheet"}, (406, "not-acceptable")),
    ],
)
def test_what_is_no_spreadsheet_is_refused(
    server: Server, query: str, parameters: dict[str, str], refused: tuple[int, str]
) -> None:
    assert problem(server.ask(query, **parameters)) == refused


def test_a_spreadsheet_has_the_limit_of_every_answer(server: Server) -> None:
    query = "SELECT * { " + " ".join(f'VALUES ?b{number} {{ "=" "=" }}' for number in range(13)) + " }"
    assert server.ask(query, accept="text/csv").status == 200
    assert problem(server.ask(query, download="spreadsheet")) == (422, "result-too-large")


def hostile_report(server: Server, form: str) -> Reply:
    data = f"<http://e/thing> <http://e/p> {literal(MARKUP)}, {literal('=1+1')} .".encode()
    shapes = (
        SHAPE + f"; sh:property [ sh:path <http://e/p> ; sh:maxLength 0 ; sh:message {literal(MARKUP)} ] .".encode()
    )
    name = "<script>alert(1)</script>.ttl"
    content = multipart.body(Part("data", data, file_name=name), Part("shapes", shapes))
    return server.request("POST", f"/validate?against=none&{form}", content, Content_Type=multipart.CONTENT_TYPE)


def test_markup_in_a_report_is_text(server: Server) -> None:
    reply = hostile_report(server, "format=html")
    page = _Elements(reply.body.decode())
    assert reply.status == 200
    assert not {"img", "script", "iframe", "object", "form"} & set(page.names)
    assert not any(name.startswith("on") for name in page.attributes)
    assert "script-src" not in reply.headers["Content-Security-Policy"]
    assert reply.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("form", ["format=csv", "download=spreadsheet"])
def test_no_cell_of_a_report_begins_like_a_formula(server: Server, form: str) -> None:
    found = cells(hostile_report(server, form))
    assert "'=1+1" in found
    assert not any(cell.startswith(("=", "+", "@", "\t", "\r")) for cell in found)


def test_a_report_for_spreadsheets_is_a_file(server: Server) -> None:
    reply = hostile_report(server, "download=spreadsheet")
    assert reply.body.startswith(b"\xef\xbb\xbf")
    assert reply.headers["Content-Disposition"] == 'attachment; filename="report.csv"'


@pytest.mark.parametrize("form", ["json", "sarif", "junit", "turtle", "jsonld", "text"])
def test_a_report_is_never_taken_for_a_page(server: Server, form: str) -> None:
    reply = hostile_report(server, f"format={form}")
    assert reply.status == 200
    assert not reply.content_type.startswith("text/html")
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("accept", ["application/sparql-results+xml", "application/sparql-results+json", "text/csv"])
def test_markup_in_results_is_never_taken_for_a_page(server: Server, accept: str) -> None:
    query = f"SELECT ?m ({literal(MARKUP)} AS ?n) {{ VALUES ?m {{ {literal('<script>')}@en }} }}"
    reply = server.ask(query, accept=accept)
    assert reply.status == 200
    assert reply.content_type.startswith(accept)
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    if "xml" in accept:
        assert b"<img" not in reply.body
        assert b"<script" not in reply.body


def test_markup_in_a_path_or_parameter_is_not_a_page(server: Server) -> None:
    for path in ("/%3Cscript%3Ealert(1)%3C/script%3E", "/sparql?query=%3Cscript%3E", "/?x=%3Cscript%3E"):
        reply = server.request("GET", path, Accept="text/html")
        assert b"<script>alert" not in reply.body
        assert b"<script>" not in reply.body
        assert reply.content_type.startswith("text/html") or problem(reply)[0] in {400, 404}


def test_what_was_contributed_comes_back_for_download_only(server: Server) -> None:
    reply = server.request(
        "POST",
        "/contributions?source=http://e/",
        b"# <script>alert(1)</script>\n" + DATA,
        Content_Type="text/turtle",
        Authorization="Bearer token-a",
    )
    received = server.request("GET", f"{reply.headers['Location']}/bytes")
    assert received.headers["Content-Disposition"].startswith("attachment; ")
    assert "sandbox" in received.headers["Content-Security-Policy"]
    assert received.headers["X-Content-Type-Options"] == "nosniff"


def test_control_characters_in_data_do_not_reach_a_terminal_by_a_report(server: Server) -> None:
    data = b'<http://e/thing> <http://e/p> "\\u001B[2J\\u009B31m" .'
    shapes = SHAPE + b"; sh:property [ sh:path <http://e/p> ; sh:maxLength 1 ] ."
    content = multipart.body(Part("data", data), Part("shapes", shapes))
    reply = server.request("POST", "/validate?against=none", content, Content_Type=multipart.CONTENT_TYPE)
    assert reply.status == 200
    assert b"\x1b" not in reply.body
    assert "\x9b" not in reply.body.decode()


def test_a_problem_shows_no_character_that_acts(server: Server) -> None:
    reply = server.request("GET", "/data?graph=%1b%5b2J%e2%80%ae%0a")
    assert problem(reply) == (400, "parameter-invalid")
    assert json.loads(reply.body)["detail"].isprintable()
    assert validate(server, b"<http://e/a> <http://e/p> 1 .", "&format=%1b").status == 406
