"""Property paths (https://www.w3.org/TR/shacl/#property-paths) and terms, written out for a reader."""

import re
from collections.abc import Callable, Iterable
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from ontology.terms import PREFIXES, RDF, SH

Node = NamedNode | BlankNode
Described = dict[tuple[Node, NamedNode], Node]

_AROUND: Final = {
    SH.inversePath: ("^", ""),
    SH.zeroOrMorePath: ("", "*"),
    SH.oneOrMorePath: ("", "+"),
    SH.zeroOrOnePath: ("", "?"),
}
_LOCAL_NAME: Final = re.compile(r"[A-Za-z_][\w.-]*(?<!\.)")
_MOST_STEPS: Final = 50


def described(details: Iterable[Quad]) -> Described:
    """Return the triples that describe the blank nodes of paths, by subject and predicate."""
    return {
        (quad.subject, quad.predicate): quad.object
        for quad in details
        if not isinstance(quad.subject, Triple) and isinstance(quad.object, NamedNode | BlankNode)
    }


def full(path: Node, nodes: Described) -> str:
    """Return a path with full IRIs: a path of one step as the bare IRI, others in the syntax of SPARQL."""
    return path.value if isinstance(path, NamedNode) else _written(path, nodes, str)


def short(path: Node, nodes: Described) -> str:
    """Return a path with the project's prefixes, such as ``opsc:act|opsc:object``."""
    return _written(path, nodes, short_term)


def short_term(term: NamedNode | BlankNode | Literal) -> str:
    """Return a term for a reader: prefixed names where a prefix fits, literals in quotes with their language only."""
    if isinstance(term, Literal):
        return f'"{term.value}"' + (f"@{term.language}" if term.language else "")
    if isinstance(term, NamedNode):
        for prefix, namespace in PREFIXES.items():
            if term.value.startswith(namespace) and _LOCAL_NAME.fullmatch(term.value[len(namespace) :]):
                return f"{prefix}:{term.value[len(namespace) :]}"
    return str(term)


def _written(path: Node, nodes: Described, name: Callable[[NamedNode], str], depth: int = 0) -> str:
    if isinstance(path, NamedNode):
        return name(path)
    if depth > _MOST_STEPS:
        return "..."

    def step(part: Node) -> str:
        inner = _written(part, nodes, name, depth + 1)
        return inner if isinstance(part, NamedNode) else f"({inner})"

    for predicate, (before, after) in _AROUND.items():
        if (path, predicate) in nodes:
            return f"{before}{step(nodes[path, predicate])}{after}"
    alternatives = nodes.get((path, SH.alternativePath))
    parts = _members(alternatives or path, nodes)
    return ("|" if alternatives else "/").join(step(part) for part in parts) or str(path)


def _members(head: Node, nodes: Described) -> list[Node]:
    members: list[Node] = []
    while (head, RDF.first) in nodes and len(members) <= _MOST_STEPS:
        members.append(nodes[head, RDF.first])
        head = nodes.get((head, RDF.rest), RDF.nil)
    return members
