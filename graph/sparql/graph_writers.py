"""Writers of RDF: triples, or the quads of a dataset."""

import io
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from pyoxigraph import Literal, Quad, RdfFormat, Triple, serialize

from graph.sparql.errors import NotAcceptable
from ontology.terms import PREFIXES
from ontology.xml_characters import escape_carriage_returns, is_xml_text

Statements = Iterable[Triple] | Iterable[Quad]
GraphWriter = Callable[[Statements, io.BytesIO], bytes]
"""Writes statements into an empty buffer, and returns the document; raises what the buffer raises."""

# RDF/XML names an element by the end of the property's IRI, an NCName (RDF 1.1 XML Syntax, section 2.2).
_ENDS_IN_NAME: Final = re.compile(r"[^\W\d][\w.\-\u00b7]*\Z")


def engine_writer(rdf_format: RdfFormat) -> GraphWriter:
    """Return the engine's own writer of a format, without prefixes."""

    def write(statements: Statements, buffer: io.BytesIO) -> bytes:
        serialize(statements, buffer, rdf_format)
        return buffer.getvalue()

    return write


def prefixed_writer(rdf_format: RdfFormat) -> GraphWriter:
    """Return a writer that declares the prefixes in use, in alphabetical order; the engine declares all of them."""

    def write(statements: Statements, buffer: io.BytesIO) -> bytes:
        serialize(statements, buffer, rdf_format, prefixes=PREFIXES)
        return _without_unused_prefixes(buffer.getvalue())

    return write


def write_rdf_xml(statements: Statements, buffer: io.BytesIO) -> bytes:
    """Write RDF/XML; raise ``NotAcceptable`` for what it cannot express (RDF 1.1 XML Syntax, section 8).

    The engine would write elements without a name, characters that no XML document may hold, and carriage returns that
    parsers read as line feeds.
    """
    serialize(_expressible_in_xml(statements), buffer, RdfFormat.RDF_XML)
    return escape_carriage_returns(buffer.getvalue())


def _expressible_in_xml(statements: Statements) -> Iterator[Triple]:
    checked: set[str] = set()
    for statement in statements:
        name = statement.predicate.value
        if name not in checked:
            if not _ENDS_IN_NAME.search(name):
                raise NotAcceptable(
                    f"RDF/XML cannot represent the property <{name}>; request another format, such as Turtle"
                )
            checked.add(name)
        if isinstance(statement.object, Literal) and not is_xml_text(statement.object.value):
            raise NotAcceptable(
                "a literal contains a character that XML cannot represent; request another format, such as Turtle"
            )
        yield statement.triple if isinstance(statement, Quad) else statement


def _without_unused_prefixes(document: bytes) -> bytes:
    header = list(itertools.takewhile(lambda line: line.startswith(b"@prefix "), io.BytesIO(document)))
    body = document[sum(map(len, header)) :]
    return b"".join(sorted(line for line in header if line.split()[1] in body)) + body
