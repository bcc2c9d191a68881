"""CSV tables: what is read, and what is refused with file, line and remedy."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.errors import InputError, Rejection
from loaders.tables import rows


def table(folder: Path, content: str | bytes) -> Path:
    path = folder / "table.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_row_maps_headings_to_stripped_text_and_knows_its_place(tmp_path: Path) -> None:
    path = table(tmp_path, "name, year\n Norway , 2001 \n")
    (row,) = rows(path, ["name"])
    assert row == {"name": "Norway", "year": "2001"}
    assert (row.file, row.line) == (str(path), 2)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_line_number_counts_physical_lines_also_after_quoted_line_breaks(tmp_path: Path, ending: str) -> None:
    path = table(tmp_path, ending.join(["name,note", '"A","one', 'two"', "", "B,three", ""]))
    assert [(row["name"], row.line) for row in rows(path, [])] == [("A", 2), ("B", 5)]


@pytest.mark.parametrize("blank", ["\n", ",\n", " , \n"])
def test_a_line_without_any_text_is_passed_over(tmp_path: Path, blank: str) -> None:
    path = table(tmp_path, f"name,note\n{blank}A,\n")
    assert [row["name"] for row in rows(path, [])] == ["A"]


def test_a_byte_order_mark_is_no_part_of_the_first_heading(tmp_path: Path) -> None:
    assert list(rows(table(tmp_path, b"\xef\xbb\xbfname\nA\n"), ["name"])[0]) == ["name"]


def test_a_table_of_headings_only_has_no_rows(tmp_path: Path) -> None:
    assert rows(table(tmp_path, "name,note\n"), ["name"]) == []


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"", None, "is empty; a table must begin with a row of column headings"),
        (b"\xef\xbb\xbf", None, "is empty"),
        (b"\n \n,,\n", None, "is empty"),
        (b"title,note\n", 1, "has no column 'name'; its columns are 'title', 'note'"),
        (b'"first\nname"\n', 1, "has no column 'name'; its columns are 'first\nname'"),
        (b"name,note,name\n", 1, "has the column 'name' twice"),
        (b"name,\n", 1, "column 2 has no heading"),
        (b"name,note\nA,b\nC\n", 3, "has 1 cells, but the heading row has 2"),
        (b'name,note\n"A\nB",b\nC,d,e\n', 4, "has 3 cells, but the heading row has 2"),
        (b"name\nA\nC\xf4te d'Ivoire\n", 3, "byte 0xf4 at offset 8 is not UTF-8; save the file in UTF-8"),
        (b'name\nA\n"B"x\n', 3, "is not valid CSV"),
        (b'name\n"A\n', 2, "is not valid CSV"),
        ("name\nA\n".encode("utf-16"), 1, "byte 0xff at offset 0 is not UTF-8"),
        (b"name\n" + b"x" * 200_000, 2, "is not valid CSV: field larger than field limit"),
    ],
)
def test_an_unusable_table_is_refused_with_its_line(
    tmp_path: Path, content: bytes, line: int | None, reason: str
) -> None:
    path = table(tmp_path, content)
    with pytest.raises(InputError) as refused:
        rows(path, ["name"])
    assert refused.value.line == line
    assert refused.value.reason.startswith(reason)
    place = str(path) if line is None else f"{path}:{line}"
    assert str(refused.value).startswith(f"{place}: ")
    assert len(str(refused.value).splitlines()) == 1


def test_a_missing_table_and_a_folder_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.csv: cannot be read: No such file"):
        rows(tmp_path / "none.csv", [])
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        rows(tmp_path, [])


def test_an_error_in_a_cell_names_the_line_the_column_and_the_value(tmp_path: Path) -> None:
    path = table(tmp_path, "name,year\nNorway,soon\n")
    (row,) = rows(path, ["year"])
    assert str(row.error("year", "is not a year")) == f"{path}:2: column 'year', value 'soon': is not a year"


def test_a_rejection_stays_on_one_short_line() -> None:
    text = str(Rejection("4-11-c.csv", 7, "Signature", "first\nsecond" + "x" * 500, "is not a date"))
    assert text.startswith("4-11-c.csv:7: column 'Signature', value 'first secondxxx")
    assert text.endswith("...': is not a date")
    assert len(text.splitlines()) == 1
    assert len(text) < 250


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)


@given(st.lists(st.tuples(CELL, CELL), min_size=1))
def test_what_a_csv_writer_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str]]
) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows([("a", "b"), *cells])
    path = table(tmp_path_factory.getbasetemp(), buffer.getvalue())
    stripped = [(first.strip(), second.strip()) for first, second in cells]
    assert [tuple(row.values()) for row in rows(path, ["a", "b"])] == [pair for pair in stripped if any(pair)]


@given(st.binary(max_size=200))
def test_any_bytes_give_rows_or_an_input_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = table(tmp_path_factory.getbasetemp(), content)
    try:
        read = rows(path, [])
    except InputError as error:
        message = str(error)
    else:
        assert all(row.line > 1 for row in read)
        return
    assert len(message.splitlines()) == 1
