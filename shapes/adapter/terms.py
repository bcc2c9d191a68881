"""Conversion of terms between pyoxigraph and rdflib."""

from typing import overload

import pyoxigraph as ox
import rdflib

from ontology.rdf import Term
from shapes.errors import ShapesError


@overload
def to_rdflib(term: ox.NamedNode) -> rdflib.URIRef: ...
@overload
def to_rdflib(term: ox.BlankNode) -> rdflib.BNode: ...
@overload
def to_rdflib(term: ox.Literal) -> rdflib.Literal: ...
@overload
def to_rdflib(term: object) -> rdflib.URIRef | rdflib.BNode | rdflib.Literal: ...
def to_rdflib(term: object) -> rdflib.URIRef | rdflib.BNode | rdflib.Literal:
    """Return a term of pyoxigraph for rdflib; raises ``ShapesError`` for a triple term (RDF 1.2)."""
    match term:
        case ox.NamedNode():
            return rdflib.URIRef(term.value)
        case ox.BlankNode():
            return rdflib.BNode(term.value)
        case ox.Literal(language=str(language)):
            return rdflib.Literal(term.value, lang=language)
        case ox.Literal():
            return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value))
    raise ShapesError(f"the triple term {term} is RDF 1.2; SHACL validates RDF 1.1, so leave it out")


def from_rdflib(node: rdflib.term.Node) -> Term:
    """Return a term of rdflib for pyoxigraph."""
    if isinstance(node, rdflib.Literal):
        if node.language:
            return ox.Literal(str(node), language=node.language)
        return ox.Literal(str(node), datatype=ox.NamedNode(str(node.datatype)) if node.datatype else None)
    return resource_from_rdflib(node)


def resource_from_rdflib(node: rdflib.term.Node) -> ox.NamedNode | ox.BlankNode:
    """Return an IRI or a blank node of rdflib for pyoxigraph."""
    return ox.BlankNode(str(node)) if isinstance(node, rdflib.BNode) else ox.NamedNode(str(node))
