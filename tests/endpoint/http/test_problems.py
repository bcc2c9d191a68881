import json
import logging
from pathlib import Path

import pytest
from flask import Flask
from pyoxigraph import Store

from endpoint.http.problem_catalogue import PROBLEMS
from endpoint.server.app import create_app
from endpoint.serving.snapshot import SnapshotHolder
from graph.pool.query_pool import QueryPool
from graph.settings import QueryLimits, WorkerSettings
from graph.sparql.errors import QueryError

DOCUMENT = (Path(__file__).parents[3] / "docs" / "endpoint.md").read_text(encoding="utf-8").splitlines()


@pytest.fixture
def app() -> Flask:
    pool = QueryPool(Store, QueryLimits(), WorkerSettings())
    return create_app(SnapshotHolder("test", pool))


@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_every_code_stands_in_the_documentation(problem) -> None:  # noqa: ANN001
    assert f"| `{problem.code}` | {problem.status} | {problem.title} | {problem.meaning} |" in DOCUMENT


@pytest.mark.parametrize("kind", QueryError.__subclasses__(), ids=lambda kind: kind.__name__)
def test_every_way_in_which_a_query_fails_has_a_code(kind: type[QueryError]) -> None:
    assert kind.code in PROBLEMS


def test_a_failure_of_the_server_shows_a_request_id_and_nothing_else(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    inside = "/srv/opsc/endpoint/path.py"

    @app.get("/broken")
    def broken() -> str:
        raise ZeroDivisionError(inside)

    with caplog.at_level(logging.ERROR):
        response = app.test_client().get("/broken")
    problem = json.loads(response.get_data())
    assert (response.status_code, response.content_type, problem["code"]) == (
        500,
        "application/problem+json",
        "internal-error",
    )
    assert inside not in response.get_data(as_text=True)
    assert problem["request_id"] in caplog.text
    assert inside in caplog.text


def test_before_the_pool_is_warm_health_is_not_ready(app: Flask) -> None:
    response = app.test_client().get("/health")
    assert (response.status_code, response.get_json()["live"], response.get_json()["ready"]) == (503, True, False)


def test_when_no_process_can_answer_the_client_is_told_when_to_try_again() -> None:
    pool = QueryPool(Store, QueryLimits(), WorkerSettings())
    pool.close()
    response = create_app(SnapshotHolder("test", pool)).test_client().get("/sparql?query=ASK%7B%7D")
    assert (response.status_code, response.get_json()["code"]) == (503, "unavailable")
    assert int(response.headers["Retry-After"]) > 0
