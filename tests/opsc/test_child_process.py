"""``opsc query`` can be stopped, and survives the crash of its engine."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commanding import opsc
from tests.polling import eventually

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
PROGRAM = """
import os, sys
from graph.errors import GraphError
from opsc.child_process import continue_in_child
try:
    continue_in_child(60)
except GraphError as error:
    print(type(error).__name__, error)
    sys.exit(2)
{body}
"""


def run(body: str) -> "subprocess.CompletedProcess[str]":
    """Return what a program printed that goes on in a child with ``body``."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM.format(body=body)], capture_output=True, text=True, check=False, timeout=60
    )


def test_the_output_and_the_exit_code_are_those_of_the_child() -> None:
    ended = run("print('out'); print('err', file=sys.stderr); sys.exit(7)")
    assert (ended.stdout, ended.stderr, ended.returncode) == ("out\n", "err\n", 7)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("os.write(2, b'thread panicked at sort.rs'); os.abort()", "QueryCrashed"),
        ("os.write(2, b'memory allocation of 9 bytes failed'); os.abort()", "MemoryExceeded"),
        ("os.kill(os.getpid(), 11)", "QueryCrashed"),
    ],
)
def test_a_crash_is_told_in_one_line(body: str, error: str) -> None:
    ended = run(body)
    assert ended.stdout.startswith(error)
    assert (ended.stderr, ended.returncode) == ("", 2)


def test_a_query_is_stopped_at_its_deadline(built_home: Path) -> None:
    ended = opsc(built_home, "query", ENDLESS, "--timeout", "1")
    assert ended.returncode == 2
    assert "--timeout" in ended.stderr


def test_a_query_is_stopped_by_ctrl_c(built_home: Path) -> None:
    command = [sys.executable, "-m", "opsc", "query", ENDLESS]
    environment = {**os.environ, "OPSC_HOME": str(built_home)}
    with subprocess.Popen(
        command,
        env=environment,
        stderr=subprocess.PIPE,
        start_new_session=True,
        # A program that a shell runs in the background ignores it, as do the tests when they are run so.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    ) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        assert eventually(lambda: bool(children.read_text()))
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(60) == 130
