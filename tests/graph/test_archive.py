"""Which version was in force when, when a thing was there, and how many versions stay in memory."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from graph import archive
from graph.archive import Archive
from graph.contributions.contributions import Contributions
from graph.contributions.submission import Submission
from graph.errors import UnknownVersionError
from graph.settings import QueryLimits
from graph.versions import release
from graph.views import resource
from tests.described import body

THING, GRAPH, LABEL = NamedNode("http://e/thing"), NamedNode("http://e/g"), NamedNode("http://e/label")
FIRST = datetime(2020, 1, 1, tzinfo=UTC)


def released(home: Path, *names: str, day: int = 0) -> str:
    """Build a release that says something of each name, ``day`` days after the first."""
    quads = [Quad(NamedNode(f"http://e/{name}"), LABEL, Literal(f"<{THING.value}>"), GRAPH) for name in names]
    made = release.write(home, release.sorted_nquads(quads), {}, b"")
    when = (FIRST + timedelta(days=day)).timestamp()
    os.utime(made.quads_file, (when, when))
    return made.version


def opened(home: Path, kept: int = 2) -> Archive:
    return Archive(home, QueryLimits(), "merged", kept)


def contribute(home: Path, name: str) -> str:
    data = body(f"http://e/{name}", "A law").encode()
    decision = Contributions(home).submit(
        Submission(data, "text/turtle", "law.ttl", "alice", NamedNode("http://e/source"))
    )
    assert decision.accepted, decision
    return decision.version


def test_a_version_is_in_force_until_the_next(tmp_path: Path) -> None:
    first, second = released(tmp_path, "a"), released(tmp_path, "b", day=10)
    past = opened(tmp_path)
    found = [past.memento_at(FIRST + timedelta(days=days)) for days in (-1, 0, 9, 10, 100)]
    assert [one and one.version for one in found] == [None, first, first, second, second]


def test_a_release_counts_from_its_building_and_not_from_the_first_contribution_to_it(tmp_path: Path) -> None:
    first = released(tmp_path, "a")
    contributed = contribute(tmp_path, "law")
    past = opened(tmp_path)
    assert [moment.version for moment in past.timeline()] == [first, contributed]
    assert past.memento_at(FIRST) == past.timeline()[0]
    assert past.service_start(first) == FIRST


def test_a_release_that_became_current_again_is_in_force_again(tmp_path: Path) -> None:
    first, second = released(tmp_path, "a"), released(tmp_path, "b", day=10)
    assert release.write(tmp_path, release.sorted_nquads(release_quads("a")), {}, b"").version == first
    past = opened(tmp_path)
    assert [moment.version for moment in past.timeline()] == [first, second, first]
    now = past.memento_at(datetime.now(UTC))
    assert now is not None
    assert now.version == first


def release_quads(*names: str) -> list[Quad]:
    return [Quad(NamedNode(f"http://e/{name}"), LABEL, Literal(f"<{THING.value}>"), GRAPH) for name in names]


def test_what_was_there_and_is_gone_is_told_from_what_never_was(tmp_path: Path) -> None:
    released(tmp_path, "a", "both")
    released(tmp_path, "b", "both", day=10)
    past = opened(tmp_path)
    assert [count for _, count in past.mementos_with(NamedNode("http://e/a"))] == [1, 0]
    assert [count for _, count in past.mementos_with(NamedNode("http://e/b"))] == [1]
    assert [count for _, count in past.mementos_with(NamedNode("http://e/both"))] == [1]
    assert past.mementos_with(NamedNode("http://e/never")) == []


def test_an_iri_in_a_literal_is_no_thing(tmp_path: Path) -> None:
    released(tmp_path, "a")
    assert opened(tmp_path).mementos_with(THING) == []


def test_contributions_and_their_retraction_count(tmp_path: Path) -> None:
    released(tmp_path, "a")
    contribute(tmp_path, "law")
    Contributions(tmp_path).retract(1, "alice")
    counts = [count for _, count in opened(tmp_path).mementos_with(NamedNode("http://e/law"))]
    assert (counts[0] > 0, counts[-1]) == (True, 0)


def test_an_earlier_version_answers_and_an_unknown_one_does_not(tmp_path: Path) -> None:
    first, _ = released(tmp_path, "a"), released(tmp_path, "b", day=10)
    past = opened(tmp_path)
    name = NamedNode("http://e/a")
    assert archive.run_at_version(past, first, resource.find_used, ([name],)) == (FIRST, name)
    with pytest.raises(UnknownVersionError):
        archive.run_at_version(past, "f" * 64, resource.find_used, ([name],))


def test_no_more_versions_stay_in_memory_than_may(tmp_path: Path) -> None:
    made = [released(tmp_path, str(n), day=n) for n in range(5)]
    past = opened(tmp_path, kept=2)
    for version in (*made, made[3]):
        past.run(version, resource.find_used, ([THING],))
    assert list(past._engines) == [made[4], made[3]]
