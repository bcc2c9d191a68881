"""What RDF/XML cannot write: properties that end in no XML name, and characters that XML has no form for.

The engine writes elements without a name for the former and the bare characters for the latter: no XML.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from pyoxigraph import Literal, Quad, Triple

from graph.sparql.errors import NotAcceptable

# An element is named by the end of the property's IRI (RDF 1.1 XML Syntax, section 2.2), an NCName.
_NAMED: Final = re.compile(r"[^\W\d][\w.\-\u00b7]*\Z")
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def checked(statements: Iterable[Triple] | Iterable[Quad]) -> Iterator[Triple]:
    """Yield ``statements`` as triples; raise ``NotAcceptable`` for one that RDF/XML cannot write."""
    seen: set[str] = set()
    for statement in statements:
        name = statement.predicate.value
        if name not in seen:
            if not _NAMED.search(name):
                raise NotAcceptable(
                    f"RDF/XML cannot write the property <{name}>; ask for another format, such as Turtle"
                )
            seen.add(name)
        if isinstance(statement.object, Literal) and _UNWRITABLE.search(statement.object.value):
            raise NotAcceptable(
                "a literal holds a character that XML cannot write; ask for another format, such as Turtle"
            )
        yield statement.triple if isinstance(statement, Quad) else statement
