"""Reports to write: one about hostile data with places in a file, and one about things without IRIs and places."""

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode

from loaders.rdf import reader
from loaders.rdf.positions.lookup import positions
from ontology.terms import RDFS, SH
from shapes import validation
from shapes.report import Report, Result, labels
from tests.shapes.reports.hostile import DATA, SHAPES, Written


@pytest.fixture(scope="session")
def written() -> Written:
    """A report with the places of what it is about."""
    data, shapes = DATA.encode(), reader.parse(SHAPES.encode(), "text/turtle", "shapes.ttl")
    quads = reader.parse(data, "text/turtle", "data/my file.ttl")
    report = validation.validate(quads, shapes)
    things = [result.focus_node for result in report.results]
    named = Report(report.results, report.details, labels(quads, things, [RDFS.label]))
    return Written(named, positions(data, "text/turtle", "data/my file.ttl", quads=quads))


@pytest.fixture(scope="session")
def unplaced() -> Report:
    """A report about a thing and a shape without an IRI, and without any message."""
    result = Result(BlankNode("thing"), SH.ClassConstraintComponent, SH.Violation, BlankNode("shape"))
    literal = Result(Literal("5"), SH.NodeKindConstraintComponent, NamedNode("x:severe"), NamedNode("x:shape"))
    return Report((result, literal))
