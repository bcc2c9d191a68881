"""Endpoints that do not answer as they should: what the client is told, and that others go on."""

import json
import threading

import pytest

from tests.endpoint.conftest import Reply, Server
from tests.endpoint.federation.conftest import FAILURES, PREFIX, PROCESSES, address_of, answered
from tests.polling import eventually
from tests.remotes import Remote


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_says_which_endpoint_failed_and_how(here: Server, others: Remote, name: str) -> None:
    _, status, code, sentence = FAILURES[name]
    reply = here.ask(f"SELECT * {{ SERVICE <{address_of(others, name)}> {{ ?s ?p ?o }} }}")
    problem = json.loads(reply.body)
    assert (reply.status, problem["code"], reply.content_type) == (status, code, "application/problem+json")
    assert f"the endpoint <{address_of(others, name)}> " in problem["detail"]
    assert sentence in problem["detail"]


@pytest.mark.parametrize("name", FAILURES)
def test_a_silent_failure_is_one_solution_without_bindings(here: Server, others: Remote, name: str) -> None:
    reply = here.ask(f"SELECT * {{ SERVICE SILENT <{address_of(others, name)}> {{ ?s ?p ?o }} }}")
    assert reply.status == 200, reply.body
    assert json.loads(reply.body)["results"]["bindings"] == [{}]
    query = f"{PREFIX} SELECT * {{ ?s e:label ?l SERVICE SILENT <{address_of(others, name)}> {{ ?s e:name ?n }} }}"
    if name in {"liar", "error"}:
        assert len(answered(here.ask(query).body)) == 10


def test_an_endpoint_that_is_not_there(here: Server, closed_port: int) -> None:
    reply = here.ask(f"SELECT * {{ SERVICE <http://127.0.0.1:{closed_port}/sparql> {{ ?s ?p ?o }} }}")
    assert (reply.status, json.loads(reply.body)["code"]) == (502, "service-failed")


def test_the_answers_of_an_endpoint_that_refuses_the_query(here: Server, there: Server) -> None:
    reply = here.ask(
        f"SELECT * {{ SERVICE <{there.url}> {{ ?s ?p ?o FILTER(<https://w3id.org/opsc/function/none>(?o)) }} }}"
    )
    assert (reply.status, json.loads(reply.body)["code"]) == (502, "service-failed")
    assert "responded with status 400" in json.loads(reply.body)["detail"]


def test_endpoints_that_hang_hold_nobody_else_up(here: Server, others: Remote) -> None:
    hanging = f"SELECT * {{ SERVICE <{address_of(others, 'hangs')}> {{ ?s ?p ?o }} }}"
    replies: list[int] = []
    before = len(others.queries)
    threads = [threading.Thread(target=lambda: replies.append(here.ask(hanging).status)) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert eventually(lambda: len(others.queries) > before)
    assert here.ask("ASK {}").status == 200
    assert replies == [], "the others hang still"
    for thread in threads:
        thread.join()
    assert replies == [504] * 4


def test_too_many_requests_to_other_endpoints_are_refused(here: Server, others: Remote) -> None:
    clause = f"SERVICE <{address_of(others, 'hangs')}> {{ ?s ?p ?o }}"
    replies: list[Reply] = []
    before = len(others.queries)
    threads = [
        threading.Thread(target=lambda: replies.append(here.ask(f"ASK {{ {clause} {clause} {clause} }}")))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    assert eventually(lambda: len(others.queries) >= before + PROCESSES)
    assert here.ask("ASK {}").status == 200
    for thread in threads:
        thread.join()
    outcomes = {(reply.status, json.loads(reply.body)["code"]) for reply in replies}
    assert outcomes == {(504, "service-too-slow"), (503, "busy")}


def test_endpoints_are_asked_at_the_same_time(here: Server, others: Remote) -> None:
    clause = f"SERVICE <{address_of(others, 'hangs')}> {{ ?s ?p ?o }}"
    before = len(others.queries)
    assert here.ask(f"SELECT * {{ {clause} {clause} }}").status == 504
    assert len(others.queries) == before + 2, "the second was asked before the first was given up"
