"""Contributions: recorded, validated merged with the graph, let in as a graph of their own or refused, retracted."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from graph.contributions.contributions import Contributions
from graph.contributions.submission import Submission, to_record
from graph.effects.graphs import contribution_graph, derived_graph
from graph.errors import ReleaseError, UnknownContributionError
from graph.settings import ContributionLimits
from graph.versions.ledger import Ledger
from graph.versions.release import Release
from ontology import iris
from ontology.terms import DCTERMS, OPSC, RDF, SKOS, XSD
from shapes import reports
from tests.described import body

Submit = Callable[..., Submission]
WriteRelease = Callable[..., Release]
AGREEMENT = iris.scheme("agreement").value


def in_graph(contributions: Contributions, graph: NamedNode) -> list[Quad]:
    return [quad for quad in contributions.quads() if quad.graph_name == graph]


def agreements(contributions: Contributions, number: int) -> list[str]:
    marks = in_graph(contributions, derived_graph(number))
    # The agreement on the action is in the same graph.
    found = [quad.object for quad in marks if quad.predicate == OPSC.agreement and "/action/" not in str(quad.subject)]
    return [term.value.removeprefix(f"{AGREEMENT}/") for term in found if isinstance(term, NamedNode)]


def test_what_conforms_gets_a_graph_of_its_own(home: Path, submission: Submit, gazette: str) -> None:
    contributions = Contributions(home)
    before = contributions.version
    decision = contributions.submit(submission(gazette.format(name="a")))
    assert (decision.number, decision.accepted, decision.problem, decision.code) == (1, True, None, None)
    assert decision.graph == iris.graph("contribution/1")
    assert decision.version == contributions.version != before
    subjects = {quad.subject for quad in in_graph(contributions, decision.graph)}
    assert subjects == {NamedNode("https://example.org/source/a")}


def test_the_graph_says_who_sent_it_when_from_where_and_under_which_licence(
    home: Path, submission: Submit, gazette: str
) -> None:
    contributions = Contributions(home)
    contributions.submit(submission(gazette.format(name="a")))
    provenance = in_graph(contributions, iris.graph("contributions"))
    assert {quad.subject for quad in provenance} == {iris.thing("contribution", "1")}
    said = {quad.predicate: quad.object for quad in provenance if quad.predicate != RDF.type}
    when = said[DCTERMS.dateSubmitted]
    assert isinstance(when, Literal)
    assert (when.value, when.datatype) == (contributions.contribution(1).received, XSD.dateTime)
    assert said[OPSC.contributedBy] == Literal("Treaty office")
    assert said[OPSC.contributionNumber] == Literal(1)
    assert said[OPSC.contributedGraph] == iris.graph("contribution/1")
    assert said[DCTERMS.source] == NamedNode("https://example.org/gazette/12")
    assert said[DCTERMS.license] == NamedNode("https://example.org/licence")


def test_blank_nodes_get_iris_below_the_contribution(home: Path, submission: Submit, dated_claim: str) -> None:
    contributions = Contributions(home)
    claim = dated_claim.format(date="2001-10-02", source="untc-2015")
    contributions.submit(submission(claim + claim))
    subjects = {quad.subject for quad in in_graph(contributions, contribution_graph(1))}
    assert subjects == {iris.thing("contribution", "1", "1"), iris.thing("contribution", "1", "2")}


@pytest.mark.parametrize(
    ("date", "source", "agreement"),
    [
        ("2001-10-02", "untc-2015", "single-source"),
        ("2001-10-05", "untc-2015", "conflict"),
    ],
)
def test_a_contributor_may_disagree_and_the_graph_says_so(
    home: Path, submission: Submit, dated_claim: str, date: str, source: str, agreement: str
) -> None:
    contributions = Contributions(home)
    decision = contributions.submit(submission(dated_claim.format(date=date, source=source)))
    assert decision.accepted
    assert agreements(contributions, 1) == [agreement]
    action = iris.action("opsc", "NOR", "ratification")
    dates = {
        quad.object for quad in contributions.quads() if (quad.subject, quad.predicate) == (action, OPSC.dateLatest)
    }
    assert dates == {Literal("2001-10-02", datatype=XSD.date)}


def test_a_second_source_confirms(home: Path, submission: Submit, dated_claim: str) -> None:
    contributions = Contributions(home)
    contributions.submit(submission(dated_claim.format(date="2001-10-02", source="untc-2015")))
    contributions.submit(submission(dated_claim.format(date="2001-10-02", source="hr-status-2022")))
    assert agreements(contributions, 2) == ["confirmed"]


def test_a_disputed_adoption_is_marked(home: Path, submission: Submit, write_release: WriteRelease) -> None:
    figure = iris.concept("figure", "adoption")
    write_release(home, Quad(figure, RDF.type, SKOS.Concept, iris.graph("schemes")))
    contributions = Contributions(home)
    for number, (day, agreement) in enumerate([("2000-05-26", "conflict"), ("2000-05-25", "confirmed")], start=1):
        claim = (
            f"[] a opsc:Claim ; opsc:about <https://w3id.org/opsc/eli/opsc> ; opsc:figure {figure} ; "
            f"opsc:claimKind <https://w3id.org/opsc/scheme/claim-kind/date> ; opsc:claimedValue '{day}'^^xsd:date ; "
            "opsc:accordingTo <https://w3id.org/opsc/id/source/untc-2015> ."
        )
        assert contributions.submit(submission(claim)).accepted
        assert agreements(contributions, number) == [agreement]


def test_what_does_not_conform_with_the_graph_is_refused_with_the_report(home: Path, submission: Submit) -> None:
    contributions = Contributions(home)
    before = contributions.nquads()
    decision = contributions.submit(
        submission(
            "<https://w3id.org/opsc/id/action/opsc/NOR/ratification> opsc:dateEarliest '2001-10-05'^^xsd:date ; "
            "opsc:dateLatest '2001-10-05'^^xsd:date ."
        )
    )
    assert (decision.accepted, decision.graph, decision.code) == (False, None, "not-conforming")
    assert decision.report is not None
    assert not decision.report.conforms
    assert "opsc:dateEarliest" in reports.write(decision.report, "text")
    assert contributions.nquads() == before


def test_the_report_is_kept_word_for_word(home: Path, submission: Submit) -> None:
    decision = Contributions(home).submit(
        submission("<https://w3id.org/opsc/id/state/NOR> a opsc:Claim ; opsc:about [] .")
    )
    kept = Contributions(home).contribution(1)
    assert decision.report is not None
    assert kept.report == decision.report
    assert reports.write(kept.report, "turtle") == reports.write(decision.report, "turtle")
    assert reports.write(kept.report, "text") == reports.write(decision.report, "text")


TRIPLE = b"<https://example.org/a> <https://example.org/b> <https://example.org/c>"


@pytest.mark.parametrize(
    ("content", "media_type", "code", "words"),
    [
        (b"<a> <b> <c> .", "text/turtle", "relative-iri", "relative"),
        (TRIPLE + b" ; .\n[ .", "text/turtle", "malformed", "sent.ttl:2:"),
        (TRIPLE, "text/turtle", "malformed", "sent.ttl:1"),
        (b"\xff\xfe" + TRIPLE, "text/turtle", "wrong-encoding", "not UTF-8"),
        (TRIPLE, "text/turtle; charset=latin-1", "wrong-encoding", "latin-1"),
        (TRIPLE, "text/csv", "unknown-format", "not a known RDF media type"),
        (b" \n", "text/turtle", "empty", "is empty"),
        (b"@prefix a: <https://example.org/> .", "text/turtle", "empty", "contains no triples"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a/>', "application/rdf+xml", "doctype", "DOCTYPE"),
        (
            b'{"@context": "http://127.0.0.1:9/c", "name": "x"}',
            "application/ld+json",
            "remote-context",
            "never fetched",
        ),
        (b"[" * 1000, "application/ld+json", "too-deep", "deep"),
        (TRIPLE + b" .\n" + b"#" * 3000, "text/turtle", "too-large", "more than the 2000 allowed"),
        (TRIPLE + b" <https://w3id.org/opsc/graph/participation> .", "application/n-quads", "foreign-graph", "own"),
        (TRIPLE + b" _:graph .", "application/n-quads", "foreign-graph", "own"),
        (
            b'<https://e.org/a> <https://e.org/b> "01"^^<http://www.w3.org/2001/XMLSchema#byte>, 1, 1.0, 1e0 .',
            "text/turtle",
            "datatype-unsupported",
            '"01"^^<http://www.w3.org/2001/XMLSchema#byte> as "1"^^<http://www.w3.org/2001/XMLSchema#integer>;',
        ),
        (b"<https://w3id.org/opsc/ns#State> a <https://example.org/c> .", "text/turtle", "reserved", "release"),
        (
            b"<https://w3id.org/opsc/id/contribution/1> a <https://example.org/c> .",
            "text/turtle",
            "reserved",
            "release",
        ),
    ],
)
def test_what_cannot_be_used_is_recorded_and_refused_with_a_code(
    home: Path, submission: Submit, content: bytes, media_type: str, code: str, words: str
) -> None:
    contributions = Contributions(home, ContributionLimits(size=2000))
    before = contributions.version
    decision = contributions.submit(submission(content, media_type))
    assert (decision.accepted, decision.report, decision.code) == (False, None, code)
    assert decision.problem is not None
    assert words in decision.problem
    assert decision.problem.count("\n") == 0
    entry = contributions.contribution(decision.number)
    assert (entry.data, entry.accepted, entry.code, entry.problem) == (content, False, code, decision.problem)
    assert contributions.quads() == contributions.quads(before)


def test_a_file_may_name_the_graph_that_it_will_get(home: Path, submission: Submit) -> None:
    sent = f"<https://w3id.org/opsc/graph/contribution/1> {{ {body('https://example.org/a', 'Office')} }}"
    assert Contributions(home).submit(submission(sent.encode(), "application/trig")).accepted


def test_names_that_are_no_text_are_recorded_as_escapes(home: Path, submission: Submit) -> None:
    decision = Contributions(home).submit(submission(body("https://example.org/a", "Office"), submitter="caf\udce9"))
    assert decision.accepted
    assert Contributions(home).contribution(1).submitter == "caf\\udce9"


def test_a_contributor_without_a_name_is_refused(home: Path, submission: Submit) -> None:
    assert Contributions(home).submit(submission(TRIPLE + b" .", submitter="")).code == "not-conforming"


def test_retraction_makes_a_version_without_it_and_keeps_the_record(
    home: Path, submission: Submit, gazette: str, dated_claim: str
) -> None:
    contributions = Contributions(home)
    first = contributions.submit(submission(dated_claim.format(date="2001-10-05", source="untc-2015")))
    second = contributions.submit(submission(gazette.format(name="b")))
    decision = contributions.retract(1, "Editor")
    assert decision.accepted
    assert decision.version == contributions.version not in (first.version, second.version)
    text = contributions.nquads()
    assert b"contribution/1" not in text
    assert b"contribution/2" in text
    entry = contributions.contribution(1)
    assert (entry.accepted, entry.retracted_by) == (True, "Editor")
    assert b"2001-10-05" in entry.data
    assert b"contribution/1" in contributions.nquads(second.version)


def test_a_triple_that_another_contribution_states_too_outlives_a_retraction(
    home: Path, submission: Submit, gazette: str
) -> None:
    contributions = Contributions(home)
    for _ in range(2):
        assert contributions.submit(submission(gazette.format(name="a"))).accepted
    assert contributions.retract(1, "Editor").accepted
    claim = submission(
        "[] a opsc:Claim ; opsc:about <https://w3id.org/opsc/eli/opsc> ; opsc:claimedValue 'x' ; "
        "opsc:claimKind <https://w3id.org/opsc/scheme/claim-kind/description> ; "
        "opsc:accordingTo <https://example.org/source/a> ."
    )
    assert contributions.submit(claim).accepted
    refusal = contributions.retract(2, "Editor")
    assert (refusal.accepted, refusal.code) == (False, "needed")
    assert refusal.report is not None
    assert not refusal.report.conforms
    assert contributions.retract(3, "Editor").accepted
    assert contributions.retract(2, "Editor").accepted


@pytest.mark.parametrize(("times", "code"), [(0, "not-accepted"), (1, "already-retracted")])
def test_what_is_not_in_the_graph_cannot_be_retracted(
    home: Path, submission: Submit, gazette: str, times: int, code: str
) -> None:
    contributions = Contributions(home)
    contributions.submit(submission(gazette.format(name="a") if times else "<a> <b> <c> ."))
    for _ in range(times):
        contributions.retract(1, "Editor")
    version = contributions.version
    decision = contributions.retract(1, "Editor")
    assert (decision.accepted, decision.code, decision.version) == (False, code, version)


def test_a_number_that_was_never_given_is_named(home: Path) -> None:
    contributions = Contributions(home)
    for ask in (contributions.contribution, contributions.decision, lambda number: contributions.retract(number, "x")):
        with pytest.raises(UnknownContributionError, match="there is no contribution 7"):
            ask(7)


def test_entries_are_listed_in_order_and_by_contributor_and_outcome(
    home: Path, submission: Submit, gazette: str
) -> None:
    contributions = Contributions(home)
    contributions.submit(submission(gazette.format(name="a"), submitter="A"))
    contributions.submit(submission("<a> <b> <c> .", submitter="A"))
    contributions.submit(submission(gazette.format(name="b"), submitter="B"))

    def numbers(**filters: object) -> list[int]:
        return [record.number for record in contributions.entries(**filters)]  # type: ignore[arg-type]

    assert numbers() == [1, 2, 3]
    assert numbers(submitter="A") == [1, 2]
    assert numbers(accepted=True) == [1, 3]
    assert numbers(accepted=False) == [2]
    assert numbers(after=1, limit=1) == [2]


def test_without_a_release_nothing_can_be_submitted(tmp_path: Path, submission: Submit) -> None:
    with pytest.raises(ReleaseError, match="run 'opsc build' first"):
        Contributions(tmp_path).submit(submission("<a> <b> <c> ."))
    assert list(tmp_path.iterdir()) == []


def test_a_new_release_keeps_what_conforms_and_reports_what_does_not(
    home: Path, submission: Submit, gazette: str, write_release: WriteRelease
) -> None:
    contributions = Contributions(home)
    contributions.submit(submission(gazette.format(name="a")))
    contributions.submit(submission(gazette.format(name="b")))
    before = contributions.version
    title = Literal("Another title", language="fr")
    clash = Quad(NamedNode("https://example.org/source/a"), OPSC.sourceAsOf, Literal("2008"), iris.graph("sources"))
    second = write_release(home, clash, Quad(clash.subject, DCTERMS.title, title, clash.graph_name))
    assert contributions.version not in (before, second.version)
    text = contributions.nquads()
    assert b"contribution/2" in text
    assert b"contribution/1" not in text
    assert list(contributions.unapplied) == [1]
    entry = contributions.contribution(1)
    assert entry.accepted
    assert entry.unapplied is not None
    assert not entry.unapplied.conforms
    assert [version.kind for version in contributions.versions()] == [
        "release", "contribution", "contribution", "release", "replay",
    ]  # fmt: skip
    write_release(home)
    assert contributions.version == before
    assert contributions.unapplied == {}


def test_a_contribution_that_is_left_out_can_be_retracted(
    home: Path, submission: Submit, gazette: str, write_release: WriteRelease
) -> None:
    contributions = Contributions(home)
    contributions.submit(submission(gazette.format(name="a")))
    subject = NamedNode("https://example.org/source/a")
    release = write_release(home, Quad(subject, OPSC.sourceAsOf, Literal("2008"), iris.graph("sources")))
    assert contributions.version == release.version
    assert contributions.retract(1, "Editor").accepted
    assert contributions.version == release.version
    assert contributions.unapplied == {}
    write_release(home)
    assert b"contribution/1" not in contributions.nquads()


def test_what_another_process_let_in_is_seen(home: Path, submission: Submit, gazette: str) -> None:
    one, other = Contributions(home), Contributions(home)
    first = one.submit(submission(gazette.format(name="a")))
    assert other.version == first.version
    clash = "<https://example.org/source/a> opsc:sourceAsOf '2008'^^xsd:gYear ."
    assert other.submit(submission(clash)).code == "not-conforming"
    assert other.submit(submission(gazette.format(name="b"))).accepted
    assert one.submit(submission(gazette.format(name="c"))).accepted
    assert one.versions()[-1].parent == one.versions()[-2].id


def test_threads_are_served_one_after_the_other(home: Path, submission: Submit, gazette: str) -> None:
    contributions = Contributions(home)
    accepted: list[bool] = []

    def submit(name: int) -> None:
        accepted.append(contributions.submit(submission(gazette.format(name=name))).accepted)

    threads = [threading.Thread(target=submit, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert accepted == [True] * 4
    made = contributions.versions()
    assert [version.number for version in made] == [None, 1, 2, 3, 4]
    assert [version.parent for version in made[1:]] == [version.id for version in made[:-1]]


def test_a_decision_that_was_interrupted_is_made_with_the_next_one(
    home: Path, submission: Submit, gazette: str
) -> None:
    left = Ledger(home).record_submission(to_record(submission(gazette.format(name="a")), "2026-11-23T12:00:00.000Z"))
    contributions = Contributions(home)
    assert contributions.contribution(left).accepted is None
    assert contributions.submit(submission(gazette.format(name="b"))).accepted
    assert contributions.contribution(left).accepted
    assert [version.number for version in contributions.versions()] == [None, left, 2]


def test_a_decision_that_is_interrupted_again_and_again_is_given_up(
    home: Path, submission: Submit, gazette: str
) -> None:
    ledger = Ledger(home)
    left = ledger.record_submission(to_record(submission(gazette.format(name="a")), "2026-11-23T12:00:00.000Z"))
    for _ in range(2):
        ledger.record_attempt(left, "2026-11-23T12:00:00.000Z")
    contributions = Contributions(home)
    assert contributions.submit(submission(gazette.format(name="b"))).accepted
    assert contributions.contribution(left).code == "interrupted"


def test_preparing_decides_nothing_and_changes_nothing(home: Path, submission: Submit, dated_claim: str) -> None:
    contributions = Contributions(home)
    version = contributions.version
    contributions.prepare()
    assert contributions.version == version
    assert contributions.entries() == []
    assert (
        contributions.submit(submission(dated_claim.format(date="2001-10-05", source="untc-2015"))).version != version
    )
