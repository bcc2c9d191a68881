"""The graph itself, built and served by the real commands: every competency question gives its rows over a socket."""

import csv
import html
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from SPARQLWrapper import CSV, SPARQLWrapper

from graph.metadata.examples import Example, load_examples
from tests.endpoint.conftest import Server, running

TABLES = Path(__file__).parents[2] / "competency"


@pytest.fixture(scope="module")
def graph_server(built_home: Path) -> Iterator[Server]:
    with running(built_home) as server:
        yield server


def rows(text: str) -> Counter[tuple[str, ...]]:
    return Counter(tuple(row) for row in csv.reader(io.StringIO(text)))


@pytest.mark.parametrize("question", load_examples(), ids=lambda question: question.name)
def test_a_question_is_answered_over_http(graph_server: Server, question: Example) -> None:
    client = SPARQLWrapper(graph_server.url, returnFormat=CSV)
    client.setQuery(question.query)
    answer = client.query().convert()
    assert isinstance(answer, bytes)
    assert rows(answer.decode()) == rows((TABLES / f"{question.name}.csv").read_text(encoding="utf-8"))


def test_the_page_at_the_root_shows_every_question(graph_server: Server) -> None:
    page = html.unescape(graph_server.request("GET", "/").body.decode())
    assert not [question.name for question in load_examples() if question.question not in page]
