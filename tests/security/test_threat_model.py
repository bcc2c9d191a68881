"""The threat model is kept: every row names a test that there is, and every file of tests has rows."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent
DOCUMENT = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (?P<number>[A-Z]{1,2}[0-9]+) \|(?P<cells>.+)\|$", re.MULTILINE)
NAMED = re.compile(r"`(?P<file>[\w/.-]+\.py)::(?P<test>\w+)`")
ROWS = {match["number"]: [cell.strip() for cell in match["cells"].split(" | ")] for match in ROW.finditer(DOCUMENT)}


def named(cell: str) -> set[str]:
    """Return the tests that a cell names, by file and name; files without a folder are those beside this one."""
    found = (match.groupdict() for match in NAMED.finditer(cell))
    return {f"{one['file'] if '/' in one['file'] else 'tests/security/' + one['file']}::{one['test']}" for one in found}


@pytest.fixture(scope="module")
def collected() -> set[str]:
    """Every test that pytest collects in this folder, and in the other files that the document names."""
    elsewhere = sorted({test.partition("::")[0] for cells in ROWS.values() for test in named(cells[-1])})
    others = [file for file in elsewhere if not file.startswith("tests/security/") and (ROOT / file).exists()]
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", str(FOLDER), *others]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
    return {line.partition("[")[0] for line in ran.stdout.splitlines() if "::" in line}


def test_the_document_has_a_row_for_each_number_once() -> None:
    numbers = [match["number"] for match in ROW.finditer(DOCUMENT)]
    assert len(numbers) > 60
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("number", ROWS)
def test_a_row_says_what_is_tried_what_stops_it_what_is_conceded_and_which_test_shows_it(number: str) -> None:
    cells = ROWS[number]
    assert len(cells) == 4
    assert all(cells)


@pytest.mark.parametrize("number", ROWS)
def test_a_row_names_a_test_here_that_pytest_collects(number: str, collected: set[str]) -> None:
    tests = named(ROWS[number][-1])
    assert any(test.startswith("tests/security/") for test in tests)
    assert tests <= collected


def test_every_file_of_attacks_has_rows() -> None:
    files = {f"tests/security/{file.name}" for file in FOLDER.glob("test_*.py")} - {
        f"tests/security/{Path(__file__).name}"
    }
    assert files <= {test.partition("::")[0] for cells in ROWS.values() for test in named(cells[-1])}


def test_the_readme_leads_to_it() -> None:
    assert "(docs/threat-model.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
