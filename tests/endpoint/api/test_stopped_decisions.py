"""A decision that is stopped, and a disk that is full: the client gets an answer in time, and nobody is held up."""

import contextlib
import json
import os
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.versions.ledger import Ledger
from tests.endpoint.api.test_contributions import law, problem, read, submit
from tests.endpoint.auth.test_bearer import digest
from tests.endpoint.conftest import Server, running, small_release
from tests.polling import PATIENCE, eventually
from tests.processes import children, cpu_limit

SECONDS = 1.5
LINES = 100_000
PREFIXES = (
    "@prefix opsc: <https://w3id.org/opsc/ns#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
    "@prefix e: <http://e/> .\n"
)


def large() -> bytes:
    """A submission that takes longer to decide than it may."""
    rows = (f"e:c{n} a opsc:Claim ; opsc:about e:a{n % 7} ; opsc:claimedValue {n} ." for n in range(LINES))
    return (PREFIXES + "\n".join(rows)).encode()


def home_with_token(folder: Path) -> Path:
    small_release(folder)
    (folder / "tokens").write_text(f"alice {digest('token-a')}\n")
    return folder


@pytest.fixture(scope="module")
def hurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = home_with_token(tmp_path_factory.mktemp("hurried"))
    limits = {"OPSC_VALIDATION_SECONDS": str(SECONDS), "OPSC_WORKERS": "1"}
    with running(folder, OPSC_TOKENS_FILE=str(folder / "tokens"), **limits) as started:
        yield started


def refused_as(server: Server, location: str) -> tuple[object, object]:
    record = read(server, location)
    return record["accepted"], record["reason"]


def test_a_decision_that_takes_too_long_is_a_refusal_and_holds_nobody_up(hurried: Server) -> None:
    assert submit(hurried, law("before")).status == 201
    with cpu_limit(hurried.process.pid, 4 * SECONDS):
        reply = submit(hurried, large())
    assert problem(reply) == (422, "contribution-refused")
    answer = json.loads(reply.body)
    assert answer["reason"] == "deadline-exceeded"
    assert reply.headers["Location"] == f"/contributions/{answer['number']}"
    assert refused_as(hurried, reply.headers["Location"]) == (False, "deadline-exceeded")
    after = submit(hurried, law("after"))
    assert (after.status, json.loads(after.body)["number"]) == (201, answer["number"] + 1)
    assert refused_as(hurried, reply.headers["Location"]) == (False, "deadline-exceeded")


def test_one_that_waits_behind_a_stopped_one_is_decided(hurried: Server) -> None:
    statuses: dict[str, int] = {}

    def send(name: str, data: bytes) -> None:
        statuses[name] = submit(hurried, data).status

    first = threading.Thread(target=send, args=("stopped", large()))
    first.start()
    time.sleep(SECONDS / 3)
    second = threading.Thread(target=send, args=("small", law("waits")))
    second.start()
    first.join()
    second.join()
    assert statuses == {"stopped": 422, "small": 201}


def test_while_others_keep_the_ledger_it_is_recorded_and_decided_with_the_next_one(tmp_path: Path) -> None:
    folder = home_with_token(tmp_path)
    limits = {"OPSC_VALIDATION_SECONDS": str(SECONDS), "OPSC_WORKERS": "1"}
    with running(folder, OPSC_TOKENS_FILE=str(folder / "tokens"), **limits) as server:
        begun = time.monotonic()
        with Ledger(folder).locked():
            reply = submit(server, law("kept"))
        assert time.monotonic() - begun < PATIENCE / 4
        assert problem(reply) == (503, "not-yet-decided")
        assert reply.headers["Location"] == "/contributions/1"
        assert refused_as(server, "/contributions/1") == (None, None)
        assert submit(server, law("next")).status == 201
        assert refused_as(server, "/contributions/1") == (True, None)


def test_a_decision_whose_process_is_killed_twice_is_a_refusal(tmp_path: Path) -> None:
    folder = home_with_token(tmp_path)
    with running(folder, OPSC_TOKENS_FILE=str(folder / "tokens"), OPSC_WORKERS="1") as server:
        assert submit(server, law("warm")).status == 201
        replies = []
        sending = threading.Thread(target=lambda: replies.append(submit(server, large())))
        sending.start()
        assert eventually(lambda: bool(busy_with_the_ledger(server, folder)))
        first = busy_with_the_ledger(server, folder)[0]
        os.kill(first, signal.SIGKILL)
        assert eventually(lambda: bool(set(busy_with_the_ledger(server, folder)) - {first}))
        os.kill((set(busy_with_the_ledger(server, folder)) - {first}).pop(), signal.SIGKILL)
        sending.join()
        assert problem(replies[0]) == (422, "contribution-refused")
        assert json.loads(replies[0].body)["reason"] == "decision-crashed"
        assert refused_as(server, replies[0].headers["Location"]) == (False, "decision-crashed")
        assert submit(server, law("next")).status == 201


def test_a_valid_contribution_whose_process_is_killed_is_decided_again(tmp_path: Path) -> None:
    folder = home_with_token(tmp_path)
    with running(folder, OPSC_TOKENS_FILE=str(folder / "tokens"), OPSC_WORKERS="1") as server:
        assert submit(server, law("warm")).status == 201
        replies = []
        with Ledger(folder).locked():
            sending = threading.Thread(target=lambda: replies.append(submit(server, law("valid"))))
            sending.start()
            assert eventually(lambda: bool(busy_with_the_ledger(server, folder)))
            os.kill(busy_with_the_ledger(server, folder)[0], signal.SIGKILL)
        sending.join()
        assert replies[0].status == 201


def busy_with_the_ledger(server: Server, home: Path) -> list[int]:
    """Return the process that is inside the ledger's lock: it alone has the lock file open while it decides."""
    lock = home / "ledger.lock"
    return [pid for pid in children(server.process.pid) if lock in open_files(pid)]


def open_files(pid: int) -> set[Path]:
    try:
        return {path.readlink() for path in Path(f"/proc/{pid}/fd").iterdir()}
    except (FileNotFoundError, PermissionError):
        return set()


class Disk:
    """A disk that can be filled and emptied again: a small file system where one may be mounted, else a file limit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
        self.is_mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
        self._filler = folder / "filler"

    def fill(self, server: Server) -> None:
        if not self.is_mounted:
            self._limit(server, (self.folder / "ledger.sqlite3").stat().st_size // 16)
            return
        with self._filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(4096)):
                pass

    def empty(self, server: Server) -> None:
        if self.is_mounted:
            self._filler.unlink()
        else:
            self._limit(server, resource.RLIM_INFINITY)

    def close(self) -> None:
        if self.is_mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=True)

    def _limit(self, server: Server, size: int) -> None:
        for pid in children(server.process.pid):
            _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    small = Disk(tmp_path)
    yield small
    small.close()


def test_a_full_disk_records_nothing_and_queries_are_answered(disk: Disk) -> None:
    folder = home_with_token(disk.folder)
    with running(folder, OPSC_TOKENS_FILE=str(folder / "tokens"), OPSC_WORKERS="1") as server:
        assert submit(server, law("space")).status == 201
        disk.fill(server)
        with cpu_limit(server.process.pid, 10):
            reply = submit(server, law("full") + b"# " + b"x" * 300_000)
        assert problem(reply) == (503, "ledger-unavailable")
        assert server.ask("ASK { ?s ?p ?o }").status == 200
        disk.empty(server)
        assert [one["number"] for one in listed(server)] == [1]
        again = submit(server, law("emptied"))
        assert (again.status, json.loads(again.body)["number"]) == (201, 2)


def listed(server: Server) -> list[dict[str, object]]:
    found: list[dict[str, object]] = read(server, "/contributions")["contributions"]  # type: ignore[assignment]
    return found
