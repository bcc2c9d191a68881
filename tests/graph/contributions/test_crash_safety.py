"""A process may be killed at any moment: what was recorded stays, and what is served holds all of it or nothing."""

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pyoxigraph import NamedNode

from graph.contributions.contributions import Contributions
from graph.contributions.submission import PROVENANCE, Submission
from graph.effects.graphs import contribution_graph, derived_graph
from ontology import iris
from tests.commanding import Command

Submit = Callable[..., Submission]

WHOLE = (5, 9, 3)
ABSENT = (0, 0, 0)
EACH_STRIDE = pytest.mark.parametrize(
    "stride", [pytest.param(1, id="each", marks=pytest.mark.slow), pytest.param(5, id="every fifth")]
)
OPTIONS = ["--source", "https://example.org/s", "--licence", "https://example.org/licence"]

# Submits a file, and kills itself before the SQL statement of the given number, or after it.
SUBMIT_AND_DIE = """
import os, signal, sqlite3, sys
from pathlib import Path
from pyoxigraph import NamedNode
from graph.contributions.contributions import Contributions
from graph.contributions.submission import Submission

def die_at(step, when):
    count = 0
    class Deadly(sqlite3.Connection):
        def _at(self, run, *arguments):
            nonlocal count
            count += 1
            if count == step and when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            result = run(*arguments)
            if count == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return result
        def execute(self, *arguments):
            return self._at(super().execute, *arguments)
        def executescript(self, *arguments):
            return self._at(super().executescript, *arguments)
        def executemany(self, *arguments):
            return self._at(super().executemany, *arguments)
    connect = sqlite3.connect
    sqlite3.connect = lambda *a, **k: connect(*a, **k, factory=Deadly)

folder, file, action = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
iri = NamedNode("https://example.org/s")
operation = {"submit": "contribution", "retract": "contribution"}.get(action, action)
target = NamedNode("https://example.org/mine") if action == "put" else None
submission = Submission(file.read_bytes(), "text/turtle", file.name, "Office", iri, iri, operation, target)
for line in sys.stdin:
    home, step, when = line.split()
    child = os.fork()
    if child == 0:
        die_at(int(step), when)
        contributions = Contributions(folder / home)
        contributions.retract(1, "Editor") if action == "retract" else contributions.submit(submission)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
"""


def parts(contributions: Contributions, number: int) -> tuple[int, int, int]:
    """Return how many quads of a contribution are served: its own, those about it, and those that compare its claim."""
    quads = contributions.quads()
    claim = iris.thing("contribution", str(number), "1")
    about = f"<https://w3id.org/opsc/id/contribution/{number}>"
    return (
        sum(quad.graph_name == contribution_graph(number) for quad in quads),
        sum(quad.graph_name == PROVENANCE and str(quad.subject) == about for quad in quads),
        sum(quad.graph_name == derived_graph(number) and quad.subject == claim for quad in quads),
    )


@pytest.fixture
def claim(tmp_path: Path, submission: Submit, dated_claim: str) -> Path:
    file = tmp_path / "claim.ttl"
    file.write_bytes(submission(dated_claim.format(date="2001-10-05", source="untc-2015")).data)
    return file


class Killer:
    """Runs an action in one child process after the other, and has each killed at a step."""

    def __init__(self, folder: Path, file: Path, action: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SUBMIT_AND_DIE, str(folder), str(file), action],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, home: str, step: int, when: str) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{home} {step} {when}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def close(self) -> None:
        self.process.communicate(timeout=30)


def killed_everywhere(tmp_path: Path, home: Path, claim: Path, action: str, when: str, stride: int) -> list[Path]:
    """Return copies of ``home``, one for each step, or every so many, at which the action was killed."""
    killer, copies = Killer(tmp_path, claim, action), []
    try:
        for step in range(1, 500, stride):
            copy = tmp_path / f"copy{step}"
            shutil.copytree(home, copy)
            if killer.run(copy.name, step, when) == 0:
                break
            copies.append(copy)
    finally:
        killer.close()
    return copies


@EACH_STRIDE
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_submission_that_is_killed_at_any_statement_is_whole_or_absent(
    tmp_path: Path, home: Path, claim: Path, submission: Submit, when: str, stride: int
) -> None:
    copies = killed_everywhere(tmp_path, home, claim, "submit", when, stride)
    assert len(copies) * stride > 20
    states = set()
    for copy in copies:
        contributions = Contributions(copy)
        records = contributions.entries()
        recorded, served = len(records), parts(contributions, 1)
        assert served in (ABSENT, WHOLE)
        assert (served != ABSENT) == bool(records and records[0].accepted)
        states.add((recorded, served))
        assert contributions.submit(submission("<a> <b> <c> .")).code == "relative-iri"
        assert len(contributions.entries()) == recorded + 1
        if recorded:
            assert contributions.contribution(1).data == claim.read_bytes()
            assert parts(contributions, 1) == WHOLE
    assert {recorded for recorded, _ in states} == {0, 1}
    assert {(1, ABSENT), (1, WHOLE)} <= states


MINE = "https://example.org/mine"
WRITES = {
    "update": (
        f"WITH <{MINE}> DELETE {{ ?s ?p ?o }} INSERT {{ ?o ?p ?s }} WHERE {{ ?s ?p ?o }} ; "
        f"INSERT DATA {{ GRAPH <{MINE}2> {{ <{MINE}> <{MINE}> 1 }} }}"
    ),
    "put": f"<{MINE}#2> <{MINE}#p> <{MINE}#1> .",
}


@EACH_STRIDE
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("operation", WRITES)
def test_a_write_that_is_killed_at_any_statement_is_whole_or_absent(
    tmp_path: Path, home: Path, submission: Submit, operation: str, when: str, stride: int
) -> None:
    first = submission(f"<{MINE}#1> <{MINE}#p> <{MINE}#2> .", submitter="Office")
    assert Contributions(home).submit(replace(first, operation="put", target=NamedNode(MINE))).accepted
    file = tmp_path / "sent"
    file.write_text(WRITES[operation])
    copies = killed_everywhere(tmp_path, home, file, operation, when, stride)
    assert len(copies) * stride > 20
    states = set()
    for copy in copies:
        contributions = Contributions(copy)
        records = contributions.entries()
        quads = contributions.quads()
        subjects = {str(quad.subject)[-2] for quad in quads if quad.graph_name == NamedNode(MINE)}
        others = sum(quad.graph_name == NamedNode(f"{MINE}2") for quad in quads)
        described = any(quad.subject == iris.thing("contribution", "2") for quad in quads)
        is_whole = len(records) == 2 and bool(records[1].accepted)
        assert (subjects, others, described) == (
            ({"2"}, operation == "update", True) if is_whole else ({"1"}, 0, False)
        )
        states.add((len(records), is_whole))
        assert contributions.submit(submission("<a> <b> <c> .")).code == "relative-iri"
        assert [record.accepted for record in contributions.entries()][1:-1] == [True] * (len(records) - 1)
    assert {(1, False), (2, False), (2, True)} <= states


@EACH_STRIDE
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_retraction_that_is_killed_at_any_statement_is_done_or_not(
    tmp_path: Path, home: Path, claim: Path, submission: Submit, when: str, stride: int
) -> None:
    assert Contributions(home).submit(submission(claim.read_bytes())).accepted
    copies = killed_everywhere(tmp_path, home, claim, "retract", when, stride)
    assert len(copies) * stride > 10
    states = set()
    for copy in copies:
        contributions = Contributions(copy)
        served, retracted = parts(contributions, 1), contributions.contribution(1).retracted is not None
        assert served == (ABSENT if retracted else WHOLE)
        states.add(retracted)
    # Only after the last statement is it done.
    assert states == ({False, True} if when == "after" and stride == 1 else {False})


@pytest.mark.parametrize(
    "shares",
    [
        pytest.param((3, 88, 17, 74, 31, 60, 45, 96), marks=pytest.mark.slow, id="eight"),
        pytest.param((17, 74), id="two"),
    ],
)
def test_a_command_that_is_killed_after_any_time_loses_nothing(
    home: Path, claim: Path, submission: Submit, shares: tuple[int, ...]
) -> None:
    command, environment = ["contribute", str(claim), *OPTIONS], {**os.environ, "OPSC_HOME": str(home)}
    began = time.monotonic()
    assert Command(command, environment, home).wait(120) == 0
    takes = time.monotonic() - began
    sends = 1
    for share in shares:
        process = Command(command, environment, home)
        time.sleep(takes * share / 100)
        process.kill()
        process.wait()
        sends += 1
        contributions = Contributions(home)
        for record in contributions.entries():
            assert parts(contributions, record.number) == (WHOLE if record.accepted else ABSENT)
    contributions = Contributions(home)
    last = contributions.submit(submission(claim.read_bytes()))
    assert last.number <= sends + 1
    records = contributions.entries()
    assert [record.number for record in records] == list(range(1, last.number + 1))
    assert all(record.accepted or record.code == "interrupted" for record in records)
    accepted = [record.number for record in records if record.accepted]
    assert last.number in accepted
    assert [version.number for version in contributions.versions()] == [None, *accepted]


def test_processes_that_submit_at_once_are_decided_one_after_the_other(home: Path, claim: Path) -> None:
    command, environment = ["contribute", str(claim), *OPTIONS], {**os.environ, "OPSC_HOME": str(home)}
    running = [Command(command, environment, home) for _ in range(4)]
    assert [process.wait(timeout=120) for process in running] == [0] * 4
    contributions = Contributions(home)
    made = contributions.versions()
    assert [version.number for version in made] == [None, 1, 2, 3, 4]
    assert [version.parent for version in made[1:]] == [version.id for version in made[:-1]]
    assert all(parts(contributions, number) == WHOLE for number in range(1, 5))


def test_a_full_disk_is_one_clear_line_and_what_was_there_stays(home: Path, claim: Path, submission: Submit) -> None:
    assert Contributions(home).submit(submission(claim.read_bytes())).accepted
    before = Contributions(home).nquads()
    command = [sys.executable, "-B", "-m", "opsc", "contribute", str(claim), *OPTIONS]
    size = (home / "ledger.sqlite3").stat().st_size
    refused = subprocess.run(
        command,
        env={**os.environ, "OPSC_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size // 16, size // 16)),
    )
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("opsc: the ledger ")
    assert refused.stderr.count("\n") == 1
    contributions = Contributions(home)
    assert contributions.nquads() == before
    assert [record.number for record in contributions.entries()] == [1]
    assert contributions.submit(submission(claim.read_bytes())).number == 2
