"""Progress is shown to people who wait, and to nobody else."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

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
    leader, follower = pty.openpty()
    environment = {**os.environ, "TERM": "xterm"}
    command = [sys.executable, "-c", PROGRAM, str(delay)]
    ran = subprocess.run(command, stderr=follower, stdout=subprocess.PIPE, check=True, env=environment)
    os.close(follower)
    assert ran.stdout == b"done\n"
    parts = []
    while True:
        try:
            part = os.read(leader, 4096)
        except OSError:  # Linux reports the end of a pseudo-terminal as an error.
            part = b""
        if not part:
            os.close(leader)
            return b"".join(parts).decode()
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
