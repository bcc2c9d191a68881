"""The unit of systemd, read by systemd's own tools, and by the server that it starts."""

import configparser
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from endpoint.auth import token_file
from tests.endpoint.api.test_contributions import law, submit
from tests.endpoint.conftest import Server, small_release
from tests.serving import answering_server

UNIT = Path(__file__).parents[2] / "deploy" / "opsc.service"
MOST_EXPOSED = 2.0

pytestmark = [
    pytest.mark.engines,
    pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"),
]


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with the command of this installation, since systemd looks whether there is one."""
    path = tmp_path / "opsc.service"
    command = Path(sys.executable).with_name("opsc")
    path.write_text(UNIT.read_text().replace("/opt/opsc/bin/opsc", str(command)))
    return path


def analyze(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["systemd-analyze", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "SYSTEMD_COLORS": "0"},
        timeout=60,
        check=False,
    )


def test_systemd_finds_nothing_wrong(unit: Path) -> None:
    done = analyze("verify", str(unit))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_mistake_in_the_unit_would_be_found(unit: Path) -> None:
    unit.write_text(unit.read_text().replace("ProtectSystem=strict", "ProtectSystem=stric"))
    assert "stric" in analyze("verify", str(unit)).stderr


def test_it_is_hardened(unit: Path) -> None:
    done = analyze("security", "--offline=true", "--no-pager", str(unit))
    exposure = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    assert exposure, done.stderr
    assert float(exposure[1]) <= MOST_EXPOSED


def test_the_end_leaves_time_for_what_is_under_way() -> None:
    """The first process alone gets the signal, and systemd waits longer than the server does."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(UNIT.read_text())
    service = parser["Service"]
    given = re.search(r"OPSC_STOP_SECONDS=(\d+)", UNIT.read_text())
    assert given
    assert int(service["TimeoutStopSec"]) > int(given[1])
    assert (service["KillMode"], service["Type"], service["Restart"]) == ("mixed", "notify", "always")


# Runs a program that can have no memory that is written to and executed (PR_SET_MDWE, Linux 6.3), as the unit wants it.
NO_NEW_CODE = """
import ctypes, os, sys
if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0):
    sys.exit(99)
os.execv(sys.argv[1], sys.argv[1:])
"""


@contextmanager
def serving(home: Path, *before: str) -> Iterator[Server]:
    """Run the server on a small release by the program ``before``, which becomes the server."""
    small_release(home)
    command = [*before, sys.executable, "-m", "opsc", "serve", "--port", "0"]
    environment = {**os.environ, "OPSC_HOME": str(home), "OPSC_WORKERS": "1"}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        yield answering_server(process)
    finally:
        process.terminate()
        process.communicate(timeout=60)


def everything(server: Server, token: str) -> None:
    """Have the server do whatever it does."""
    assert server.ask("SELECT * { ?s ?p ?o }").status == 200
    assert server.request("GET", "/metrics").status == 200
    assert server.request("POST", "/validate", law("x"), Content_Type="text/turtle").status == 200
    assert submit(server, law("x"), by=token).status == 201
    assert server.ask("ASK { <http://e/law/x> ?p ?o }").status == 200


def test_it_needs_no_memory_that_is_written_to_and_executed(tmp_path: Path) -> None:
    probe = subprocess.run([sys.executable, "-c", NO_NEW_CODE, "/bin/true"], check=False)
    if probe.returncode == 99:
        pytest.skip("this kernel has no PR_SET_MDWE")
    token, _ = token_file.create(tmp_path / "tokens", "alice", ["contribute"])
    with serving(tmp_path, sys.executable, "-c", NO_NEW_CODE) as server:
        everything(server, token)


def calls(group: str) -> set[str]:
    """Return the system calls of a group such as ``@system-service``, as systemd has them."""
    found: set[str] = set()
    for line in analyze("syscall-filter", group).stdout.splitlines()[1:]:
        name = line.strip()
        if name and not name.startswith("#"):
            found |= calls(name) if name.startswith("@") else {name}
    return found


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_it_makes_no_system_call_that_the_unit_forbids(tmp_path: Path) -> None:
    traced = tmp_path / "trace"
    token, _ = token_file.create(tmp_path / "tokens", "alice", ["contribute"])
    with serving(tmp_path, "strace", "-D", "-f", "-qq", "-o", str(traced)) as server:
        everything(server, token)
    made = set(re.findall(r"^\d+ +(?:<\.\.\. )?([a-z0-9_]+)(?:\(| resumed)", traced.read_text(), re.MULTILINE))
    allowed, refused = re.findall(r"^SystemCallFilter=(~?.*)$", UNIT.read_text(), re.MULTILINE)
    forbidden = made - calls(allowed)
    for group in refused.removeprefix("~").split():
        forbidden |= made & calls(group)
    # SQLite gives files to the owner of the database, for root alone.
    assert forbidden <= ({"fchown"} if os.geteuid() == 0 else set())
    assert {"accept4", "setrlimit", "prlimit64"} & made
