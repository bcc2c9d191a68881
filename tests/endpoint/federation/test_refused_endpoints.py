"""Endpoints that are not on the list, and queries that are refused, reach nobody."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.endpoint.conftest import Server
from tests.endpoint.federation.conftest import address_of, results
from tests.polling import PATIENCE
from tests.remotes import Remote, answering, remote

REFUSED = {
    "another path": "http://127.0.0.1:{port}/other",
    "a slash more": "http://127.0.0.1:{port}/sparql/",
    "a query string": "http://127.0.0.1:{port}/sparql?x",
    "a fragment": "http://127.0.0.1:{port}/sparql#x",
    "capitals": "HTTP://127.0.0.1:{port}/sparql",
    "a path in capitals": "http://127.0.0.1:{port}/SPARQL",
    "user information": "http://127.0.0.1:{port}@127.0.0.1:{port}/sparql",
    "percent": "http://127.0.0.1:{port}/%73parql",
    "dots": "http://127.0.0.1:{port}/a/../sparql",
    "a number": "http://2130706433:{port}/sparql",
    "octal": "http://0177.0.0.1:{port}/sparql",
    "short": "http://127.1:{port}/sparql",
    "a name": "http://localhost:{port}/sparql",
    "a trailing dot": "http://127.0.0.1.:{port}/sparql",
    "mapped": "http://[::ffff:127.0.0.1]:{port}/sparql",
    "https": "https://127.0.0.1:{port}/sparql",
    "no scheme": "//127.0.0.1:{port}/sparql",
    "a file": "file:///etc/hostname",
}


@pytest.mark.parametrize("silent", ["", "SILENT "])
@pytest.mark.parametrize("address", REFUSED.values(), ids=REFUSED)
def test_only_the_exact_endpoints_are_asked(here: Server, address: str, silent: str) -> None:
    with remote(answering(results())) as canary:
        reply = here.ask(f"SELECT * {{ SERVICE {silent}<{address.format(port=canary.port)}> {{ ?s ?p ?o }} }}")
    assert (reply.status, json.loads(reply.body)["code"]) == (400, "service-refused")
    assert canary.headers == []


def test_one_clause_too_many(here: Server, there: Server) -> None:
    reply = here.ask("SELECT * {" + f"SERVICE <{there.url}> {{ }}" * 4 + "}")
    assert (reply.status, json.loads(reply.body)["code"]) == (400, "service-unsupported")
    assert "4 SERVICE clauses; at most 3" in json.loads(reply.body)["detail"]


def test_no_endpoint_is_asked_for_a_query_that_is_refused(here: Server, others: Remote) -> None:
    clause = f"SERVICE <{address_of(others, 'xml')}> {{ ?s ?p ?o }}"
    before = len(others.queries)
    for query in (f"SELECT * {{ {clause} ?s ?p }}", f"SELECT * {{ {clause} SERVICE <http://e/> {{}} }}"):
        assert here.ask(query).status == 400
    assert len(others.queries) == before


def test_the_service_description_tells_it(here: Server, server: Server) -> None:
    feature = b"BasicFederatedQuery"
    assert feature in here.request("GET", "/sparql").body
    assert feature not in server.request("GET", "/sparql").body


def test_without_a_list_no_endpoint_is_asked(server: Server) -> None:
    with remote(answering(results())) as canary:
        reply = server.ask(f"SELECT * {{ SERVICE SILENT <{canary.url}> {{ ?s ?p ?o }} }}")
    assert (reply.status, json.loads(reply.body)["code"]) == (400, "service-refused")
    assert canary.headers == []


def test_a_list_that_cannot_be_read_stops_the_start(
    start: Callable[..., AbstractContextManager[Server]],
) -> None:
    with start(OPSC_SERVICE_ALLOW="http://user@example.org/sparql") as stopped:
        assert stopped.ready_line == ""
        # The end of its output may come before that of the process, which the fixture would then terminate.
        assert stopped.process.wait(PATIENCE) == 2
