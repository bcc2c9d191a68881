"""A report as text for a terminal, grouped by focus node."""

from collections.abc import Iterator
from typing import Final

from shapes.languages import Language
from shapes.report import ContributionEffect, Report
from shapes.reports import notes
from shapes.reports.positions import Positions
from shapes.reports.rows import ResultRow, by_focus_node, counts, detail_lines, rows, visible
from shapes.reports.words import Words, words

_LONGEST_VALUE: Final = 200
_MOST_THINGS: Final = 10


def write(report: Report, language: Language, positions: Positions) -> bytes:
    """Return the report as text."""
    report, fixed = report.distinct(), words(language)
    told = [f"  - {visible(sentence)}" for sentence in notes.sentences(report.notes, language)]
    blocks = ["\n".join([fixed.summary(report.conforms, counts(report)), *told])]
    for first, group in by_focus_node(rows(report, language, positions)):
        lines = (line for row in group for line in _lines(row, fixed))
        blocks.append("\n".join([*_heading(first), *lines]))
    if report.conforms and report.effect is not None:
        blocks.append("\n".join(_effect(report.effect, fixed)))
    return ("\n\n".join(blocks) + "\n").encode()


def _effect(effect: ContributionEffect, fixed: Words) -> Iterator[str]:
    """Yield what the data would do as a contribution."""
    if not effect.new:
        yield fixed.no_effect
        return
    yield fixed.effect.format(triples=effect.triples, new=effect.new, known=effect.triples - effect.new)
    for text, things in ((fixed.described, effect.described), (fixed.extended, effect.extended)):
        if things:
            shown = ", ".join(visible(_brief(thing)) for thing in things[:_MOST_THINGS])
            yield text.format(things=shown + (", ..." if len(things) > _MOST_THINGS else ""))


def _heading(row: ResultRow) -> list[str]:
    term = visible(str(row.result.focus_node))
    return [term] if row.label is None else [visible(row.label), f"  {term}"]


def _lines(row: ResultRow, fixed: Words) -> Iterator[str]:
    place = "" if row.position is None else f"{visible(row.position.file)}:{row.position.line}:{row.position.column}: "
    severity = fixed.noun(row.severity).singular
    subject = " ".join(visible(_brief(part)) for part in (row.short_path, row.short_value) if part)
    yield f"  {place}{severity}" + (f"{fixed.colon} {subject}" if subject else "")
    yield from (f"    {visible(line)}" for line in row.message.splitlines())
    yield from (f"      {visible(_brief(line))}" for line in detail_lines(row))


def _brief(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."
