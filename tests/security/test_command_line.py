"""Attacks on whoever uses the command line: names of files, characters that a terminal obeys, links."""

import os
from pathlib import Path

import pytest

from tests.commanding import opsc
from tests.described import body
from tests.hostile_input import SHAPE
from tests.serving import small_release

ESCAPES = "\x1b[2J\x1b]0;owned\x07\x9b31m"


@pytest.mark.parametrize("name", ["--out", "-h", "--shapes=x", "--help"])
def test_a_file_named_like_an_option_is_read_as_a_file(home: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.ttl").write_text(body("http://e/a", "Office"))
    for written in (["--", f"{name}.ttl"], [f"./{name}.ttl"]):
        ran = opsc(home, "validate", "--against", "none", *written, folder=tmp_path)
        assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("form", ["text", "csv", "html"])
def test_no_report_for_people_sends_a_terminal_what_it_would_obey(home: Path, tmp_path: Path, form: str) -> None:
    data, shapes = tmp_path / "data.ttl", tmp_path / "shapes.ttl"
    data.write_text('<http://e/thing> <http://e/p> "\\u001B[2J\\u001B]0;owned\\u0007\\u009B31m" .')
    shapes.write_bytes(SHAPE + b'; sh:property [ sh:path <http://e/p> ; sh:maxLength 1 ; sh:message "\\u001B[2J" ] .')
    ran = opsc(home, "validate", data, "--shapes", shapes, "--format", form)
    assert ran.returncode == 1
    for character in ("\x1b", "\x07", "\x9b"):
        assert character not in ran.stdout
        assert character not in ran.stderr


def test_what_a_table_or_a_contributor_writes_sends_a_terminal_nothing_to_obey(home: Path, tmp_path: Path) -> None:
    table = tmp_path / "4-11-c.csv"
    table.write_text(f"Participant,Signature\nNor{ESCAPES}\u202eway,12 Dec 2000{ESCAPES}\n")
    ran = opsc(home, "load", "untc", table, "--out", tmp_path / "out.nq")
    assert "Nor" in ran.stdout + ran.stderr
    data = tmp_path / "data.ttl"
    data.write_text("<http://e/a> <http://e/p> 1 .")
    graph_home = tmp_path / "home"
    small_release(graph_home)
    opsc(graph_home, "contribute", data, "--who", f"Mallory{ESCAPES}\u202e", "--source", "https://e.org/1")
    shown = [ran, opsc(graph_home, "contributions", "list"), opsc(graph_home, "contributions", "show", "1")]
    for one in shown:
        for character in ("\x1b", "\x07", "\x9b", "\u202e"):
            assert character not in one.stdout + one.stderr
    assert all("Mallory" in one.stdout for one in shown[1:])


def test_a_file_name_sends_a_terminal_nothing_either(home: Path, tmp_path: Path) -> None:
    file = tmp_path / f"{ESCAPES}.ttl"
    file.write_text("nonsense")
    ran = opsc(home, "validate", "--against", "none", file)
    assert ran.returncode == 2
    assert "\x1b" not in ran.stderr
    assert "\x9b" not in ran.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a link that belongs to somebody else")
def test_a_link_that_somebody_else_made_is_not_followed(home: Path, tmp_path: Path) -> None:
    mine, shared = tmp_path / "mine", tmp_path / "shared"
    mine.write_text("mine")
    shared.mkdir()
    link = shared / "report.html"
    link.symlink_to(mine)
    os.chown(link, 65_534, 65_534, follow_symlinks=False)
    data = tmp_path / "data.ttl"
    data.write_text("<http://e/a> <http://e/p> 1 .")
    ran = opsc(home, "validate", "--against", "none", data, "--out", link)
    assert ran.returncode == 2
    assert "a symbolic link owned by another user" in ran.stderr
    assert mine.read_text() == "mine"


def test_a_file_that_is_written_is_whole_or_the_one_before(home: Path, tmp_path: Path) -> None:
    data, report = tmp_path / "data.ttl", tmp_path / "report.json"
    data.write_text("nonsense")
    report.write_text("before")
    assert opsc(home, "validate", "--against", "none", data, "--format", "json", "--out", report).returncode == 2
    assert report.read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.ttl", "report.json"]
