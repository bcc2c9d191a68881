"""Releases: deterministic bytes, all or nothing on disk, and clear words when something is missing."""

import hashlib
import resource
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from graph.errors import ReleaseError
from graph.versions import release

GRAPH = NamedNode("https://example.org/graph")


def quad(number: int) -> Quad:
    return Quad(
        NamedNode(f"https://example.org/{number}"), NamedNode("https://example.org/p"), Literal(str(number)), GRAPH
    )


def write(home: Path, *numbers: int) -> release.Release:
    quads = release.sorted_nquads(quad(number) for number in numbers)
    return release.write(home, quads, {"inputs": {}}, b"# report\n")


def test_the_same_quads_in_any_order_and_number_give_the_same_bytes() -> None:
    assert release.sorted_nquads([quad(2), quad(1), quad(2)]) == release.sorted_nquads([quad(1), quad(2)])


def test_the_version_is_the_sha256_of_the_quads(tmp_path: Path) -> None:
    written = write(tmp_path, 1, 2)
    assert written.version == hashlib.sha256(written.quads_file.read_bytes()).hexdigest()
    assert written.manifest["version"] == written.version


def test_the_last_release_written_is_the_current_one_and_the_earlier_one_stays(tmp_path: Path) -> None:
    first, second = write(tmp_path, 1), write(tmp_path, 1, 2)
    assert release.current(tmp_path) == second
    assert first.quads_file.is_file()


def test_writing_a_release_again_changes_nothing(tmp_path: Path) -> None:
    first = write(tmp_path, 1)
    before = first.quads_file.stat()
    again = write(tmp_path, 1)
    assert again == first
    assert again.quads_file.stat().st_ino == before.st_ino


def test_a_damaged_release_is_replaced(tmp_path: Path) -> None:
    damaged = write(tmp_path, 1)
    damaged.quads_file.write_bytes(b"")
    assert write(tmp_path, 1).quads_file.read_bytes() == release.sorted_nquads([quad(1)])


def test_nothing_temporary_is_left_behind(tmp_path: Path) -> None:
    written = write(tmp_path, 1)
    assert {path.name for path in (tmp_path / "releases").iterdir()} == {written.version, "current"}


def test_without_a_release_the_error_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="run 'opsc build' first"):
        release.current(tmp_path)


def test_a_release_whose_folder_is_gone_is_named(tmp_path: Path) -> None:
    written = write(tmp_path, 1)
    for path in written.directory.iterdir():
        path.unlink()
    with pytest.raises(ReleaseError, match=written.version):
        release.current(tmp_path)


def test_a_home_below_a_file_is_refused_and_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(ReleaseError, match=f"{blocked}.*OPSC_HOME"):
        write(blocked / "home", 1)


def test_a_disk_that_takes_no_more_leaves_the_current_release_and_no_rest(tmp_path: Path) -> None:
    first = write(tmp_path, 1)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, limits[1]))
    try:
        with pytest.raises(ReleaseError, match="File too large"):
            write(tmp_path, 1, 2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert release.current(tmp_path) == first
    assert {path.name for path in (tmp_path / "releases").iterdir()} == {first.version, "current"}
