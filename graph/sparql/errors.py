"""The errors of queries and updates, one class for each problem code, with a message for the author of the query.

Problem codes are stable, and listed in ``docs/endpoint.md``. The errors are pickled, so their constructors take only
the values in ``args``.
"""

# ruff: noqa: N818 - the names state the failure

from typing import ClassVar

from graph.errors import GraphError


class QueryError(GraphError):
    """A query that failed; the message is one sentence with the reason and the remedy."""

    code: ClassVar[str]


class QuerySyntaxError(QueryError):
    """Invalid SPARQL 1.1 syntax, with the line and column of the error, both counted from 1."""

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
    """A query with more operators at one level than the limit."""

    code = "query-too-wide"


class ServiceRefused(QueryError):
    """A query with SERVICE where federation is disabled, or with an endpoint that is not allowed."""

    code = "service-refused"


class ServiceUnsupported(QueryError):
    """A query with SERVICE in a position that is not supported, or with too many SERVICE clauses."""

    code = "service-unsupported"


class ServiceFailed(QueryError):
    """A query with SERVICE whose endpoint returned no usable response."""

    code = "service-failed"


class ServiceTooSlow(QueryError):
    """A query with SERVICE whose endpoint did not respond in time."""

    code = "service-too-slow"


class ServiceTooLarge(QueryError):
    """A query with SERVICE whose endpoint returned more than the limit."""

    code = "service-too-large"


class UpdateRefused(QueryError):
    """An update operation where a query is expected."""

    code = "update-refused"


class LoadRefused(QueryError):
    """An update with LOAD, which is disabled."""

    code = "load-refused"


class QueryRefused(QueryError):
    """A query where an update is expected."""

    code = "query-refused"


class UsingConflict(QueryError):
    """An update request with a dataset in its text and in its parameters (SPARQL 1.1 Protocol, section 2.2.3)."""

    code = "using-conflict"


class GraphNameInvalid(QueryError):
    """A ``default-graph-uri`` or ``named-graph-uri`` that is not an absolute IRI."""

    code = "graph-name-invalid"


class FunctionUnknown(QueryError):
    """A call of a function that the engine does not have."""

    code = "function-unknown"


class NotAcceptable(QueryError):
    """The client accepts no format that fits the query form, or one that cannot express the result."""

    code = "not-acceptable"


class ResultTooLarge(QueryError):
    """A result with more bytes, rows or triples than the limit."""

    code = "result-too-large"


class EvaluationFailed(QueryError):
    """A valid query whose evaluation failed."""

    code = "evaluation-failed"


class DeadlineExceeded(QueryError):
    """A query that was stopped at its time limit."""

    code = "deadline-exceeded"


class MemoryExceeded(QueryError):
    """A query that was stopped at its memory limit."""

    code = "memory-exceeded"


class QueryCrashed(QueryError):
    """A query whose process crashed."""

    code = "query-crashed"


class Busy(QueryError):
    """A query that was rejected because the queue is full; ``seconds`` is the time after which to retry."""

    code = "busy"

    def __init__(self, message: str, seconds: int = 5) -> None:
        super().__init__(message, seconds)
        self.seconds = seconds

    def __str__(self) -> str:
        return str(self.args[0])


class SenderBusy(Busy):
    """A submission that was not recorded because its sender has too many that wait for a decision."""

    code = "sender-busy"


class SenderQuotaExceeded(QueryError):
    """A submission that was not recorded because its sender has contributed as much as it may."""

    code = "sender-quota-exceeded"


class Unavailable(QueryError):
    """A query for which no process is available: the pool is starting, closed, or cannot load the graph."""

    code = "unavailable"


class StoreUnusable(QueryError):
    """A query to which the store behind the endpoint returned no usable response."""

    code = "store-unusable"
