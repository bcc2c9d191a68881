"""What somebody may hand over to do harm, on the command line: one clear line, exit code 2, in time, nothing fetched.

The same documents as over HTTP (``tests/endpoint/api/test_bad_input.py``).
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.contributions.contributions import Contributions
from tests import commanding
from tests.endpoint.conftest import Listener, small_release
from tests.hostile_input import (
    CROSSING,
    DATA,
    ENDLESS_PATTERNS,
    FOREIGN,
    HARMLESS,
    MANY,
    UNREADABLE,
    UNUSABLE_SHAPES,
    Hostile,
    endless,
)

LONGEST_SECONDS = 60
LIMIT_SECONDS = 20.0
CPU_SECONDS = 2
SHORT_SECONDS = 1.0


@pytest.fixture
def canary() -> Iterator[Listener]:
    """An address that nothing may be fetched from."""
    listening = Listener()
    yield listening
    listening.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a small release."""
    folder = tmp_path_factory.mktemp("small")
    small_release(folder)
    return folder


def opsc(home: Path, *arguments: str | Path, seconds: float = LIMIT_SECONDS) -> subprocess.CompletedProcess[str]:
    return commanding.opsc(home, *arguments, cpu_seconds=CPU_SECONDS, OPSC_COMMAND_SECONDS=str(seconds), LC_ALL="C")


def written(folder: Path, name: str, data: bytes, canary: Listener) -> Path:
    path = folder / name
    path.write_bytes(data.replace(b"{URL}", canary.url.encode()))
    return path


def one_line(ran: subprocess.CompletedProcess[str]) -> str:
    """Return the line of a failure, having checked that it is one, with exit code 2."""
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("opsc: ")
    assert ran.stderr.count("\n") == 1
    assert len(ran.stderr) < 1_000
    return ran.stderr


@pytest.mark.parametrize("one", UNREADABLE.values(), ids=UNREADABLE)
def test_validate_names_the_file_that_cannot_be_read(
    home: Path, tmp_path: Path, canary: Listener, one: Hostile
) -> None:
    file = written(tmp_path, f"data{one.extension}", one.data, canary)
    assert one_line(opsc(home, "validate", "--against", "none", file)).startswith(f"opsc: {file}:")
    assert canary.connections == 0


@pytest.mark.parametrize("one", [*UNREADABLE.values(), *FOREIGN.values()], ids=[*UNREADABLE, *FOREIGN])
def test_contribute_records_and_refuses_with_the_code(
    home: Path, tmp_path: Path, canary: Listener, one: Hostile
) -> None:
    file = written(tmp_path, f"data{one.extension}", one.data, canary)
    line = one_line(opsc(home, "contribute", file, "--source", "http://e/"))
    assert f", refused: {one.code})" in line
    last = Contributions(home).entries(limit=1000)[-1]
    assert Contributions(home).contribution(last.number).data == file.read_bytes()
    assert canary.connections == 0


@pytest.mark.parametrize("one", HARMLESS.values(), ids=HARMLESS)
def test_data_that_name_something_elsewhere_are_data(
    home: Path, tmp_path: Path, canary: Listener, one: Hostile
) -> None:
    file = written(tmp_path, f"data{one.extension}", one.data, canary)
    for arguments in (("validate", file), ("contribute", file, "--source", "http://e/")):
        ran = opsc(home, *arguments)
        assert ran.returncode in {0, 1}
        assert "Traceback" not in ran.stderr
    assert canary.connections == 0


@pytest.mark.parametrize("option", ["--shapes", "--extra-shapes"])
@pytest.mark.parametrize("shapes", UNUSABLE_SHAPES.values(), ids=UNUSABLE_SHAPES)
def test_shapes_that_would_be_left_out_or_reach_elsewhere_are_refused(
    home: Path, tmp_path: Path, canary: Listener, shapes: bytes, option: str
) -> None:
    file, data = written(tmp_path, "shapes.ttl", shapes, canary), written(tmp_path, "data.ttl", DATA, canary)
    line = one_line(opsc(home, "validate", "--against", "none", option, file, data))
    assert line.startswith(f"opsc: {file}: ")
    assert canary.connections == 0


def test_shapes_that_are_given_too_may_be_imported(home: Path, tmp_path: Path, canary: Listener) -> None:
    importing = written(tmp_path, "a.ttl", UNUSABLE_SHAPES["imports"].replace(b"{URL}", b"http://e/other"), canary)
    imported = written(
        tmp_path,
        "b.ttl",
        b"<http://e/other> a <http://www.w3.org/2002/07/owl#Ontology> . "
        b"<http://e/T> a <http://www.w3.org/ns/shacl#NodeShape> .",
        canary,
    )
    data = written(tmp_path, "data.ttl", DATA, canary)
    assert opsc(home, "validate", "--shapes", importing, "--shapes", imported, data).returncode == 0


@pytest.mark.parametrize("option", ["--shapes", "--extra-shapes"])
@pytest.mark.parametrize("pattern", [*ENDLESS_PATTERNS, b""], ids=lambda pattern: pattern.decode() or "query")
def test_shapes_that_never_end_are_stopped_or_answered_in_time(
    home: Path, tmp_path: Path, canary: Listener, option: str, pattern: bytes
) -> None:
    shapes, data = (endless(pattern), DATA) if pattern else (CROSSING, MANY)
    file, described = written(tmp_path, "shapes.ttl", shapes, canary), written(tmp_path, "data.nt", data, canary)
    begun = time.monotonic()
    ran = opsc(home, "validate", "--against", "none", option, file, described, seconds=SHORT_SECONDS)
    assert time.monotonic() - begun < 30 * SHORT_SECONDS
    if ran.returncode != 1:
        assert "timed out after 1 seconds (OPSC_COMMAND_SECONDS)" in one_line(ran)


def test_a_contribution_beyond_the_limit_is_recorded_and_refused(
    home: Path, tmp_path: Path, canary: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPSC_CONTRIBUTION_BYTES", "1000")
    file = written(tmp_path, "large.nt", DATA * 100, canary)
    assert ", refused: too-large)" in one_line(opsc(home, "contribute", file, "--source", "http://e/"))


def test_kill_9_during_a_validation_leaves_everything_as_it_was(tmp_path: Path, canary: Listener) -> None:
    home = tmp_path / "home"
    small_release(home)
    shapes, data = written(tmp_path, "s.ttl", endless(b"^(a+)+$"), canary), written(tmp_path, "d.nt", DATA, canary)
    out = tmp_path / "report.txt"
    out.write_text("the report of yesterday")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    command = [sys.executable, "-m", "opsc", "validate", "--shapes", str(shapes), "--out", str(out), str(data)]
    process = subprocess.Popen(command, env={**os.environ, "OPSC_HOME": str(home)})
    time.sleep(2)
    assert process.poll() is None
    process.kill()
    assert process.wait(timeout=LONGEST_SECONDS) == -signal.SIGKILL
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_device_is_refused_unread(home: Path, tmp_path: Path) -> None:
    link, table = tmp_path / "endless.ttl", tmp_path / "4-11-c.csv"
    link.symlink_to("/dev/zero")
    table.symlink_to("/dev/zero")
    commands: list[tuple[str | Path, ...]] = [
        ("query", "/dev/zero"),
        ("validate", "--against", "none", link),
        ("validate", "--shapes", link, link),
        ("contribute", link, "--source", "https://example.org/x"),
        ("load", "rdf", link, "--out", tmp_path / "out.nq"),
        ("load", "untc", table, "--out", tmp_path / "out.nq"),
    ]
    for command in commands:
        assert "is a device; give a file or a pipe" in one_line(opsc(home, *command)), command
