import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from graph import warmup
from graph.settings import QueryLimits
from graph.sparql.dataset import DefaultGraphMode, create_store
from graph.sparql.engine import QueryEngine
from graph.validation import (
    REPORTS,
    Document,
    DocumentError,
    UnusableShapesError,
    ValidationRequest,
    file_extension,
    validate_documents,
    write_report,
)
from loaders.rdf import reader
from shapes.validation import validate

HELD = Quad(NamedNode("http://e/thing"), NamedNode("http://e/p"), Literal("a"), NamedNode("http://e/g"))
DATA = Document(b'<http://e/thing> <http://e/p> "a", "b" .\n', "text/turtle", "data.ttl")
SHAPES = Document(
    b"@prefix sh: <http://www.w3.org/ns/shacl#> .\n"
    b"<http://e/S> a sh:NodeShape ; sh:targetNode <http://e/thing> ;"
    b" sh:property [ sh:path <http://e/p> ; sh:maxCount 1 ] .\n",
    "text/turtle",
    "shapes.ttl",
)
BROKEN = Document(b"nonsense", "text/turtle", "broken.ttl")


def engine(default_graph: DefaultGraphMode = "merged") -> QueryEngine:
    return QueryEngine(create_store([HELD], default_graph), QueryLimits())


def content(of: QueryEngine) -> set[Quad]:
    return set(of.store)


@pytest.mark.parametrize("default_graph", ["merged", "own"])
def test_data_are_merged_with_the_graph_and_the_graph_stays_as_it_was(default_graph: DefaultGraphMode) -> None:
    held = engine(default_graph)
    before = content(held)
    one = Document(DATA.data.replace(b'"a", ', b""), DATA.media_type, DATA.name)
    assert not validate_documents(held, ValidationRequest((one,), (SHAPES,), "release"), default_graph).conforms
    assert validate_documents(held, ValidationRequest((one,), (SHAPES,), "none"), default_graph).conforms
    assert content(held) == before


def test_shapes_that_fail_leave_the_graph_as_it_was() -> None:
    held = engine()
    before = content(held)
    circle = Document(SHAPES.data + b"<http://e/S> sh:node <http://e/S> .", "text/turtle", "circle.ttl")
    with pytest.raises(UnusableShapesError):
        validate_documents(held, ValidationRequest((DATA,), (circle,), "release"), "merged")
    assert content(held) == before


@pytest.mark.parametrize(
    "asked", [ValidationRequest((BROKEN,)), ValidationRequest((DATA,), (BROKEN,))], ids=["data", "shapes"]
)
def test_a_document_that_cannot_be_read_is_named(asked: ValidationRequest) -> None:
    with pytest.raises(DocumentError, match=r"broken\.ttl:1:"):
        validate_documents(engine(), asked, "merged")


@pytest.mark.parametrize("report_format", [one.names[0] for one in REPORTS])
def test_a_report_can_be_written_later_in_every_form(report_format: str) -> None:
    report = validate(
        reader.parse(DATA.data, DATA.media_type, DATA.name), reader.parse(SHAPES.data, "text/turtle", "s")
    )
    assert not report.conforms
    assert write_report(QueryEngine(Store(), QueryLimits()), report, DATA, report_format, "en")


def test_a_media_type_has_an_extension() -> None:
    assert [file_extension(one) for one in ("text/turtle", "application/ld+json", "text/csv")] == [
        ".ttl",
        ".jsonld",
        "",
    ]


def test_a_rehearsal_uses_shapes_and_data_that_are_not_refused() -> None:
    every_kind, data = warmup._document(warmup._ALL_CONSTRAINTS), warmup._document(warmup._DATA)
    checked = validate_documents(engine(), ValidationRequest((data,), (every_kind,), "none", "text"), "merged")
    assert not checked.conforms
