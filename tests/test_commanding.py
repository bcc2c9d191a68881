"""What the tests of commands lean on: a command that is forked does what one that is started does."""

from pathlib import Path

import pytest

from tests.commanding import ROOT, opsc, started

SHAPES = ROOT / "shapes" / "examples"


@pytest.mark.parametrize(
    "words",
    [
        ("--version",),
        ("bild",),
        ("status", "Norway"),
        ("query", "-"),
        ("validate", "--against", "none", str(SHAPES / "background.ttl"), str(SHAPES / "RatificationShape.fail.ttl")),
        ("export", "--out", "/nonexistent/graph.nq"),
    ],
    ids=lambda words: words[0],
)
def test_a_forked_command_is_the_command(built_home: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    settings = {"COLUMNS": "100", "LC_ALL": "C"}
    asked = "SELECT ?é { ?s ?é 'π' } LIMIT 1"
    alone = started(built_home, *words, stdin=asked, folder=tmp_path, **settings)
    forked = opsc(built_home, *words, stdin=asked, folder=tmp_path, **settings)
    assert (forked.returncode, forked.stdout, forked.stderr) == (alone.returncode, alone.stdout, alone.stderr)
    assert alone.stdout or alone.stderr


def test_the_next_command_knows_nothing_of_the_one_before(tmp_path: Path) -> None:
    assert "no release in " + str(tmp_path) in opsc(tmp_path, "status", "Norway").stderr
    assert str(tmp_path) not in opsc(Path("/nonexistent"), "status", "Norway").stderr
