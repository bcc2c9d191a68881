"""SPARQL-based constraints (https://www.w3.org/TR/shacl/#sparql-constraints), evaluated once for all focus nodes.

pySHACL evaluates the query of a constraint once for each focus node, with ``$this`` pre-bound to it. Here the query is
evaluated once with ``$this`` unbound, and solutions for other nodes are dropped. The results are the same only for
queries that bind ``$this`` wherever they read it; :func:`split` leaves all other constraints to pySHACL.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, QueryBoolean, QuerySolutions, QueryTriples, Store

from ontology.rdf import AnyTerm, Resource, Term
from ontology.terms import SH
from shapes.data_graph import EVERYTHING, DataGraph, Dependency, InstancesOf, Target
from shapes.engine import sparql_queries
from shapes.errors import ShapesError
from shapes.report import Result
from shapes.shapes_graph import ShapesGraph
from shapes.wellformed.queries import prologue

Solution = dict[str, Term]

_PLACEHOLDER: Final = re.compile(r"\{[?$](\w+)\}")


@dataclass(frozen=True)
class SparqlConstraint:
    """A SPARQL constraint of a node shape whose query can be evaluated for all focus nodes at once."""

    node: Resource
    shape: Resource
    query: str
    severity: NamedNode
    messages: tuple[Literal, ...]
    targets: tuple[Target, ...]

    @cached_property
    def reads(self) -> frozenset[Dependency]:
        """The dependencies of the query."""
        named = sparql_queries.referenced_iris(self.query)
        if named is None:
            return frozenset({EVERYTHING})
        nodes = {NamedNode(name) for name in named}
        return frozenset({*nodes, *map(InstancesOf, nodes)})


def split(shapes: ShapesGraph) -> tuple[list[SparqlConstraint], ShapesGraph]:
    """Return the constraints that can be evaluated for all focus nodes at once, and the shapes without them."""
    constraints = []
    taken = set()
    for shape in shapes.roots():
        for node in shapes.objects(shape, SH.sparql):
            constraint = _constraint(shapes, shape, node)
            if constraint is not None:
                constraints.append(constraint)
                taken.add(Quad(shape, SH.sparql, constraint.node))
    return constraints, ShapesGraph(quad for quad in shapes.quads if quad not in taken)


def results(store: Store, data: DataGraph, constraints: Iterable[SparqlConstraint]) -> Iterator[Result]:
    """Yield the results of the constraints on the default graph of ``store``, whose triples ``data`` contains.

    Raises ``ShapesError`` when a constraint's query is not valid SPARQL.
    """
    solutions: dict[str, list[Solution]] = {}
    for constraint in constraints:
        if constraint.query not in solutions:
            solutions[constraint.query] = _solutions(store, constraint)
        if solutions[constraint.query]:
            focus_nodes = data.focus_nodes(constraint.targets)
            yield from (
                _result(constraint, solution)
                for solution in solutions[constraint.query]
                if solution["this"] in focus_nodes
            )


def _constraint(shapes: ShapesGraph, shape: Resource, node: AnyTerm) -> SparqlConstraint | None:
    selects = [query for query in shapes.objects(node, SH.select) if isinstance(query, Literal)]
    messages = shapes.objects(node, SH.message) or shapes.objects(shape, SH.message)
    literals = tuple(dict.fromkeys(message for message in messages if isinstance(message, Literal)))
    severities = [value for value in shapes.objects(shape, SH.severity) if isinstance(value, NamedNode)]
    if isinstance(node, Literal) or not isinstance(node, Resource) or len(selects) != 1:
        return None
    if shapes.is_deactivated(node) or len(severities) > 1 or not sparql_queries.is_joinable(selects[0].value):
        return None
    return SparqlConstraint(
        node=node,
        shape=shape,
        query=prologue(shapes, node) + sparql_queries.with_hash_joins(selects[0].value),
        severity=(severities or [SH.Violation])[0],
        messages=literals,
        targets=tuple(shapes.targets(shape)),
    )


def _solutions(store: Store, constraint: SparqlConstraint) -> list[Solution]:
    """Return the distinct solutions of a constraint's query, each with its bound variables only."""
    query_solutions = _query(store, constraint.node, constraint.query)
    if not isinstance(query_solutions, QuerySolutions):
        raise ShapesError(f"the query of {constraint.node} is not a SELECT query")
    names = [variable.value for variable in query_solutions.variables]
    solutions = ({name: term for name in names if (term := row[name]) is not None} for row in query_solutions)
    return list({tuple(solution.items()): solution for solution in solutions}.values())


def _query(store: Store, node: Resource, query: str) -> QuerySolutions | QueryBoolean | QueryTriples:
    try:
        return store.query(query)
    except SyntaxError as error:
        raise ShapesError(f"the query of {node} is not valid SPARQL: {error}") from error


def _result(constraint: SparqlConstraint, solution: Solution) -> Result:
    path = solution.get("path")
    bound = {"value": solution["this"], **solution}
    return Result(
        focus_node=solution["this"],
        component=SH.SPARQLConstraintComponent,
        severity=constraint.severity,
        source_shape=constraint.shape,
        path=path if isinstance(path, NamedNode) else None,
        value=bound["value"],
        source_constraint=constraint.node,
        messages=_messages(constraint, bound),
    )


def _messages(constraint: SparqlConstraint, solution: Solution) -> tuple[Literal, ...]:
    """Return the message that a solution binds, else those of the constraint (SHACL, section 5.3.2)."""
    bound = solution.get("message")
    if isinstance(bound, Literal):
        return (bound,)
    return tuple(sorted((_substitute(message, solution) for message in constraint.messages), key=str))


def _substitute(message: Literal, solution: Solution) -> Literal:
    """Return a message with ``{?variable}`` and ``{$this}`` replaced by the values of a solution."""
    text = _PLACEHOLDER.sub(lambda match: solution[match[1]].value if match[1] in solution else match[0], message.value)
    return Literal(text, language=message.language) if message.language else Literal(text)
