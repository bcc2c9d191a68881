"""Mutations of graphs and of texts. The same random numbers give the same mutation."""

import random
from collections.abc import Callable, Sequence
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, serialize

from ontology.rdf import AnyTerm
from ontology.terms import OPSC, OWL, RDF, RDFS, SH, XSD
from shapes.wellformed import vocabulary

FORMATS: Final = (
    *(RdfFormat.TURTLE, RdfFormat.TRIG, RdfFormat.N_TRIPLES, RdfFormat.N_QUADS, RdfFormat.RDF_XML, RdfFormat.JSON_LD),
)
_TERMS: Final = (
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
_DATATYPES: Final = (
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
_FORMS: Final = (
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


def terms(chance: random.Random) -> AnyTerm:
    """Return any term: an IRI of SHACL, a blank node, or a literal with a form that few expect."""
    kind = chance.random()
    if kind < 0.4:
        return chance.choice(_TERMS)
    if kind < 0.5:
        return BlankNode(f"m{chance.randrange(3)}")
    form = chance.choice(_FORMS)
    if kind < 0.6:
        return Literal(form, language=chance.choice(("en", "fr-FR", "zh-Hant-TW")))
    return Literal(form, datatype=chance.choice(_DATATYPES))


def mutated(quads: Sequence[Quad], chance: random.Random) -> list[Quad]:
    """Return a graph with one to six mutations."""
    changed = list(quads)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        changed = chance.choice(_MUTATIONS)(changed, chance)
    return changed


def _object(quads: list[Quad], chance: random.Random) -> list[Quad]:
    at = chance.randrange(len(quads))
    quad = quads[at]
    value = _retyped(quad.object, chance) if chance.random() < 0.4 else terms(chance)
    return [*quads[:at], Quad(quad.subject, quad.predicate, value), *quads[at + 1 :]]


def _retyped(value: AnyTerm, chance: random.Random) -> AnyTerm:
    if isinstance(value, Literal):
        return Literal(value.value, datatype=chance.choice(_DATATYPES))
    return Literal(str(getattr(value, "value", "")))


def _predicate(quads: list[Quad], chance: random.Random) -> list[Quad]:
    at = chance.randrange(len(quads))
    return [*quads[:at], Quad(quads[at].subject, chance.choice(_TERMS), quads[at].object), *quads[at + 1 :]]


def _subject(quads: list[Quad], chance: random.Random) -> list[Quad]:
    at, other = chance.randrange(len(quads)), chance.choice(quads).subject
    return [*quads[:at], Quad(other, quads[at].predicate, quads[at].object), *quads[at + 1 :]]


def _link(quads: list[Quad], chance: random.Random) -> list[Quad]:
    """Let a triple end in another node of the graph: circles, shared lists, shapes that contain themselves."""
    at, other = chance.randrange(len(quads)), chance.choice(quads)
    return [*quads[:at], Quad(quads[at].subject, quads[at].predicate, other.subject), *quads[at + 1 :]]


def _added(quads: list[Quad], chance: random.Random) -> list[Quad]:
    subject = chance.choice(quads).subject
    predicate = chance.choice(quads).predicate if chance.random() < 0.4 else chance.choice(_TERMS)
    return [*quads, Quad(subject, predicate, terms(chance))]


def _without(quads: list[Quad], chance: random.Random) -> list[Quad]:
    at = chance.randrange(len(quads))
    return [*quads[:at], *quads[at + 1 :]] or quads


def _again(quads: list[Quad], chance: random.Random) -> list[Quad]:
    quad = chance.choice(quads)
    return [*quads, Quad(quad.subject, quad.predicate, chance.choice(quads).object)]


_MUTATIONS: Final[tuple[Callable[[list[Quad], random.Random], list[Quad]], ...]] = (
    *(_object, _object, _object, _predicate, _predicate, _subject, _link, _link, _added, _added, _without, _again),
)


def document(
    quads: Sequence[Quad], chance: random.Random, rdf_format: RdfFormat | None = None
) -> tuple[bytes, RdfFormat]:
    """Return a graph in one of the formats; in Turtle where a format cannot hold it."""
    chosen = rdf_format or chance.choice(FORMATS)
    try:
        return serialize((quad.triple for quad in quads), format=chosen) or b"", chosen
    except (OSError, SyntaxError, ValueError):
        return serialize((quad.triple for quad in quads), format=RdfFormat.TURTLE) or b"", RdfFormat.TURTLE


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Return the bytes of a document with one to four damages."""
    for _ in range(chance.choice((1, 1, 2, 4))):
        content = chance.choice(_DAMAGES)(content or b" ", chance)
    return content


def _flip(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :]


def _cut(content: bytes, chance: random.Random) -> bytes:
    first, last = sorted((chance.randrange(len(content) + 1), chance.randrange(len(content) + 1)))
    return content[:first] + content[min(last, first + 200) :]


def _double(content: bytes, chance: random.Random) -> bytes:
    at, size = chance.randrange(len(content)), chance.randrange(1, 200)
    return content[: at + size] + content[at : at + size] * chance.choice((1, 1, 30)) + content[at + size :]


def _insert(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + chance.choice(_TOKENS) + content[at:]


def _declare(content: bytes, chance: random.Random) -> bytes:
    encodings = (b"UTF-8", b"UTF-16", b"Shift_JIS", b"ISO-8859-1", b"x" * 50, b"")
    return b'<?xml version="1.0" encoding="%s"?>' % chance.choice(encodings) + content


_TOKENS: Final = (
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
_DAMAGES: Final[tuple[Callable[[bytes, random.Random], bytes], ...]] = (
    _flip,
    _flip,
    _cut,
    _double,
    _insert,
    _insert,
    _declare,
)
