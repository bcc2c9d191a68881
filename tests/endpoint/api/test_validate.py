"""Validation over HTTP: the report in the form and language that the client wants, whatever the verdict."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.described import body
from tests.endpoint import multipart
from tests.endpoint.conftest import Reply, Server, running
from tests.endpoint.multipart import Part

EXAMPLES = Path(__file__).parents[3] / "shapes" / "examples"
PASSING = body("http://e/law", "A law").encode()
FAILING = (EXAMPLES / "AccessionShape.fail.ttl").read_bytes()

SHAPES = b"""@prefix sh: <http://www.w3.org/ns/shacl#> .
<http://e/Shape> a sh:NodeShape ; sh:targetNode <http://e/thing> ;
  sh:property [ sh:path <http://e/p> ; sh:maxCount 1 ; sh:message "one is enough"@en, "un suffit"@fr ;
    sh:severity %s ] .
"""
TWO = b'<http://e/thing> <http://e/p> "a", "b" .\n'
ONE = b'<http://e/thing> <http://e/p> "a" .\n'
# In the release that the server has, <http://e/1> has one value for <http://e/p>.
OF_THE_RELEASE = SHAPES.replace(b"http://e/thing", b"http://e/1") % b"sh:Violation"
ANOTHER_VALUE = b'<http://e/1> <http://e/p> "another" .\n'

MEDIA_TYPES = {
    "text": "text/plain; charset=utf-8",
    "json": "application/json",
    "turtle": "text/turtle; charset=utf-8",
    "jsonld": "application/ld+json",
    "html": "text/html; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "sarif": "application/sarif+json",
    "junit": "application/xml",
}


@pytest.fixture(scope="module")
def validator(home: Path) -> Iterator[Server]:
    with running(home, OPSC_WORKERS="2", OPSC_UPLOAD_BYTES="200000") as started:
        yield started


def validate(server: Server, data: bytes, query: str = "?against=none", **headers: str) -> Reply:
    return server.request("POST", f"/validate{query}", data, **{"Content_Type": "text/turtle", **headers})


def against_shapes(server: Server, data: bytes, shapes: bytes, query: str = "", **headers: str) -> Reply:
    content = multipart.body(Part("data", data, file_name="data.ttl"), Part("shapes", shapes))
    return validate(server, content, query, Content_Type=multipart.CONTENT_TYPE, **headers)


def conforms(reply: Reply) -> bool:
    assert reply.status == 200, reply.body
    return {"true": True, "false": False}[reply.headers["OPSC-Conforms"]]


def problem(reply: Reply) -> tuple[int, str]:
    assert reply.content_type == "application/problem+json"
    return reply.status, json.loads(reply.body)["code"]


@pytest.mark.parametrize(("data", "verdict"), [(PASSING, True), (FAILING, False)], ids=["passing", "failing"])
def test_the_answer_is_200_and_the_report_says_whether_the_data_conform(
    validator: Server, data: bytes, verdict: bool
) -> None:
    reply = validate(validator, data, "?against=none&format=json")
    assert (conforms(reply), json.loads(reply.body)["conforms"]) == (verdict, verdict)
    assert (reply.content_type, reply.headers["Cache-Control"]) == ("application/json", "no-store")


@pytest.mark.parametrize(("name", "content_type"), MEDIA_TYPES.items())
def test_the_report_comes_in_the_form_of_the_parameter_or_of_accept(
    validator: Server, name: str, content_type: str
) -> None:
    named = validate(validator, FAILING, f"?against=none&format={name}", Accept="image/png")
    accepted = validate(validator, FAILING, Accept=f"{content_type.partition(';')[0]}, */*;q=0.1")
    for reply in (named, accepted):
        assert (conforms(reply), reply.content_type) == (False, content_type)
    assert named.headers["Vary"] == "Accept, Accept-Language, Accept-Encoding"


def test_without_accept_the_report_is_text(validator: Server) -> None:
    reply = validate(validator, FAILING)
    assert reply.content_type == "text/plain; charset=utf-8"
    assert reply.body.startswith(b"Does not conform")


@pytest.mark.parametrize(
    ("query", "header", "language", "message"),
    [
        ("", "fr-CH, en;q=0.5", "fr", "un suffit"),
        ("", "de", "en", "one is enough"),
        ("?lang=fr", "en", "fr", "un suffit"),
        ("?lang=en", "fr", "en", "one is enough"),
    ],
)
def test_messages_come_in_the_language_of_the_reader(
    validator: Server, query: str, header: str, language: str, message: str
) -> None:
    reply = against_shapes(validator, TWO, SHAPES % b"sh:Violation", query, Accept_Language=header)
    assert reply.headers["Content-Language"] == language
    assert message in reply.body.decode()


def test_a_result_has_the_line_and_column_in_the_file_that_was_sent(validator: Server) -> None:
    reply = against_shapes(validator, b"\n\n" + TWO, SHAPES % b"sh:Violation")
    assert b"data.ttl:3:" in reply.body


@pytest.mark.parametrize(
    ("severity", "threshold", "verdict"),
    [
        (b"sh:Warning", "violation", True),
        (b"sh:Warning", "warning", False),
        (b"sh:Info", "warning", True),
        (b"sh:Info", "info", False),
        (b"sh:Violation", "info", False),
    ],
)
def test_the_threshold_says_which_severity_fails(
    validator: Server, severity: bytes, threshold: str, verdict: bool
) -> None:
    assert conforms(against_shapes(validator, TWO, SHAPES % severity, f"?fail-on={threshold}")) is verdict


def test_shapes_sent_along_apply_instead_of_the_own_ones(validator: Server) -> None:
    assert conforms(against_shapes(validator, FAILING, SHAPES % b"sh:Violation"))
    assert not conforms(against_shapes(validator, TWO, SHAPES % b"sh:Violation"))


def with_extra_shapes(server: Server, data: bytes, shapes: bytes, query: str = "") -> Reply:
    content = multipart.body(Part("data", data), Part("extra-shapes", shapes, file_name="extra.ttl"))
    return validate(server, content, query, Content_Type=multipart.CONTENT_TYPE)


def found(reply: Reply) -> set[str]:
    return {result["sourceShape"] for result in json.loads(reply.body)["results"]}


def test_extra_shapes_apply_in_addition_to_the_own_ones(validator: Server) -> None:
    without = found(validate(validator, FAILING + TWO, "?format=json"))
    named = SHAPES.replace(b"sh:property [", b"sh:property <http://e/Most> . <http://e/Most>").replace(b" ] .", b" .")
    reply = with_extra_shapes(validator, FAILING + TWO, named % b"sh:Warning", "?format=json")
    assert not conforms(reply)
    assert without
    assert found(reply) == without | {"http://e/Most"}


def test_extra_shapes_are_for_what_the_data_speak_of_merged_with_what_is_served(validator: Server) -> None:
    everything = SHAPES.replace(b"sh:targetNode <http://e/thing>", b"sh:targetSubjectsOf <http://e/p>")
    reply = with_extra_shapes(validator, ANOTHER_VALUE, everything % b"sh:Violation", "?format=json")
    assert {result["focusNode"] for result in json.loads(reply.body)["results"]} == {"http://e/1"}
    assert conforms(with_extra_shapes(validator, ANOTHER_VALUE, everything % b"sh:Violation", "?against=none"))


def test_extra_shapes_leave_what_is_served_as_it_was(validator: Server) -> None:
    with_extra_shapes(validator, b'<http://e/kept> <http://e/p> "x" .', SHAPES % b"sh:Info")
    for _ in range(4):
        assert b"false" in validator.ask("ASK { <http://e/kept> ?p ?o }").body


@pytest.mark.parametrize(("threshold", "verdict"), [("violation", True), ("warning", False)])
def test_the_threshold_decides_the_header_and_not_the_report(validator: Server, threshold: str, verdict: bool) -> None:
    reply = against_shapes(validator, TWO, SHAPES % b"sh:Warning", f"?format=json&fail-on={threshold}")
    assert (conforms(reply), json.loads(reply.body)["conforms"]) == (verdict, False)


def test_data_are_merged_with_what_is_served_on_request_only_and_only_for_the_time(validator: Server) -> None:
    assert conforms(against_shapes(validator, ANOTHER_VALUE, OF_THE_RELEASE))
    for _ in range(4):
        assert not conforms(against_shapes(validator, ANOTHER_VALUE, OF_THE_RELEASE, "?against=release"))
    assert conforms(against_shapes(validator, ONE, OF_THE_RELEASE, "?against=release"))


def test_nothing_is_stored(validator: Server) -> None:
    validate(validator, b'<http://e/kept> <http://e/p> "x" .', "?against=release")
    for _ in range(4):
        assert (
            b"false"
            in validator.ask("ASK { { <http://e/kept> ?p ?o } UNION { GRAPH ?g { <http://e/kept> ?p ?o } } }").body
        )


def test_what_other_requests_ask_is_answered_the_same_in_the_strict_dataset(home: Path) -> None:
    with running(home, OPSC_WORKERS="1", OPSC_DEFAULT_GRAPH="own") as server:
        assert not conforms(against_shapes(server, ANOTHER_VALUE, OF_THE_RELEASE, "?against=release"))
        assert json.loads(server.ask("ASK { ?s ?p ?o }").body)["boolean"] is False


@pytest.mark.parametrize(
    ("content_type", "data"),
    [
        ("text/turtle; charset=UTF-8", TWO),
        ("application/trig", b"<http://e/g> { " + TWO + b"}"),
        ("application/n-triples", b'<http://e/thing> <http://e/p> "a" .\n<http://e/thing> <http://e/p> "b" .\n'),
        (
            "application/n-quads",
            b'<http://e/thing> <http://e/p> "a" <http://e/g> .\n<http://e/thing> <http://e/p> "b" .\n',
        ),
        (
            "application/rdf+xml",
            b'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">'
            b'<r:Description r:about="http://e/thing"><e:p>a</e:p><e:p>b</e:p></r:Description></r:RDF>',
        ),
        ("application/ld+json", b'{"@id": "http://e/thing", "http://e/p": ["a", "b"]}'),
    ],
)
def test_every_format_is_read(validator: Server, content_type: str, data: bytes) -> None:
    content = multipart.body(Part("data", data, content_type), Part("shapes", SHAPES % b"sh:Violation"))
    assert not conforms(validate(validator, content, "", Content_Type=multipart.CONTENT_TYPE))
    assert b"No shape looked at anything" in validate(validator, data, Content_Type=content_type).body


@pytest.mark.parametrize("media_type", [None, "application/octet-stream"])
def test_the_extension_of_a_part_names_its_format_where_its_type_does_not(
    validator: Server, media_type: str | None
) -> None:
    content = multipart.body(
        Part("data", TWO, media_type, "folder/two.nt.ttl"),
        Part("shapes", SHAPES % b"sh:Violation", media_type, "s.ttl"),
    )
    reply = validate(validator, content, "", Content_Type=multipart.CONTENT_TYPE)
    assert not conforms(reply)
    assert b"two.nt.ttl:1:" in reply.body
    assert b"folder" not in reply.body


def test_several_data_and_shapes_parts_are_taken_together(validator: Server) -> None:
    content = multipart.body(
        Part("data", ONE, file_name="1.ttl"),
        Part("shapes", SHAPES % b"sh:Violation"),
        Part("data", ONE.replace(b'"a"', b'"b"'), file_name="2.ttl"),
        Part("shapes", (SHAPES % b"sh:Info").replace(b"Shape>", b"Other>")),
    )
    reply = validate(validator, content, "?format=json", Content_Type=multipart.CONTENT_TYPE)
    assert not conforms(reply)
    assert len(json.loads(reply.body)["results"]) == 2


@pytest.mark.parametrize(
    ("query", "headers", "expected"),
    [
        ("?format=pdf", {}, (406, "format-unknown")),
        ("", {"Accept": "image/png"}, (406, "not-acceptable")),
        ("?lang=de", {}, (400, "parameter-invalid")),
        ("?against=everything", {}, (400, "parameter-invalid")),
        ("?fail-on=never", {}, (400, "parameter-invalid")),
        ("", {"Content_Type": "text/csv"}, (415, "media-type-unsupported")),
        ("", {"Content_Type": ""}, (415, "media-type-unsupported")),
        ("", {"Content_Type": "text/turtle; charset=latin-1"}, (415, "media-type-unsupported")),
        ("", {"Content_Type": "multipart/form-data"}, (400, "request-invalid")),
        ("", {"Content_Type": "multipart/form-data; boundary=another"}, (400, "request-invalid")),
        ("", {"Content_Encoding": "gzip"}, (415, "media-type-unsupported")),
    ],
)
def test_a_request_that_cannot_be_met_is_a_problem(
    validator: Server, query: str, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    assert problem(validate(validator, TWO, query, **headers)) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([Part("shapes", SHAPES % b"sh:Info")], (400, "data-missing")),
        ([Part("data", TWO), Part("rules", TWO)], (400, "part-unknown")),
        ([Part("data", TWO, None)], (415, "media-type-unsupported")),
        ([Part("data", TWO)] * 60, (413, "body-too-large")),
        ([Part("data", TWO), Part("shapes", ONE)], (422, "shapes-unusable")),
        ([Part("data", TWO), Part("extra-shapes", ONE)], (422, "shapes-unusable")),
        (
            [Part("data", TWO), Part("shapes", SHAPES % b"sh:Info"), Part("extra-shapes", SHAPES % b"sh:Info")],
            (400, "shapes-ambiguous"),
        ),
    ],
    ids=["no data", "another part", "no type", "many parts", "shapes that are none", "extra that are none", "both"],
)
def test_a_form_that_cannot_be_used_is_a_problem(
    validator: Server, parts: list[Part], expected: tuple[int, str]
) -> None:
    content = multipart.body(*parts)
    assert problem(validate(validator, content, "", Content_Type=multipart.CONTENT_TYPE)) == expected


def test_a_form_that_ends_too_early_is_a_problem(validator: Server) -> None:
    content = multipart.body(Part("data", TWO))[:-30]
    assert problem(validate(validator, content, "", Content_Type=multipart.CONTENT_TYPE)) == (400, "request-invalid")


def test_only_post_validates(validator: Server) -> None:
    reply = validator.request("GET", "/validate")
    assert problem(reply) == (405, "method-not-allowed")
    assert "POST" in reply.headers["Allow"]


def test_pages_of_other_sites_may_validate(validator: Server) -> None:
    reply = validator.request("OPTIONS", "/validate", Origin="http://other.example")
    assert "POST" in reply.headers["Access-Control-Allow-Methods"]
    assert {"Content-Type", "Accept-Language"} <= set(reply.headers["Access-Control-Allow-Headers"].split(", "))
    assert "OPSC-Conforms" in reply.headers["Access-Control-Expose-Headers"]


def test_a_page_may_load_nothing(validator: Server) -> None:
    reply = validate(validator, FAILING, "?format=html")
    assert reply.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")


RELATIVE = b'<#thing> <http://e/p> "a", "b" .\n'
OF_RELATIVE = SHAPES.replace(b"http://e/thing", b"data.ttl#thing") % b"sh:Violation"


@pytest.mark.parametrize(
    ("query", "focus_node"),
    [("", "file:///data.ttl#thing"), ("&base=https://example.org/data.ttl", "https://example.org/data.ttl#thing")],
)
def test_relative_iris_are_resolved_against_the_base_or_the_name_of_the_part(
    validator: Server, query: str, focus_node: str
) -> None:
    (result,) = json.loads(against_shapes(validator, RELATIVE, OF_RELATIVE, f"?format=json{query}").body)["results"]
    assert (result["focusNode"], result["line"]) == (focus_node, 1)


def test_relative_iris_in_data_for_the_shapes_of_the_project_need_a_base(validator: Server) -> None:
    assert problem(validate(validator, RELATIVE))[0] == 400
    assert conforms(validate(validator, PASSING.replace(b"http://e/law", b"law"), Content_Location="http://e/"))
    assert conforms(validate(validator, PASSING.replace(b"http://e/law", b"law"), "?against=none&base=http://e/"))
    assert problem(validate(validator, RELATIVE, "?against=none&base=nowhere"))[0] == 400


@pytest.mark.parametrize("datatype", ["HTML", "XMLLiteral"])
def test_markup_is_well_typed_in_a_process_that_cannot_import_its_parser(validator: Server, datatype: str) -> None:
    iri = b"<http://www.w3.org/1999/02/22-rdf-syntax-ns#%s>" % datatype.encode()
    shapes = SHAPES.replace(b"sh:maxCount 1", b"sh:datatype " + iri) % b"sh:Violation"
    assert conforms(against_shapes(validator, TWO.replace(b'"a", "b"', b'"<p>a</p>"^^' + iri), shapes))


def test_what_a_contribution_would_refuse_without_a_report_is_a_problem(validator: Server) -> None:
    reply = validate(validator, b"<https://w3id.org/opsc/ns#State> a <http://e/Class> .", "?against=release")
    assert problem(reply)[0] == 422
    assert json.loads(reply.body)["reason"] == "reserved"


def test_a_report_says_what_the_data_would_do_as_a_contribution(validator: Server) -> None:
    effect = json.loads(validate(validator, PASSING, "?against=release&format=json").body)["contribution"]
    assert effect["new"] == effect["triples"] > 0


VOCABULARY = (
    b"<http://e/U> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <http://e/T> . <http://e/own> a <http://e/T> ."
)
OF_CLASS = b"""<> <http://www.w3.org/2002/07/owl#imports> <vocabulary.ttl> .
<http://e/S> a <http://www.w3.org/ns/shacl#NodeShape> ; <http://www.w3.org/ns/shacl#targetClass> <http://e/T> ;
  <http://www.w3.org/ns/shacl#property> [ <http://www.w3.org/ns/shacl#path> <http://e/p> ;
    <http://www.w3.org/ns/shacl#minCount> 1 ] ."""


@pytest.mark.parametrize("against", ["release", "none"])
@pytest.mark.parametrize("shapes", ["shapes", "extra-shapes"])
def test_background_satisfies_imports_and_is_not_validated(validator: Server, shapes: str, against: str) -> None:
    parts = [Part("data", b"<http://e/thing> a <http://e/U> ."), Part(shapes, OF_CLASS, file_name="shapes.ttl")]
    background = Part("background", VOCABULARY, file_name="vocabulary.ttl")
    sent = multipart.body(*parts, background)
    query = f"?format=json&against={against}"
    for _ in range(2):
        reply = validate(validator, sent, query, Content_Type=multipart.CONTENT_TYPE)
        results = [result for result in json.loads(reply.body)["results"] if result["path"] == "http://e/p"]
        assert [result["focusNode"] for result in results] == ["http://e/thing"]
    reply = validate(validator, multipart.body(*parts), query, Content_Type=multipart.CONTENT_TYPE)
    assert problem(reply)[1] == "shapes-unusable"
    assert b"shapes.ttl: imports <file:///vocabulary.ttl>" in reply.body


def test_background_without_shapes_is_refused(validator: Server) -> None:
    sent = multipart.body(Part("data", PASSING), Part("background", VOCABULARY))
    assert problem(validate(validator, sent, Content_Type=multipart.CONTENT_TYPE)) == (400, "request-invalid")


@pytest.mark.parametrize("media_type", ["text/csv", "text/turtle"])
def test_a_table_is_refused_with_the_command_that_converts_it(validator: Server, media_type: str) -> None:
    reply = validate(validator, b"State,Signature\nNorway,2000\n", Content_Type=media_type)
    assert reply.status in {400, 415}
    assert "opsc load untc" in json.loads(reply.body)["detail"]
