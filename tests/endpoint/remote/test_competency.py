"""The competency questions through the endpoint, answered by an engine elsewhere."""

from pathlib import Path

import pytest

from graph.metadata.examples import Example, load_examples
from tests.endpoint.conftest import Server
from tests.engines import Engine
from tests.test_competency import FOLDER, table

QUESTIONS = load_examples()
DOCUMENT = (Path(__file__).parents[3] / "docs" / "beyond-one-machine.md").read_text(encoding="utf-8")
# Questions that an engine cannot answer as they are asked, by name. The documentation has the same list.
UNANSWERED: dict[str, set[str]] = {"virtuoso": set(), "oxigraph": set()}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_the_answer_is_the_table_beside_the_question(fronted: Server, engine: Engine, question: Example) -> None:
    reply = fronted.request(
        "POST", "/sparql", question.query.encode(), Content_Type="application/sparql-query", Accept="text/csv"
    )
    assert reply.status == 200, reply.body
    assert reply.content_type.startswith("text/csv")
    answered = table(reply.body.decode())
    expected = table((FOLDER / f"{question.name}.csv").read_text(encoding="utf-8"))
    unanswered = UNANSWERED["virtuoso" if "virtuoso" in engine.command[0] else "oxigraph"]
    assert (answered == expected) is (question.name not in unanswered)


def test_the_documentation_lists_the_questions_that_are_not_answered() -> None:
    said = "as they are asked: none." if not any(UNANSWERED.values()) else "as they are asked:"
    assert said in DOCUMENT
    listed = {question.name for question in QUESTIONS if f"| `{question.name}` |" in DOCUMENT}
    assert listed == set().union(*UNANSWERED.values())
