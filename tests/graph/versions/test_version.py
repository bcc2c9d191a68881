"""Versions: each names one content and one history, and each can be rebuilt."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from graph.contributions.contributions import Contributions
from graph.contributions.current_graph import load_current_graph, load_version
from graph.contributions.submission import Submission
from graph.errors import ReleaseError, UnknownVersionError
from graph.versions import release
from graph.versions.ledger import Ledger
from graph.versions.version import version_nquads, version_record, version_time

Submit = Callable[..., Submission]


def test_before_anything_is_contributed_the_release_is_the_version(home: Path) -> None:
    contributions, current = Contributions(home), release.current(home)
    assert contributions.version == current.version
    assert contributions.nquads() == current.quads_file.read_bytes()
    (only,) = contributions.versions()
    assert (only.id, only.kind, only.parent, only.removed) == (current.version, "release", None, 0)
    assert only.added == contributions.nquads().count(b"\n")
    assert not (home / "ledger.sqlite3").exists()


def test_a_version_is_the_sha256_of_its_parent_and_of_what_changed() -> None:
    node = NamedNode("https://example.org/a")
    first, second = Quad(node, node, node, node), Quad(node, node, NamedNode("https://example.org/b"), node)
    made = version_record("0" * 64, "0" * 64, "contribution", 1, [second, first], [])
    line, other = (f"{quad} .\n" for quad in (first, second))
    assert made.id == hashlib.sha256(f"{'0' * 64}\n+{line}+{other}".encode()).hexdigest()
    assert made.id == version_record("0" * 64, "0" * 64, "replay", 2, [first, second, first], []).id
    assert made.id != version_record("1" * 64, "0" * 64, "contribution", 1, [first, second], []).id
    assert made.id != version_record("0" * 64, "0" * 64, "contribution", 1, [], [first, second]).id
    assert (made.added_count, made.removed_count) == (2, 0)


def test_every_version_is_rebuilt_as_it_was(home: Path, submission: Submit, gazette: str) -> None:
    contributions = Contributions(home)
    then = {contributions.version: contributions.nquads()}
    for name in ("a", "b"):
        contributions.submit(submission(gazette.format(name=name)))
        then[contributions.version] = contributions.nquads()
    contributions.retract(1, "Editor")
    then[contributions.version] = contributions.nquads()
    assert len(then) == 4
    again = Contributions(home)
    assert [version.id for version in again.versions()] == list(then)
    for version, nquads in then.items():
        assert again.nquads(version) == nquads
        assert again.quads(version) == list(parse(nquads, RdfFormat.N_QUADS))


def test_the_quads_are_sorted(home: Path, submission: Submit, gazette: str) -> None:
    contributions = Contributions(home)
    contributions.submit(submission(gazette.format(name="a")))
    lines = contributions.nquads().splitlines()
    assert lines == sorted(set(lines))


def test_a_release_from_before_the_ledger_can_be_rebuilt(home: Path, write_release: Callable[..., object]) -> None:
    first = release.current(home)
    node = NamedNode("https://example.org/a")
    write_release(home, Quad(node, node, node, node))
    contributions = Contributions(home)
    assert {version.id for version in contributions.versions()} == {first.version, contributions.version}
    assert contributions.nquads(first.version) == first.quads_file.read_bytes()


def test_a_version_is_found_by_its_beginning(home: Path) -> None:
    contributions = Contributions(home)
    assert contributions.resolve_version(contributions.version[:8].upper()) == contributions.version
    with pytest.raises(UnknownVersionError, match="give more of its characters"):
        contributions.resolve_version(contributions.version[:3])
    with pytest.raises(UnknownVersionError, match="there is no version 'ffffffffffff'"):
        contributions.resolve_version("ffffffffffff")


@pytest.mark.parametrize("version", ["0" * 64, "../../etc", ""])
def test_a_version_that_never_was_is_named(home: Path, version: str) -> None:
    with pytest.raises(UnknownVersionError, match="there is no version"):
        version_nquads(home, Ledger(home), version)


def test_the_store_that_is_served_holds_the_contributions(home: Path, submission: Submit, gazette: str) -> None:
    contributions = Contributions(home)
    before = contributions.version
    contributions.submit(submission(gazette.format(name="a")))
    source = NamedNode("https://example.org/source/a")
    assert len(list(load_current_graph(home).quads_for_pattern(source, None, None, None))) == 12
    assert len(list(load_current_graph(home, "own").quads_for_pattern(source, None, None, None))) == 6
    assert list(load_version(home, before).quads_for_pattern(source, None, None, None)) == []


def test_a_version_is_current_since_it_was_made(home: Path, submission: Submit, gazette: str) -> None:
    built = version_time(home, Ledger(home), release.current(home).version)
    release.write(home, release.current(home).quads_file.read_bytes(), {}, b"")
    assert version_time(home, Ledger(home), release.current(home).version) == built
    decision = Contributions(home).submit(submission(gazette.format(name="a")))
    assert decision.accepted
    made = version_time(home, Ledger(home), Contributions(home).version)
    assert made > built


def test_without_a_release_nothing_is_current(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError):
        version_time(tmp_path, Ledger(tmp_path), "none")
