"""A report as RDF in Turtle: https://www.w3.org/TR/shacl/#validation-report."""

import io

from pyoxigraph import RdfFormat, serialize

from ontology.terms import PREFIXES
from shapes.languages import Language
from shapes.report import Report
from shapes.reports.positions import Positions
from shapes.reports.triples import triples


def write(report: Report, language: Language, positions: Positions) -> bytes:  # noqa: ARG001
    """Return the report in Turtle, with messages in all languages; equal reports give equal text."""
    prefixes = {name: PREFIXES[name] for name in ("opsc", "opscsh", "rdf", "sh", "xsd")}
    turtle = io.BytesIO()
    serialize(triples(report), turtle, RdfFormat.TURTLE, prefixes=prefixes)
    lines = turtle.getvalue().splitlines(keepends=True)
    # The serializer writes prefixes in no fixed order.
    return b"".join([*sorted(lines[: len(prefixes)]), b"\n", *lines[len(prefixes) :]])
