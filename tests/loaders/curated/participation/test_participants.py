import csv
import os
from collections import Counter
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from loaders.curated.participation import participants
from loaders.errors import InputError
from loaders.tables import Row
from ontology import iris
from ontology.terms import OPSC, RDF, SKOS

ROOT = Path(__file__).parents[4]
DATA = ROOT / "graph" / "data"
UNTC = Path(os.environ.get("OPSC_UNTC_TABLES", ROOT.parent / "shared" / "data" / "untc-2015"))


@pytest.fixture(scope="module")
def quads() -> list[Quad]:
    return list(participants.load_participants(DATA))


def of_class(quads: list[Quad], name: str) -> set[NamedNode]:
    return {quad.subject for quad in quads if quad.predicate == RDF.type and quad.object == OPSC[name]}


def labels(quads: list[Quad], subject: NamedNode) -> dict[str, str]:
    return {
        quad.object.language: quad.object.value
        for quad in quads
        if quad.subject == subject and quad.predicate == SKOS.prefLabel
    }


def test_all_members_of_the_united_nations_are_there(quads: list[Quad]) -> None:
    standing = Counter(quad.object for quad in quads if quad.predicate == OPSC.unStatus)
    assert standing == {
        iris.concept("un-status", "member"): 193,
        iris.concept("un-status", "observer"): 2,
        iris.concept("un-status", "non-member"): 2,
    }


def test_every_state_has_one_name_in_each_of_the_six_languages(quads: list[Quad]) -> None:
    for state in of_class(quads, "State") | of_class(quads, "RegionalOrganization"):
        languages = [q.object.language for q in quads if q.subject == state and q.predicate == SKOS.prefLabel]
        assert sorted(languages) == ["ar", "en", "es", "fr", "ru", "zh"], state


def test_no_two_participants_share_a_label(quads: list[Quad]) -> None:
    seen = Counter(quad.object for quad in quads if quad.predicate == SKOS.prefLabel)
    assert [label for label, times in seen.items() if times > 1] == []


def test_the_holy_see_is_not_called_the_vatican_city(quads: list[Quad]) -> None:
    assert labels(quads, iris.state("VAT"))["fr"] == "Saint-Siège"


def test_former_states_are_no_states_of_today(quads: list[Quad]) -> None:
    former = of_class(quads, "FormerState")
    assert former == {iris.state(code) for code in ("CSK", "SCG", "YUG")}
    assert not former & of_class(quads, "State")


def test_a_territory_belongs_to_a_participant_and_is_none(quads: list[Quad]) -> None:
    territories = of_class(quads, "Territory")
    assert territories == {quad.subject for quad in quads if quad.predicate == OPSC.territoryOf}
    owners = {quad.object for quad in quads if quad.predicate == OPSC.territoryOf}
    assert owners <= of_class(quads, "State")
    assert not territories & of_class(quads, "Participant")


def test_a_member_is_matched_to_the_tables_of_the_united_nations_and_the_european_union(quads: list[Quad]) -> None:
    matches = {q.object.value for q in quads if q.subject == iris.state("NOR") and q.predicate == SKOS.exactMatch}
    assert matches == {
        "http://metadata.un.org/UNMS/578",
        "http://publications.europa.eu/resource/authority/country/NOR",
    }


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Türkiye", "TUR"),
        ("Turkey", "TUR"),
        ("  THE FORMER  Yugoslav Republic of Macedonia ", "MKD"),
        ("Côte d\u2019Ivoire", "CIV"),
        ("Congo", "COG"),
        ("St. Kitts and Nevis", "KNA"),
    ],
)
def test_a_participant_is_found_by_each_of_its_names(name: str, code: str) -> None:
    assert participants.iris_by_name(DATA)[participants.name_key(name)] == iris.state(code)


def test_a_name_of_two_participants_is_refused(tmp_path: Path) -> None:
    heading = ",".join(participants.COLUMNS)
    rows = ["COG,State,Congo,,,,,,,,", "COD,State,DR Congo,,,,,,Congo,,"]
    (tmp_path / "participants.csv").write_text("\n".join([heading, *rows]))
    with pytest.raises(InputError, match=r"participants\.csv:3: .*'Congo' already belongs to .*/COG"):
        participants.iris_by_name(tmp_path)


def test_an_unknown_class_is_refused() -> None:
    with pytest.raises(InputError, match="class of participant"):
        participants.iri(Row("participants.csv", 2, {"key": "X", "class": "Planet"}))


def test_a_code_that_cldr_does_not_name_is_refused() -> None:
    cells = dict.fromkeys(participants.COLUMNS, "") | {"key": "XXX", "class": "State", "name": "X", "iso2": "X9"}
    with pytest.raises(InputError, match="CLDR"):
        list(participants.quads([Row("participants.csv", 2, cells)]))


def test_english_labels_are_the_names_of_the_table(quads: list[Quad]) -> None:
    assert labels(quads, iris.state("TUR"))["en"] == "Türkiye"
    assert Quad(iris.state("TUR"), SKOS.altLabel, Literal("Turkey", language="en"), iris.graph("participants")) in set(
        quads
    )


@pytest.mark.skipif(not UNTC.is_dir(), reason=f"the status tables of 2015 are not at {UNTC}")
def test_every_participant_of_the_status_tables_is_known() -> None:
    known = participants.iris_by_name(DATA)
    unknown = set()
    for table in sorted((UNTC / "treaties").glob("*.csv")):
        with table.open(encoding="utf-8", newline="") as file:
            names = {row[0] for row in list(csv.reader(file))[1:] if row}
        unknown |= {name for name in names if participants.name_key(name) not in known}
    assert unknown == set()
