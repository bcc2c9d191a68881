"""``opsc contribute`` and ``opsc contributions`` as a contributor runs them, over the real release."""

import json
import subprocess
from pathlib import Path

import pytest

from graph.contributions.contributions import Contributions
from graph.versions.ledger import Ledger
from graph.versions.ledger_records import SubmissionRecord
from graph.versions.version import utc_now
from tests import commanding

PREFIXES = """
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix opsc: <https://w3id.org/opsc/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
CAMEROON = (
    PREFIXES
    + """
<https://w3id.org/opsc/id/action/opsc/CMR/ratification>
  a opsc:Ratification, opsc:ConsentToBeBound, opsc:ParticipationAction ;
  opsc:instrument <https://w3id.org/opsc/eli/opsc> ;
  opsc:participant <https://w3id.org/opsc/id/state/CMR> ;
  opsc:dateEarliest "2025-12-02"^^xsd:date ;
  opsc:dateLatest "2025-12-02"^^xsd:date ;
  opsc:datePrecision <https://w3id.org/opsc/scheme/date-precision/day> ;
  opsc:underProvision <https://w3id.org/opsc/eli/opsc/art_13/par_2> ;
  dcterms:source <https://w3id.org/opsc/id/source/nl-treaty-database> .
"""
)
DISPUTED = (
    PREFIXES
    + """
<https://example.org/claim/1> a opsc:Claim ;
  opsc:about <https://w3id.org/opsc/id/action/opsc/NOR/ratification> ;
  opsc:claimKind <https://w3id.org/opsc/scheme/claim-kind/date> ;
  opsc:claimedValue "2001-10-05"^^xsd:date ;
  opsc:accordingTo <https://w3id.org/opsc/id/source/untc-2015> .
"""
)
OVERWRITING = (
    PREFIXES
    + """
<https://w3id.org/opsc/id/action/opsc/NOR/ratification> opsc:dateEarliest "2001-10-05"^^xsd:date .
"""
)
SOURCE = ("--source", "https://example.org/gazette/12")
ASK = "ASK { GRAPH <https://w3id.org/opsc/graph/contribution/1> { ?s ?p ?o } }"


def opsc(home: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return commanding.opsc(home, *arguments, COLUMNS="160")


def written(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


@pytest.fixture
def home(copied_home: Path) -> Path:
    """A home of its own with the real release."""
    return copied_home


def test_a_ratification_is_let_in_answers_queries_and_can_be_retracted(home: Path, tmp_path: Path) -> None:
    file = written(tmp_path / "cameroon.ttl", CAMEROON)
    before = opsc(home, "export").stdout
    done = opsc(home, "contribute", file, *SOURCE, "--who", "Treaty office")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("contribution 1 accepted: https://w3id.org/opsc/graph/contribution/1\nversion ")
    assert opsc(home, "query", ASK).stdout == "yes\n"
    exported = opsc(home, "export", "--format", "turtle", "--graph", "contribution/1").stdout
    assert '"2025-12-02"' in exported
    shown = json.loads(opsc(home, "contributions", "show", "1", "--json").stdout)
    assert (shown["who"], shown["source"], shown["accepted"]) == ("Treaty office", SOURCE[1], True)
    assert opsc(home, "contributions", "show", "1", "--bytes").stdout == CAMEROON

    retracted = opsc(home, "contributions", "retract", "1", "--who", "Editor")
    assert (retracted.returncode, retracted.stderr) == (0, "")
    assert opsc(home, "query", ASK).stdout == "no\n"
    assert opsc(home, "export").stdout == before
    assert "retracted" in opsc(home, "contributions", "list").stdout

    made = json.loads(opsc(home, "versions", "--json").stdout)
    assert [(version["kind"], version["current"]) for version in made] == [
        ("release", False),
        ("contribution", False),
        ("retraction", True),
    ]
    then = opsc(home, "export", "--version", made[1]["id"][:12]).stdout
    assert set(before.splitlines()) < set(then.splitlines())
    assert "2025-12-02" in then


def test_a_claim_that_disagrees_is_let_in_and_marked(home: Path, tmp_path: Path) -> None:
    done = opsc(home, "contribute", written(tmp_path / "claim.ttl", DISPUTED), *SOURCE, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["accepted"] is True
    query = (
        "PREFIX opsc: <https://w3id.org/opsc/ns#> "
        "SELECT ?agreement WHERE { <https://example.org/claim/1> opsc:agreement ?agreement }"
    )
    answer = opsc(home, "query", query, "--format", "csv").stdout.split()
    assert answer == ["agreement", "https://w3id.org/opsc/scheme/agreement/conflict"]


def test_the_report_is_in_the_language_of_the_reader_and_points_into_the_file(home: Path, tmp_path: Path) -> None:
    file = written(tmp_path / "over.ttl", OVERWRITING)
    done = opsc(home, "contribute", file, *SOURCE, "--lang", "fr")
    assert done.returncode == 1
    assert done.stdout.startswith("Non conforme")
    assert f"  {file}:6:75: violation\xa0: opsc:dateEarliest\n" in done.stdout


def test_a_file_that_overwrites_is_refused_with_the_report(home: Path, tmp_path: Path) -> None:
    done = opsc(home, "contribute", written(tmp_path / "over.ttl", OVERWRITING), *SOURCE)
    assert done.returncode == 1
    assert done.stdout.startswith("Does not conform")
    assert "opsc:dateEarliest" in done.stdout
    assert "recorded as contribution 1, refused: not-conforming" in done.stderr
    listed = json.loads(opsc(home, "contributions", "list", "--refused", "--json").stdout)
    assert [record["code"] for record in listed] == ["not-conforming"]
    assert list(listed[0])[:3] == ["number", "received", "who"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("broken.ttl", "<https://example.org/a> <https://example.org/b>\n  [ .", "broken.ttl:2:"),
        ("relative.ttl", "<a> <b> <c> .", "refused: relative-iri"),
        ("entities.rdf", '<!DOCTYPE x [<!ENTITY a "b">]><x/>', "refused: doctype"),
        ("remote.jsonld", '{"@context": "http://127.0.0.1:9/c", "name": "x"}', "refused: remote-context"),
        ("own.nq", "<urn:a> <urn:b> <urn:c> <https://w3id.org/opsc/graph/participation> .", "refused: foreign-graph"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_clear_line(
    home: Path, tmp_path: Path, name: str, content: str, words: str
) -> None:
    done = opsc(home, "contribute", written(tmp_path / name, content), *SOURCE)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr
    assert "recorded as contribution 1" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("contribute", "nowhere.ttl", *SOURCE), "nowhere.ttl: cannot be read"),
        (("contribute", "pyproject.toml", *SOURCE), "unknown file extension"),
        (("contribute", "x.ttl", "--source", "gazette"), "'gazette' is not an absolute IRI"),
        (("contribute", "x.ttl"), "--source"),
        (("contributions", "show", "7"), "there is no contribution 7"),
        (("contributions", "retract", "7"), "there is no contribution 7"),
        (("export", "--version", "ffffffff"), "there is no version 'ffffffff'"),
    ],
)
def test_wrong_usage_exits_with_2_and_records_nothing(built_home: Path, arguments: tuple[str, ...], words: str) -> None:
    done = opsc(built_home, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert words in done.stderr
    assert not (built_home / "ledger.sqlite3").exists()


@pytest.mark.parametrize(
    "words", [("contribute",), ("contributions",), ("contributions", "list"), ("versions",)], ids=" ".join
)
def test_help_shows_an_example(built_home: Path, words: tuple[str, ...]) -> None:
    assert "Example" in opsc(built_home, *words, "--help").stdout


@pytest.mark.parametrize("arguments", [("versions",), ("contribute", "x.ttl", *SOURCE)])
def test_without_a_release_it_says_what_to_run(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    file = written(tmp_path / "x.ttl", CAMEROON)
    done = opsc(tmp_path, *(str(file) if argument == "x.ttl" else argument for argument in arguments))
    assert done.returncode == 2
    assert done.stderr.startswith("opsc: no release in ")


def test_a_build_puts_the_contributions_on_top_of_the_release(home: Path, tmp_path: Path) -> None:
    opsc(home, "contribute", written(tmp_path / "cameroon.ttl", CAMEROON), *SOURCE)
    version = json.loads(opsc(home, "versions", "--json").stdout)[-1]["id"]
    built = opsc(home, "build")
    assert built.returncode == 0
    assert f"version {version[:12]}: release with contributions" in built.stdout


def test_the_status_follows_a_contributed_action_and_names_the_contribution(home: Path, tmp_path: Path) -> None:
    before = opsc(home, "status", "Cameroon", "--json").stdout
    assert [one["contributions"] for one in json.loads(before)["intervals"]] == [[]]
    sent = opsc(home, "contribute", written(tmp_path / "ratification.ttl", CAMEROON), *SOURCE)
    assert sent.returncode == 0, sent.stdout
    after = opsc(home, "status", "Cameroon")
    assert "rule: Party (OPSC article 13(2)); rests on contribution 1" in after.stdout
    assert "the release" in after.stdout
    found = json.loads(opsc(home, "status", "Cameroon", "--json").stdout)
    assert {one["status"]: one["holds"] for one in found["intervals"]} == {
        "signed only": "no",
        "party": "yes",
        "in force": "yes",
    }
    assert all(one["contributions"] == [1] for one in found["intervals"])
    contributed = [one["sources"] for one in found["actions"] if one["contributions"] == [1]]
    assert [source["identifier"] for sources in contributed for source in sources] == ["nl-treaty-database"]
    assert opsc(home, "contributions", "retract", "1").returncode == 0
    assert opsc(home, "status", "Cameroon", "--json").stdout == before


def test_a_submission_that_makes_the_decision_fail_fails_no_later_one(home: Path, tmp_path: Path) -> None:
    # Parameters that no version of the program knows make the decision fail with an exception.
    row = SubmissionRecord(
        utc_now(), "a", "https://example.org/", None, "text/turtle", "a.ttl", b"", parameters={"none-such": ["x"]}
    )
    poisoned = Ledger(home).record_submission(row)
    accepted = opsc(home, "contribute", written(tmp_path / "cmr.ttl", CAMEROON), *SOURCE)
    assert (accepted.returncode, accepted.stderr) == (0, "")
    decision = Contributions(home).decision(poisoned)
    assert (decision.accepted, decision.code) == (False, "decision-crashed")
    assert Contributions(home).undecided(poisoned + 1) == []
