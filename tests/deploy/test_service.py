"""The unit of systemd, read by systemd's own tools, and by the server that it starts."""

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[2] / "deploy" / "opsc.service"
MOST_EXPOSED = 2.0

pytestmark = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


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
