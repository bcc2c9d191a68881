"""Ending and signals of a real server: what is under way is finished, nothing is reset, nothing hangs."""

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from endpoint.server.systemd import notify, watchdog_seconds
from tests.endpoint.conftest import Reply, Server, running
from tests.endpoint.observability.test_metrics import figure
from tests.endpoint.server.test_server import ENDLESS, Start, all_end, ask_in_vain
from tests.polling import eventually
from tests.processes import children, front_process

# Runs into its deadline of 3 seconds, so that it is under way when the signal comes.
SECONDS = 3


@contextmanager
def a_query_under_way(server: Server) -> Iterator[list[Reply]]:
    replies: list[Reply] = []
    asking = threading.Thread(target=lambda: replies.append(server.ask(ENDLESS)))
    asking.start()
    assert eventually(lambda: figure(server, "opsc_queries_running") == 1)
    yield replies
    asking.join()


def refuses(server: Server) -> bool:
    try:
        socket.create_connection(("127.0.0.1", server.port), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


def test_requests_under_way_are_answered_and_new_ones_not_taken(start: Start) -> None:
    with start(OPSC_WORKERS="1", OPSC_QUERY_SECONDS=str(SECONDS), OPSC_STOP_SECONDS="60") as server:
        below = children(server.process.pid)
        with a_query_under_way(server) as replies:
            server.process.terminate()
            assert eventually(lambda: refuses(server))
            assert not replies
        assert (replies[0].status, json.loads(replies[0].body)["code"]) == (504, "deadline-exceeded")
        assert server.process.wait(timeout=60) == 0
        assert all_end(below)


def test_a_request_that_takes_longer_than_it_may_ends_with_the_server(start: Start) -> None:
    with start(OPSC_WORKERS="1", OPSC_QUERY_SECONDS="300", OPSC_STOP_SECONDS="1") as server:
        asking = threading.Thread(target=ask_in_vain, args=(server,))
        asking.start()
        assert eventually(lambda: figure(server, "opsc_queries_running") == 1)
        server.process.terminate()
        assert server.process.wait(timeout=60) == 0
        asking.join()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_second_signal_ends_the_server_at_once(start: Start, number: int) -> None:
    with start(OPSC_WORKERS="1", OPSC_QUERY_SECONDS="300", OPSC_STOP_SECONDS="300") as server:
        below = children(server.process.pid)
        asking = threading.Thread(target=ask_in_vain, args=(server,))
        asking.start()
        assert eventually(lambda: figure(server, "opsc_queries_running") == 1)
        server.process.send_signal(signal.SIGTERM)
        assert eventually(lambda: refuses(server))
        assert server.process.poll() is None
        server.process.send_signal(number)
        server.process.wait(timeout=60)
        assert all_end(below)
        asking.join()


def test_a_connection_that_only_waits_keeps_nobody(start: Start) -> None:
    with start(OPSC_WORKERS="1", OPSC_STOP_SECONDS="300") as server:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.request("GET", "/health/live")
        assert connection.getresponse().read()
        server.process.terminate()
        assert server.process.wait(timeout=60) == 0
        connection.close()


def test_no_answer_is_lost_when_many_ask_while_the_server_stops(start: Start) -> None:
    """Each client has its whole answer, or is told by the connection that the server takes no more."""
    with start(OPSC_WORKERS="2", OPSC_STOP_SECONDS="60") as server:
        broken: list[str] = []
        answers: list[int] = []

        def ask() -> None:
            while True:
                try:
                    answers.append(server.ask("SELECT * { ?s ?p ?o }").status)
                except ConnectionRefusedError:
                    return
                except OSError as error:
                    broken.append(repr(error))
                    return

        asking = [threading.Thread(target=ask) for _ in range(6)]
        for thread in asking:
            thread.start()
        time.sleep(1)
        server.process.terminate()
        for thread in asking:
            thread.join()
        assert server.process.wait(timeout=60) == 0
    assert set(answers) == {200}
    assert broken == []


def test_a_hang_up_signal_changes_nothing(start: Start) -> None:
    with start(OPSC_WORKERS="1") as server:
        below = children(server.process.pid)
        for _ in range(5):
            server.process.send_signal(signal.SIGHUP)
            assert server.ask("ASK {}").status == 200
        assert children(server.process.pid) == below


@contextmanager
def service_manager(name: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(name)
        receiver.settimeout(60)
        yield receiver


def test_the_service_manager_hears_of_start_life_and_end(home: Path, tmp_path: Path) -> None:
    place = str(tmp_path / "notify")
    environment = {"NOTIFY_SOCKET": place, "WATCHDOG_USEC": "400000", "OPSC_WORKERS": "1"}
    with service_manager(place) as manager, running(home, **environment) as server:
        assert manager.recv(100) == b"READY=1"
        assert [manager.recv(100) for _ in range(3)] == [b"WATCHDOG=1"] * 3
        server.process.terminate()
        assert server.process.wait(timeout=60) == 0
        heard = [manager.recv(100)]
        while heard[-1] == b"WATCHDOG=1":
            heard.append(manager.recv(100))
        assert heard[-1] == b"STOPPING=1"


def test_a_server_that_hangs_is_no_longer_said_to_live(home: Path, tmp_path: Path) -> None:
    place = str(tmp_path / "notify")
    environment = {"NOTIFY_SOCKET": place, "WATCHDOG_USEC": "400000", "OPSC_WORKERS": "1"}
    with service_manager(place) as manager, running(home, **environment) as server:
        assert manager.recv(100) == b"READY=1"
        front = front_process(server.process.pid)
        os.kill(front, signal.SIGSTOP)
        assert eventually(lambda: is_silent(manager, 2))
        os.kill(front, signal.SIGCONT)


def is_silent(manager: socket.socket, seconds: float) -> bool:
    """Whether nothing comes for so long."""
    manager.settimeout(seconds)
    try:
        manager.recv(100)
    except TimeoutError:
        return True
    return False


def test_an_abstract_address_does_as_well() -> None:
    name = f"opsc-test-{time.monotonic_ns()}"
    with service_manager(f"\0{name}") as manager:
        assert notify("READY=1", {"NOTIFY_SOCKET": f"@{name}"})
        assert manager.recv(100) == b"READY=1"


@pytest.mark.parametrize("place", ["", "relative", "/nowhere/to/be/found"])
def test_without_a_service_manager_nothing_happens(place: str) -> None:
    assert not notify("READY=1", {"NOTIFY_SOCKET": place})


@pytest.mark.parametrize(
    ("value", "seconds"), [("3000000", 1.5), ("0", None), ("", None), ("soon", None), ("-1", None)]
)
def test_the_watchdog_is_fed_twice_in_its_time(value: str, seconds: float | None) -> None:
    assert watchdog_seconds({"WATCHDOG_USEC": value}) == seconds
