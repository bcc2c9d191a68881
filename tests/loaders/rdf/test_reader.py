"""RDF files in six formats give the same quads, fetch nothing, and are refused with a place and a reason."""

import json
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, serialize

from loaders.errors import InputError
from loaders.rdf import reader
from loaders.rdf.refusals import DEEPEST

NOTE = NamedNode("https://example.org/note")
SAYS = NamedNode("https://example.org/says")
GRAPH = NamedNode("https://example.org/graph")
TRIPLES_ONLY = [RdfFormat.TURTLE, RdfFormat.N_TRIPLES, RdfFormat.RDF_XML]
DATASETS = [RdfFormat.TRIG, RdfFormat.N_QUADS, RdfFormat.JSON_LD]
QUADS = [
    Quad(NOTE, SAYS, Literal("Côte d'Ivoire", language="fr")),
    Quad(NOTE, SAYS, Literal("2001", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#gYear"))),
    Quad(NOTE, SAYS, GRAPH),
]


def written(quads: list[Quad], rdf_format: RdfFormat) -> bytes:
    data = serialize(quads, format=rdf_format)
    assert data is not None
    return data


def refusal(data: bytes | str, rdf_format: RdfFormat, base_iri: str | None = None) -> InputError:
    content = data if isinstance(data, bytes) else data.encode()
    with pytest.raises(InputError) as refused:
        reader.parse(content, rdf_format, "note", base_iri=base_iri)
    return refused.value


def parse(data: str, rdf_format: RdfFormat = RdfFormat.TURTLE, graph: NamedNode | None = None) -> list[Quad]:
    return reader.parse(data.encode(), rdf_format, "note", graph=graph)


@pytest.mark.parametrize("extension", sorted(reader.EXTENSIONS))
@pytest.mark.parametrize("byte_order_mark", [b"", b"\xef\xbb\xbf"])
def test_the_extension_tells_the_format(tmp_path: Path, extension: str, byte_order_mark: bytes) -> None:
    path = tmp_path / f"note{extension.upper()}"
    path.write_bytes(byte_order_mark + written(QUADS, reader.EXTENSIONS[extension]))
    assert set(reader.read(path)) == set(QUADS)


@pytest.mark.parametrize("media_type", sorted(reader.MEDIA_TYPES))
@pytest.mark.parametrize("parameters", ["", "; charset=UTF-8", ';charset="utf-8";profile="https://example.org/"'])
def test_the_media_type_tells_the_format(media_type: str, parameters: str) -> None:
    data = written(QUADS, reader.MEDIA_TYPES[media_type])
    assert set(reader.parse(data, media_type + parameters, "note")) == set(QUADS)


@pytest.mark.parametrize("media_type", ["text/html", "", "application/json", "text/turtle2"])
def test_another_media_type_is_refused(media_type: str) -> None:
    with pytest.raises(InputError, match="is not a known RDF media type; use one of text/turtle, "):
        reader.parse(b"", media_type, "note")


def test_a_media_type_with_another_encoding_is_refused() -> None:
    with pytest.raises(InputError, match="declares the encoding 'iso-8859-1'; send it in UTF-8"):
        reader.parse(b"", "text/turtle; charset=ISO-8859-1", "note")


@pytest.mark.parametrize("name", ["note", "note.txt", "note.n3", "note.csv"])
def test_another_extension_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"unknown file extension; rename the file to end in one of \.ttl, "):
        reader.read(tmp_path / name)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.ttl: cannot be read: No such file"):
        reader.read(tmp_path / "none.ttl")


@pytest.mark.parametrize("rdf_format", [*TRIPLES_ONLY, *DATASETS])
def test_triples_go_to_the_graph_that_is_asked_for(rdf_format: RdfFormat) -> None:
    data = written(QUADS, rdf_format)
    assert {quad.graph_name for quad in reader.parse(data, rdf_format, "note", graph=GRAPH)} == {GRAPH}
    assert {quad.graph_name for quad in reader.parse(data, rdf_format, "note")} == {DefaultGraph()}


@pytest.mark.parametrize("rdf_format", DATASETS)
def test_quads_that_name_a_graph_stay_there(rdf_format: RdfFormat) -> None:
    data = written([Quad(NOTE, SAYS, NOTE, GRAPH)], rdf_format)
    assert reader.parse(data, rdf_format, "note", graph=NOTE) == [Quad(NOTE, SAYS, NOTE, GRAPH)]


BLANK = "_:a <https://example.org/says> [ <https://example.org/says> _:a ] ."


def test_the_blank_nodes_of_two_files_stay_apart() -> None:
    first, second = parse(BLANK), parse(BLANK + "# another file")
    assert not {quad.subject for quad in first} & {quad.subject for quad in second}


def test_the_same_file_gives_the_same_quads_with_blank_nodes_joined_as_before() -> None:
    quads = parse(BLANK)
    assert quads == parse(BLANK)
    assert {quad.subject for quad in quads} == {quad.object for quad in quads}
    assert len({quad.subject for quad in quads}) == 2


def test_a_blank_node_names_its_graph_and_its_subject_alike() -> None:
    (quad,) = parse("_:a { _:a <https://example.org/says> 1 }", RdfFormat.TRIG)
    assert isinstance(quad.subject, BlankNode)
    assert quad.subject == quad.graph_name


XML = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="https://example.org/">{}</rdf:RDF>'


@pytest.mark.parametrize(
    ("data", "rdf_format", "line", "column", "reason"),
    [
        ("<a:b> <b:c> 1 .\n<a:é> <b:c> é .", RdfFormat.TURTLE, 2, 13, ""),
        ("<a:b> <b:c> 1 .\n<a:b> <b:c> 'x", RdfFormat.TURTLE, 2, 13, "Unexpected end of file"),
        ("<a:b> p:c 1 .", RdfFormat.TURTLE, 1, 7, "The prefix p: has not been declared"),
        ("<a:g> { <a:b> <b:c> 1 ", RdfFormat.TRIG, 1, 23, ""),
        ("<a:b> <b:c> d:e .\n", RdfFormat.N_TRIPLES, 1, 13, ""),
        ("<a:b> <b:c> <d:e> 1 .\n", RdfFormat.N_QUADS, 1, 19, ""),
        ('{"@id": "a:b",\n "b:c" 1}', RdfFormat.JSON_LD, 2, 8, "Object keys must be strings"),
        (XML.format("\n<e:a></e:b>"), RdfFormat.RDF_XML, 2, 8, "is not well-formed XML: mismatched tag"),
    ],
)
def test_wrong_syntax_is_refused_with_line_and_column(
    data: str, rdf_format: RdfFormat, line: int, column: int, reason: str
) -> None:
    refused = refusal(data, rdf_format)
    assert (refused.line, refused.column) == (line, column)
    assert reason in refused.reason
    assert "Parser error" not in str(refused)
    assert str(refused).startswith(f"note:{line}:{column}: ")


@pytest.mark.parametrize("rdf_format", [*TRIPLES_ONLY, *DATASETS])
def test_an_empty_file_is_refused(rdf_format: RdfFormat) -> None:
    assert refusal("", rdf_format).reason == "is empty"
    assert refusal(b"\xef\xbb\xbf \n", rdf_format).reason == "is empty"


@pytest.mark.parametrize("rdf_format", [*TRIPLES_ONLY, *DATASETS])
@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_another_encoding_is_refused(rdf_format: RdfFormat, encoding: str) -> None:
    text = written(QUADS, rdf_format).decode()
    refused = refusal(f"\n{text} é".encode(encoding), rdf_format)
    assert "is not UTF-8; save the file in UTF-8" in refused.reason
    assert refused.line is not None


def test_an_xml_declaration_of_another_encoding_is_refused() -> None:
    refused = refusal('<?xml version="1.0" encoding="ISO-8859-1"?>' + XML.format(""), RdfFormat.RDF_XML)
    assert "UTF-8" in refused.reason


@pytest.mark.parametrize(
    ("data", "rdf_format"),
    [
        ("<note> <b:c> 1 .", RdfFormat.TURTLE),
        ("<a:g> { <a:b> <b:c> <note> }", RdfFormat.TRIG),
        (XML.format('<rdf:Description rdf:about="note"><e:says>x</e:says></rdf:Description>'), RdfFormat.RDF_XML),
        ('{"@id": "note", "https://example.org/says": 1}', RdfFormat.JSON_LD),
        ('{"@id": "a:b", "https://example.org/says": {"@id": "note"}}', RdfFormat.JSON_LD),
        ('{"@id": "note", "@graph": [{"@id": "a:b", "https://example.org/says": 1}]}', RdfFormat.JSON_LD),
        ('{"@id": "a:b", "https://example.org/says": {"@value": "x", "@type": "note"}}', RdfFormat.JSON_LD),
    ],
)
def test_a_relative_iri_needs_a_base(data: str, rdf_format: RdfFormat) -> None:
    assert "is relative and there is no base IRI; write an absolute IRI" in refusal(data, rdf_format).reason
    quads = reader.parse(data.encode(), rdf_format, "note", base_iri="https://example.org/")
    assert NOTE in {term for quad in quads for term in (*quad, getattr(quad.object, "datatype", None))}


@pytest.mark.parametrize("rdf_format", [RdfFormat.N_TRIPLES, RdfFormat.N_QUADS])
def test_a_relative_iri_in_n_triples_has_to_be_written_in_full(rdf_format: RdfFormat) -> None:
    reason = refusal("<note> <b:c> <d:e> .", rdf_format, "https://example.org/").reason
    assert reason == "the IRI 'note' is relative; write an absolute IRI"


def test_a_base_inside_the_file_is_used() -> None:
    (quad,) = parse("@base <https://example.org/> . <note> <says> <note> .")
    assert quad.subject == NOTE
    data = '{"@context": {"@base": "https://example.org/"}, "@id": "note", "https://example.org/says": 1}'
    (quad,) = parse(data, RdfFormat.JSON_LD)
    assert quad.subject == NOTE


def test_a_base_that_is_relative_is_refused() -> None:
    assert refusal("<a:b> <b:c> 1 .", RdfFormat.TURTLE, "notes").reason == "the base 'notes' is not an absolute IRI"


@pytest.mark.parametrize("data", ["{}", "[]", '{"name": "Norway"}'])
def test_json_ld_that_states_nothing_is_refused(data: str) -> None:
    assert refusal(data, RdfFormat.JSON_LD).reason.startswith("contains no triples; map its keys to IRIs")


@pytest.mark.parametrize(
    "data",
    ["<a:b> <b:c> <<( <a:b> <b:c> 1 )>> .", "<< <a:b> <b:c> 1 >> <b:c> 1 .", '<a:b> <b:c> "x"@ar--rtl .'],
)
def test_what_only_rdf_1_2_has_is_refused(data: str) -> None:
    assert "uses RDF 1.2, which is not supported" in refusal(data, RdfFormat.TURTLE).reason


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[ThreadingHTTPServer, list[str]]]:
    """A server on loopback that would serve a JSON-LD context or a DTD, and the paths that were asked of it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "application/ld+json")
            self.end_headers()
            self.wfile.write(b'{"@context": {"says": "https://example.org/says"}}')

        def log_message(self, *_: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    yield listening, asked
    listening.shutdown()
    thread.join()
    listening.server_close()


@pytest.fixture
def canary(server: tuple[ThreadingHTTPServer, list[str]]) -> tuple[str, list[str]]:
    """An address, and the paths that were asked of its server; that it notices a request is tried first."""
    listening, asked = server
    connection = HTTPConnection("127.0.0.1", listening.server_port)
    connection.request("GET", "/trial")
    connection.getresponse().read()
    connection.close()
    assert asked == ["/trial"]
    asked.clear()
    return f"http://127.0.0.1:{listening.server_port}/context", asked


@pytest.mark.parametrize(
    "document",
    [
        {"@context": "{url}", "@id": "a:b", "says": 1},
        {"@context": ["{url}", {"@vocab": "https://example.org/"}], "@id": "a:b", "says": 1},
        {"@context": {"@import": "{url}"}, "@id": "a:b", "says": 1},
        {"@id": "a:b", "https://example.org/says": {"@context": "{url}", "@id": "a:c", "says": 1}},
        {"@context": {"t": {"@id": "a:t", "@context": "{url}"}}, "@id": "a:b", "t": {"@id": "a:c", "says": 1}},
    ],
)
def test_a_remote_context_is_refused_and_never_fetched(canary: tuple[str, list[str]], document: object) -> None:
    url, asked = canary
    refused = refusal(json.dumps(document).replace("{url}", url), RdfFormat.JSON_LD)
    assert refused.reason == "uses a remote @context, which is never fetched; include the context in the file"
    assert asked == []


def test_a_relative_remote_context_is_refused_and_never_fetched_below_the_base(canary: tuple[str, list[str]]) -> None:
    url, asked = canary
    assert (
        "remote @context" in refusal('{"@context": "context", "@id": "a:b", "says": 1}', RdfFormat.JSON_LD, url).reason
    )
    assert asked == []


NAMED = XML.format('<rdf:Description rdf:about="a:b"><e:says>&name;</e:says></rdf:Description>')
LAUGHS = "".join(f'<!ENTITY a{level + 1} "{f"&a{level};" * 10}">' for level in range(9))


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE rdf:RDF [<!ENTITY name "x">]>',
        "<!DOCTYPE rdf:RDF>",
        '<!-- a comment -->\n<?note x?>\n<!DOCTYPE rdf:RDF [<!ENTITY % name SYSTEM "{url}">%name;]>',
        '<!DOCTYPE rdf:RDF SYSTEM "{url}">',
        '<!DOCTYPE rdf:RDF PUBLIC "x" "{url}" [<!ENTITY name SYSTEM "file:///etc/passwd">]>',
        f'<!DOCTYPE rdf:RDF [<!ENTITY a0 "ha">{LAUGHS}<!ENTITY name "&a9;">]>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_document_type_is_refused_in_every_encoding(
    canary: tuple[str, list[str]], declaration: str, encoding: str
) -> None:
    url, asked = canary
    xml = f"<?xml version='1.0'?>\n{declaration.replace('{url}', url)}\n{NAMED}"
    reason = refusal(xml.encode(encoding), RdfFormat.RDF_XML).reason
    assert "has a DOCTYPE, which is not allowed" in reason or "is not UTF-8" in reason
    assert asked == []


@pytest.mark.parametrize(
    "text", ["<!-- <!DOCTYPE a> --><e:says>x</e:says>", "<e:says><![CDATA[<!DOCTYPE a>]]></e:says>"]
)
def test_a_document_type_that_is_only_spoken_of_is_no_declaration(text: str) -> None:
    assert len(parse(XML.format(f'<rdf:Description rdf:about="a:b">{text}</rdf:Description>'), RdfFormat.RDF_XML)) == 1


def nested(rdf_format: RdfFormat, levels: int) -> str:
    """Return a document of that many levels; one less where RDF/XML, whose nodes and properties alternate, needs it."""
    if rdf_format == RdfFormat.JSON_LD:
        return '{"@id": "a:b", "b:c": ' * levels + "1" + "}" * levels
    if rdf_format == RdfFormat.RDF_XML:
        pairs = (levels - 1) // 2
        return XML.format("<rdf:Description><e:says>" * pairs + "x" + "</e:says></rdf:Description>" * pairs)
    return "<a:b> <b:c> " + "<<( <a:b> <b:c> " * levels + "1" + " )>>" * levels + " ."


@pytest.mark.parametrize("rdf_format", [RdfFormat.JSON_LD, RdfFormat.RDF_XML, RdfFormat.TURTLE, RdfFormat.N_QUADS])
@pytest.mark.parametrize("levels", [DEEPEST + 3, 100_000])
def test_nesting_that_would_end_the_process_is_refused(rdf_format: RdfFormat, levels: int) -> None:
    refused = refusal(nested(rdf_format, levels), rdf_format)
    assert refused.reason.startswith(f"is nested more than {DEEPEST} levels deep")
    assert refused.line == 1


@pytest.mark.parametrize("rdf_format", [RdfFormat.JSON_LD, RdfFormat.RDF_XML])
def test_nesting_up_to_the_limit_is_read(rdf_format: RdfFormat) -> None:
    assert len(parse(nested(rdf_format, DEEPEST), rdf_format)) > DEEPEST / 3


@pytest.mark.parametrize("text", ["[" * 1000, "{" * 1000, '\\"' + "[" * 1000])
def test_brackets_in_a_json_string_are_no_nesting(text: str) -> None:
    assert len(parse(f'{{"@id": "a:b", "b:c": "{text}"}}', RdfFormat.JSON_LD)) == 1


def test_double_angles_in_turtle_text_are_no_nesting() -> None:
    (quad,) = parse(f'<a:b> <b:c> "{"<<The>> Hague " * 1000}" .')
    assert quad.object == Literal("<<The>> Hague " * 1000)


@given(
    st.one_of(
        st.binary(max_size=60), st.text(max_size=60).map(str.encode), st.text('<>{}[]()"@:_ab.,\n\\#').map(str.encode)
    ),
    st.sampled_from([*TRIPLES_ONLY, *DATASETS]),
)
def test_any_bytes_give_quads_or_an_input_error_on_one_line(data: bytes, rdf_format: RdfFormat) -> None:
    try:
        quads = reader.parse(data, rdf_format, "note")
    except InputError as error:
        message = str(error)
    else:
        assert all(isinstance(quad, Quad) for quad in quads)
        return
    assert len(message.splitlines()) == 1


SUBJECTS = st.sampled_from([NOTE, GRAPH])
OBJECTS = st.one_of(
    SUBJECTS,
    st.text(st.characters(codec="utf-8")).map(Literal),
    st.integers().map(Literal),
    st.sampled_from(["en", "ar", "zh-hans"]).map(lambda tag: Literal("x", language=tag)),
)


@given(
    st.lists(st.builds(Quad, SUBJECTS, st.just(SAYS), OBJECTS), min_size=1),
    st.sampled_from([*TRIPLES_ONLY[:2], *DATASETS]),
)
def test_what_is_written_in_a_format_is_read_back(quads: list[Quad], rdf_format: RdfFormat) -> None:
    assert set(reader.parse(written(quads, rdf_format) + b"\n", rdf_format, "note")) == set(quads)
