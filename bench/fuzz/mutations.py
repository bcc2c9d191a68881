"""Mutations of graphs and of texts. The same random numbers give the same mutation."""

import random
from collections.abc import Callable, Sequence
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, serialize

from bench.fuzz import tables
from ontology.rdf import AnyTerm
from ontology.terms import XSD
from shapes.wellformed import vocabulary


def terms(chance: random.Random) -> AnyTerm:
    """Return any term: an IRI of SHACL, a blank node, or a literal with a form that few expect."""
    kind = chance.random()
    if kind < 0.4:
        return chance.choice(tables.TERMS)
    if kind < 0.5:
        return BlankNode(f"m{chance.randrange(3)}")
    form = chance.choice(tables.FORMS)
    if kind < 0.6:
        return Literal(form, language=chance.choice(("en", "fr-FR", "zh-Hant-TW")))
    return Literal(form, datatype=chance.choice(tables.DATATYPES))


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
        return Literal(value.value, datatype=chance.choice(tables.DATATYPES))
    return Literal(str(getattr(value, "value", "")))


def _predicate(quads: list[Quad], chance: random.Random) -> list[Quad]:
    at = chance.randrange(len(quads))
    return [*quads[:at], Quad(quads[at].subject, chance.choice(tables.TERMS), quads[at].object), *quads[at + 1 :]]


def _subject(quads: list[Quad], chance: random.Random) -> list[Quad]:
    at, other = chance.randrange(len(quads)), chance.choice(quads).subject
    return [*quads[:at], Quad(other, quads[at].predicate, quads[at].object), *quads[at + 1 :]]


def _link(quads: list[Quad], chance: random.Random) -> list[Quad]:
    """Let a triple end in another node of the graph: circles, shared lists, shapes that contain themselves."""
    at, other = chance.randrange(len(quads)), chance.choice(quads)
    return [*quads[:at], Quad(quads[at].subject, quads[at].predicate, other.subject), *quads[at + 1 :]]


def _added(quads: list[Quad], chance: random.Random) -> list[Quad]:
    subject = chance.choice(quads).subject
    predicate = chance.choice(quads).predicate if chance.random() < 0.4 else chance.choice(tables.TERMS)
    return [*quads, Quad(subject, predicate, terms(chance))]


def _without(quads: list[Quad], chance: random.Random) -> list[Quad]:
    at = chance.randrange(len(quads))
    return [*quads[:at], *quads[at + 1 :]] or quads


def _again(quads: list[Quad], chance: random.Random) -> list[Quad]:
    quad = chance.choice(quads)
    return [*quads, Quad(quad.subject, quad.predicate, chance.choice(quads).object)]


def _constraint(quads: list[Quad], chance: random.Random) -> list[Quad]:
    """Add a constraint with a value that it may have, so that most such shapes are evaluated."""
    shapes = [quad.subject for quad in quads if quad.predicate in vocabulary.PROPERTIES and _constrains(quad)]
    predicate = chance.choice([name for name, rule in vocabulary.PROPERTIES.items() if rule.constrains])
    kind = vocabulary.PROPERTIES[predicate].values
    alike = [
        quad.object
        for quad in quads
        if quad.predicate in vocabulary.PROPERTIES and vocabulary.PROPERTIES[quad.predicate].values == kind
    ]
    value = _VALUES[kind](chance) if kind in _VALUES else chance.choice(alike) if alike else terms(chance)
    kept = [quad for quad in quads if quad.predicate != predicate] if chance.random() < 0.7 else quads
    return [*kept, Quad(chance.choice(shapes), predicate, value)] if shapes else quads


def _constrains(quad: Quad) -> bool:
    return vocabulary.PROPERTIES[quad.predicate].constrains


_VALUES: Final[dict[str, Callable[[random.Random], AnyTerm]]] = {
    "boolean": lambda chance: Literal(chance.choice(("true", "false")), datatype=XSD.boolean),
    "count": lambda chance: Literal(str(chance.choice((0, 1, 2, 5, 10**8))), datatype=XSD.integer),
    "IRI": lambda chance: chance.choice(
        (*tables.DATATYPES, *(NamedNode(f"http://example.org/{name}") for name in "pqrwdloTU"))
    ),
    "IRI or list": lambda chance: chance.choice(
        (*tables.DATATYPES, *(NamedNode(f"http://example.org/{one}") for one in "TU"))
    ),
    "IRI or literal": lambda chance: chance.choice(
        (NamedNode("http://example.org/n"), Literal(chance.choice(tables.FORMS)))
    ),
    "literal": lambda chance: Literal(chance.choice(tables.FORMS), datatype=chance.choice(tables.DATATYPES)),
    "any term": lambda chance: Literal(chance.choice(tables.FORMS), datatype=chance.choice(tables.DATATYPES)),
    "node kind": lambda chance: chance.choice(sorted(vocabulary.NODE_KINDS, key=str)),
    "pattern": lambda chance: Literal(
        chance.choice(("", "^.$", "\\p{Lu}", "[^\\P{L}]", "a|b", "(a*)*$", "^\\i\\c*", "[\\s-[ ]]"))
    ),
    "flags": lambda chance: Literal("".join(chance.choices("smixq", k=2))),
}
_MUTATIONS: Final[tuple[Callable[[list[Quad], random.Random], list[Quad]], ...]] = (
    *(
        _constraint,
        _constraint,
        _constraint,
        _constraint,
        _constraint,
        _object,
        _object,
        _object,
        _predicate,
        _predicate,
        _subject,
        _link,
        _link,
        _added,
        _added,
        _without,
        _again,
    ),
)


def document(
    quads: Sequence[Quad], chance: random.Random, rdf_format: RdfFormat | None = None
) -> tuple[bytes, RdfFormat]:
    """Return a graph in one of the formats; in Turtle where a format cannot hold it."""
    chosen = rdf_format or chance.choice(tables.FORMATS)
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
    return content[:at] + chance.choice(tables.TOKENS) + content[at:]


def _declare(content: bytes, chance: random.Random) -> bytes:
    encodings = (b"UTF-8", b"UTF-16", b"Shift_JIS", b"ISO-8859-1", b"x" * 50, b"")
    return b'<?xml version="1.0" encoding="%s"?>' % chance.choice(encodings) + content


_DAMAGES: Final[tuple[Callable[[bytes, random.Random], bytes], ...]] = (
    _flip,
    _flip,
    _cut,
    _double,
    _insert,
    _insert,
    _declare,
)
