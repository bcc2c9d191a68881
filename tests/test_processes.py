"""Limits of processor time in tests do fail."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commanding import opsc
from tests.hostile_input import CROSSING, MANY
from tests.processes import cpu_limit

SPIN = "import time\nwhile time.process_time() < {}: pass"


def test_processor_time_of_children_that_have_ended_counts() -> None:
    with pytest.raises(AssertionError), cpu_limit(os.getpid(), 0.3):
        subprocess.run([sys.executable, "-c", SPIN.format(0.5)], check=True)
    with cpu_limit(os.getpid(), 5):
        subprocess.run([sys.executable, "-c", SPIN.format(0.1)], check=True)


def test_a_command_is_killed_at_its_limit(tmp_path: Path) -> None:
    (tmp_path / "shapes.ttl").write_bytes(CROSSING)
    (tmp_path / "data.nt").write_bytes(MANY)
    files = ("--shapes", tmp_path / "shapes.ttl", tmp_path / "data.nt")
    ran = opsc(tmp_path, "validate", "--against", "none", *files, cpu_seconds=1, OPSC_COMMAND_SECONDS="60")
    assert ran.returncode in {-signal.SIGXCPU, -signal.SIGKILL}
