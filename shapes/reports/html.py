"""A report as one self-contained HTML page, without scripts or further requests, for screen and paper."""

from html import escape
from typing import Final
from urllib.parse import urlsplit

from shapes.languages import Language
from shapes.report import Report
from shapes.reports import notes
from shapes.reports.positions import Positions
from shapes.reports.rows import ResultRow, by_focus_node, counts, detail_lines, rows, visible
from shapes.reports.words import Words, words

_STYLE: Final = """
  :root { color-scheme: light dark; }
  body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1.5rem; }
  h1 { line-height: 1.2; }
  h2 { font-size: 1.15rem; margin: 0; overflow-wrap: anywhere; }
  section { border-top: 1px solid; margin-top: 1.5rem; padding-top: 1rem; }
  .iri, dd { overflow-wrap: anywhere; }
  .iri { margin: 0; }
  .summary { font-size: 1.15rem; font-weight: 600; }
  article { border-left: .4rem solid; margin: 1rem 0; padding: 0 0 0 1rem; }
  article.violation { border-color: #b3261e; }
  article.warning { border-color: #a15c00; }
  article.info { border-color: #1f5fa8; }
  h3 { font-size: 1rem; margin: 0; }
  .message { margin: .25rem 0; white-space: pre-line; }
  dl { display: grid; font-size: .9rem; gap: 0 1rem; grid-template-columns: max-content 1fr; margin: 0; }
  dd { margin: 0; }
  @media print {
    body { max-width: none; padding: 0; }
    article { break-inside: avoid; }
    h2, .iri { break-after: avoid; }
    a { color: inherit; text-decoration: none; }
  }
"""
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"


def write(report: Report, language: Language, positions: Positions) -> bytes:
    """Return the report as a page."""
    report, fixed = report.distinct(), words(language)
    sections = [_section(first, group, fixed) for first, group in by_focus_node(rows(report, language, positions))]
    title = escape(fixed.validation_report)
    return f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p class="summary">{escape(fixed.summary(report.conforms, counts(report)))}</p>
{_files(positions, fixed)}{_notes(report, language)}{"".join(sections) or f"<p>{escape(fixed.no_results)}</p>"}
</main>
</body>
</html>
""".encode()


def _files(positions: Positions, fixed: Words) -> str:
    if not positions.files:
        return ""
    names = ", ".join(f"<code>{_text(file)}</code>" for file in positions.files)
    return f"<p>{escape(fixed.file)}{fixed.colon} {names}</p>\n"


def _notes(report: Report, language: Language) -> str:
    items = "".join(f"<li>{_text(sentence)}</li>\n" for sentence in notes.sentences(report.notes, language))
    return f"<ul>\n{items}</ul>\n" if items else ""


def _section(first: ResultRow, group: list[ResultRow], fixed: Words) -> str:
    iri = "" if first.label is None else f'<p class="iri">{_linked(first.focus_node)}</p>\n'
    heading = _linked(first.focus_node) if first.label is None else _text(first.label)
    return f"<section>\n<h2>{heading}</h2>\n{iri}" + "".join(_article(row, fixed) for row in group) + "</section>\n"


def _article(row: ResultRow, fixed: Words) -> str:
    facts = {
        fixed.property: None if row.short_path is None else f"<code>{_text(row.short_path)}</code>",
        fixed.value: None if row.short_value is None else f"<code>{_text(row.short_value)}</code>",
        fixed.place: _place(row, fixed),
        fixed.constraint: _linked(row.rule),
    }
    pairs = "".join(f"<dt>{escape(term)}</dt><dd>{fact}</dd>\n" for term, fact in facts.items() if fact is not None)
    severity = escape(fixed.noun(row.severity).singular.capitalize())
    message = f'<p class="message">{chr(10).join(_text(line) for line in row.message.splitlines())}</p>'
    message += _details(row)
    return f'<article class="{row.severity}">\n<h3>{severity}</h3>\n{message}\n<dl>\n{pairs}</dl>\n</article>\n'


def _details(row: ResultRow) -> str:
    lines = "".join(f"{_text(line)}\n" for line in detail_lines(row))
    return f'\n<pre class="details">{lines}</pre>' if lines else ""


def _place(row: ResultRow, fixed: Words) -> str | None:
    if row.position is None:
        return None
    at = f"{row.position.file}:{row.position.line}:{row.position.column}"
    numbers = f"{fixed.line.lower()} {row.position.line}, {fixed.column.lower()} {row.position.column}"
    return f"<code>{_text(at)}</code> ({escape(numbers)})"


def _linked(iri: str) -> str:
    """Return an IRI as a link if its scheme is HTTP, else as text."""
    shown = _text(iri)
    return f'<a href="{shown}">{shown}</a>' if urlsplit(iri).scheme in ("http", "https") else f"<code>{shown}</code>"


def _text(text: str) -> str:
    return escape(visible(text))
