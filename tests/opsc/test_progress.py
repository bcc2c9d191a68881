"""Progress is shown to people who wait, and to nobody else."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile_input import CROSSING, MANY

PROGRAM = """
import sys, time
from opsc.progress import Progress
with Progress(delay=float(sys.argv[1])) as progress:
    progress.step("Reading the treaty")
    time.sleep(0.5)
print("done")
"""


def shown(delay: float) -> str:
    """Return what a person at a terminal sees on standard error."""
    code, output, errors = at_a_terminal([sys.executable, "-c", PROGRAM, str(delay)])
    assert (code, output) == (0, b"done\n")
    return errors


def at_a_terminal(command: list[str], **environment: str) -> tuple[int, bytes, str]:
    """Run a command; return its exit code, its standard output, and what a person sees on standard error."""
    leader, follower = pty.openpty()
    variables = {**os.environ, "TERM": "xterm", "COLUMNS": "200", **environment}
    ran = subprocess.run(command, stderr=follower, stdout=subprocess.PIPE, check=False, env=variables, timeout=60)
    os.close(follower)
    parts = []
    while True:
        try:
            part = os.read(leader, 4096)
        except OSError:  # Linux reports the end of a pseudo-terminal as an error.
            part = b""
        if not part:
            os.close(leader)
            return ran.returncode, ran.stdout, b"".join(parts).decode()
        parts.append(part)


def test_a_step_that_takes_long_is_named_on_a_terminal() -> None:
    assert "Reading the treaty" in shown(0.05)


def test_what_is_quick_says_nothing() -> None:
    assert "Reading" not in shown(60)


@pytest.mark.parametrize("force", ["", "1"])
def test_a_file_gets_no_progress(force: str, tmp_path: Path) -> None:
    with (tmp_path / "errors").open("w+b") as errors:
        environment = {**os.environ, "FORCE_COLOR": force}
        subprocess.run([sys.executable, "-c", PROGRAM, "0"], stderr=errors, check=True, env=environment)
        assert (tmp_path / "errors").read_bytes() == b""


def test_a_validation_that_takes_long_says_what_it_does_and_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    shapes, data = tmp_path / "shapes.ttl", tmp_path / "data.nt"
    shapes.write_bytes(CROSSING)
    data.write_bytes(MANY)
    command = [sys.executable, "-m", "opsc", "validate", "--shapes", str(shapes), str(data)]
    code, output, errors = at_a_terminal(command, OPSC_COMMAND_SECONDS="3")
    assert (code, output) == (2, b"")
    assert "Validating" in errors
    assert errors.count("timed out after 3 seconds") == 1
    assert errors.rindex("\x1b[?25h") > errors.rindex("\x1b[?25l")
