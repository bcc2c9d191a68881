"""The errors of a store: in full for its operator, without the messages of its engine for a client."""

from typing import Final

from graph.errors import GraphError
from graph.sparql.errors import (
    Busy,
    DeadlineExceeded,
    EvaluationFailed,
    QueryError,
    ResultTooLarge,
    StoreUnusable,
    Unavailable,
)


class StoreError(GraphError):
    """A store that failed; the message is one sentence for its operator."""


class StoreUnreachableError(StoreError):
    """No server answers at the address, or the connection broke."""


class StoreLateError(StoreError):
    """No complete response in time."""


class StoreAnswerTooLargeError(StoreError):
    """A response with more bytes or rows than the limit, or one that the engine truncated at a limit of its own."""


class StoreBusyError(StoreError):
    """A store that accepts no more requests at the moment."""


class StoreFailedError(StoreError):
    """A store that could not carry out a request; its ``reason`` may repeat parts of the request."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(what, reason)
        self.what = what
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.what}: {self.reason}"


class StoreBrokenError(StoreError):
    """A store that refuses its client, or whose responses cannot be parsed."""


class StoreContentError(StoreError):
    """A store whose content is not what was written into it."""


class VersionReplaced(Unavailable):
    """A query for a version that the store holds no longer, or not yet; it can be repeated for the present one."""


_FOR_CLIENTS: Final[tuple[tuple[type[StoreError], type[QueryError], str], ...]] = (
    (
        StoreUnreachableError,
        Unavailable,
        "the SPARQL engine behind this endpoint cannot be reached; try again in a moment",
    ),
    (
        StoreLateError,
        DeadlineExceeded,
        "the query took longer than allowed; narrow it, for example with more triple patterns or a LIMIT",
    ),
    (
        StoreAnswerTooLargeError,
        ResultTooLarge,
        "the result exceeds the limit of this endpoint; request fewer rows, for example with LIMIT and OFFSET",
    ),
    (
        StoreBusyError,
        Busy,
        "the SPARQL engine behind this endpoint accepts no more queries at the moment; try again in a moment",
    ),
    (
        StoreFailedError,
        EvaluationFailed,
        "the query is valid, but the SPARQL engine behind this endpoint could not evaluate it; change or simplify it",
    ),
)


def for_client(error: StoreError) -> QueryError:
    """Return the error to show to a client, without the message and the address of the engine."""
    for kind, shown, message in _FOR_CLIENTS:
        if isinstance(error, kind):
            return shown(message)
    return StoreUnusable("the SPARQL engine behind this endpoint sent an unusable response; report it to the operator")
