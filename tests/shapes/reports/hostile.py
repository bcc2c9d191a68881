"""Data in which everything occurs that could be mistaken for markup, code or a formula, and shapes that they break."""

from dataclasses import dataclass
from typing import Final

from loaders.rdf.positions.lookup import Positions
from shapes.report import Report

HOSTILE: Final = "=1+1\"'`<script>alert(1)</script>&amp;]]><!--\n\r\t\x1b[31m\u202e\x07,;|\\"
DATA: Final = r"""@prefix ex: <https://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
ex:a a ex:Thing ; rdfs:label "Étoile 𝄞" ;
  ex:size "=1+1\"'`<script>alert(1)</script>&amp;]]><!--\n\r\t\u001b[31m\u202e\u0007,;|\\" .
ex:b a ex:Thing ; rdfs:label "=<b>bold</b> & \"Co\"" ;
  ex:size 07 .
<javascript:alert(1)> a ex:Thing ; ex:size 3 , "trois"@fr ; ex:name [ ex:x 1 ] .
"""
SHAPES: Final = """
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
