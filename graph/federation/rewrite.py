"""Rewrites queries with SERVICE clauses, in the process that holds the graph; the engine never parses a SERVICE.

First the queries for the other endpoints are extracted. When their solutions have arrived, each clause is replaced by a
group graph pattern with the same variables and these solutions (SPARQL 1.1 Federated Query, section 4: a clause is
evaluated on its own, and joined with the rest of the query).
"""

import contextlib
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from pyoxigraph import BlankNode, Literal, NamedNode, QuerySolutions, Store

from graph.federation import clauses as service_clauses
from graph.federation.clauses import ServiceClause
from graph.federation.messages import ServiceRequest, ServiceSolutions
from graph.settings import QueryLimits
from graph.sparql import guard, syntax_errors
from graph.sparql.engine import Functions, Query, QueryEngine, QueryResult
from graph.sparql.errors import EvaluationFailed, QuerySyntaxError
from graph.sparql.guard import ParsedQuery
from graph.sparql.lexer import position
from ontology.iris import BASE

# The standard has no error here: a failed SERVICE SILENT is a single solution without bindings (section 4).
_UNBOUND: Final = "UNDEF"
_FUNCTION: Final = re.compile(r"custom function <([^>]*)>")


def create_requests(
    _engine: QueryEngine, query: str, parsed: ParsedQuery, clauses: Sequence[ServiceClause], limits: QueryLimits
) -> tuple[ServiceRequest, ...]:
    """Return the request of each of the ``clauses`` of ``query``.

    Raises ``QuerySyntaxError`` with the position in ``query`` for an invalid query, and as the guard does.
    """
    _check_syntax(query, service_clauses.replace_by_filters(query, clauses), clauses, limits)
    requests = tuple(_create_request(query, parsed, clause, limits) for clause in clauses)
    _check_assignments(query, clauses, requests)
    return requests


def answer_joined(engine: QueryEngine, query: Query, parsed: ParsedQuery, mark: str) -> QueryResult:
    """Return the result of a ``query`` with inserted solutions; literals of the datatype ``mark`` are blank nodes."""
    return engine.answer_parsed(query, parsed, _blank_nodes(mark))


def insert_solutions(
    query: str,
    clauses: Iterable[ServiceClause],
    requests: Iterable[ServiceRequest],
    solutions: Iterable[ServiceSolutions],
    mark: str,
) -> str:
    """Return ``query`` with its ``clauses`` replaced by their ``solutions``."""
    groups = [
        _group(request.variables, rows, mark, number)
        for number, (request, rows) in enumerate(zip(requests, solutions, strict=True))
    ]
    return service_clauses.replace(query, zip(clauses, groups, strict=True))


def empty_solution(request: ServiceRequest) -> ServiceSolutions:
    """Return a single solution without bindings, the result of a failed SERVICE SILENT (section 4)."""
    return ServiceSolutions(f"({' '.join(_UNBOUND for _ in request.variables)})")


def _create_request(query: str, parsed: ParsedQuery, clause: ServiceClause, limits: QueryLimits) -> ServiceRequest:
    alone = service_clauses.isolate(query, parsed, clause)
    _check_syntax(query, alone, (), limits)
    variables = _variables(alone)
    names = " ".join(f"?{name}" for name in variables) or "(1 AS ?solution)"
    group = query[clause.group : clause.end]
    text = f"BASE <{BASE}>\n{parsed.prologue}\nSELECT {names} WHERE {group}"
    return ServiceRequest(_endpoint_iri(parsed, clause), text, variables, clause.silent)


def _check_syntax(query: str, text: str, clauses: Sequence[ServiceClause], limits: QueryLimits) -> None:
    """Check a ``text`` derived from ``query`` with the guard and the engine; errors have positions in ``query``."""
    guard.inspect(text, limits)
    # Evaluation may fail here, for example where the query calls a function that only the other endpoint has.
    with contextlib.suppress(OSError, RuntimeError, ValueError):
        try:
            syntax_errors.parse_query(text)
        except SyntaxError as error:
            located = syntax_errors.locate(text, str(error))
            if (located.line, located.column) in {position(query, clause.start) for clause in clauses}:
                raise QuerySyntaxError("unexpected 'SERVICE'", located.line, located.column) from None
            raise located from None


def _variables(alone: str) -> tuple[str, ...]:
    """Return the in-scope variables of a group (SPARQL 1.1 Query, section 18.2.1), in alphabetical order.

    The group may call functions that only the other endpoint has; the engine reports one of them at a time.
    """
    functions: dict[NamedNode, Callable[..., Any]] = {}
    while True:
        try:
            results = Store().query(alone, base_iri=BASE, custom_functions=functions)
        except RuntimeError as error:
            unknown = _FUNCTION.search(str(error))
            if unknown is None or NamedNode(unknown[1]) in functions:
                raise EvaluationFailed("a SERVICE clause cannot be parsed; change or simplify it") from error
            functions[NamedNode(unknown[1])] = _unbound
        else:
            return (
                tuple(variable.value for variable in results.variables) if isinstance(results, QuerySolutions) else ()
            )


def _unbound(*_arguments: object) -> None:
    """Stand for a function of another endpoint: the solutions of this evaluation are discarded."""


def _endpoint_iri(parsed: ParsedQuery, clause: ServiceClause) -> str:
    """Return the IRI of the endpoint of a clause, resolved by the prefixes and base of the query."""
    rows = Store().query(f"{parsed.prologue} SELECT ?s {{ VALUES ?s {{ {clause.target} }} }}", base_iri=BASE)
    targets = [row["s"] for row in rows] if isinstance(rows, QuerySolutions) else []
    return "".join(term.value for term in targets if isinstance(term, NamedNode))


def _check_assignments(query: str, clauses: Sequence[ServiceClause], requests: Sequence[ServiceRequest]) -> None:
    """Raise ``QuerySyntaxError`` for an assignment to a variable that a clause binds.

    The filters of :func:`replace_by_filters` bind no variables, so that parsing them does not find it.
    """
    no_solutions = ServiceSolutions("")
    for clause, request in zip(clauses, requests, strict=True):
        group = _group(request.variables, no_solutions, "", 0)
        alone = service_clauses.replace(
            query, [(other, group if other is clause else "FILTER(1)") for other in clauses]
        )
        with contextlib.suppress(OSError, RuntimeError, ValueError):
            try:
                syntax_errors.parse_query(alone)
            except SyntaxError:
                raise QuerySyntaxError(
                    "BIND or SELECT assigns a value to a variable that this SERVICE binds; use another name",
                    *position(query, clause.start),
                ) from None


def _group(variables: tuple[str, ...], solutions: ServiceSolutions, mark: str, number: int) -> str:
    """Return a group with the ``solutions``; a function creates blank nodes from the literals that stand for them."""
    if not variables:
        return f" {{ VALUES () {{ {solutions.rows} }} }} "
    renamed = {name: f"{name}_{mark.rpartition(':')[2]}" for name in solutions.blank}
    columns = " ".join(f"?{renamed.get(name, name)}" for name in variables)
    projection = " ".join(
        f'(<{mark}>(?{renamed[name]}, "{number}") AS ?{name})' if name in renamed else f"?{name}" for name in variables
    )
    return f" {{ SELECT {projection} {{ VALUES ({columns}) {{ {solutions.rows} }} }} }} "


def _blank_nodes(mark: str) -> Functions:
    """Return the function that creates blank nodes distinct from those of every graph and other result."""
    datatype, label = NamedNode(mark), mark.rpartition(":")[2]

    def blank_node(*arguments: object) -> object:
        term, number = arguments
        if isinstance(term, Literal) and isinstance(number, Literal) and term.datatype == datatype:
            return BlankNode(f"{label}s{number.value}{term.value}")
        return term

    return {datatype: blank_node}
