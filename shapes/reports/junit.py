"""A report as JUnit XML for build servers: a suite for each focus node, a test case for each result."""

from html import escape

from ontology.xml_characters import replace_non_xml
from shapes.languages import Language
from shapes.report import Report
from shapes.reports.positions import Positions
from shapes.reports.rows import ResultRow, by_focus_node, detail_lines, plain_text, rows
from shapes.reports.words import Words, words


def write(report: Report, language: Language, positions: Positions) -> bytes:
    """Return the report as JUnit XML; results for which the report still conforms become output of passed cases."""
    fixed = words(language)
    listed = rows(report, language, positions)
    failures = sum(row.fails for row in listed)
    suites = [_suite(first, group, fixed) for first, group in by_focus_node(listed)] or [_nothing(fixed)]
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


def _suite(first: ResultRow, group: list[ResultRow], fixed: Words) -> str:
    failures = sum(row.fails for row in group)
    head = f'  <testsuite name="{_text(first.title)}" tests="{len(group)}" failures="{failures}" errors="0">'
    return "\n".join([head, *(_case(row, fixed) for row in group), "  </testsuite>"])


def _case(row: ResultRow, fixed: Words) -> str:
    severity = fixed.noun(row.severity).singular
    parts = (severity, row.short_path, row.short_value)
    name = " ".join(part for part in parts if part)
    place = "" if row.position is None else f' file="{_text(row.position.file)}" line="{row.position.line}"'
    where = "" if row.position is None else f"{row.position.file}:{row.position.line}:{row.position.column}: "
    details = "".join(f"  {line}\n" for line in detail_lines(row))
    description = _text(f"{where}{row.message}\n{details}{row.focus_node}\n{row.rule}")
    kind = _text(plain_text(row.result.component))
    outcome = (
        f'<failure message="{_text(row.message)}" type="{kind}">{description}</failure>'
        if row.fails
        else f"<system-out>{description}</system-out>"
    )
    return f'    <testcase classname="{_text(row.focus_node)}" name="{_text(name)}"{place}>{outcome}</testcase>'


def _text(text: str) -> str:
    """Return text for an element or attribute; U+FFFD replaces characters that are not allowed in XML 1.0."""
    return escape(replace_non_xml(text))
