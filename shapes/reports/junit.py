"""A report as JUnit XML, which build servers show: a suite a thing, a test case a result."""

from html import escape

from ontology.xml_characters import replace_non_xml
from shapes.report import Report
from shapes.reports.places import Positions
from shapes.reports.rows import Row, by_thing, plain, rows
from shapes.reports.words import Language, Words, words


def write(report: Report, language: Language, positions: Positions) -> bytes:
    """Return the report as JUnit XML; results that do not fail the report are output of cases that pass."""
    fixed = words(language)
    listed = rows(report, language, positions)
    failures = sum(row.fails for row in listed)
    suites = [_suite(first, group, fixed) for first, group in by_thing(listed)] or [_nothing(fixed)]
    name = _text(fixed.validation_report)
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<testsuites name="{name}" tests="{max(len(listed), 1)}" failures="{failures}" errors="0">',
            *suites,
            "</testsuites>\n",
        ]
    ).encode()


def _nothing(fixed: Words) -> str:
    name = _text(fixed.validation_report)
    case = f'    <testcase classname="{name}" name="{_text(fixed.conforms)}"/>'
    return f'  <testsuite name="{name}" tests="1" failures="0" errors="0">\n{case}\n  </testsuite>'


def _suite(first: Row, group: list[Row], fixed: Words) -> str:
    failures = sum(row.fails for row in group)
    head = f'  <testsuite name="{_text(first.title)}" tests="{len(group)}" failures="{failures}" errors="0">'
    return "\n".join([head, *(_case(row, fixed) for row in group), "  </testsuite>"])


def _case(row: Row, fixed: Words) -> str:
    severity = fixed.noun(row.severity).singular
    parts = (severity, row.short_path, row.short_value)
    name = " ".join(part for part in parts if part)
    place = "" if row.place is None else f' file="{_text(row.place.file)}" line="{row.place.line}"'
    where = "" if row.place is None else f"{row.place.file}:{row.place.line}:{row.place.column}: "
    told = _text(f"{where}{row.message}\n{row.thing}\n{row.rule}")
    kind = _text(plain(row.result.component))
    outcome = (
        f'<failure message="{_text(row.message)}" type="{kind}">{told}</failure>'
        if row.fails
        else f"<system-out>{told}</system-out>"
    )
    return f'    <testcase classname="{_text(row.thing)}" name="{_text(name)}"{place}>{outcome}</testcase>'


def _text(text: str) -> str:
    """Return text for an element or attribute, with a mark for each character that XML cannot hold."""
    return escape(replace_non_xml(text))
