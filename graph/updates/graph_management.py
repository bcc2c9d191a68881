"""The graph operations of SPARQL 1.1 Update (section 3.2): CREATE, CLEAR, DROP, COPY, MOVE and ADD.

An empty graph does not exist here, so that CREATE only checks that the graph does not exist.
"""

from pyoxigraph import DefaultGraph, Literal, NamedNode, QuerySolutions, Store

from graph.errors import RefusedError
from graph.sparql.lexer import Token
from graph.updates.capture import GraphTriple, UpdateEffect
from graph.updates.parser import UpdateOperation
from ontology import iris


def evaluate(operation: UpdateOperation, dataset: Store) -> UpdateEffect:
    """Return the triples that a graph management operation deletes from ``dataset``, and inserts into it.

    Without SILENT, raises ``RefusedError`` for a graph that does not exist, or that CREATE finds to exist.
    """
    kind, *rest = operation.tokens
    silent = bool(rest) and rest[0].text.upper() == "SILENT"
    operands = [token for token in rest if token.text.upper() not in {"SILENT", "GRAPH", "TO"} or token.kind != "word"]
    match kind.text.upper():
        case "CREATE":
            _check_free(_graph(operation, operands[0]), dataset, silent=silent)
            return UpdateEffect()
        case "CLEAR" | "DROP":
            return UpdateEffect(_cleared(operation, operands[0], dataset, silent=silent))
        case moving:
            source, target = (_graph(operation, operand) for operand in operands)
            return _copied(moving, source, target, dataset, silent=silent)


def resolve_iri(operation: UpdateOperation, token: Token) -> str:
    """Return the IRI of a token, resolved by the declarations of its operation as the engine does it."""
    rows = Store().query(f"{operation.declarations} SELECT (STR({token.text}) AS ?iri) {{}}", base_iri=iris.BASE)
    values = [row["iri"] for row in rows] if isinstance(rows, QuerySolutions) else []
    if len(values) != 1 or not isinstance(values[0], Literal):
        raise RefusedError("malformed", f"'{token.text}' is not a valid IRI")
    return values[0].value


def _graph(operation: UpdateOperation, token: Token) -> NamedNode | None:
    return None if token.kind == "word" else NamedNode(resolve_iri(operation, token))


def _check_free(graph: NamedNode | None, dataset: Store, *, silent: bool) -> None:
    if not silent and graph is not None and _content(graph, dataset):
        raise RefusedError("graph-exists", f"the graph {graph} already exists; remove CREATE, or write CREATE SILENT")


def _cleared(operation: UpdateOperation, token: Token, dataset: Store, *, silent: bool) -> tuple[GraphTriple, ...]:
    if token.kind == "word" and token.text.upper() in {"NAMED", "ALL"}:
        return tuple(
            (quad.graph_name, quad.triple) for quad in dataset if not isinstance(quad.graph_name, DefaultGraph)
        )
    return _known(_graph(operation, token), dataset, silent=silent)


def _copied(
    kind: str, source: NamedNode | None, target: NamedNode | None, dataset: Store, *, silent: bool
) -> UpdateEffect:
    content = _known(source, dataset, silent=silent)
    if source == target:
        return UpdateEffect()
    replaced = () if kind == "ADD" else _content(target, dataset)
    moved = content if kind == "MOVE" else ()
    return UpdateEffect((*replaced, *moved), tuple((target, triple) for _, triple in content))


def _known(graph: NamedNode | None, dataset: Store, *, silent: bool) -> tuple[GraphTriple, ...]:
    content = _content(graph, dataset)
    if not content and graph is not None and not silent:
        raise RefusedError("graph-unknown", f"the graph {graph} does not exist; correct its name, or write SILENT")
    return content


def _content(graph: NamedNode | None, dataset: Store) -> tuple[GraphTriple, ...]:
    found = dataset.quads_for_pattern(None, None, None, graph or DefaultGraph())
    return tuple((graph, quad.triple) for quad in found)
