"""A report for a reader at a terminal: by thing, what is wrong, where it stands, and what to do about it."""

from collections.abc import Iterator
from typing import Final

from shapes.report import Report
from shapes.reports.places import Positions
from shapes.reports.rows import Row, by_thing, counts, rows, visible
from shapes.reports.words import Language, Words, words

_LONGEST_VALUE: Final = 200


def write(report: Report, language: Language, positions: Positions) -> bytes:
    """Return the report as text."""
    fixed = words(language)
    blocks = [fixed.summary(report.conforms, counts(report))]
    for first, group in by_thing(rows(report, language, positions)):
        lines = (line for row in group for line in _lines(row, fixed))
        blocks.append("\n".join([*_heading(first), *lines]))
    return ("\n\n".join(blocks) + "\n").encode()


def _heading(row: Row) -> list[str]:
    term = visible(str(row.result.focus_node))
    return [term] if row.label is None else [visible(row.label), f"  {term}"]


def _lines(row: Row, fixed: Words) -> Iterator[str]:
    place = "" if row.place is None else f"{visible(row.place.file)}:{row.place.line}:{row.place.column}: "
    severity = fixed.noun(row.severity).singular
    subject = " ".join(visible(_brief(part)) for part in (row.short_path, row.short_value) if part)
    yield f"  {place}{severity}" + (f"{fixed.colon} {subject}" if subject else "")
    yield from (f"    {visible(line)}" for line in row.message.splitlines())


def _brief(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."
