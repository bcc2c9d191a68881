"""The terms that mutations choose from: those of SHACL, and literals with forms that few expect."""

from typing import Final

from pyoxigraph import NamedNode, RdfFormat

from ontology.terms import OPSC, OWL, RDF, RDFS, SH, XSD
from shapes.wellformed import vocabulary

FORMATS: Final = (
    *(RdfFormat.TURTLE, RdfFormat.TRIG, RdfFormat.N_TRIPLES, RdfFormat.N_QUADS, RdfFormat.RDF_XML, RdfFormat.JSON_LD),
)
TERMS: Final = (
    *vocabulary.PROPERTIES,
    *vocabulary.CLASSES,
    *vocabulary.SEVERITIES,
    *vocabulary.NODE_KINDS,
    *vocabulary.UNSUPPORTED,
    *(SH[name] for name in ("minCout", "Nodeshape", "datatypes", "singleline", "", "ä", "x" * 300)),
    *(RDF.type, RDF.first, RDF.rest, RDF.nil),
    *(RDFS.Class, RDFS.subClassOf, OWL.imports, OPSC.State, OPSC.dateEarliest),
    *(NamedNode(iri) for iri in ("http://example.org/n", "http://example.org/p", "urn:x", "HTTP://E/%00")),
)
DATATYPES: Final = (
    *(RDF.HTML, RDF.XMLLiteral, RDF.langString, RDFS.Literal),
    *(
        XSD[name]
        for name in (
            *(
                "string",
                "integer",
                "decimal",
                "double",
                "float",
                "boolean",
                "date",
                "dateTime",
                "time",
                "gYear",
                "gMonthDay",
            ),
            *("duration", "byte", "nonNegativeInteger", "anyURI"),
            *("hexBinary", "base64Binary", "language", "QName", "none"),
            *("dateTimeStamp", "yearMonthDuration", "gDay", "unsignedLong", "normalizedString"),
        )
    ),
)
FORMS: Final = (
    *(
        "",
        "0",
        "1",
        "-1",
        "NaN",
        "INF",
        "-INF",
        "1e400",
        "9" * 400,
        "0x1",
        "true",
        "yes",
        "2000-02-30",
        "24:00:00",
        "--02-30",
    ),
    *(
        "2000-01-01T24:00:00Z",
        "99999-12-31",
        "-0001-01-01",
        "P",
        "PT",
        "P1Y2M",
        "Z",
        "\x1b[2J",
        "\u202e",
        "\ufffe",
        "a\nb",
    ),
    *("^(a|", "[a-", "(?<n>a)", "\\p{L}", "\\p{Is}"),
    *("(?i)a", "a{99999999999}", "\\", "[[:alpha:]]", "(a)\\1", "[z-a]"),
    *(
        "SELECT $this { }",
        "ASK {}",
        "SELECT * { ?s ?p ?o",
        "SELECT $this { $this ?p ?o FILTER(<urn:f>(?o)) }",
        "$PATH",
        "<",
    ),
    *("en", "en-", "*", "x-y-z", "<p>", "\U0001f600" * 40, "http://example.org/\ud7ff", "{$this} {?value}", "SELECT"),
)


TOKENS: Final = (
    *(
        b"\x00",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\x1b[2J",
        b"<",
        b">",
        b'"',
        b"'''",
        b"\\u0000",
        b"\\uD800",
        b"[",
        b"]",
        b"(",
        b")",
    ),
    *(
        b"{",
        b"}",
        b"@prefix",
        b"@base <x> .",
        b"<<( <a:b> <a:b> 1 )>>",
        b"^^",
        b"@en--ltr",
        b"_:",
        b". ",
        b";",
        b",",
        b"\xed\xa0\x80",
    ),
    *(
        b"<!DOCTYPE a>",
        b"&a;",
        b"&#0;",
        b"<![CDATA[",
        b"rdf:nodeID='1'",
        b"xml:base='::'",
        b'{"@id": 1}',
        b'"@context": "http://e/"',
    ),
    *(b'"@type": [[]]', b"null", b"1e999", b"-", b"[" * 300, b"<a>" * 300, b"a" * 5_000),
)
