"""SPARQL-based constraints (https://www.w3.org/TR/shacl/#sparql-constraints), evaluated once for all focus nodes.

pySHACL asks the query of a constraint once for each focus node, with ``$this`` bound to it. Here the query is asked
once with ``$this`` left open, and the rows about focus nodes are kept. That gives the same rows only for queries in
which ``$this`` is bound wherever it is read; :func:`split` takes those alone and leaves every other constraint to
pySHACL.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, QueryBoolean, QuerySolutions, QueryTriples, Store, Triple

from ontology.terms import OWL, RDF, RDFS, SH
from shapes.data import EVERYTHING, Data, InstancesOf, Key, Target
from shapes.engine import sparql_queries
from shapes.errors import ShapesError
from shapes.graph import Node, ShapesGraph
from shapes.graph import Term as ShapesTerm
from shapes.report import Result, Term

Row = dict[str, Term]

_PLACEHOLDER: Final = re.compile(r"\{[?$](\w+)\}")
_PATH_PLACEHOLDER: Final = re.compile(r"[?$]PATH\b")
_ESCAPE: Final = re.compile(r"\\[uU]")


@dataclass(frozen=True)
class SparqlConstraint:
    """A SPARQL constraint of a node shape whose query may be asked for all focus nodes at once."""

    node: Node
    shape: Node
    query: str
    severity: NamedNode
    messages: tuple[Literal, ...]
    targets: tuple[Target, ...]

    @cached_property
    def reads(self) -> frozenset[Key]:
        """What the solutions of the query depend on."""
        named = sparql_queries.names(self.query)
        if named is None:
            return frozenset({EVERYTHING})
        nodes = {NamedNode(name) for name in named}
        return frozenset({*nodes, *map(InstancesOf, nodes)})


def split(shapes: ShapesGraph) -> tuple[list[SparqlConstraint], ShapesGraph]:
    """Return the constraints that may be asked for all focus nodes at once, and the shapes without them."""
    constraints = []
    taken = set()
    for shape in shapes.roots():
        for node in shapes.objects(shape, SH.sparql):
            constraint = _constraint(shapes, shape, node)
            if constraint is not None:
                constraints.append(constraint)
                taken.add(Quad(shape, SH.sparql, constraint.node))
    return constraints, ShapesGraph(quad for quad in shapes.quads if quad not in taken)


def results(store: Store, data: Data, constraints: Iterable[SparqlConstraint]) -> Iterator[Result]:
    """Yield the results that the constraints give on the default graph of ``store``, whose relations ``data`` holds.

    Raises ``ShapesError`` when a constraint's query is not valid SPARQL.
    """
    rows: dict[str, list[Row]] = {}
    for constraint in constraints:
        if constraint.query not in rows:
            rows[constraint.query] = _rows(store, constraint)
        if rows[constraint.query]:
            focus_nodes = data.focus_nodes(constraint.targets)
            yield from (_result(constraint, row) for row in rows[constraint.query] if row["this"] in focus_nodes)


def check_queries(shapes: ShapesGraph) -> None:
    """Raise ``ShapesError`` for a query in ``shapes`` that is not valid or asks for data from elsewhere.

    ``FROM`` and ``SERVICE`` would read files and addresses; a shape sees the data that is validated and nothing else.
    An escape such as ``\\u0046`` could spell a keyword unseen, so it is refused as well.
    """
    for quad in shapes.quads:
        if quad.predicate not in (SH.select, SH.ask) or not isinstance(quad.object, Literal):
            continue
        elsewhere = {"FROM", "SERVICE"} & {token.upper() for token in sparql_queries.tokens(quad.object.value)}
        if elsewhere:
            raise ShapesError(f"a query in the shapes uses {min(elsewhere)}; remove it: shapes see only the data")
        if _ESCAPE.search(quad.object.value):
            raise ShapesError("a query in the shapes uses \\u escapes; write the characters themselves")
        if not isinstance(quad.subject, Triple):
            query = _PATH_PLACEHOLDER.sub("<urn:path>", quad.object.value)
            _query(Store(), quad.subject, _prefixes(shapes, quad.subject) + query)


def _constraint(shapes: ShapesGraph, shape: Node, node: ShapesTerm) -> SparqlConstraint | None:
    selects = [query for query in shapes.objects(node, SH.select) if isinstance(query, Literal)]
    messages = [*shapes.objects(node, SH.message), *shapes.objects(shape, SH.message)]
    literals = tuple(dict.fromkeys(message for message in messages if isinstance(message, Literal)))
    severities = [value for value in shapes.objects(shape, SH.severity) if isinstance(value, NamedNode)]
    if isinstance(node, Literal) or not isinstance(node, Node) or len(selects) != 1 or not literals:
        return None
    if shapes.is_deactivated(node) or len(severities) > 1 or not sparql_queries.is_joinable(selects[0].value):
        return None
    return SparqlConstraint(
        node=node,
        shape=shape,
        query=_prefixes(shapes, node) + sparql_queries.with_hash_joins(selects[0].value),
        severity=(severities or [SH.Violation])[0],
        messages=literals,
        targets=tuple(shapes.targets(shape)),
    )


def _prefixes(shapes: ShapesGraph, constraint: Node) -> str:
    declared = {"rdf": RDF.iri, "rdfs": RDFS.iri, "owl": OWL.iri}
    for ontology in shapes.objects(constraint, SH.prefixes):
        for declaration in shapes.objects(ontology, SH.declare):
            prefixes, namespaces = (shapes.objects(declaration, SH[name]) for name in ("prefix", "namespace"))
            for prefix, namespace in zip(prefixes, namespaces, strict=False):
                if isinstance(prefix, Literal) and isinstance(namespace, Literal):
                    declared[prefix.value] = namespace.value
    return "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in declared.items())


def _rows(store: Store, constraint: SparqlConstraint) -> list[Row]:
    """Return the rows of a constraint's query without repetition, each with the variables that it binds."""
    solutions = _query(store, constraint.node, constraint.query)
    if not isinstance(solutions, QuerySolutions):
        raise ShapesError(f"the query of {constraint.node} is not a SELECT query")
    names = [variable.value for variable in solutions.variables]
    rows = ({name: term for name in names if (term := row[name]) is not None} for row in solutions)
    return list({tuple(row.items()): row for row in rows}.values())


def _query(store: Store, node: Node, query: str) -> QuerySolutions | QueryBoolean | QueryTriples:
    try:
        return store.query(query)
    except SyntaxError as error:
        raise ShapesError(f"the query of {node} is not valid SPARQL: {error}") from error


def _result(constraint: SparqlConstraint, row: Row) -> Result:
    path = row.get("path")
    bound = {"value": row["this"], **row}
    return Result(
        focus_node=row["this"],
        component=SH.SPARQLConstraintComponent,
        severity=constraint.severity,
        source_shape=constraint.shape,
        path=path if isinstance(path, NamedNode) else None,
        value=bound["value"],
        source_constraint=constraint.node,
        messages=tuple(sorted((_filled(message, bound) for message in constraint.messages), key=str)),
    )


def _filled(message: Literal, row: Row) -> Literal:
    """Return a message with ``{?variable}`` and ``{$this}`` replaced by the row's values; its language stays."""
    text = _PLACEHOLDER.sub(lambda match: row[match[1]].value if match[1] in row else match[0], message.value)
    return Literal(text, language=message.language) if message.language else Literal(text)
