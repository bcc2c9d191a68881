"""``/metrics`` of a real server, read with the parser of the Prometheus client."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import quote

import pytest
from prometheus_client.parser import text_string_to_metric_families

from endpoint.observability import metrics
from endpoint.observability.metrics import METHODS, CurrentGauges
from endpoint.observability.observer import kind_of
from graph.pool import stats
from graph.pool.scheduler import Load
from tests.endpoint.api.test_contributions import UNREADABLE, law, submit
from tests.endpoint.auth.test_scopes import made
from tests.endpoint.conftest import Server, running, small_release
from tests.endpoint.server.test_server import ENDLESS, Start
from tests.polling import eventually
from tests.processes import workers

SECONDS = 1.0

Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    folder = tmp_path_factory.mktemp("watched")
    small_release(folder)
    token = made(folder, "alice")
    with running(folder, OPSC_WORKERS="2", OPSC_QUERY_SECONDS=str(SECONDS)) as server:
        yield server, token


@pytest.fixture
def server(watched: tuple[Server, str]) -> Server:
    return watched[0]


def figures(server: Server) -> Figures:
    reply = server.request("GET", "/metrics")
    assert (reply.status, reply.content_type) == (200, "text/plain; version=0.0.4; charset=utf-8")
    families = text_string_to_metric_families(reply.body.decode())
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


def figure(server: Server, name: str, **labels: str) -> float:
    return figures(server).get((name, frozenset(labels.items())), 0.0)


def test_requests_are_counted_by_kind_method_and_status(server: Server) -> None:
    labels = {"kind": "query", "method": "GET"}
    before = figures(server)
    server.ask("ASK {}")
    server.ask("ASK {}")
    server.ask("nonsense")
    after = figures(server)

    def more(name: str, **given: str) -> float:
        key = (name, frozenset(given.items()))
        return after[key] - before.get(key, 0.0)

    assert more("opsc_requests_total", **labels, status="200") == 2
    assert more("opsc_requests_total", **labels, status="400") == 1
    assert more("opsc_request_seconds_count", kind="query") == 3
    assert more("opsc_request_seconds_bucket", kind="query", le="+Inf") == 3
    assert more("opsc_response_bytes_total", kind="query") > 0


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/sparql", "query"),
        ("/update", "update"),
        ("/data", "graph"),
        ("/validate", "validate"),
        ("/contributions/7/report", "contribution"),
        ("/health/ready", "health"),
        ("/", "page"),
        ("/sparql-made-up", "page"),
        ("*", "page"),
    ],
)
def test_a_kind_is_one_of_a_few_words(path: str, kind: str) -> None:
    assert kind_of(path) == kind


def test_no_label_holds_what_a_client_wrote(server: Server) -> None:
    server.request("INVENTED", "/invented")
    server.request("GET", "/invented?invented", User_Agent="invented", X_Request_ID="invented-invented")
    server.ask("SELECT ?invented {}")
    body = server.request("GET", "/metrics").body.decode()
    assert "invented" not in body.lower()
    methods = {dict(labels)["method"] for name, labels in figures(server) if name == "opsc_requests_total"}
    assert methods <= METHODS | {"other"}
    assert "other" in methods


def test_a_query_that_is_stopped_is_counted_by_its_reason(server: Server) -> None:
    before = figure(server, "opsc_stopped_total", reason="deadline")
    assert server.ask(ENDLESS).status == 504
    assert figure(server, "opsc_stopped_total", reason="deadline") == before + 1


def test_a_worker_that_dies_with_a_query_is_counted_as_a_crash(start: Start) -> None:
    with start(OPSC_WORKERS="1", OPSC_QUERY_SECONDS="60", OPSC_QUICK_SECONDS="60") as server:
        asking = threading.Thread(target=server.ask, args=(ENDLESS,))
        asking.start()
        assert eventually(lambda: figure(server, "opsc_queries_running") == 1)
        (worker,) = workers(server.process.pid)
        os.kill(worker, signal.SIGKILL)
        asking.join()
        assert figure(server, "opsc_stopped_total", reason="crash") == 1
        assert figure(server, "opsc_stopped_total", reason="deadline") == 0
        assert server.ask("ASK {}").status == 200


def test_a_query_whose_client_goes_away_is_counted_as_a_hang_up(start: Start) -> None:
    with start(OPSC_WORKERS="1", OPSC_QUERY_SECONDS="60") as server:
        client = HTTPConnection("127.0.0.1", server.port, timeout=60)
        client.request("GET", f"/sparql?query={quote(ENDLESS)}")
        assert eventually(lambda: figure(server, "opsc_queries_running") == 1)
        assert figure(server, "opsc_stopped_total", reason="hang-up") == 0
        client.close()
        assert eventually(lambda: figure(server, "opsc_queries_running") == 0)
        told = {reason: figure(server, "opsc_stopped_total", reason=reason) for reason in stats.STOP_REASONS}
        assert told == {"deadline": 0, "memory": 0, "crash": 0, "hang-up": 1}
        assert server.ask("ASK {}").status == 200


def test_running_and_waiting_queries_are_told(server: Server) -> None:
    assert (figure(server, "opsc_queries_running"), figure(server, "opsc_queries_waiting")) == (0, 0)
    # Equal queries are answered once for all who ask them.
    asking = [threading.Thread(target=server.ask, args=(f"{ENDLESS} LIMIT {limit}",)) for limit in range(1, 7)]
    for thread in asking:
        thread.start()
    assert eventually(
        lambda: figure(server, "opsc_queries_running") == 2 and figure(server, "opsc_queries_waiting") >= 2
    )
    for thread in asking:
        thread.join()
    assert eventually(lambda: figure(server, "opsc_queries_waiting") == 0)


def test_the_memory_of_each_worker_is_told(server: Server) -> None:
    assert eventually(lambda: figure(server, "opsc_workers") == len(workers(server.process.pid)))
    told = {
        dict(labels)["worker"]: size for (name, labels), size in figures(server).items() if name.endswith("ent_bytes")
    }
    assert set(told) == {str(number) for number in range(1, len(told) + 1)}
    assert len(told) >= 2
    assert all(10_000_000 < size < 2_000_000_000 for size in told.values())


def test_decisions_and_versions_are_counted(watched: tuple[Server, str]) -> None:
    server, token = watched
    before = figures(server)
    assert submit(server, law("counted"), by=token).status == 201
    assert submit(server, UNREADABLE, by=token).status == 422
    after = figures(server)
    for name, labels in [
        ("opsc_contributions_total", {"decision": "accepted"}),
        ("opsc_contributions_total", {"decision": "refused"}),
        ("opsc_versions_served_total", {}),
    ]:
        key = (name, frozenset(labels.items()))
        assert after[key] == before[key] + 1
    versions = {dict(labels)["version"] for name, labels in after if name == "opsc_version"}
    assert len(versions) == 1


def test_the_start_is_told(server: Server) -> None:
    assert time.time() - 3600 < figure(server, "process_start_time_seconds") < time.time()
    assert figure(server, "opsc_ready") == 1


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_who_comes_through_a_proxy_is_refused(server: Server, header: str) -> None:
    reply = server.request("GET", "/metrics", **{header.replace("-", "_"): "127.0.0.1"})
    assert reply.status == 403
    assert b"opsc_requests" not in reply.body
    assert b'"metrics-refused"' in reply.body


def test_only_the_addresses_of_the_setting_may_read_them(start: Start) -> None:
    with start(OPSC_METRICS_ALLOW="192.0.2.0/24", OPSC_TRUSTED_PROXIES="127.0.0.1", OPSC_WORKERS="1") as server:
        assert server.request("GET", "/metrics").status == 403
        assert server.request("GET", "/metrics", X_Forwarded_For="198.51.100.1").status == 403
        assert server.request("GET", "/metrics", X_Forwarded_For="192.0.2.9, 198.51.100.1").status == 403
        assert server.request("GET", "/metrics", X_Forwarded_For="nonsense").status == 403
        assert server.request("GET", "/metrics", X_Forwarded_For="192.0.2.9").status == 200


def test_the_bytes_of_the_result_cache_are_told_until_a_new_version_empties_it(watched: tuple[Server, str]) -> None:
    server, token = watched
    before = figure(server, "opsc_cache_bytes")
    reply = server.ask("SELECT ?kept { VALUES ?kept { 'once' } }")
    kept = figure(server, "opsc_cache_bytes")
    assert kept >= before + len(reply.body) > before
    server.ask("SELECT ?kept { VALUES ?kept { 'once' } }")
    assert figure(server, "opsc_cache_bytes") == kept
    assert submit(server, law("emptied"), by=token).status == 201
    assert figure(server, "opsc_cache_bytes") == 0


def test_layers_in_front_count_what_their_cache_does() -> None:
    def told() -> str:
        return metrics.exposition(lambda: CurrentGauges("v", True, Load(0, 0))).decode()

    metrics.count_cache_lookup("hit")
    metrics.count_cache_lookup("miss")
    metrics.set_cache_bytes(1234)
    stats.count_stopped("hang-up")
    body = told()
    assert "opsc_cache_bytes 1234.0" in body
    for line in ('opsc_cache_requests_total{outcome="hit"}', 'opsc_stopped_total{reason="hang-up"}'):
        (found,) = (one for one in body.splitlines() if one.startswith(line))
        assert float(found.split()[-1]) >= 1
