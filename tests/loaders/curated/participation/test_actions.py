import csv
import os
from collections import Counter, defaultdict
from datetime import date, datetime
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from loaders.curated.participation import actions as participation
from loaders.curated.participation import participants
from loaders.curated.participation.register import Register
from loaders.errors import InputError
from loaders.tables import Row
from ontology import iris
from ontology.terms import DCTERMS, OPSC, RDF, XSD
from tests.loaders.curated.objects import objects

ROOT = Path(__file__).parents[4]
DATA = ROOT / "graph" / "data"
UNTC = Path(os.environ.get("OPSC_UNTC_TABLES", ROOT.parent / "shared" / "data" / "untc-2015"))

FACTS = iris.graph("participation")
REGISTER = Register({"untc-2015": "day", "years": "year", "names": "listing"}, {"NOR": iris.state("NOR")})


@pytest.fixture(scope="module")
def quads() -> list[Quad]:
    return list(participation.load_participation(DATA))


def instances(quads: list[Quad], name: str, instrument: str = "opsc") -> set[NamedNode]:
    kind = {q.subject for q in quads if q.predicate == RDF.type and q.object == OPSC[name]}
    return {
        q.subject for q in quads if q.predicate == OPSC.instrument and q.object == iris.instrument(instrument)
    } & kind


def days(quads: list[Quad], bound: NamedNode) -> dict[NamedNode, date]:
    return {q.subject: date.fromisoformat(q.object.value) for q in quads if q.predicate == bound}


def claims(quads: list[Quad], about: NamedNode, source: str) -> list[NamedNode]:
    graph = iris.graph(f"source/{source}")
    return [q.subject for q in quads if q.predicate == OPSC.about and q.object == about and q.graph_name == graph]


def row(**cells: str) -> Row:
    empty = dict.fromkeys(participation.COLUMNS, "")
    return Row("participation.csv", 5, empty | {"instrument": "opsc", "participant": "Norway", "iso3": "NOR"} | cells)


@pytest.mark.parametrize(
    ("on", "parties"),
    [("2002-01-17", 16), ("2002-01-18", 16), ("2009-05-31", 131), ("2015-01-27", 169), ("2025-12-04", 178)],
)
def test_parties_by_deposit(quads: list[Quad], on: str, parties: int) -> None:
    latest = days(quads, OPSC.dateLatest)
    deposits = instances(quads, "ConsentToBeBound")
    assert sum(latest[action] <= date.fromisoformat(on) for action in deposits) == parties


def test_the_tenth_deposit_is_that_of_romania(quads: list[Quad]) -> None:
    latest = days(quads, OPSC.dateLatest)
    tenth = sorted(instances(quads, "ConsentToBeBound"), key=lambda action: latest[action])[9]
    assert tenth == iris.action("opsc", "ROU", "ratification")
    assert latest[tenth] == date(2001, 10, 18)


def test_kinds_of_action(quads: list[Quad]) -> None:
    counted = {name: len(instances(quads, name)) for name in ("Signature", "Ratification", "Accession", "Succession")}
    assert counted == {"Signature": 122, "Ratification": 114, "Accession": 63, "Succession": 1}


def test_signatories_that_are_no_parties(quads: list[Quad]) -> None:
    def actors(name: str) -> set[object]:
        return {objects(quads, action, OPSC.participant)[0] for action in instances(quads, name)}

    codes = ("CMR", "GHA", "IRL", "KEN", "LBR", "NRU", "SGP", "ZMB")
    assert actors("Signature") - actors("ConsentToBeBound") == {iris.state(code) for code in codes}


@pytest.mark.parametrize(("instrument", "parties"), [("crc", 196), ("opac", 159), ("opic", 16)])
def test_parties_to_the_related_treaties(quads: list[Quad], instrument: str, parties: int) -> None:
    assert len(instances(quads, "ConsentToBeBound", instrument)) == parties


def test_every_action_carries_its_superclasses_a_precision_and_a_source(quads: list[Quad]) -> None:
    facts = [q for q in quads if q.graph_name == FACTS]
    every = {q.subject for q in facts}
    assert {q.subject for q in facts if q.object == OPSC.ParticipationAction} == every
    for predicate in (OPSC.datePrecision, DCTERMS.source, OPSC.dateEarliest, OPSC.dateLatest):
        assert {q.subject for q in facts if q.predicate == predicate} == every


def test_a_bracketed_deposit_gives_its_reason(quads: list[Quad]) -> None:
    bracket = iris.concept("date-precision", "bracket")
    bracketed = {q.subject for q in quads if q.predicate == OPSC.datePrecision and q.object == bracket}
    assert len(bracketed) == 8
    assert all(objects(quads, action, OPSC.note) for action in bracketed)


def test_signature_and_deposit_name_the_provision_that_they_are_made_under(quads: list[Quad]) -> None:
    signature, accession = iris.action("opsc", "NOR", "signature"), iris.action("opsc", "OMN", "accession")
    assert objects(quads, signature, OPSC.underProvision) == [iris.provision("opsc", "13(1)")]
    assert objects(quads, accession, OPSC.underProvision) == [iris.provision("opsc", "13(2)")]


def test_every_succession_names_a_predecessor(quads: list[Quad]) -> None:
    successions = {q.subject for q in quads if q.predicate == RDF.type and q.object == OPSC.Succession}
    assert len(successions) == 11
    assert all(len(objects(quads, action, OPSC.predecessor)) == 1 for action in successions)
    montenegro = iris.action("opsc", "MNE", "succession")
    assert objects(quads, montenegro, OPSC.predecessor) == [iris.state("SCG")]
    assert iris.source("wipo-lex-succession") in objects(quads, montenegro, DCTERMS.source)


def test_each_source_makes_one_claim_about_an_action(quads: list[Quad]) -> None:
    about = Counter((q.graph_name, q.object) for q in quads if q.predicate == OPSC.about)
    assert [pair for pair, times in about.items() if times > 1] == []


def test_a_claim_is_about_an_action_that_exists(quads: list[Quad]) -> None:
    facts = {q.subject for q in quads if q.graph_name == FACTS}
    assert {q.object for q in quads if q.predicate == OPSC.about} <= facts


@pytest.mark.parametrize(
    ("source", "action", "value"),
    [
        ("paclii-2006", ("TCD", "signature"), Literal("2002-05-08", datatype=XSD.date)),
        ("at-bgbl-2007", ("DMA", "accession"), Literal("2002-04-20", datatype=XSD.date)),
        ("paclii-2006", ("VUT", "ratification"), Literal("2007-05-10", datatype=XSD.date)),
        ("hr-status-2022", ("NZL", "ratification"), Literal("2001", datatype=XSD.gYear)),
        ("hr-status-2022", ("MDA", "ratification"), Literal("2004", datatype=XSD.gYear)),
        ("mfaet-2023", ("SLB", "ratification"), Literal("2022-08", datatype=XSD.gYearMonth)),
    ],
)
def test_a_source_that_disagrees_is_heard_and_says_nothing_else(
    quads: list[Quad], source: str, action: tuple[str, str], value: Literal
) -> None:
    (claim,) = claims(quads, iris.action("opsc", *action), source)
    assert objects(quads, claim, OPSC.claimedValue) == [value]


def test_the_signature_of_singapore_rests_on_one_source(quads: list[Quad]) -> None:
    about = iris.action("opsc", "SGP", "signature")
    graphs = [q.graph_name for q in quads if q.predicate == OPSC.about and q.object == about]
    assert graphs == [iris.graph("source/nl-treaty-database")]


def accession(latest: str, precision: str, source: str) -> Row:
    cells = {"date_earliest": "2005-05-06", "date_latest": latest, "precision": precision, "action_sources": source}
    return row(action="accession", **cells)


def test_a_source_of_years_claims_only_the_year() -> None:
    quads = list(participation.quads([accession("2005-05-06", "day", "years")], REGISTER))
    (claim,) = claims(quads, iris.action("opsc", "NOR", "accession"), "years")
    assert objects(quads, claim, OPSC.claimedValue) == [Literal("2005", datatype=XSD.gYear)]


def test_a_source_of_names_claims_a_listing_without_a_value() -> None:
    quads = list(participation.quads([accession("2005-05-06", "day", "names")], REGISTER))
    (claim,) = claims(quads, iris.action("opsc", "NOR", "accession"), "names")
    assert objects(quads, claim, OPSC.claimedValue) == []
    assert objects(quads, claim, OPSC.claimKind) == [iris.concept("claim-kind", "listing")]
    assert objects(quads, claim, OPSC.gist) == [Literal("Lists the participant, without a day.", language="en")]


def test_a_bracket_over_two_years_yields_no_claim_of_a_year() -> None:
    quads = list(participation.quads([accession("2006-05-06", "bracket", "years")], REGISTER))
    (claim,) = claims(quads, iris.action("opsc", "NOR", "accession"), "years")
    assert objects(quads, claim, OPSC.claimedValue) == []


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"iso3": "NRW"}, "is not a key of participants.csv"),
        ({"signature": "13 June 2000"}, "is not a date"),
        ({"signature": "2000-06-13", "signature_sources": "hearsay"}, "the source 'hearsay' is not in sources.csv"),
        ({"action": "adhesion"}, "is not a way of consenting"),
        ({"action": "accession", "date_earliest": "2005-05-06"}, "needs its earliest and its latest day"),
        ({"action": "accession", "date_earliest": "2005", "date_latest": "2005"}, "is not a full date"),
    ],
)
def test_a_row_that_is_not_understood_is_refused_with_its_line(cells: dict[str, str], message: str) -> None:
    with pytest.raises(InputError) as refused:
        list(participation.quads([row(**cells)], REGISTER))
    assert str(refused.value).startswith("participation.csv:5: ")
    assert message in str(refused.value)


def untc(name: str) -> dict[NamedNode, tuple[str, str]]:
    """Return signature and consent of each participant in a status table of 2015, as ISO dates."""
    known = participants.iris_by_name(DATA)
    with (UNTC / "treaties" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        table = [cells for cells in list(csv.reader(file))[1:] if cells]
    return {known[participants.name_key(cells[0])]: (iso(cells[1]), iso(cells[2])) for cells in table}


def iso(cell: str) -> str:
    text = " ".join(cell.split()[:3])
    return datetime.strptime(text, "%d %b %Y").date().isoformat() if text else ""  # noqa: DTZ007


@pytest.mark.skipif(not UNTC.is_dir(), reason=f"the status tables of 2015 are not at {UNTC}")
@pytest.mark.parametrize(
    ("instrument", "table"),
    [("opsc", "4-11-c"), ("crc", "4-11"), ("opac", "4-11-b"), ("opic", "4-11-d"), ("palermo-trafficking", "18-12-a")],
)
def test_claims_of_the_depositary_equal_its_table(quads: list[Quad], instrument: str, table: str) -> None:
    graph = iris.graph("source/untc-2015")
    actions = {q.subject for q in quads if q.predicate == OPSC.instrument and q.object == iris.instrument(instrument)}
    about = {q.subject: q.object for q in quads if q.predicate == OPSC.about and q.graph_name == graph}
    claimed: dict[NamedNode, list[str]] = defaultdict(lambda: ["", ""])
    for quad in quads:
        if quad.predicate == OPSC.claimedValue and quad.graph_name == graph and about[quad.subject] in actions:
            action = about[quad.subject]
            (participant,) = objects(quads, action, OPSC.participant)
            claimed[participant][not action.value.endswith("/signature")] = quad.object.value
    assert {key: tuple(value) for key, value in claimed.items()} == untc(table)
