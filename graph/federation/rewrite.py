"""Queries with SERVICE clauses, as the process sees them that holds the graph: taken apart, and put together again.

The engine is never given a SERVICE. A query is first asked what each clause wants of which endpoint; when their
solutions are there, each clause is replaced by a group with the same variables that holds them (SPARQL 1.1 Federated
Query, section 4: a clause is evaluated by itself and joined).
"""

import contextlib
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from pyoxigraph import BlankNode, Literal, NamedNode, QuerySolutions, Store

from graph.federation import clauses as service_clauses
from graph.federation.clauses import ServiceClause
from graph.federation.messages import Question, Table
from graph.settings import QueryLimits
from graph.sparql import guard, syntax_errors
from graph.sparql.engine import Engine, Functions, Query
from graph.sparql.errors import EvaluationFailed, QuerySyntaxError
from graph.sparql.guard import Outline
from graph.sparql.lexer import position
from graph.sparql.serialize import QueryResult
from ontology.iris import BASE

# The standard has no error here: a failed SERVICE SILENT is a single solution without bindings (section 4).
_UNKNOWN: Final = "UNDEF"
_FUNCTION: Final = re.compile(r"custom function <([^>]*)>")


def questions(
    _engine: Engine, query: str, outline: Outline, clauses: Sequence[ServiceClause], limits: QueryLimits
) -> tuple[Question, ...]:
    """Return what each of the ``clauses`` of ``query`` asks of which endpoint.

    Raises ``QuerySyntaxError`` for a query that is none, with the place in ``query``, and what the guard raises.
    """
    _parsed(query, service_clauses.without(query, clauses), clauses, limits)
    found = tuple(_question(query, outline, clause, limits) for clause in clauses)
    _check_assignments(query, clauses, found)
    return found


def answer(engine: Engine, query: Query, outline: Outline, mark: str) -> QueryResult:
    """Return the answer to a ``query`` that was put together, in which literals of the datatype ``mark`` are blank."""
    return engine.answer_inspected(query, outline, _blank_nodes(mark))


def together(
    query: str, clauses: Iterable[ServiceClause], asked: Iterable[Question], tables: Iterable[Table], mark: str
) -> str:
    """Return ``query`` with the solutions in ``tables`` in place of its ``clauses``."""
    groups = [_group(one.variables, table, mark, n) for n, (one, table) in enumerate(zip(asked, tables, strict=True))]
    return service_clauses.replaced(query, zip(clauses, groups, strict=True))


def silent_table(question: Question) -> Table:
    """Return the one solution without bindings that stands for a failed ``SERVICE SILENT``."""
    return Table(f"({' '.join(_UNKNOWN for _ in question.variables)})")


def _question(query: str, outline: Outline, clause: ServiceClause, limits: QueryLimits) -> Question:
    alone = service_clauses.alone(query, outline, clause)
    _parsed(query, alone, (), limits)
    variables = _variables(alone)
    names = " ".join(f"?{name}" for name in variables) or "(1 AS ?solution)"
    group = query[clause.group : clause.end]
    asked = f"BASE <{BASE}>\n{outline.prologue}\nSELECT {names} WHERE {group}"
    return Question(_iri(outline, clause), asked, variables, clause.silent)


def _parsed(query: str, text: str, clauses: Sequence[ServiceClause], limits: QueryLimits) -> None:
    """Raise an error, with its place in ``query``, for a ``text`` made of it that the guard or the engine refuses."""
    guard.inspect(text, limits)
    # What cannot be evaluated, such as a function that only another endpoint has, is not asked for here.
    with contextlib.suppress(OSError, RuntimeError, ValueError):
        try:
            syntax_errors.parse_query(text)
        except SyntaxError as error:
            explained = syntax_errors.explain(text, str(error))
            if (explained.line, explained.column) in {position(query, clause.start) for clause in clauses}:
                raise QuerySyntaxError("'SERVICE' is not expected here", explained.line, explained.column) from None
            raise explained from None


def _variables(alone: str) -> tuple[str, ...]:
    """Return the variables that are visible outside of a group, in the order of the alphabet.

    The group may call functions that only the other endpoint has; the engine names one of them at a time.
    """
    functions: dict[NamedNode, Callable[..., Any]] = {}
    while True:
        try:
            results = Store().query(alone, base_iri=BASE, custom_functions=functions)
        except RuntimeError as error:
            unknown = _FUNCTION.search(str(error))
            if unknown is None or NamedNode(unknown[1]) in functions:
                raise EvaluationFailed("a SERVICE of the query cannot be read; change or simplify it") from error
            functions[NamedNode(unknown[1])] = _nothing
        else:
            return tuple(one.value for one in results.variables) if isinstance(results, QuerySolutions) else ()


def _nothing(*_arguments: object) -> None:
    """Stand for a function of another endpoint; it is called for no solution that anyone sees."""


def _iri(outline: Outline, clause: ServiceClause) -> str:
    """Return the IRI that a clause names under the query's prefixes and base."""
    rows = Store().query(f"{outline.prologue} SELECT ?s {{ VALUES ?s {{ {clause.target} }} }}", base_iri=BASE)
    named = [row["s"] for row in rows] if isinstance(rows, QuerySolutions) else []
    return "".join(term.value for term in named if isinstance(term, NamedNode))


def _check_assignments(query: str, clauses: Sequence[ServiceClause], found: Sequence[Question]) -> None:
    """Refuse an assignment to a variable that a clause binds: a filter in its place does not show it."""
    stand_in = Table("")
    for clause, question in zip(clauses, found, strict=True):
        group = _group(question.variables, stand_in, "", 0)
        alone = service_clauses.replaced(query, [(one, group if one is clause else "FILTER(1)") for one in clauses])
        with contextlib.suppress(OSError, RuntimeError, ValueError):
            try:
                syntax_errors.parse_query(alone)
            except SyntaxError:
                raise QuerySyntaxError(
                    "this SERVICE binds a variable to which BIND or SELECT assigns a value here; use another name",
                    *position(query, clause.start),
                ) from None


def _group(variables: tuple[str, ...], table: Table, mark: str, number: int) -> str:
    """Return a group with the solutions of ``table``; blank nodes are made of their literals by a function."""
    if not variables:
        return f" {{ VALUES () {{ {table.rows} }} }} "
    hidden = {name: f"{name}_{mark.rpartition(':')[2]}" for name in table.blank}
    listed = " ".join(f"?{hidden.get(name, name)}" for name in variables)
    shown = " ".join(
        f'(<{mark}>(?{hidden[name]}, "{number}") AS ?{name})' if name in hidden else f"?{name}" for name in variables
    )
    return f" {{ SELECT {shown} {{ VALUES ({listed}) {{ {table.rows} }} }} }} "


def _blank_nodes(mark: str) -> Functions:
    """Return the function that makes blank nodes which no graph and no other answer has."""
    datatype, own = NamedNode(mark), mark.rpartition(":")[2]

    def blank_node(*arguments: object) -> object:
        term, number = arguments
        if isinstance(term, Literal) and isinstance(number, Literal) and term.datatype == datatype:
            return BlankNode(f"{own}s{number.value}{term.value}")
        return term

    return {datatype: blank_node}
