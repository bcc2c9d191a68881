"""Literals that the store would not keep as what they are.

pyoxigraph turns the datatypes derived from ``xsd:integer``, such as ``xsd:nonNegativeInteger``, into ``xsd:integer``
(oxigraph issue 526), and ``xsd:dateTimeStamp`` into ``xsd:dateTime``. Another lexical form of the same value, such as
``7`` for ``007``, changes no meaning.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Store

from graph.errors import RefusedError
from ontology.terms import RDF, XSD

_KEPT: Final = frozenset({XSD.string, XSD.date, XSD.integer, XSD.boolean, RDF.langString})
_MOST_NAMED: Final = 5


def check_literals(quads: Iterable[Quad], file_name: str) -> None:
    """Raise ``RefusedError`` when the store would change the datatype of a literal, and name the literals."""
    literals = list(
        dict.fromkeys(
            quad.object for quad in quads if isinstance(quad.object, Literal) and quad.object.datatype not in _KEPT
        )
    )
    changed = [
        (literal, stored)
        for literal, stored in zip(literals, _stored(literals), strict=True)
        if stored.datatype != literal.datatype
    ]
    if changed:
        named = ", ".join(f"{literal} as {stored}" for literal, stored in changed[:_MOST_NAMED])
        others = f", and {len(changed) - _MOST_NAMED} more" if len(changed) > _MOST_NAMED else ""
        raise RefusedError(
            "datatype-unsupported",
            f"{file_name}: the store would keep {named}{others}; write them with the datatype that is kept",
        )


def _stored(literals: list[Literal]) -> Iterator[Literal]:
    """Yield what a store makes of each literal."""
    store = Store()
    names = [NamedNode(f"urn:x-opsc:{number}") for number in range(len(literals))]
    store.bulk_extend(Quad(name, RDF.value, literal) for name, literal in zip(names, literals, strict=True))
    for name in names:
        for quad in store.quads_for_pattern(name, RDF.value, None):
            if isinstance(quad.object, Literal):
                yield quad.object
