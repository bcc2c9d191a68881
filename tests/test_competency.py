"""The competency questions: each query of ``tests/competency`` gives exactly the rows of the table beside it."""

import csv
import io
import re
from collections import Counter
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, QueryResultsFormat, QuerySolutions, Store

from graph.metadata.examples import Example, load_examples
from ontology.terms import OPSC, RDF

FOLDER = Path(__file__).parent / "competency"
QUESTIONS = load_examples()


def table(text: str) -> tuple[list[str], Counter[tuple[str, ...]]]:
    heading, *rows = csv.reader(io.StringIO(text))
    return heading, Counter(tuple(row) for row in rows)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_the_answer_is_the_table_beside_the_question(dataset: Store, question: Example) -> None:
    results = dataset.query(question.query)
    assert isinstance(results, QuerySolutions)
    answer = results.serialize(format=QueryResultsFormat.CSV)
    assert answer is not None
    expected = (FOLDER / f"{question.name}.csv").read_text(encoding="utf-8")
    assert table(answer.decode()) == table(expected)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_contributed_law_labels_and_claims_do_not_change_an_answer(
    contributed_dataset: Store, question: Example
) -> None:
    results = contributed_dataset.query(question.query)
    assert isinstance(results, QuerySolutions)
    answer = results.serialize(format=QueryResultsFormat.CSV)
    assert answer is not None
    expected = (FOLDER / f"{question.name}.csv").read_text(encoding="utf-8")
    assert table(answer.decode()) == table(expected)


def test_there_are_at_least_forty_questions_and_each_has_rows() -> None:
    rows = {
        question.name: (FOLDER / f"{question.name}.csv").read_text(encoding="utf-8").count("\n")
        for question in QUESTIONS
    }
    assert len(QUESTIONS) >= 40
    assert not [name for name, lines in rows.items() if lines < 2]


def test_every_table_has_its_question() -> None:
    assert {path.stem for path in FOLDER.glob("*.csv")} == {question.name for question in QUESTIONS}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_a_question_is_asked_in_words_and_ends_with_a_question_mark(question: Example) -> None:
    assert question.question.split(".")[0].rstrip().endswith("?")


def test_every_class_that_has_instances_is_met_by_a_question(dataset: Store) -> None:
    """A class is met when a question names it, or when an IRI of one of its instances occurs in an answer's query."""
    instances: dict[str, set[str]] = {}
    for quad in dataset.quads_for_pattern(None, RDF.type, None):
        if isinstance(quad.object, NamedNode) and quad.object.value.startswith(OPSC.iri):
            instances.setdefault(quad.object.value, set()).add(str(quad.subject.value))
    text = "\n".join(question.query for question in QUESTIONS)
    named = {OPSC.iri + name for name in re.findall(r"\bopsc:([A-Z]\w*)", text)}
    mentioned = set(re.findall(r"<(https://w3id\.org/opsc/[^>]+)>", text))
    reached = {name for name, members in instances.items() if members & mentioned}
    assert not sorted(instances.keys() - named - reached)
