"""RDF terms as types (https://www.w3.org/TR/rdf11-concepts/#section-triples)."""

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

Resource = NamedNode | BlankNode
"""A term that can be the subject of a triple."""

Term = Resource | Literal
"""A term of RDF 1.1."""

AnyTerm = Term | Triple
"""A term that pyoxigraph may return: one of RDF 1.1, or a triple term of RDF 1.2."""
