"""Contradictions that a rule would derive: refused with the rule named, or kept as a claim; nothing is half applied."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import NamedNode

from graph.contributions.contributions import Contributions, Decision
from graph.contributions.submission import Submission
from shapes import reports
from tests.graph.effects.sentences import PREFIXES, RESERVATION, action, claim, day

FIJI = "id/action/opsc/FJI/ratification"


@pytest.fixture(scope="module")
def contributions(built_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Contributions:
    """The contributions to a copy of the release; what is refused leaves it as it is."""
    home = tmp_path_factory.mktemp("contradictions")
    shutil.copytree(built_home / "releases", home / "releases")
    return Contributions(home)


def submit(contributions: Contributions, text: str) -> Decision:
    source = NamedNode("https://example.org/source")
    return contributions.submit(Submission((PREFIXES + text).encode(), "text/turtle", "sent.ttl", "Office", source))


@pytest.fixture
def norway_left(contributions: Contributions) -> Iterator[None]:
    decision = submit(contributions, action("NOR", "Denunciation", "2010-05-05", "art_15/par_1"))
    assert decision.accepted
    yield
    assert contributions.retract(decision.number, "Office").accepted


REFUSED = {
    "a signature withdrawn after the ratification": (
        action("NOR", "WithdrawalOfSignature", "2005-01-01", "art_13/par_1"),
        "WithdrawalOfSignatureShape-unbound",
    ),
    "a denunciation before the deposit": (
        action("NOR", "Denunciation", "2000-09-05", "art_15/par_1"),
        "DenunciationShape-party",
    ),
    "a ratification before the signature": (action("IRL", "Ratification", "2000-08-01"), "notBeforeSignature"),
    "a succession before the deposit of the predecessor": (
        action("IRL", "Succession", "2001-01-01", more="; opsc:predecessor <id/state/NOR>"),
        "SuccessionShape-predecessorBound",
    ),
    "a withdrawal before its reservation": (RESERVATION.format(day="2001-01-01"), "WithdrawalOfStatementShape-later"),
}


@pytest.mark.parametrize(("text", "constraint"), REFUSED.values(), ids=REFUSED)
def test_facts_that_contradict_each_other_are_refused_by_the_shapes(
    contributions: Contributions, text: str, constraint: str
) -> None:
    before = contributions.version
    decision = submit(contributions, text)
    assert (decision.accepted, decision.code) == (False, "not-conforming")
    assert decision.report is not None
    assert constraint in reports.write(decision.report, "turtle")
    assert contributions.version == before


DERIVED = {
    "a second signature": (action("IRL", "Signature", "2001-01-01", "art_13/par_1"), "Signed, not party"),
    "a second signature of a party": (action("NOR", "Signature", "2001-01-01", "art_13/par_1"), "Signed, not party"),
}


@pytest.mark.parametrize(("text", "rule"), DERIVED.values(), ids=DERIVED)
def test_what_a_rule_would_derive_is_refused_with_the_rule(contributions: Contributions, text: str, rule: str) -> None:
    before, nquads = contributions.version, contributions.nquads()
    decision = submit(contributions, text)
    assert (decision.accepted, decision.code) == (False, "contradiction")
    assert f"by the rule '{rule}' it would follow for" in (decision.problem or "")
    assert decision.report is not None
    assert (contributions.version, contributions.nquads()) == (before, nquads)
    # The working copy is as before as well: the next decision stands on it.
    accepted = submit(contributions, claim(FIJI, day("2021-03-29"), "fiji"))
    assert accepted.accepted
    assert contributions.retract(accepted.number, "Office").accepted
    assert contributions.nquads() == nquads


@pytest.mark.usefixtures("norway_left")
def test_a_second_denunciation_is_refused_with_the_rule(contributions: Contributions) -> None:
    second = action("NOR", "Denunciation", "2011-05-05", "art_15/par_1").replace("nor-denunciation", "nor-again")
    decision = submit(contributions, second)
    assert (decision.accepted, decision.code) == (False, "contradiction")
    assert "by the rule 'Party'" in (decision.problem or "")


def test_a_withdrawal_after_its_reservation_is_derived_and_undone(contributions: Contributions) -> None:
    before = contributions.nquads()
    decision = submit(contributions, RESERVATION.format(day="2010-01-01"))
    assert decision.accepted
    withdrawn = b"<https://w3id.org/opsc/id/statement/opsc/LAO/1> <https://w3id.org/opsc/ns#withdrawnBy>"
    assert withdrawn in contributions.nquads()
    assert contributions.retract(decision.number, "Office").accepted
    assert contributions.nquads() == before


def fact(text: str) -> str:
    """Return Fiji's ratification under its IRI, with a day."""
    return action("FJI", "Ratification", text).replace("<https://example.org/fji-ratification>", f"<{FIJI}>")


def test_a_range_is_closed_by_the_fact_itself(contributions: Contributions) -> None:
    before = contributions.nquads()
    decision = submit(contributions, fact("2021-03-29"))
    assert decision.accepted, decision.report and reports.write(decision.report, "text")
    nquads = contributions.nquads().decode()
    assert f'<https://w3id.org/opsc/{FIJI}> <https://w3id.org/opsc/ns#dateLatest> "2021-03-29"' in nquads
    assert f'<https://w3id.org/opsc/{FIJI}> <https://w3id.org/opsc/ns#dateLatest> "2021-09-30"' not in nquads
    assert 'status/opsc/FJI/party> <https://w3id.org/opsc/ns#beginsLatest> "2021-03-29"' in nquads
    refused = submit(contributions, fact("2021-04-02").replace("fji-ratification", "fji-again"))
    assert (refused.accepted, refused.code) == (False, "not-conforming")
    assert "rule 'Day within a range of dates'" in (refused.problem or "")
    assert contributions.retract(decision.number, "Office").accepted
    assert contributions.nquads() == before


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (fact("2020-12-31"), "not-conforming"),
        (fact("2021-03-29").replace('"2026-03-01"', '"2015-01-27"'), "not-conforming"),
    ],
    ids=["a day outside", "a source that is older"],
)
def test_a_range_stays_without_a_day_within_it_by_a_source_of_that_day(
    contributions: Contributions, text: str, code: str
) -> None:
    decision = submit(contributions, text)
    assert (decision.accepted, decision.code) == (False, code)


SENT = claim(FIJI, day("2021-03-29"), "a")
CLAIMS = {
    "one day": ([SENT], "2021-03-29"),
    "two days of two contributions": (
        [claim(FIJI, day("2021-03-29"), "a"), claim(FIJI, day("2021-04-02"), "b")],
        "2021-03-29",
    ),
    "the depositary after another": (
        [claim(FIJI, day("2021-03-29"), "a"), claim(FIJI, day("2021-04-02"), "b", "depositary")],
        "2021-04-02",
    ),
    "two days of one contribution": (
        [claim(FIJI, day("2021-03-29"), "a") + claim(FIJI, day("2021-04-02"), "b")],
        "2021-09-30",
    ),
    "a source of that month": ([SENT.replace("2026-03-01", "2021-03-31")], "2021-03-29"),
    "a source of the year before": ([SENT.replace("2026-03-01", "2020-12-31")], "2021-09-30"),
    "a day outside": ([claim(FIJI, day("2022-03-29"), "a")], "2021-09-30"),
}


@pytest.mark.parametrize(("texts", "latest"), CLAIMS.values(), ids=CLAIMS)
def test_claims_close_a_range_by_rank_and_the_others_stay_claims(
    contributions: Contributions, texts: list[str], latest: str
) -> None:
    before = contributions.nquads()
    decisions = [submit(contributions, text) for text in texts]
    assert all(decision.accepted for decision in decisions)
    line = f'<https://w3id.org/opsc/{FIJI}> <https://w3id.org/opsc/ns#dateLatest> "{latest}"'
    assert line in contributions.nquads().decode()
    for decision in decisions:
        assert contributions.retract(decision.number, "Office").accepted
    assert contributions.nquads() == before
