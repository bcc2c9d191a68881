"""The rules, on small participations: what article 12 and article 14 give, brackets included, and how claims agree."""

import datetime
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from graph.errors import RuleError
from graph.rules import derive
from graph.sparql.dataset import create_store
from ontology import iris
from ontology.terms import DCTERMS, OPSC, PROV, RDF, SKOS, XSD

OPSC_ELI = iris.instrument("opsc")
FACTS = iris.graph("participation")
DEPOSITARY, OTHER, YEARBOOK = (iris.source(name) for name in ("depositary", "other", "yearbook"))


def date(text: str) -> Literal:
    return Literal(text, datatype=XSD.date)


def action(iso3: str, kind: str, day: str, latest: str | None = None) -> list[Quad]:
    """Return an action of the State ``iso3`` on ``day``, or between ``day`` and ``latest``."""
    node = iris.action("opsc", iso3, kind.lower())
    consents = {"Ratification", "Accession", "Succession"}
    types = [OPSC[kind], OPSC.ParticipationAction, *([OPSC.ConsentToBeBound] if kind in consents else [])]
    statements = [
        *((RDF.type, kind_of) for kind_of in types),
        (OPSC.instrument, OPSC_ELI),
        (OPSC.participant, iris.state(iso3)),
        (OPSC.dateEarliest, date(day)),
        (OPSC.dateLatest, date(latest or day)),
        (DCTERMS.source, DEPOSITARY),
    ]
    return [Quad(node, predicate, value, FACTS) for predicate, value in statements]


def claim(about: NamedNode, value: Literal, source: NamedNode, name: str, **more: NamedNode | Literal) -> list[Quad]:
    """Return a claim of ``source``; of a date unless ``more`` names another kind."""
    node = iris.thing("claim", name)
    statements: list[tuple[NamedNode, NamedNode | Literal]] = [
        (RDF.type, OPSC.Claim),
        (OPSC.about, about),
        (OPSC.claimedValue, value),
        (OPSC.accordingTo, source),
        (OPSC.claimKind, more.pop("claimKind", iris.concept("claim-kind", "date"))),
        *((OPSC[key], term) for key, term in more.items()),
    ]
    return [Quad(node, predicate, term, FACTS) for predicate, term in statements]


KINDS = [
    Quad(DEPOSITARY, OPSC.sourceKind, iris.concept("source-kind", "depositary"), FACTS),
    Quad(OTHER, OPSC.sourceKind, iris.concept("source-kind", "gazette"), FACTS),
]

# Ten deposits, the tenth on 2001-10-18: the case of the Protocol itself.
TEN = [
    quad
    for number, day in enumerate(["2000-09-06", *(f"2001-0{month}-15" for month in range(1, 9)), "2001-10-18"])
    for quad in action(f"AA{number}", "Ratification", day)
]


class Derived:
    """What the rules derive, to be asked for the values of a subject."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        self.quads = derive.derive(create_store(quads), derive.load_rules())

    def values(self, subject: NamedNode, predicate: NamedNode) -> set[str]:
        found = (quad.object for quad in self.quads if quad.subject == subject and quad.predicate == predicate)
        return {str(getattr(term, "value", term)) for term in found}

    def bracket(self, subject: NamedNode, kind: str = "date") -> tuple[set[str], set[str]]:
        return self.values(subject, OPSC[f"{kind}Earliest"]), self.values(subject, OPSC[f"{kind}Latest"])


def force(iso3: str) -> NamedNode:
    return iris.thing("entry-into-force", "opsc", iso3)


def test_the_protocol_enters_into_force_three_months_after_the_tenth_deposit() -> None:
    derived = Derived(TEN)
    node = iris.thing("entry-into-force", "opsc")
    assert derived.bracket(node) == ({"2002-01-18"}, {"2002-01-18"})
    assert len(derived.values(node, PROV.wasDerivedFrom)) == 10


def test_nine_deposits_bring_nothing_into_force() -> None:
    nine = [quad for quad in TEN if quad.subject != iris.action("opsc", "AA9", "ratification")]
    assert Derived(nine).bracket(iris.thing("entry-into-force", "opsc")) == (set(), set())


def test_a_bracketed_tenth_deposit_brackets_the_entry_into_force() -> None:
    nine = [quad for quad in TEN if quad.subject != iris.action("opsc", "AA9", "ratification")]
    derived = Derived([*nine, *action("AA9", "Ratification", "2001-10-01", "2001-12-31")])
    assert derived.bracket(iris.thing("entry-into-force", "opsc")) == ({"2002-01-01"}, {"2002-03-31"})


@pytest.mark.parametrize(
    ("deposit", "latest", "expected"),
    [
        ("2001-11-30", None, ("2002-01-18", "2002-01-18")),
        ("2002-01-17", None, ("2002-01-18", "2002-01-18")),
        ("2002-01-23", None, ("2002-02-23", "2002-02-23")),
        ("2005-01-31", None, ("2005-02-28", "2005-02-28")),
        ("2004-01-31", None, ("2004-02-29", "2004-02-29")),
        ("2022-01-01", "2022-06-13", ("2022-02-01", "2022-07-13")),
    ],
    ids=["before", "day before", "after", "clamped", "clamped in a leap year", "bracket"],
)
def test_entry_into_force_for_a_party(deposit: str, latest: str | None, expected: tuple[str, str]) -> None:
    derived = Derived([*TEN, *action("NOR", "Accession", deposit, latest)])
    assert derived.bracket(force("NOR")) == ({expected[0]}, {expected[1]})


def test_the_first_report_is_due_two_years_after_entry_into_force() -> None:
    derived = Derived([*TEN, *action("NOR", "Accession", "2002-01-29")])
    assert derived.bracket(iris.thing("report-due", "opsc", "NOR")) == ({"2004-02-28"}, {"2004-02-28"})


def test_a_signatory_that_deposits_has_signed_only_until_then() -> None:
    derived = Derived([*action("NOR", "Signature", "2000-06-13"), *action("NOR", "Ratification", "2001-10-02")])
    interval = iris.thing("status", "opsc", "NOR", "signed-only")
    assert derived.bracket(interval, "begins") == ({"2000-06-13"}, {"2000-06-13"})
    assert derived.bracket(interval, "ends") == ({"2001-10-02"}, {"2001-10-02"})


def test_a_signatory_that_deposits_nothing_has_an_open_interval() -> None:
    interval = iris.thing("status", "opsc", "IRL", "signed-only")
    assert Derived(action("IRL", "Signature", "2000-09-07")).bracket(interval, "ends") == (set(), set())


def test_who_signs_and_deposits_on_one_day_has_never_signed_only() -> None:
    derived = Derived([*action("BGD", "Signature", "2000-09-06"), *action("BGD", "Ratification", "2000-09-06")])
    assert derived.bracket(iris.thing("status", "opsc", "BGD", "signed-only"), "begins") == (set(), set())


def test_a_denunciation_ends_the_status_one_year_after_its_receipt() -> None:
    derived = Derived([*TEN, *action("NOR", "Accession", "2002-03-01"), *action("NOR", "Denunciation", "2010-05-05")])
    for status in ("party", "in-force"):
        ends = derived.bracket(iris.thing("status", "opsc", "NOR", status), "ends")
        assert ends == ({"2011-05-05"}, {"2011-05-05"})


def tally(derived: Derived, day: str) -> Mapping[str, set[str]]:
    node = iris.thing("tally", "opsc", day)
    names = (
        "partiesAtLeast",
        "partiesAtMost",
        "signatories",
        "signedOnlyAtLeast",
        "signedOnlyAtMost",
        "accessionsAtMost",
    )
    return {name: derived.values(node, OPSC[name]) for name in names}


def test_a_tally_counts_brackets_from_both_sides() -> None:
    derived = Derived(
        [
            *action("NOR", "Signature", "2000-06-13"),
            *action("NOR", "Ratification", "2001-10-02"),
            *action("FJI", "Signature", "2000-07-01"),
            *action("FJI", "Ratification", "2001-01-01", "2001-12-31"),
            *action("ALB", "Accession", "2001-03-03"),
        ]
    )
    assert tally(derived, "2001-10-02") == {
        "partiesAtLeast": {"2"},
        "partiesAtMost": {"3"},
        "signatories": {"2"},
        "signedOnlyAtLeast": {"0"},
        "signedOnlyAtMost": {"1"},
        "accessionsAtMost": {"1"},
    }


DEPOSIT = iris.action("opsc", "NOR", "ratification")
AGREEMENT = {
    "two sources give the day": ("2001-10-02", "2001-10-02", "confirmed", "confirmed"),
    "the second source gives another day": ("2001-10-02", "2001-10-12", "conflict", "conflict"),
}


@pytest.mark.parametrize(("first", "second", "of_second", "of_action"), AGREEMENT.values(), ids=AGREEMENT)
def test_agreement_of_two_days(first: str, second: str, of_second: str, of_action: str) -> None:
    derived = Derived(
        [
            *KINDS,
            *action("NOR", "Ratification", "2001-10-02"),
            *claim(DEPOSIT, date(first), DEPOSITARY, "first"),
            *claim(DEPOSIT, date(second), OTHER, "second"),
        ]
    )
    assert derived.values(iris.thing("claim", "second"), OPSC.agreement) == {iris.concept("agreement", of_second).value}
    assert derived.values(DEPOSIT, OPSC.agreement) == {iris.concept("agreement", of_action).value}
    assert derived.values(DEPOSIT, OPSC.adoptedClaim) == {iris.thing("claim", "first").value}


def test_a_year_from_a_second_source_confirms_the_day_only_to_the_year() -> None:
    derived = Derived(
        [
            *KINDS,
            *action("NOR", "Ratification", "2001-10-02"),
            *claim(DEPOSIT, date("2001-10-02"), DEPOSITARY, "day"),
            *claim(DEPOSIT, Literal("2001", datatype=XSD.gYear), YEARBOOK, "year"),
        ]
    )
    assert derived.values(DEPOSIT, OPSC.agreement) == {iris.concept("agreement", "confirmed-to-the-year").value}
    assert derived.values(iris.thing("claim", "year"), OPSC.agreement) == {iris.concept("agreement", "confirmed").value}
    assert derived.values(iris.thing("claim", "day"), OPSC.agreement) == {
        iris.concept("agreement", "single-source").value
    }


def test_without_a_depositary_the_claims_that_fit_are_adopted() -> None:
    derived = Derived(
        [
            *KINDS,
            *action("NOR", "Ratification", "2001-01-01", "2001-12-31"),
            *claim(DEPOSIT, Literal("2001", datatype=XSD.gYear), YEARBOOK, "year"),
            *claim(DEPOSIT, Literal("2003", datatype=XSD.gYear), OTHER, "wrong"),
        ]
    )
    assert derived.values(DEPOSIT, OPSC.adoptedClaim) == {iris.thing("claim", "year").value}
    assert derived.values(iris.thing("claim", "wrong"), OPSC.agreement) == {iris.concept("agreement", "conflict").value}


@pytest.mark.parametrize(
    ("count", "as_of", "agreement"),
    [
        ("2", "2001-06-01", "confirmed"),
        ("3", "2001-06-01", "conflict"),
        ("3", None, "confirmed"),
        ("1", None, "superseded"),
        ("7", None, "conflict"),
    ],
    ids=[
        "fits its day",
        "does not fit its day",
        "undated and true now",
        "undated and true once",
        "undated and never true",
    ],
)
def test_agreement_of_a_count(count: str, as_of: str | None, agreement: str) -> None:
    dated = {"asOfEarliest": date(as_of), "asOfLatest": date(as_of)} if as_of else {}
    parties = claim(
        OPSC_ELI,
        Literal(count, datatype=XSD.integer),
        OTHER,
        "count",
        claimKind=iris.concept("claim-kind", "count"),
        figure=iris.concept("figure", "parties"),
        **dated,
    )
    deposits = [("NOR", "2000-01-01"), ("SWE", "2001-01-01"), ("DNK", "2002-01-01")]
    facts = [quad for iso3, day in deposits for quad in action(iso3, "Ratification", day)]
    derived = Derived([*facts, *parties])
    assert derived.values(iris.thing("claim", "count"), OPSC.agreement) == {iris.concept("agreement", agreement).value}


def test_a_published_date_of_entry_into_force_is_compared_with_the_computed_one() -> None:
    figure = {"claimKind": iris.concept("claim-kind", "date"), "figure": iris.concept("figure", "entry-into-force")}
    derived = Derived(
        [
            *TEN,
            *claim(OPSC_ELI, date("2002-01-18"), OTHER, "right", **figure),
            *claim(OPSC_ELI, date("2002-01-19"), OTHER, "wrong", **figure),
        ]
    )
    node = iris.thing("entry-into-force", "opsc")
    assert derived.values(node, OPSC.agreesWith) == {iris.thing("claim", "right").value}
    assert derived.values(node, OPSC.conflictsWith) == {iris.thing("claim", "wrong").value}


def test_a_rule_is_described_with_the_provision_that_it_carries_out() -> None:
    derived = Derived([])
    provisions = {rule.name: derived.values(rule.iri, OPSC.underProvision) for rule in derive.load_rules()}
    assert provisions["entry-into-force-for-a-party"] == {iris.provision("opsc", "14(2)").value}
    assert provisions["adopted-claim"] == set()


def test_what_a_participant_did_or_is_gets_a_label() -> None:
    names = [
        Quad(iris.state("NOR"), SKOS.prefLabel, Literal("Norway", language="en"), FACTS),
        Quad(OPSC_ELI, OPSC.shortTitle, Literal("OPSC"), FACTS),
    ]
    derived = Derived([*names, *TEN, *action("NOR", "Accession", "2002-01-29")])
    assert derived.values(iris.action("opsc", "NOR", "accession"), SKOS.prefLabel) == {"Norway: accession (OPSC)"}
    assert derived.values(force("NOR"), SKOS.prefLabel) == {"Norway: entry into force (OPSC)"}


def test_no_rule_names_today() -> None:
    now = re.compile(r"\bNOW\s*\(|" + re.escape(datetime.datetime.now(datetime.UTC).date().isoformat()))
    assert not [rule.name for rule in derive.load_rules() if now.search(rule.query)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CONSTRUCT WHERE { ?s ?p ?o }", "write the comment '# definition"),
        ("# label: a\n# definition: b\n# provision: eli/opsc/art_1\nSELECT * WHERE { ?s ?p ?o }", "not a CONSTRUCT"),
        ("# label: a\n# definition: b\n# provision: eli/opsc/art_1\nCONSTRUCT {", "not valid SPARQL"),
    ],
    ids=["no head", "another query form", "syntax error"],
)
def test_a_faulty_rule_file_is_refused_with_its_name(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "10-faulty.rq").write_text(text, encoding="utf-8")
    with pytest.raises(RuleError, match=message):
        derive.derive(create_store([]), derive.load_rules(tmp_path))
