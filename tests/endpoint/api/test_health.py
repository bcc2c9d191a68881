import json
import os
import shutil
import signal
import threading
from pathlib import Path

from pyoxigraph import Store

from endpoint.server.app import create_app
from endpoint.serving.snapshot import SnapshotHolder
from graph.pool.query_pool import QueryPool
from graph.settings import QueryLimits, WorkerSettings
from tests.endpoint.conftest import Server, running, small_release
from tests.endpoint.observability.test_metrics import figure
from tests.endpoint.server.test_server import ENDLESS, Start
from tests.polling import eventually
from tests.processes import parent, workers


def test_health_tells_that_the_server_lives_and_is_ready(server: Server, home: Path) -> None:
    reply = server.request("GET", "/health")
    version = (home / "releases" / "current").read_text().strip()
    assert (reply.status, reply.content_type) == (200, "application/json")
    assert json.loads(reply.body) == {"live": True, "ready": True, "version": version, "workers": 2}
    assert reply.headers["Cache-Control"] == "no-store"


def test_health_answers_head(server: Server) -> None:
    reply = server.request("HEAD", "/health")
    assert (reply.status, reply.body) == (200, b"")


def told(server: Server, path: str) -> tuple[int, dict[str, object]]:
    reply = server.request("GET", path)
    assert (reply.content_type, reply.headers["Cache-Control"]) == ("application/json", "no-store")
    return reply.status, json.loads(reply.body)


def test_live_says_so_and_no_more(server: Server) -> None:
    assert told(server, "/health/live") == (200, {"live": True})


def test_ready_says_which_version_is_served(server: Server, home: Path) -> None:
    version = (home / "releases" / "current").read_text().strip()
    assert told(server, "/health/ready") == (200, {"ready": True, "version": version})


def test_a_server_with_every_process_at_work_is_ready(start: Start) -> None:
    with start(OPSC_WORKERS="1", OPSC_QUERY_SECONDS="2") as server:
        asking = threading.Thread(target=server.ask, args=(ENDLESS,))
        asking.start()
        assert eventually(lambda: figure(server, "opsc_queries_running") == 1)
        assert told(server, "/health/ready")[0] == 200
        asking.join()


def test_a_server_whose_processes_have_no_graph_lives_and_is_not_ready(tmp_path: Path) -> None:
    version = small_release(tmp_path).version
    with running(tmp_path, OPSC_WORKERS="2", OPSC_WATCH_SECONDS="60") as server:
        shutil.rmtree(tmp_path / "releases" / version)
        working = workers(server.process.pid)
        for pid in {parent(one) for one in working} | set(working):
            os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: told(server, "/health/ready") == (503, {"ready": False, "version": version}))
        assert told(server, "/health/live")[0] == 200
        assert server.ask("ASK {}").status == 503


def test_before_the_processes_have_the_graph_it_is_not_ready() -> None:
    pool = QueryPool(Store, QueryLimits(), WorkerSettings())
    client = create_app(SnapshotHolder("test", pool)).test_client()
    reply = client.get("/health/ready")
    assert (reply.status_code, reply.get_json()) == (503, {"ready": False, "version": "test"})
    assert client.get("/health/live").status_code == 200
    pool.close()
