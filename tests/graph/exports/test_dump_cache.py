"""Files to download are made once by a process of their own, kept within bounds, and never half-made."""

import contextlib
import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from graph.errors import UnknownVersionError
from graph.exports import dumps
from graph.exports.dump_cache import FOLDER, DumpCache, DumpError
from graph.settings import DownloadLimits
from graph.sparql.errors import Busy, DeadlineExceeded, ResultTooLarge
from graph.versions import release


def write(home: Path, name: str, size: int = 50) -> str:
    quads = [Quad(NamedNode(f"http://e/{name}/{n}"), NamedNode("http://e/p"), Literal(n)) for n in range(size)]
    graph = NamedNode(f"http://e/{name}")
    return release.write(
        home, release.sorted_nquads(Quad(q.subject, q.predicate, q.object, graph) for q in quads), {}, b""
    ).version


@pytest.fixture
def downloads(tmp_path: Path) -> Iterator[DumpCache]:
    made = DumpCache(tmp_path, DownloadLimits(), 0)
    yield made
    made.close()


def test_every_file_has_the_length_and_checksum_that_are_told(tmp_path: Path, downloads: DumpCache) -> None:
    version = write(tmp_path, "a")
    found = downloads.version_files(version)
    assert found.keys() == dumps.DUMP_FORMATS.keys()
    for file in found.values():
        content = file.path.read_bytes()
        assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert found["nq"].sha256 == version


def test_files_are_made_once(tmp_path: Path, downloads: DumpCache) -> None:
    version = write(tmp_path, "a")
    before = downloads.version_files(version)["ttl"].path.stat()
    again = downloads.version_files(version)["ttl"].path.stat()
    assert (before.st_ino, before.st_mtime_ns) == (again.st_ino, again.st_mtime_ns)


def test_the_nquads_of_a_release_are_there_without_making_anything(tmp_path: Path, downloads: DumpCache) -> None:
    version = write(tmp_path, "a")
    file = downloads.release_file(version)
    assert file is not None
    assert hashlib.sha256(file.path.read_bytes()).hexdigest() == file.sha256 == version
    assert downloads.release_file("0" * 64) is None
    assert not (tmp_path / FOLDER).exists()


def test_files_that_were_cut_or_that_another_engine_wrote_are_made_anew(tmp_path: Path, downloads: DumpCache) -> None:
    version = write(tmp_path, "a")
    found = downloads.version_files(version)
    found["ttl"].path.write_bytes(b"cut")
    assert downloads.version_files(version)["ttl"].path.stat().st_size == found["ttl"].size
    index = tmp_path / FOLDER / version / "index.json"
    index.write_text(index.read_text().replace("pyoxigraph", "another engine"))
    downloads.version_files(version)
    assert "another engine" not in index.read_text()


def test_the_folders_used_least_recently_make_room(tmp_path: Path) -> None:
    versions = [write(tmp_path, name) for name in "abc"]
    measuring = DumpCache(tmp_path, DownloadLimits(), 0)
    needed = sum(file.size for file in measuring.version_files(versions[0]).values())
    measuring.close()
    bounded = DumpCache(tmp_path, DownloadLimits(size=3 * needed), 0)
    try:
        for version in versions[:2]:
            bounded.version_files(version)
        _long_ago(tmp_path / FOLDER / versions[1], 100)
        bounded.version_files(versions[0])
        bounded.version_files(versions[2])
    finally:
        bounded.close()
    kept = {path.name for path in (tmp_path / FOLDER).iterdir()}
    assert kept == {versions[0], versions[2]}


def test_files_beyond_the_limit_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    version = write(tmp_path, "a")
    small = DumpCache(tmp_path, DownloadLimits(size=1000), 0)
    try:
        with pytest.raises(ResultTooLarge, match="more than 1000 bytes"):
            small.version_files(version)
    finally:
        small.close()
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_what_a_stopped_process_left_behind_is_removed(tmp_path: Path, downloads: DumpCache) -> None:
    left = tmp_path / FOLDER / ".making-left"
    left.mkdir(parents=True)
    _long_ago(left, 7200)
    fresh = tmp_path / FOLDER / ".making-fresh"
    fresh.mkdir()
    downloads.version_files(write(tmp_path, "a"))
    assert not left.exists()
    assert fresh.exists()


def test_making_that_takes_too_long_is_stopped_and_leaves_nothing_to_download(tmp_path: Path) -> None:
    version = write(tmp_path, "large", 60_000)
    hasty = DumpCache(tmp_path, DownloadLimits(seconds=0.3), 0)
    try:
        with pytest.raises(DeadlineExceeded, match="making the files took longer than allowed"):
            _patiently(hasty, version)
    finally:
        hasty.close()
    assert not (tmp_path / FOLDER / version).exists()


def test_a_folder_that_cannot_be_written_is_an_error_of_its_own(tmp_path: Path, downloads: DumpCache) -> None:
    version = write(tmp_path, "a")
    (tmp_path / FOLDER).write_text("a file")
    with pytest.raises(DumpError):
        downloads.version_files(version)


def test_a_version_that_never_was_has_no_files(tmp_path: Path, downloads: DumpCache) -> None:
    write(tmp_path, "a")
    with pytest.raises(UnknownVersionError):
        downloads.version_files("0" * 64)


def test_the_difference_of_two_versions_is_made_and_kept(tmp_path: Path, downloads: DumpCache) -> None:
    before, after = write(tmp_path, "a"), write(tmp_path, "b")
    found = downloads.difference_files(before, after)
    assert found.keys() == dumps.DIFFERENCE_FORMATS.keys()
    assert found["added.nq"].path.read_bytes().count(b"\n") == 50
    assert hashlib.sha256(found["rdfp"].path.read_bytes()).hexdigest() == found["rdfp"].sha256
    assert downloads.difference_files(before, after) == found


def _patiently(downloads: DumpCache, version: str) -> None:
    """Ask until the process that makes files has started, which may take longer than making them may."""
    for _ in range(200):
        with contextlib.suppress(Busy):
            downloads.version_files(version)
            return
        time.sleep(0.05)


def _long_ago(folder: Path, seconds: float) -> None:
    when = time.time() - seconds
    for path in (folder, *folder.glob("index.json")):
        os.utime(path, (when, when))
