"""What somebody may send to do harm, line by line of what the project promises to withstand; for every surface.

``{URL}`` in bytes stands for an address at which a test listens: nothing may be fetched from it.
"""

import gzip
from dataclasses import dataclass

import pytest

from ontology.terms import OPSC

PREFIXES = (
    b"@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix owl: <http://www.w3.org/2002/07/owl#> . "
    b"@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"
)
DATA = b'<http://e/thing> <http://e/p> "' + b"a" * 60 + b'!" .\n'
SHAPE = PREFIXES + b"<http://e/S> a sh:NodeShape ; sh:targetNode <http://e/thing> "
_SPARQL = b' ; sh:sparql [ sh:message "x" ; sh:select """SELECT $this { %s }""" ] .'
_RDF_XML = b'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'


@dataclass(frozen=True)
class Hostile:
    """A document, its media type, and the stable code of why it cannot be used."""

    data: bytes
    media_type: str
    code: str

    @property
    def extension(self) -> str:
        """The file name extension of the media type."""
        return _EXTENSIONS[self.media_type]


_EXTENSIONS = {
    "text/turtle": ".ttl",
    "application/trig": ".trig",
    "application/n-triples": ".nt",
    "application/n-quads": ".nq",
    "application/rdf+xml": ".rdf",
    "application/ld+json": ".jsonld",
}

_ENTITY_BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(10))
    + b"]>"
    + _RDF_XML
    + b"&k;</r:RDF>"
)

UNREADABLE = {
    "DOCTYPE": Hostile(b'<!DOCTYPE x SYSTEM "{URL}">' + _RDF_XML + b"</r:RDF>", "application/rdf+xml", "doctype"),
    "entity bomb": Hostile(_ENTITY_BOMB, "application/rdf+xml", "doctype"),
    "entity from a file": Hostile(
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + _RDF_XML + b"&f;</r:RDF>",
        "application/rdf+xml",
        "doctype",
    ),
    "remote context": Hostile(b'{"@context": "{URL}", "name": "x"}', "application/ld+json", "remote-context"),
    "remote context among others": Hostile(
        b'{"@context": [{"a": "http://e/p"}, "{URL}"], "a": "x"}', "application/ld+json", "remote-context"
    ),
    "remote context that is imported": Hostile(
        b'{"@context": {"@version": 1.1, "@import": "{URL}"}, "a": "x"}', "application/ld+json", "remote-context"
    ),
    "remote context of a property": Hostile(
        b'{"@context": {"@version": 1.1, "a": {"@id": "http://e/p", "@context": "{URL}"}}, "a": {"b": 1}}',
        "application/ld+json",
        "remote-context",
    ),
    "gzip bomb as it is": Hostile(gzip.compress(b"#" * 20_000_000), "text/turtle", "wrong-encoding"),
    "truncated Turtle": Hostile(b'<http://e/a> <http://e/p> "text', "text/turtle", "malformed"),
    "truncated TriG": Hostile(b"<http://e/g> { <http://e/a> <http://e/p> 1", "application/trig", "malformed"),
    "truncated N-Triples": Hostile(b"<http://e/a> <http://e/p> <http://e/o", "application/n-triples", "malformed"),
    "truncated N-Quads": Hostile(b"<http://e/a> <http://e/p> <http://e/o> <htt", "application/n-quads", "malformed"),
    "truncated RDF/XML": Hostile(_RDF_XML, "application/rdf+xml", "malformed"),
    "truncated JSON-LD": Hostile(b'{"@id": "http://e/a", "http://e/p": [', "application/ld+json", "malformed"),
    "invalid UTF-8": Hostile(b'<http://e/a> <http://e/p> "\xc3\x28" .', "text/turtle", "wrong-encoding"),
    "invalid UTF-8 in JSON-LD": Hostile(b'{"http://e/p": "\xc3\x28"}', "application/ld+json", "wrong-encoding"),
    **{
        f"RDF/XML in {encoding}": Hostile(
            b'<?xml version="1.0" encoding="%s"?>' % encoding.encode() + _RDF_XML + b"</r:RDF>",
            "application/rdf+xml",
            "wrong-encoding",
        )
        for encoding in ("Shift_JIS", "Big5", "GB18030", "KOI8-R", "ISO-8859-1", "UTF-16", "US-ASCII", "none such")
    },
    "UTF-16 without its mark": Hostile(
        '<http://e/a> <http://e/p> "x" .'.encode("utf-16-le"), "text/turtle", "wrong-encoding"
    ),
    "UTF-16": Hostile('<http://e/a> <http://e/p> "x" .'.encode("utf-16"), "text/turtle", "wrong-encoding"),
    "relative IRI in Turtle": Hostile(b"<a> <http://e/p> <http://e/o> .", "text/turtle", "relative-iri"),
    "relative IRI in TriG": Hostile(b"<g> { <http://e/a> <http://e/p> 1 }", "application/trig", "relative-iri"),
    "relative IRI in N-Triples": Hostile(b"<a> <http://e/p> <http://e/o> .", "application/n-triples", "relative-iri"),
    "relative IRI in N-Quads": Hostile(
        b"<http://e/a> <http://e/p> <http://e/o> <g> .", "application/n-quads", "relative-iri"
    ),
    "relative IRI in RDF/XML": Hostile(
        _RDF_XML + b'<r:Description r:about="a"><p xmlns="http://e/">x</p></r:Description></r:RDF>',
        "application/rdf+xml",
        "relative-iri",
    ),
    "relative IRI in JSON-LD": Hostile(b'{"@id": "a", "http://e/p": "x"}', "application/ld+json", "relative-iri"),
    "nothing": Hostile(b"", "text/turtle", "empty"),
    "zeroes": Hostile(b"\0" * 1000, "text/turtle", "malformed"),
    "deep JSON-LD": Hostile(b'{"http://e/p":' * 10_000 + b"1" + b"}" * 10_000, "application/ld+json", "too-deep"),
    "deep RDF/XML": Hostile(b"<a>" * 20_000 + b"</a>" * 20_000, "application/rdf+xml", "too-deep"),
    "triple terms": Hostile(
        b"<http://e/a> <http://e/p> <<( <http://e/a> <http://e/p> 1 )>> .", "text/turtle", "rdf-1.2"
    ),
}
"""Documents that cannot be read, as data or as shapes."""

HARMLESS = {
    "blank nodes at the top": Hostile(
        b'[] <http://e/p> "x" . [ <http://e/q> [ <http://e/q> 1 ] ] .', "text/turtle", ""
    ),
    "imports in data": Hostile(
        b"<http://e/o> a <http://www.w3.org/2002/07/owl#Ontology> ; <http://www.w3.org/2002/07/owl#imports> <{URL}> .",
        "text/turtle",
        "",
    ),
    "a base elsewhere": Hostile(b"@base <{URL}> . <a> <b> <c> .", "text/turtle", ""),
    "a shapes graph elsewhere": Hostile(
        b"<http://e/o> <http://www.w3.org/ns/shacl#shapesGraph> <{URL}> .", "text/turtle", ""
    ),
    "shapes as data": Hostile(
        SHAPE
        + b'; sh:property [ sh:path <http://e/p> ; sh:pattern "^(a+)+$" ] '
        + _SPARQL % b"SERVICE <{URL}> {}"
        + DATA,
        "text/turtle",
        "",
    ),
}
"""Data that are used as data, and make nobody fetch or evaluate what they name."""

FOREIGN = {
    "N-Quads": Hostile(
        b"<http://e/s> <http://e/p> <http://e/o> <http://e/a> .", "application/n-quads", "foreign-graph"
    ),
    "TriG": Hostile(b"<http://e/a> { <http://e/s> <http://e/p> 1 }", "application/trig", "foreign-graph"),
    "JSON-LD": Hostile(
        b'{"@id": "http://e/a", "@graph": [{"@id": "http://e/s", "http://e/p": 1}]}',
        "application/ld+json",
        "foreign-graph",
    ),
    "another contribution": Hostile(
        b"GRAPH <https://w3id.org/opsc/graph/contribution/77> { <http://e/s> <http://e/p> 1 }",
        "application/trig",
        "foreign-graph",
    ),
    "the records": Hostile(
        b"GRAPH <https://w3id.org/opsc/graph/contributions> { <http://e/s> <http://e/p> 1 }",
        "application/trig",
        "foreign-graph",
    ),
    "a term of the vocabulary": Hostile(
        b"<%s> <http://e/p> 1 ." % OPSC.State.value.encode(), "text/turtle", "reserved"
    ),
}
"""Contributions that would touch what belongs to somebody else."""

UNUSABLE_SHAPES = {
    "SERVICE": SHAPE + _SPARQL % b"SERVICE <{URL}> { $this ?p ?o }",
    "silent SERVICE": SHAPE + _SPARQL % b"SERVICE SILENT <{URL}> { $this ?p ?o }",
    "escaped SERVICE": SHAPE + _SPARQL % rb"\\u0053ERVICE <{URL}> { $this ?p ?o }",
    "FROM": SHAPE + _SPARQL.replace(b"$this {", b"$this FROM <{URL}> {") % b"$this ?p ?o",
    "no SPARQL": SHAPE + _SPARQL % b"$this ?p",
    "imports": SHAPE + b".\n<http://e/o> a owl:Ontology ; owl:imports <{URL}> .",
    "SPARQL target": SHAPE + b' ; sh:nodeKind sh:IRI ; sh:target [ a sh:SPARQLTarget ; sh:select "SELECT ?this {}" ] .',
    "rule": SHAPE + b" ; sh:rule [ a sh:TripleRule ] .",
    "JavaScript": SHAPE + b' ; sh:js [ sh:jsFunctionName "f" ; sh:jsLibrary <{URL}> ] .',
    "recursion": SHAPE + b"; sh:node <http://e/S> .",
    "mutual recursion": SHAPE + b"; sh:node <http://e/T> . <http://e/T> a sh:NodeShape ; sh:not <http://e/S> .",
    "no shapes": b"<http://e/a> <http://e/p> <http://e/o> .",
    "circular list": SHAPE + b"; sh:in _:l . _:l rdf:first 1 ; rdf:rest _:l .",
    "circular list of shapes": SHAPE + b"; sh:and _:l . _:l rdf:first <http://e/T> ; rdf:rest _:l .",
    "text for a shape": SHAPE + b'; sh:not "x" .',
    "text for a severity": SHAPE + b'; sh:severity "Warning" ; sh:nodeKind sh:Literal .',
    "number for a pattern": SHAPE + b"; sh:pattern 5 .",
    "IRI for flags": SHAPE + b'; sh:pattern "a" ; sh:flags <http://e/i> .',
    "escape sequence for a number": SHAPE + b'; sh:property [ sh:path <http://e/p> ; sh:minCount "\\u001B[2J" ] .',
    "misspelt term": SHAPE + b"; sh:property [ sh:path <http://e/p> ; sh:minCout 1 ] .",
    "term of SHACL 1.2": SHAPE + b"; sh:targetWhere [ sh:nodeKind sh:IRI ] .",
    "unknown function": SHAPE + _SPARQL % b"$this ?p ?o FILTER(<http://e/f>(?o))",
    "pattern that is none": SHAPE + b'; sh:property [ sh:path <http://e/p> ; sh:pattern "(" ] .',
}
"""Turtle that is no set of shapes, or shapes that would be left out or reach elsewhere."""

ENDLESS_PATTERNS = [
    b"^(a+)+$",
    pytest.param(b"^(a|a)*$", marks=pytest.mark.slow),
    pytest.param(b"(.*a){30}!!", marks=pytest.mark.slow),
]


def endless(pattern: bytes) -> bytes:
    """Return shapes with a regular expression that takes for ever on :data:`DATA`."""
    return SHAPE + b'; sh:property [ sh:path <http://e/p> ; sh:pattern "' + pattern + b'" ] .'


CROSSING = SHAPE + _SPARQL % (b"$this ?p ?o . " + b" . ".join(b"?a%d ?b%d ?c%d" % (n, n, n) for n in range(12)))
"""Shapes with a query that takes for ever on :data:`MANY`."""
MANY = b"".join(b"<http://e/thing> <http://e/p> <http://e/%d> .\n" % n for n in range(2_000))
