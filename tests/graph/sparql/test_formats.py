"""The registry of formats: one entry is all that a format needs, and no other module lists formats."""

import pickle
import re
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, QueryBoolean, QueryResultsFormat, QuerySolutions, RdfFormat, Store, Triple

from endpoint.http import negotiation, representations
from graph.exports import dumps
from graph.settings import QueryLimits
from graph.sparql import formats
from graph.sparql.engine import Query, QueryEngine
from graph.sparql.formats import GraphFormat, ResultFormat, SolutionsFormat
from loaders.rdf import reader

ROOT = Path(__file__).parents[3]
ENTRIES = [*formats.SOLUTIONS, formats.SPREADSHEET, *formats.GRAPHS]
# Validation reports have a registry of their own.
REGISTRIES = {"graph/sparql/formats.py", "shapes/reports/__init__.py"}

# Every kind of term, an unbound variable, and the characters that one of the formats escapes.
EVERY_TERM = """SELECT ?iri ?text ?unbound { VALUES (?iri ?text) {
  (<http://e/a> "a, \\"b\\" <c> & d\\te\\r\\nf") (<http://e/é> "é"@fr) (UNDEF 1)
  (<http://e/b> "1.50"^^<http://e/type>) (UNDEF UNDEF)
  (<http://e/c> <<( <http://e/s> <http://e/p> "o" )>>)
} }"""


def test_no_module_but_the_registry_names_a_media_type_of_it() -> None:
    media_types = sorted({one.media_type for one in ENTRIES})
    pattern = re.compile(rf"""["'](?:{"|".join(map(re.escape, media_types))})["';]""")
    naming = {
        path.relative_to(ROOT).as_posix()
        for package in ("ontology", "loaders", "shapes", "graph", "endpoint", "opsc")
        for path in (ROOT / package).rglob("*.py")
        if pattern.search(path.read_text(encoding="utf-8"))
    }
    assert naming <= REGISTRIES


def test_an_entry_is_negotiated_serialized_and_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    shout = SolutionsFormat("Shout", "text/x-shout", names=("shout",), writer=lambda *_: b"SHOUT")
    monkeypatch.setattr(formats, "SOLUTIONS", (*formats.SOLUTIONS, shout))
    negotiated, _ = negotiation.negotiate(None, ["shout"])
    assert negotiated is not None
    assert negotiated.content_type == "text/x-shout; charset=utf-8"
    query = Query("SELECT * {}", solutions_format=negotiated.format)
    assert QueryEngine(Store(), QueryLimits()).answer(query).body == b"SHOUT"
    with pytest.raises(Exception, match="shout"):
        negotiation.negotiate(None, ["whisper"])


def test_published_formats_are_documents_and_downloads() -> None:
    extensions = {one.extension for one in formats.PUBLISHED}
    assert {suffix.removeprefix(".") for suffix in representations.SUFFIXES} == extensions | {"html"}
    assert {dump.format.extension for dump in dumps.DUMP_FORMATS.values()} == extensions


def test_readable_formats_are_those_that_the_reader_parses() -> None:
    assert {one.media_type for one in formats.READABLE} == set(reader.MEDIA_TYPES)
    assert {f".{one.extension}" for one in formats.READABLE} <= set(reader.EXTENSIONS)


@pytest.mark.parametrize("one", ENTRIES, ids=lambda one: one.label)
def test_an_entry_stays_itself_on_its_way_to_another_process(one: ResultFormat) -> None:
    assert pickle.loads(pickle.dumps(one)) is one  # noqa: S301 - pickled here


@pytest.mark.parametrize("one", formats.GRAPHS, ids=lambda one: one.label)
def test_an_entry_agrees_with_the_engine(one: GraphFormat) -> None:
    assert (one.media_type, one.extension) == (one.rdf_format.media_type, one.rdf_format.file_extension)
    assert RdfFormat.from_media_type(one.media_type) == one.rdf_format


@pytest.mark.parametrize("one", formats.SOLUTIONS, ids=lambda one: one.label)
def test_an_entry_of_solutions_agrees_with_the_engine(one: SolutionsFormat) -> None:
    engine_format = QueryResultsFormat.from_media_type(one.media_type)
    assert engine_format is not None
    media_type = engine_format.media_type.partition(";")[0]
    assert (one.media_type, one.extension, one.iri) == (media_type, engine_format.file_extension, engine_format.iri)
    for query in (EVERY_TERM, "ASK {}", "ASK { FILTER(false) }"):
        body = QueryEngine(Store(), QueryLimits()).answer(Query(query, solutions_format=one)).body
        # XML parsers would read a carriage return as a line feed.
        assert body.replace(b"&#13;", b"\r") == _store_result(query).serialize(format=engine_format)


def test_csv_differs_from_the_engine_in_the_quotes_of_an_iri() -> None:
    query = 'SELECT * { VALUES (?iri ?text) { (<http://e/a,b> "c") } }'
    body = QueryEngine(Store(), QueryLimits()).answer(Query(query, solutions_format=formats.CSV)).body
    unquoted = _store_result(query).serialize(format=QueryResultsFormat.CSV)
    assert (body, unquoted) == (b'iri,text\r\n"http://e/a,b",c\r\n', b"iri,text\r\nhttp://e/a,b,c\r\n")


def test_no_two_formats_of_a_kind_share_a_name_or_media_type() -> None:
    for offered in (formats.SOLUTIONS, formats.GRAPHS):
        named = [name for one in offered for name in (*one.names, *one.media_types)]
        assert len(named) == len(set(named))


@pytest.mark.parametrize("one", formats.GRAPHS, ids=lambda one: one.label)
def test_the_documentation_lists_every_format(one: GraphFormat) -> None:
    assert f"`{one.media_type}`" in (ROOT / "docs" / "endpoint.md").read_text(encoding="utf-8")


def test_turtle_is_serialized_without_a_limit() -> None:
    triple = Triple(NamedNode("http://e/s"), NamedNode("http://e/p"), Literal("x"))
    assert formats.TURTLE.serialize([triple]) == b'<http://e/s> <http://e/p> "x" .\n'


def _store_result(query: str) -> QuerySolutions | QueryBoolean:
    result = Store().query(query)
    assert isinstance(result, QuerySolutions | QueryBoolean)
    return result
