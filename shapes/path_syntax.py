"""Property paths (https://www.w3.org/TR/shacl/#property-paths) and terms in the syntax of SPARQL."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Triple

from ontology.rdf import Resource, Term
from ontology.terms import PREFIXES, RDF, SH

PathTriples = dict[tuple[Resource, NamedNode], Resource]

_AROUND: Final = {
    SH.inversePath: ("^", ""),
    SH.zeroOrMorePath: ("", "*"),
    SH.oneOrMorePath: ("", "+"),
    SH.zeroOrOnePath: ("", "?"),
}
_LOCAL_NAME: Final = re.compile(r"[A-Za-z_][\w.-]*(?<!\.)")
_MOST_STEPS: Final = 50


def path_triples(details: Iterable[Quad]) -> PathTriples:
    """Return the objects of the triples that describe property paths, by subject and predicate."""
    return {
        (quad.subject, quad.predicate): quad.object
        for quad in details
        if not isinstance(quad.subject, Triple) and isinstance(quad.object, Resource)
    }


def full_path(path: Resource, nodes: PathTriples) -> str:
    """Return a path with full IRIs: a predicate path as the bare IRI, others in the syntax of SPARQL."""
    return path.value if isinstance(path, NamedNode) else _serialize(path, nodes, str)


def short_path(path: Resource, nodes: PathTriples, prefixes: Mapping[str, str] = PREFIXES) -> str:
    """Return a path with prefixed names, such as ``opsc:act|opsc:object``; see :func:`short_term`."""
    return _serialize(path, nodes, lambda term: short_term(term, prefixes))


def short_term(term: Term, prefixes: Mapping[str, str] = PREFIXES) -> str:
    """Return a term as text: an IRI as prefixed name where a prefix fits, a literal in quotes without its datatype.

    ``prefixes`` has namespaces by prefix; by default it has those of the project.
    """
    if isinstance(term, Literal):
        return f'"{term.value}"' + (f"@{term.language}" if term.language else "")
    if isinstance(term, NamedNode):
        for prefix, namespace in prefixes.items():
            if term.value.startswith(namespace) and _LOCAL_NAME.fullmatch(term.value[len(namespace) :]):
                return f"{prefix}:{term.value[len(namespace) :]}"
    return str(term)


def _serialize(path: Resource, nodes: PathTriples, name: Callable[[NamedNode], str], depth: int = 0) -> str:
    if isinstance(path, NamedNode):
        return name(path)
    if depth > _MOST_STEPS:
        return "..."

    def step(part: Resource) -> str:
        inner = _serialize(part, nodes, name, depth + 1)
        return inner if isinstance(part, NamedNode) else f"({inner})"

    for predicate, (before, after) in _AROUND.items():
        if (path, predicate) in nodes:
            return f"{before}{step(nodes[path, predicate])}{after}"
    alternatives = nodes.get((path, SH.alternativePath))
    parts = _members(alternatives or path, nodes)
    return ("|" if alternatives else "/").join(step(part) for part in parts) or str(path)


def _members(head: Resource, nodes: PathTriples) -> list[Resource]:
    members: list[Resource] = []
    while (head, RDF.first) in nodes and len(members) <= _MOST_STEPS:
        members.append(nodes[head, RDF.first])
        head = nodes.get((head, RDF.rest), RDF.nil)
    return members
