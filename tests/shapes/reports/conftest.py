"""A report in which everything that could be mistaken for markup, code or a formula occurs, with places in a file."""

from dataclasses import dataclass

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode

from loaders import rdf
from loaders.positions import Positions, positions
from ontology.terms import RDFS, SH
from shapes import validation
from shapes.report import Report, Result, labels

HOSTILE = "=1+1\"'`<script>alert(1)</script>&amp;]]><!--\n\r\t\x1b[31m\u202e\x07,;|\\"
DATA = r"""@prefix ex: <https://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
ex:a a ex:Thing ; rdfs:label "Étoile 𝄞" ;
  ex:size "=1+1\"'`<script>alert(1)</script>&amp;]]><!--\n\r\t\u001b[31m\u202e\u0007,;|\\" .
ex:b a ex:Thing ; rdfs:label "=<b>bold</b> & \"Co\"" ;
  ex:size 07 .
<javascript:alert(1)> a ex:Thing ; ex:size 3 , "trois"@fr ; ex:name [ ex:x 1 ] .
"""
SHAPES = """
@prefix ex: <https://example.org/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
ex:Shape a sh:NodeShape ; sh:targetClass ex:Thing ; sh:property ex:size, ex:name, ex:advice .
ex:size sh:path ex:size ; sh:maxInclusive 5 ; sh:datatype xsd:integer ;
  sh:message "Too much\\nor <no> number; write \\"5\\"."@en , "Trop, ou pas un nombre."@fr .
ex:name sh:path ex:name ; sh:minCount 1 ; sh:severity sh:Warning ; sh:message "-Name it."@en, "=Nómbralo."@es .
ex:advice sh:path [ sh:inversePath ex:adviceOn ] ; sh:minCount 1 ; sh:severity sh:Info ; sh:message "Advise."@en .
"""


@dataclass(frozen=True)
class Written:
    """A report and the places of what it is about."""

    report: Report
    positions: Positions


@pytest.fixture(scope="session")
def written() -> Written:
    data, shapes = DATA.encode(), rdf.parse(SHAPES.encode(), "text/turtle", "shapes.ttl")
    quads = rdf.parse(data, "text/turtle", "data/my file.ttl")
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
