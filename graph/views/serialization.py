"""Documents as RDF: what describes a thing or a vocabulary, in any format."""

from collections.abc import Iterable

from pyoxigraph import DefaultGraph, Quad

from graph.settings import QueryLimits
from graph.sparql.formats import GraphFormat


def serialize_document(quads: Iterable[Quad], graph_format: GraphFormat, limits: QueryLimits) -> bytes:
    """Return the document with ``quads``, in their order; raise ``ResultTooLarge`` beyond ``limits``.

    Its triples are the default graph, which is all that clients read that follow links. N-Quads and TriG also contain
    the named graphs that state each of them.
    """
    stated = list(dict.fromkeys(quads))
    triples = dict.fromkeys(quad.triple for quad in stated)
    if graph_format.content != "dataset":
        return graph_format.serialize(triples, limits.result_bytes)
    default = [Quad(triple.subject, triple.predicate, triple.object) for triple in triples]
    named = [quad for quad in stated if not isinstance(quad.graph_name, DefaultGraph)]
    return graph_format.serialize([*default, *named], limits.result_bytes)
