"""UNTC status tables become participation actions; every cell is accounted for."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad

from loaders import actions
from loaders.errors import InputError
from loaders.untc import status_tables as untc
from loaders.untc.status_tables import StatusTables
from ontology import iris
from ontology.terms import DCTERMS, ELI, FOAF, OPSC, RDF, SKOS, XSD

KNOWN = {
    "norway": iris.state("NOR"),
    "montenegro": iris.state("MNE"),
    "côte d'ivoire": iris.state("CIV"),
    "european union": iris.state("EUU"),
    "world health organization": iris.thing("participant", "world-health-organization"),
}
GRAPH = iris.graph("source/untc-2015")


def load(folder: Path, content: str, name: str = "4-11-c.csv") -> StatusTables:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return untc.load_status_tables(path, KNOWN, {"IV-11-c": iris.instrument("opsc")})


def described(tables: StatusTables, subject: NamedNode) -> dict[NamedNode, set[object]]:
    values: dict[NamedNode, set[object]] = {}
    for quad in tables.quads:
        if quad.subject == subject:
            values.setdefault(quad.predicate, set()).add(quad.object)
    return values


def action_iris(tables: StatusTables) -> set[str]:
    about = {quad.subject for quad in tables.quads if quad.predicate == OPSC.participant}
    return {
        str(subject.value).removeprefix(f"{iris.BASE}id/action/") for subject in about if isinstance(subject, NamedNode)
    }


def reasons(tables: StatusTables) -> list[tuple[int, str, str, str]]:
    return [(rejection.row, rejection.column, rejection.value, rejection.reason) for rejection in tables.rejections]


def test_a_cell_becomes_an_action_with_every_type_its_day_and_its_source(tmp_path: Path) -> None:
    tables = load(tmp_path, 'Participant,Signature,"Ratification, Accession(a)"\nNorway,,2 Oct 2001 a\n')
    day = Literal("2001-10-02", datatype=XSD.date)
    assert described(tables, iris.action("opsc", "NOR", "accession")) == {
        RDF.type: {OPSC.Accession, OPSC.ConsentToBeBound, OPSC.ParticipationAction},
        OPSC.instrument: {iris.instrument("opsc")},
        OPSC.participant: {iris.state("NOR")},
        OPSC.dateEarliest: {day},
        OPSC.dateLatest: {day},
        OPSC.datePrecision: {iris.concept("date-precision", "day")},
        DCTERMS.source: {iris.source("untc-2015")},
    }
    assert {quad.graph_name for quad in tables.quads} == {GRAPH}
    assert (tables.tables, tables.cells, tables.blank, tables.actions, tables.rejections) == (1, 1, 1, 1, [])


def test_a_heading_that_says_more_than_the_class_stays_with_the_action(tmp_path: Path) -> None:
    heading = "Definitive signature or acceptance of the Protocol"
    tables = load(tmp_path, f"Participant,{heading}\nNorway,2 Oct 2001\n")
    assert described(tables, iris.action("opsc", "NOR", "consent-to-be-bound"))[OPSC.columnHeading] == {
        Literal(heading)
    }


def test_the_source_and_the_graph_can_be_chosen(tmp_path: Path) -> None:
    path = tmp_path / "4-11-c.csv"
    path.write_text("Participant,Signature\nNorway,2 Oct 2001\n", encoding="utf-8")
    tables = untc.load_status_tables(path, KNOWN, source_id="untc-2026", graph=iris.graph("elsewhere"))
    assert {quad.graph_name for quad in tables.quads} == {iris.graph("elsewhere")}
    assert {quad.object for quad in tables.quads if quad.predicate == DCTERMS.source} == {iris.source("untc-2026")}


def test_names_are_compared_without_regard_to_case_spaces_and_apostrophes(tmp_path: Path) -> None:
    tables = load(tmp_path, "Participant,Signature\nCÔTE  D\u2019Ivoire,2 Oct 2001\n")
    assert action_iris(tables) == {"opsc/CIV/signature"}


def test_a_participant_that_is_no_state_keeps_its_own_key(tmp_path: Path) -> None:
    tables = load(tmp_path, "Participant,Accession(a)\nWorld Health Organization,2 Oct 2001 a\n")
    assert action_iris(tables) == {"opsc/world-health-organization/accession"}


def test_of_several_actions_of_a_kind_the_earliest_has_the_plain_iri(tmp_path: Path) -> None:
    tables = load(
        tmp_path,
        "Participant,Succession(d),Succession to the Convention as amended(d),Acceptance(A)\n"
        "Norway,3 Jan 1996 d,2 Jan 1995 d,2 Jan 1995 A\n",
    )
    assert action_iris(tables) == {"opsc/NOR/succession", "opsc/NOR/succession/1996-01-03", "opsc/NOR/acceptance"}
    earliest = described(tables, iris.action("opsc", "NOR", "succession"))
    assert earliest[OPSC.dateEarliest] == {Literal("1995-01-02", datatype=XSD.date)}


def test_an_action_that_repeats_another_is_rejected(tmp_path: Path) -> None:
    tables = load(tmp_path, "Participant,Signature\nNorway,2 Oct 2001\nMontenegro,\nnorway,2 Oct 2001\n")
    place = f"{tmp_path / '4-11-c.csv'}:2, column 'Signature'"
    assert reasons(tables) == [(4, "Signature", "2 Oct 2001", f"repeats the action in {place}")]
    assert tables.actions == 1


def test_cells_that_are_not_understood_are_reported_with_row_column_value_and_reason(tmp_path: Path) -> None:
    tables = load(
        tmp_path,
        'Participant,Signature,"Accession(a), Succession(d)",Registration Number\n'
        "Norwey,2 Oct 2001,,\n"
        "Norway,autumn 2001,3 Oct 2001,27531\n"
        ",2 Oct 2001,,\n"
        "Montenegro,31 Jun 2006,23 Oct 2006 x,\n"
        "Zzyzx,,,\n",
    )
    column = "Accession(a), Succession(d)"
    assert reasons(tables) == [
        (2, "Signature", "2 Oct 2001", "unknown participant 'Norwey'; similar names: norway"),
        (3, "Signature", "autumn 2001", "is not a date with an optional marker, such as '13 May 2009 a'"),
        (3, column, "3 Oct 2001", "has no marker, but every kind in the heading has one: a, d"),
        (3, "Registration Number", "27531", "the heading does not name a participation action"),
        (4, "Signature", "2 Oct 2001", "the row has no participant"),
        (5, "Signature", "31 Jun 2006", "is not a valid date: day is out of range for month"),
        (5, column, "23 Oct 2006 x", "the heading does not explain the marker 'x'; its markers are a, d"),
    ]
    assert (tables.cells, tables.actions, tables.blank) == (7, 0, 8)


def test_a_file_full_of_unknown_names_is_hinted_at_for_the_first_ones_only(tmp_path: Path) -> None:
    rows = "".join(f"Norwayy{number},2 Oct 2001\n" for number in range(100))
    tables = load(tmp_path, f"Participant,Signature\n{rows}")
    hinted = ["similar names: norway" in rejection.reason for rejection in tables.rejections]
    assert hinted == sorted(hinted, reverse=True)
    assert 0 < hinted.count(True) < 50


INDEX = (
    "chapter_no,treaty_no,treaty_name,url\n"
    '4,11.c,"Optional  Protocol. New York, 25 May 2000",http://treaties.example/?no=IV-11-c\n'
    "3,2.12a,Annex XII,\n"
)
TABLE = "Participant,Signature\nNorway,2 Oct 2001\n"


@pytest.mark.parametrize("place", ["", "treaties"])
def test_an_instrument_that_the_graph_lacks_is_described_from_the_index(tmp_path: Path, place: str) -> None:
    (tmp_path / place).mkdir(exist_ok=True)
    (tmp_path / "index.csv").write_text(INDEX, encoding="utf-8")
    (tmp_path / place / "4-11-c.csv").write_text(TABLE, encoding="utf-8")
    (tmp_path / place / "3-2-12a.csv").write_text(TABLE, encoding="utf-8")
    tables = untc.load_status_tables(tmp_path, KNOWN)
    assert described(tables, iris.instrument("mtdsg-iv-11-c")) == {
        RDF.type: {OPSC.Treaty, OPSC.Instrument, ELI.LegalResource},
        OPSC.mtdsgNumber: {Literal("IV-11-c")},
        DCTERMS.title: {Literal("Optional Protocol. New York, 25 May 2000", language="en")},
        SKOS.prefLabel: {Literal("Optional Protocol. New York, 25 May 2000", language="en")},
        FOAF.page: {NamedNode("http://treaties.example/?no=IV-11-c")},
        DCTERMS.source: {iris.source("untc-2015")},
    }
    annex = described(tables, iris.instrument("mtdsg-iii-2-12a"))
    assert annex[DCTERMS.title] == {Literal("Annex XII", language="en")}
    assert FOAF.page not in annex
    assert action_iris(tables) == {"mtdsg-iv-11-c/NOR/signature", "mtdsg-iii-2-12a/NOR/signature"}


def test_an_index_one_folder_up_from_another_folder_is_none_of_the_tables(tmp_path: Path) -> None:
    (tmp_path / "index.csv").write_text("unrelated\n", encoding="utf-8")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "4-11-c.csv").write_text(TABLE, encoding="utf-8")
    assert untc.load_status_tables(tmp_path / "notes", KNOWN).actions == 1


def test_an_instrument_without_an_index_has_its_number_only(tmp_path: Path) -> None:
    (tmp_path / "29-1.csv").write_text(TABLE, encoding="utf-8")
    treaty = described(untc.load_status_tables(tmp_path, KNOWN), iris.instrument("mtdsg-xxix-1"))
    assert treaty[OPSC.mtdsgNumber] == {Literal("XXIX-1")}
    assert DCTERMS.title not in treaty


def test_an_instrument_that_the_graph_has_is_not_described_again(tmp_path: Path) -> None:
    assert described(load(tmp_path, TABLE), iris.instrument("opsc")) == {}


@pytest.mark.parametrize(
    ("name", "number"),
    [("4-11-c", "IV-11-c"), ("1-5-a", "I-5-a"), ("3-2-12a", "III-2-12a"), ("19-30-a", "XIX-30-a"), ("40-1", "XL-1")],
)
def test_the_mtdsg_number_is_in_the_file_name(name: str, number: str) -> None:
    assert untc.mtdsg_number(Path(f"{name}.csv")) == number


@pytest.mark.parametrize("name", ["opsc", "IV-11-c", "0-1", "4", "4-", "4-11-C"])
def test_a_table_of_another_name_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="the file name does not give the treaty number"):
        untc.mtdsg_number(Path(f"{name}.csv"))


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, "contains no status table"),
        ({"index.csv": INDEX}, "contains no status table"),
        ({"4-11-c.csv": "State,Signature\n"}, "has no column 'Participant'; its columns are 'State', 'Signature'"),
        ({"4-11-c.csv": TABLE, "notes.csv": TABLE}, "the file name does not give the treaty number"),
        ({"4-11-c.csv": TABLE, "index.csv": "a,b\n"}, "has no column 'chapter_no'"),
        ({"4-11-c.csv": TABLE, "index.csv": INDEX.replace("http:", "")}, "column 'url', value '//treaties.example"),
        ({"4-11-c.csv": TABLE, "index.csv": INDEX.replace("4,11", "IV,11")}, "column 'chapter_no', value 'IV'"),
    ],
)
def test_an_unusable_folder_is_refused_with_the_reason(tmp_path: Path, files: Mapping[str, str], reason: str) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        untc.load_status_tables(tmp_path, KNOWN)
    assert refused.value.reason.startswith(reason)


def test_a_path_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist; give a CSV file"):
        untc.load_status_tables(tmp_path / "treaties", KNOWN)


def test_a_result_that_loses_a_cell_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="cells are unaccounted for: 3 cells, 2 actions, 0 rejections"):
        StatusTables(quads=[], rejections=[], tables=1, cells=3, blank=0, actions=2)


CELLS = st.one_of(
    st.sampled_from(["", "2 Oct 2001", "2 Oct 2001 a", "3 Oct 2001 d", "31 Feb 2001", "soon"]),
    st.text(st.characters(exclude_characters='"\r\n\x00', exclude_categories=["Cs"]), max_size=8),
)
NAMES = st.one_of(st.sampled_from(sorted(KNOWN)), st.just("Atlantis"))


@given(st.lists(st.tuples(NAMES, CELLS, CELLS)))
def test_quads_out_and_cells_reported_are_the_cells_in(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]
) -> None:
    lines = ['"Participant","Signature","Accession(a), Succession(d)"', *('"' + '","'.join(row) + '"' for row in rows)]
    tables = load(tmp_path_factory.getbasetemp(), "\n".join(lines))
    filled = sum(1 for row in rows for cell in row[1:] if cell.strip())
    assert tables.cells == filled
    assert tables.actions == len(action_iris(tables))
    assert tables.blank == 2 * len(rows) - filled


def test_all_real_cells_are_accounted_for(status_tables: StatusTables) -> None:
    assert status_tables.tables > 300
    assert status_tables.cells == status_tables.actions + len(status_tables.rejections)
    assert status_tables.actions == sum(1 for quad in status_tables.quads if quad.predicate == OPSC.participant)
    assert status_tables.actions > 30_000
    assert len(set(status_tables.quads)) == len(status_tables.quads)


def test_only_the_table_without_participation_headings_is_rejected(status_tables: StatusTables) -> None:
    assert {(Path(rejection.file).name, rejection.reason) for rejection in status_tables.rejections} == {
        ("1-2.csv", "the heading does not name a participation action")
    }


def of_opsc(tables: StatusTables) -> list[Quad]:
    return [quad for quad in tables.quads if str(quad.subject).startswith(f"<{iris.BASE}id/action/opsc/")]


def test_the_real_table_of_the_protocol_has_169_parties_and_121_signatures(status_tables: StatusTables) -> None:
    types = Counter(quad.object for quad in of_opsc(status_tables) if quad.predicate == RDF.type)
    assert types[OPSC.ConsentToBeBound] == 169
    assert types[OPSC.Signature] == 121
    assert types[OPSC.Ratification] + types[OPSC.Accession] + types[OPSC.Succession] == 169


@pytest.mark.parametrize(
    ("iso3", "kind", "day"),
    [
        ("BGD", "signature", "2000-09-06"),
        ("BGD", "ratification", "2000-09-06"),
        ("MNE", "succession", "2006-10-23"),
        ("USA", "ratification", "2002-12-23"),
        ("AFG", "accession", "2002-09-19"),
    ],
)
def test_real_actions_under_the_protocol(status_tables: StatusTables, iso3: str, kind: str, day: str) -> None:
    action = described(status_tables, iris.action("opsc", iso3, kind))
    assert action[OPSC.dateEarliest] == action[OPSC.dateLatest] == {Literal(day, datatype=XSD.date)}


def test_real_instruments_have_title_page_and_number(status_tables: StatusTables) -> None:
    convention = described(status_tables, iris.instrument("mtdsg-iv-11"))
    assert convention[OPSC.mtdsgNumber] == {Literal("IV-11")}
    assert DCTERMS.title in convention
    assert FOAF.page in convention


def test_real_actions_have_all_superclasses(status_tables: StatusTables) -> None:
    types: dict[NamedNode, set[str]] = {}
    for quad in status_tables.quads:
        if quad.predicate == RDF.type and isinstance(quad.object, NamedNode) and isinstance(quad.subject, NamedNode):
            types.setdefault(quad.subject, set()).add(quad.object.value.removeprefix(OPSC.iri))
    acts = [names for names in types.values() if actions.ROOT in names]
    assert len(acts) == status_tables.actions
    assert all(names == {above for name in names for above in actions.with_superclasses(name)} for names in acts)
