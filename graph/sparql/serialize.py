"""The result of a query, serialized in a format that the client accepts."""

from dataclasses import dataclass
from typing import Literal, TypeVar

from pyoxigraph import QueryBoolean, QuerySolutions, QueryTriples

from graph.settings import QueryLimits
from graph.sparql import formats
from graph.sparql.errors import NotAcceptable
from graph.sparql.formats import Format, GraphFormat, ResultFormat, SolutionsFormat
from graph.sparql.limits import limit_triples

ResultForm = Literal["solutions", "boolean", "graph"]
EngineResult = QuerySolutions | QueryBoolean | QueryTriples

_Accepted = TypeVar("_Accepted", bound=Format)


@dataclass(frozen=True)
class QueryResult:
    """A serialized result, and its form; ``federated`` says that other endpoints contributed to it.

    Without them it depends on nothing but the query and the version of the graph.
    """

    body: bytes
    kind: ResultForm
    format: ResultFormat
    federated: bool = False


def serialize_result(
    result: EngineResult,
    solutions_format: SolutionsFormat | None,
    graph_format: GraphFormat | None,
    limits: QueryLimits,
) -> QueryResult:
    """Return ``result`` in the one of two formats that fits its form.

    Raises ``NotAcceptable`` when that is ``None``, or cannot express the result, and ``ResultTooLarge`` beyond
    ``limits``.
    """
    if isinstance(result, QueryTriples):
        accepted_graph = _accepted(graph_format, "CONSTRUCT and DESCRIBE", formats.GRAPHS)
        triples = limit_triples(result, limits.result_rows)
        return QueryResult(accepted_graph.serialize(triples, limits.result_bytes), "graph", accepted_graph)
    accepted = _accepted(solutions_format, "SELECT and ASK", formats.SOLUTIONS)
    form: ResultForm = "boolean" if isinstance(result, QueryBoolean) else "solutions"
    return QueryResult(accepted.serialize(result, limits), form, accepted)


def _accepted(accepted: _Accepted | None, forms: str, offered: tuple[_Accepted, ...]) -> _Accepted:
    if accepted is None:
        media_types = ", ".join(one.media_type for one in offered)
        raise NotAcceptable(
            f"results of {forms} queries are available as {media_types}; the request accepts none of them"
        )
    return accepted
