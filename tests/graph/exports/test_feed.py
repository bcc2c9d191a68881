"""The history of the graph in words, and as feeds that readers understand."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from graph.contributions.contributions import Contributions
from graph.contributions.submission import Submission
from graph.exports import changelog, feed
from graph.exports.changelog import ChangelogEntry, ChangelogPage
from graph.versions import release
from graph.versions.ledger_records import LedgerEntry, Operation
from graph.versions.version import Version
from tests.described import body

ADDRESS = "https://example.org/graph/"
ELEMENTS = "feed id title subtitle updated link entry published author name category summary"
ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = "<script>alert(1)</script>\"'&\x00\x0b\ud800"
LAW = body("http://e/law/{}", "law {}")


def record(
    submitter: str = "Treaty office", source: str = "https://e.org/1", operation: Operation = "contribution"
) -> LedgerEntry:
    return LedgerEntry(
        3,
        "now",
        submitter,
        source,
        None,
        "text/turtle",
        "x.ttl",
        1,
        "now",
        True,
        None,
        None,
        "v",
        None,
        None,
        operation,
        None,
    )


def version(kind: str, added: int, removed: int, number: int | None = 3) -> Version:
    return Version("b" * 64, "a" * 64, number, "2026-01-02T00:00:00.000Z", kind, added, removed)


def elements(parent: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return parent.findall(f"{ATOM}{name}")


def texts(parent: ElementTree.Element, name: str) -> list[str]:
    return [element.text or "" for element in elements(parent, name)]


def links(parent: ElementTree.Element) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for link in elements(parent, "link"):
        found.setdefault(link.attrib["rel"], []).append(link.attrib["href"])
    return found


def atom(home: Path, number: int = 1, size: int = 2) -> ElementTree.Element:
    page = changelog.read_page(home, number, size)
    assert page is not None
    return ElementTree.fromstring(feed.to_atom(page, ADDRESS))  # noqa: S314 - written here


@pytest.mark.parametrize(
    ("step", "title"),
    [
        (
            ChangelogEntry(version("contribution", 12, 0), "i", record()),
            "Contribution 3 by Treaty office: 12 quads added",
        ),
        (ChangelogEntry(version("contribution", 1, 0), "i", record()), "Contribution 3 by Treaty office: 1 quad added"),
        (
            ChangelogEntry(version("contribution", 2, 5), "i", record(operation="update")),
            "Update 3 by Treaty office: 2 quads added, 5 removed",
        ),
        (
            ChangelogEntry(version("contribution", 0, 5), "i", record(operation="delete")),
            "Deletion 3 of a graph by Treaty office: 5 quads removed",
        ),
        (
            ChangelogEntry(version("replay", 12, 0), "i", record()),
            "Contribution 3 by Treaty office on a new release: 12 quads added",
        ),
        (
            ChangelogEntry(version("retraction", 0, 12), "i", record()),
            "Retraction of contribution 3 by Treaty office: 12 quads removed",
        ),
        (ChangelogEntry(version("release", 70, 0, None), "i", None), f"Release {'b' * 12}: 70 quads"),
    ],
)
def test_a_title_says_in_words_what_happened(step: ChangelogEntry, title: str) -> None:
    assert step.title == title


@pytest.fixture
def changed(home: Path, submission: Callable[..., Submission]) -> Path:
    """A home with a release, a contribution, one that was refused, one that changes nothing, and a retraction."""
    contributions = Contributions(home)
    assert contributions.submit(submission(LAW.format(1, 1))).accepted
    assert not contributions.submit(submission("<http://e/act> a opsc:Ratification .")).accepted
    assert contributions.submit(submission(LAW.format(2, 2), submitter="Ministry")).accepted
    assert contributions.retract(1, "Registry").accepted
    return home


def test_the_newest_change_comes_first_and_refusals_do_not_come(changed: Path) -> None:
    page = changelog.read_page(changed, 1, 100)
    assert page is not None
    assert [step.title.partition(":")[0].partition(" ")[0] for step in page.entries] == [
        "Retraction",
        "Contribution",
        "Contribution",
        "Release",
    ]
    assert page.entries[0].title.startswith("Retraction of contribution 1 by Registry: ")
    assert page.entries[1].title.startswith("Contribution 3 by Ministry: ")


def test_a_feed_has_what_rfc_4287_demands(changed: Path) -> None:
    document = atom(changed, size=100)
    assert document.tag == f"{ATOM}feed"
    for parent in (document, *elements(document, "entry")):
        assert [len(texts(parent, name)) for name in ("id", "title", "updated")] == [1, 1, 1]
        datetime.fromisoformat(texts(parent, "updated")[0])
    for entry in elements(document, "entry"):
        (author,) = elements(entry, "author")
        assert texts(author, "name")[0]
        assert links(entry)["alternate"][0].startswith(f"{ADDRESS}dataset/")
    ids = [texts(entry, "id")[0] for entry in elements(document, "entry")]
    assert len(set(ids)) == len(ids) == 4
    assert texts(document, "updated") == texts(elements(document, "entry")[0], "updated")


def test_an_entry_links_to_the_submission_its_source_the_version_and_the_difference(changed: Path) -> None:
    page = changelog.read_page(changed, 1, 100)
    assert page is not None
    retraction, contribution = page.entries[0].version, page.entries[1].version
    entry = elements(atom(changed, size=100), "entry")[1]
    assert links(entry) == {
        "alternate": [f"{ADDRESS}dataset/{contribution.id}"],
        "enclosure": [f"{ADDRESS}dataset/{contribution.id}.nq.gz"],
        "related": [
            f"{ADDRESS}dataset/changes/{contribution.parent}..{contribution.id}.rdfp",
            f"{ADDRESS}contributions/3",
        ],
        "via": ["https://example.org/gazette/12"],
    }
    assert retraction.parent == contribution.id


def test_pages_are_linked_and_hold_every_change_once(changed: Path) -> None:
    first, last = atom(changed, 1, 3), atom(changed, 2, 3)
    base = f"{ADDRESS}dataset/changes.atom"
    assert links(first) | {"alternate": []} == {
        "alternate": [],
        "self": [base],
        "first": [base],
        "next": [f"{base}?page=2"],
        "last": [f"{base}?page=2"],
    }
    assert links(last)["previous"] == links(last)["first"] == [base]
    assert "next" not in links(last)
    ids = [texts(entry, "id")[0] for page in (first, last) for entry in elements(page, "entry")]
    assert len(ids) == len(set(ids)) == 4
    assert changelog.read_page(changed, 3, 3) is None
    assert changelog.read_page(changed, 0, 3) is None


def test_identifiers_stay_when_more_happens_and_an_earlier_release_comes_back(
    changed: Path, submission: Callable[..., Submission]
) -> None:
    def identifiers() -> list[str]:
        return [texts(entry, "id")[0] for entry in elements(atom(changed, size=100), "entry")]

    before = identifiers()
    quad = Quad(NamedNode("http://e/n"), NamedNode("http://e/p"), Literal("new"), NamedNode("http://e/g"))
    first = release.current(changed)
    release.write(changed, release.sorted_nquads([quad]), {}, b"")
    assert Contributions(changed).version
    release.write(changed, first.quads_file.read_bytes(), {"inputs": {}}, b"# report\n")
    assert Contributions(changed).submit(submission(LAW.format(9, 9))).accepted
    after = identifiers()
    assert after[-len(before) :] == before
    assert len(set(after)) == len(after)
    assert f"https://w3id.org/opsc/dataset/{first.version}#2" in after


def test_a_json_feed_has_the_same_entries(changed: Path) -> None:
    page = changelog.read_page(changed, 1, 2)
    assert page is not None
    document = feed.to_json_feed(page, ADDRESS)
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert document["next_url"] == f"{ADDRESS}dataset/changes.json?page=2"
    assert [item["id"] for item in document["items"]] == [step.iri for step in page.entries]
    own = document["items"][1]["_opsc"]
    assert (own["kind"], own["who"], own["source"]) == ("contribution", "Ministry", "https://example.org/gazette/12")
    assert (own["added"], own["removed"]) == (page.entries[1].version.added, 0)
    json.dumps(document)


@pytest.mark.parametrize("source", ["javascript:alert(1)", "data:text/html,x", "urn:x:'&amp;"])
def test_hostile_names_and_sources_are_text_and_no_links(source: str) -> None:
    step = ChangelogEntry(version("contribution", 1, 0), "https://e/1", record(HOSTILE, source))
    document = ElementTree.fromstring(feed.to_atom(ChangelogPage((step,), 1, 1), ADDRESS))  # noqa: S314 - written here
    (entry,) = elements(document, "entry")
    assert "<script>alert(1)</script>\"'&" in texts(entry, "title")[0]
    assert source in texts(entry, "summary")[0]
    assert "via" not in links(entry)
    assert not [element for element in document.iter() if element.tag.removeprefix(ATOM) not in ELEMENTS]
