"""Starting and stopping the real server: one line when ready, one line when it cannot start, nothing left behind."""

import contextlib
import json
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.commanding import opsc
from tests.endpoint.conftest import Server, running
from tests.polling import eventually
from tests.processes import alive, children, front_process, parent, workers

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o }"

Start = Callable[..., AbstractContextManager[Server]]


def all_end(pids: set[int]) -> bool:
    return eventually(lambda: not any(alive(pid) for pid in pids))


def test_one_line_tells_the_url_when_queries_are_answered(server: Server) -> None:
    assert server.ready_line == f"SPARQL endpoint ready at {server.url}\n"
    assert server.ask("ASK {}").status == 200


def test_port_0_stands_for_a_free_port_that_nobody_else_gets(start: Start, home: Path) -> None:
    with start() as one, start() as other:
        assert 0 not in {one.port, other.port}
        assert one.port != other.port
        assert one.ask("ASK {}").status == other.ask("ASK {}").status == 200
        assert one.request("GET", "/dataset", Accept="text/turtle").body.count(f":{one.port}/sparql".encode()) >= 1
        taken = opsc(home, "serve", "--port", str(one.port))
        assert (taken.returncode, taken.stdout) == (2, "")
        assert f"port {one.port} of 127.0.0.1 is in use" in taken.stderr


def test_an_option_wins_over_the_environment(start: Start) -> None:
    with start("--host", "127.0.0.2", OPSC_PORT="1") as running:
        assert running.ready_line == f"SPARQL endpoint ready at http://127.0.0.2:{running.port}/sparql\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_signal_ends_every_process_without_a_word(start: Start, number: int) -> None:
    with start() as running:
        below = children(running.process.pid)
        assert len(below) >= 4
        running.process.send_signal(number)
        out, err = running.process.communicate(timeout=30)
        assert (running.process.returncode, out, err) == (0, "", "")
        assert all_end(below)


def test_an_interrupt_from_the_terminal_ends_every_process(start: Start) -> None:
    with start() as running:
        below = children(running.process.pid)
        os.killpg(running.process.pid, signal.SIGINT)
        _, err = running.process.communicate(timeout=30)
        assert (running.process.returncode, err) == (0, "")
        assert all_end(below)


def test_a_signal_ends_the_server_while_a_query_runs(start: Start) -> None:
    with start(OPSC_STOP_SECONDS="1") as running:
        below = children(running.process.pid)
        asking = threading.Thread(target=ask_in_vain, args=(running,))
        asking.start()
        time.sleep(0.3)
        running.process.terminate()
        assert all_end(below)
        asking.join()


def ask_in_vain(server: Server) -> None:
    with contextlib.suppress(OSError, HTTPException):
        server.ask(ENDLESS)


def test_killing_the_first_process_ends_the_others(start: Start) -> None:
    with start() as running:
        below = children(running.process.pid)
        running.process.kill()
        assert all_end(below)


def test_killing_the_front_process_ends_the_server_with_an_error(start: Start) -> None:
    with start() as running:
        below = children(running.process.pid)
        os.kill(front_process(running.process.pid), signal.SIGKILL)
        _, err = running.process.communicate(timeout=30)
        assert running.process.returncode == 2
        assert "opsc: the server ended unexpectedly; start it again\n" in err
        assert "Traceback" not in err
        assert all_end(below)


def test_a_server_whose_fork_servers_are_all_lost_answers_again(start: Start) -> None:
    with start(OPSC_WORKERS="1") as running:
        (worker,) = workers(running.process.pid)
        for pid in (parent(parent(worker)), parent(worker), worker):
            os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: running.ask("ASK {}").status == 200)


def test_a_port_in_use_is_one_line_and_exit_code_2(server: Server, home: Path) -> None:
    done = opsc(home, "serve", "--port", str(server.port))
    assert done.returncode == 2
    assert done.stderr == (
        f"opsc: port {server.port} of 127.0.0.1 is in use; stop the other server or choose another port with --port\n"
    )
    assert done.stdout == ""
    assert server.ask("ASK {}").status == 200


@pytest.mark.parametrize(
    ("arguments", "environment", "message"),
    [
        (("--host", "203.0.113.1"), {}, "203.0.113.1 is not an address of this machine; choose another with --host"),
        (("--host", "no such host"), {}, "no such host is not an address of this machine; choose another with --host"),
        ((), {"OPSC_WORKERS": "many"}, "OPSC_WORKERS=many: write a whole number"),
        ((), {"OPSC_PORT": "70000"}, "OPSC_PORT=70000: write a whole number from 0 to 65535"),
        (
            (),
            {"OPSC_TRUSTED_PROXIES": "10.0.0.1, proxy"},
            "OPSC_TRUSTED_PROXIES=10.0.0.1, proxy: write addresses or networks such as 10.0.0.0/8, not proxy",
        ),
    ],
    ids=["foreign address", "no address", "unreadable setting", "impossible port", "proxy by name"],
)
def test_what_cannot_be_served_is_one_line_and_exit_code_2(
    home: Path, arguments: tuple[str, ...], environment: dict[str, str], message: str
) -> None:
    done = opsc(home, "serve", *arguments, **{"OPSC_PORT": "0", **environment})
    assert (done.returncode, done.stderr, done.stdout) == (2, f"opsc: {message}\n", "")


def test_in_a_fresh_home_the_graph_is_built_and_served(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        answer = server.ask("ASK { <https://w3id.org/opsc/eli/opsc> a <https://w3id.org/opsc/ns#Protocol> }")
        assert json.loads(answer.body)["boolean"] is True
        assert server.process.stderr is not None
        assert server.process.stderr.readline() == f"no graph in {tmp_path} yet: building it\n"
        assert server.process.stderr.readline().startswith("release ")


def test_what_cannot_be_built_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "releases").write_text("in the way")
    done = opsc(tmp_path, "serve", "--port", "0")
    assert done.returncode == 2
    first, second = done.stderr.splitlines()
    assert first == f"no graph in {tmp_path} yet: building it"
    assert second.startswith("opsc: ")


def test_a_damaged_release_is_reported_without_a_traceback(home: Path, tmp_path: Path) -> None:
    version = (home / "releases" / "current").read_text().strip()
    copy = tmp_path / "releases" / version
    copy.mkdir(parents=True)
    (tmp_path / "releases" / "current").write_text(version)
    (copy / "graph.nq").write_text("<http://e/s> <http://e/p> nonsense .\n")
    done = opsc(tmp_path, "serve", "--port", "0")
    assert done.returncode == 2
    assert done.stderr.startswith(f"opsc: {copy / 'graph.nq'} is damaged: ")
    assert "run 'opsc build'" in done.stderr
    assert done.stderr.count("\n") == 1
