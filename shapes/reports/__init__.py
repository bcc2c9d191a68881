"""Serializations of validation reports, one module for each format, in English, French and Spanish."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from shapes.languages import LANGUAGES, Language
from shapes.report import Report
from shapes.reports import csv, html, json, jsonld, junit, sarif, text, turtle
from shapes.reports.positions import NO_POSITIONS, Positions

__all__ = ["FORMATS", "LANGUAGES", "NO_POSITIONS", "Format", "Language", "Positions", "write"]


@dataclass(frozen=True)
class Format:
    """A format of reports: its media type, file name extension and writer.

    ``write`` takes the report, the language of words and messages, and the positions of triples in the validated files;
    it returns UTF-8.
    """

    media_type: str
    extension: str
    write: Callable[[Report, Language, Positions], bytes]


FORMATS: Final[Mapping[str, Format]] = {
    "text": Format("text/plain", ".txt", text.write),
    "json": Format("application/json", ".json", json.write),
    "turtle": Format("text/turtle", ".ttl", turtle.write),
    "jsonld": Format("application/ld+json", ".jsonld", jsonld.write),
    "html": Format("text/html", ".html", html.write),
    "csv": Format("text/csv", ".csv", csv.write),
    "sarif": Format("application/sarif+json", ".sarif", sarif.write),
    "junit": Format("application/xml", ".xml", junit.write),
}
"""The formats by their name in ``--format``."""


def write(report: Report, name: str, language: Language = "en", positions: Positions = NO_POSITIONS) -> str:
    """Return ``report`` in the format named ``name`` in :data:`FORMATS`; equal reports give equal text."""
    return FORMATS[name].write(report, language, positions).decode()
