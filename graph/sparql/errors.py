"""The ways in which a query can fail: one class each, with a message for the person who wrote the query.

``code`` is stable: clients may rely on it, and ``docs/endpoint.md`` lists it. The classes pass between processes, so
their constructors take only what ``args`` holds.
"""

# ruff: noqa: N818 - the names say what happened to the query

from typing import ClassVar

from graph.errors import GraphError


class QueryError(GraphError):
    """A query that was not answered; the message is one sentence that says why and what to do."""

    code: ClassVar[str]


class QuerySyntaxError(QueryError):
    """A text that is not a SPARQL 1.1 query, with the place (line and column, from 1) at which it stops being one."""

    code = "syntax-error"

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(reason, line, column)
        self.reason = reason
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.reason}"


class QueryTooLong(QueryError):
    """A query with more characters than the limit."""

    code = "query-too-long"


class QueryTooDeep(QueryError):
    """A query whose brackets are nested deeper than the limit."""

    code = "query-too-deep"


class QueryTooWide(QueryError):
    """A query that chains more operators than the limit."""

    code = "query-too-wide"


class ServiceRefused(QueryError):
    """A query with a SERVICE that this endpoint does not ask: because it asks none, or not that one."""

    code = "service-refused"


class ServiceUnsupported(QueryError):
    """A query with SERVICE in a place, or as often, as is not answered here."""

    code = "service-unsupported"


class ServiceFailed(QueryError):
    """A query whose SERVICE gave no answer that can be used."""

    code = "service-failed"


class ServiceTooSlow(QueryError):
    """A query whose SERVICE did not answer in time."""

    code = "service-too-slow"


class ServiceTooLarge(QueryError):
    """A query whose SERVICE answered with more than is taken."""

    code = "service-too-large"


class UpdateRefused(QueryError):
    """A SPARQL Update request where a query is expected."""

    code = "update-refused"


class LoadRefused(QueryError):
    """An update with LOAD: nothing is fetched."""

    code = "load-refused"


class QueryRefused(QueryError):
    """A query where an update is expected."""

    code = "query-refused"


class UsingConflict(QueryError):
    """An update that names its dataset, in a request that names one too (SPARQL 1.1 Protocol, section 2.2.3)."""

    code = "using-conflict"


class GraphNameInvalid(QueryError):
    """A ``default-graph-uri`` or ``named-graph-uri`` that is not an absolute IRI."""

    code = "graph-name-invalid"


class FunctionUnknown(QueryError):
    """A call of a function that the engine does not have."""

    code = "function-unknown"


class NotAcceptable(QueryError):
    """No format that the client accepts fits the form of the query."""

    code = "not-acceptable"


class ResultTooLarge(QueryError):
    """An answer with more bytes than the limit."""

    code = "result-too-large"


class EvaluationFailed(QueryError):
    """A valid query that the engine could not evaluate."""

    code = "evaluation-failed"


class DeadlineExceeded(QueryError):
    """A query that was stopped because its time was up."""

    code = "deadline-exceeded"


class MemoryExceeded(QueryError):
    """A query that was stopped because it needed more memory than one query may use."""

    code = "memory-exceeded"


class QueryCrashed(QueryError):
    """A query that ended the process that evaluated it."""

    code = "query-crashed"


class Busy(QueryError):
    """A query that was not taken because as many as may wait are waiting; ``seconds`` is when to try again."""

    code = "busy"

    def __init__(self, message: str, seconds: int = 5) -> None:
        super().__init__(message, seconds)
        self.seconds = seconds

    def __str__(self) -> str:
        return str(self.args[0])


class Unavailable(QueryError):
    """A query that met no process able to answer it: the pool is starting, closed, or cannot load the graph."""

    code = "unavailable"


class StoreUnusable(QueryError):
    """A query to which the store behind the endpoint gave no answer that can be used."""

    code = "store-unusable"
