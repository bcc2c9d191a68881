"""The headings and cells of UNTC status tables: every form that the collection prints, and none misread."""

from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders import actions
from loaders.tables import rows
from loaders.untc.headings import ActionKind, Heading, NotUnderstoodError, read_cell, read_heading


def kinds(heading: str) -> list[tuple[str, str | None]]:
    return [(kind.wording, kind.marker) for kind in read_heading(heading).kinds]


def reading(heading: str, marker: str | None) -> tuple[str, bool]:
    read = read_heading(heading).interpret(marker)
    return read.action_class, read.heading_says_more


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Signature", [("Signature", None)]),
        (
            "Ratification, Accession(a), Succession(d)",
            [("Ratification", None), ("Accession", "a"), ("Succession", "d")],
        ),
        ("Signature, Signature ad referendum (s)", [("Signature", None), ("Signature ad referendum", "s")]),
        ("Approval(AA), Acceptance(A)", [("Approval", "AA"), ("Acceptance", "A")]),
        (
            "Notification of non-provisional application under article 7 (1) (b)",
            [("Notification of non-provisional application under article 7 (1) (b)", None)],
        ),
        ("Notification under article 21 (1)", [("Notification under article 21 (1)", None)]),
        ("Notification under article 7 (a)", [("Notification under article 7 (a)", None)]),
        ("Provisional application under article 23(n)", [("Provisional application under article 23", "n")]),
        (
            "Ratification, Participation under articles 3 (2) and (3)(P)",
            [("Ratification", None), ("Participation under articles 3 (2) and (3)", "P")],
        ),
        (
            "Acceptance ipso facto by virtue of the Convention of 12 September 1923, as amended(A), "
            "Succession to the Agreement and the Protocol",
            [
                ("Acceptance ipso facto by virtue of the Convention of 12 September 1923, as amended", "A"),
                ("Succession to the Agreement and the Protocol", None),
            ],
        ),
        (
            "Provisional application by virtue of signature, adoption of the Agreement or accession thereto, "
            "Provisional application by virtue of a notification (n)",
            [
                (
                    "Provisional application by virtue of signature, adoption of the Agreement or accession thereto",
                    None,
                ),
                ("Provisional application by virtue of a notification", "n"),
            ],
        ),
        ("Ratification,\n  Accession(a)", [("Ratification", None), ("Accession", "a")]),
    ],
)
def test_a_heading_is_taken_apart_into_kinds_and_markers(heading: str, expected: list[tuple[str, str | None]]) -> None:
    assert kinds(heading) == expected


@pytest.mark.parametrize(
    ("heading", "marker", "action_class"),
    [
        ("Signature", None, "Signature"),
        ("Signature, Succession to signature(d)", None, "Signature"),
        ("Signature, Succession to signature(d)", "d", "SuccessionToSignature"),
        ("Signature, Signature ad referendum (s)", "s", "SignatureAdReferendum"),
        ("Definitive signature(s), Acceptance(A), Succession(d)", "s", "DefinitiveSignature"),
        ("Definitive signature(s), Confirmation of signature", None, "ConfirmationOfSignature"),
        ("Ratification, Accession(a), Succession(d)", None, "Ratification"),
        ("Ratification, Accession(a), Succession(d)", "a", "Accession"),
        ("Ratification, Accession(a), Succession(d)", "d", "Succession"),
        ("Approval(AA), Formal confirmation(c), Acceptance(A), Accession(a), Ratification", "AA", "Approval"),
        ("Approval(AA), Formal confirmation(c), Acceptance(A), Accession(a), Ratification", "A", "Acceptance"),
        ("Approval(AA), Formal confirmation(c), Acceptance(A), Accession(a), Ratification", "c", "FormalConfirmation"),
        ("Succession(d), Consent to be bound(P)", "P", "ConsentToBeBound"),
        ("Simplified procedure(p), Formal confirmation(c), Consent to be bound(P)", "p", "SimplifiedProcedure"),
        ("Simplified procedure(p), Formal confirmation(c), Consent to be bound(P)", "P", "ConsentToBeBound"),
        ("Provisional application(n)", "n", "ProvisionalApplication"),
        ("Provisional acceptance", None, "ProvisionalAcceptance"),
        ("Application", None, "Application"),
        ("Extension", None, "Extension"),
        ("Denunciation", None, "Denunciation"),
    ],
)
def test_a_cell_is_of_the_kind_that_its_marker_names(heading: str, marker: str | None, action_class: str) -> None:
    assert reading(heading, marker) == (action_class, False)


@pytest.mark.parametrize(
    ("heading", "marker", "action_class"),
    [
        ("Definitive acceptance", None, "Acceptance"),
        ("Provisional acceptance/accession", None, "ProvisionalAcceptance"),
        ("Confirmation of signature ad referendum(C)", "C", "ConfirmationOfSignature"),
        ("Notification under article 25", None, "Notification"),
        ("Acceptance of the Protocol, Notification in respect of the Agreement as amended(d)", "d", "Notification"),
        ("Notification of non-provisional application under article 7 (1) (b)", None, "NonProvisionalApplication"),
        ("Undertaking of provisional application in accordance with article 31", None, "ProvisionalApplication"),
        ("Provisional application under article 23(n)", "n", "ProvisionalApplication"),
        ("Accession to the Convention as amended(a), Succession to the Convention as amended(d)", "d", "Succession"),
        ("Signature by non-regional members under Section 3 (c) (i) of resolution 07-79", None, "Signature"),
        ("Ratification, Acceptance(A), Participation(P)", "P", "ConsentToBeBound"),
        ("Ratification, Acceptance(A), Participation under articles 3 (2) and (3)(P)", "P", "ConsentToBeBound"),
        (
            "Participation under article XI of the Protocol of 11 April 1980(P), Ratification",
            "P",
            "ParticipationByOtherTreaty",
        ),
        ("Accession(a), Participation by virtue of the Protocol(P)", "P", "ParticipationByOtherTreaty"),
        (
            "Participation in the Convention by virtue of ratification, accession or succession to the Protocol",
            None,
            "ParticipationByOtherTreaty",
        ),
        (
            "Participation in the Agreement as amended under paragraph 4 of resolution 05-79",
            None,
            "ParticipationByOtherTreaty",
        ),
    ],
)
def test_a_heading_that_says_more_than_the_class_is_kept(heading: str, marker: str | None, action_class: str) -> None:
    assert reading(heading, marker) == (action_class, True)


@pytest.mark.parametrize(
    ("heading", "marker", "action_class"),
    [
        ("Definitive signature or acceptance of the Protocol", None, "ConsentToBeBound"),
        (
            "Definitive signature or participation in the Convention and the Protocol, Participation(P)",
            None,
            "ConsentToBeBound",
        ),
        ("Definitive signature of the Protocol, Acceptance of the Protocol", None, "ConsentToBeBound"),
        (
            "Acceptance(A), Acceptance of the Protocol, Acceptance ipso facto by virtue of article 10(A)",
            "A",
            "Acceptance",
        ),
        ("Signature, Signature ad referendum", None, "Signature"),
    ],
)
def test_a_cell_of_several_kinds_gets_their_nearest_common_class(
    heading: str, marker: str | None, action_class: str
) -> None:
    assert reading(heading, marker) == (action_class, True)


def test_in_a_column_of_one_kind_the_marker_may_be_left_out() -> None:
    assert reading("Signature ad referendum (s)", None) == ("SignatureAdReferendum", False)


@pytest.mark.parametrize(
    ("heading", "marker", "reason"),
    [
        ("Registration Number", None, "the heading does not name a participation action"),
        ("Date of Adoption", "a", "the heading does not name a participation action"),
        ("Accession(a), Succession(d)", None, "has no marker, but every kind in the heading has one: a, d"),
        ("Ratification, Accession(a)", "d", "the heading does not explain the marker 'd'; its markers are a"),
        ("Ratification, Accession(a)", "A", "the heading does not explain the marker 'A'; its markers are a"),
        ("Signature", "a", "the heading does not explain the marker 'a'; it has none"),
        ("Signature ad referendum (s)", "d", "the heading does not explain the marker 'd'; its markers are s"),
        ("Ratification, Adhesion", None, "'Adhesion' in the heading is not a known kind"),
        ("Ratification, Adhesion(h)", "h", "'Adhesion' in the heading is not a known kind"),
        ("Signature, Ratification", None, "the heading is ambiguous: the cell may mean any of Signature, Ratification"),
        ("Signature or ratification", None, "the heading does not name a participation action"),
        (
            "Ratification of the Convention or accession thereto",
            None,
            "the heading does not name a participation action",
        ),
        ("Signature/ratification", None, "the heading does not name a participation action"),
        ("Ratifications", None, "the heading does not name a participation action"),
    ],
)
def test_a_cell_whose_kind_is_open_is_refused_with_the_reason(heading: str, marker: str | None, reason: str) -> None:
    with pytest.raises(NotUnderstoodError) as refused:
        read_heading(heading).interpret(marker)
    assert str(refused.value).startswith(reason)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("13 May 2009", (date(2009, 5, 13), None)),
        ("5 Sept 2000", (date(2000, 9, 5), None)),
        ("5 Sep 2000 AA", (date(2000, 9, 5), "AA")),
        ("19 July 2006 d", (date(2006, 7, 19), "d")),
        ("29 Feb 2000", (date(2000, 2, 29), None)),
        ("1 AUGUST 1899 a", (date(1899, 8, 1), "a")),
        ("1 Dec. 1989", (date(1989, 12, 1), None)),
    ],
)
def test_a_cell_gives_a_day_and_a_marker(cell: str, expected: tuple[date, str | None]) -> None:
    assert read_cell(cell) == expected


@pytest.mark.parametrize(
    "cell",
    [
        "2000",
        "May 2009",
        "13.05.2009",
        "2009-05-13",
        "13 Mai 2009",
        "13 May 09",
        "13 May 2009 a d",
        "13 May 2009a",
        "yes",
        "13\nMay 2009",
    ],
)
def test_a_cell_in_another_form_is_no_date(cell: str) -> None:
    with pytest.raises(NotUnderstoodError, match="is not a date with an optional marker"):
        read_cell(cell)


@pytest.mark.parametrize("cell", ["30 Feb 2000", "29 Feb 1900", "0 May 2009", "32 May 2009", "1 May 0000"])
def test_a_day_outside_the_calendar_is_refused(cell: str) -> None:
    with pytest.raises(NotUnderstoodError, match="is not a valid date"):
        read_cell(cell)


def test_every_real_heading_is_read_save_those_that_name_no_action(untc_folder: Path) -> None:
    headings = {
        column
        for path in (untc_folder / "treaties").glob("*.csv")
        for row in rows(path, ["Participant"])[:1]
        for column in row
        if column != "Participant"
    }
    unread = {heading for heading in headings if any(not kind.classes for kind in read_heading(heading).kinds)}
    assert len(headings) > 100
    assert unread == {
        "Resolution",
        "Date of Adoption",
        "Registration Date",
        "Registration Number",
        "UNTS Volume",
        "UNTS Page",
    }


WORDINGS = {
    "Signature": "Signature",
    "Ratification of the Convention as amended, and of its annexes": "Ratification",
    "Definitive signature": "DefinitiveSignature",
    "Acceptance ipso facto by virtue of article 10 (1)": "Acceptance",
    "Formal confirmation": "FormalConfirmation",
    "Consent to be bound": "ConsentToBeBound",
    "Succession to signature": "SuccessionToSignature",
    "Participation by virtue of ratification or accession": "ParticipationByOtherTreaty",
}
MARKERS = st.sampled_from([None, "AA", "A", "P", "C"])


@given(st.lists(st.tuples(st.sampled_from(sorted(WORDINGS)), MARKERS), min_size=1), st.sampled_from([", ", ",", ",  "]))
def test_a_heading_gives_back_the_kinds_that_it_was_written_from(
    parts: list[tuple[str, str | None]], comma: str
) -> None:
    text = comma.join(wording + (f"({marker})" if marker else "") for wording, marker in parts)
    assert read_heading(text).kinds == tuple(
        ActionKind(wording, marker, (WORDINGS[wording],)) for wording, marker in parts
    )


WORDS = st.sampled_from(
    [*WORDINGS, "Resolution", "by virtue of", "or", ", ", "(a)", " (1) (b)", "(P)", "/", "of the Protocol", " "]
)


@given(st.one_of(st.text(), st.lists(WORDS).map("".join)), st.one_of(st.none(), st.sampled_from("aAdsP"), st.text()))
def test_any_heading_and_marker_give_a_known_class_or_a_reason(heading: str, marker: str | None) -> None:
    read = read_heading(heading)
    assert isinstance(read, Heading)
    with suppress(NotUnderstoodError):
        assert read.interpret(marker).action_class in actions.SUPERCLASS


@given(st.dates(), st.sampled_from(["%B", "%b"]), st.one_of(st.none(), st.from_regex(r"[A-Za-z]{1,2}", fullmatch=True)))
def test_every_day_is_read_back_from_its_cell(day: date, month: str, marker: str | None) -> None:
    cell = f"{day.day} {day.strftime(month)} {day.year:04}{f' {marker}' if marker else ''}"
    assert read_cell(cell) == (day, marker)


NEAR_DATES = st.from_regex(r"[0-3]?[0-9] (May|jun|Sept|Foo)\.? [0-9]{4}( [a-z]{1,3}){0,2}", fullmatch=True)


@given(st.one_of(st.text(), NEAR_DATES))
def test_any_text_in_a_cell_is_read_as_it_stands_or_refused(cell: str) -> None:
    with suppress(NotUnderstoodError):
        day, marker = read_cell(cell)
        assert cell.lstrip("0").startswith(f"{day.day} ")
        assert cell.endswith(f"{day.year:04}" if marker is None else f"{day.year:04} {marker}")
