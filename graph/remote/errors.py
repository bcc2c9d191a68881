"""What can go wrong with a store elsewhere: for its operator in full, for a client without what the engine says."""

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
    """A store that did not do what it was asked; the message is one sentence for its operator."""


class StoreUnreachableError(StoreError):
    """Nothing answers at the address, or the connection broke."""


class StoreLateError(StoreError):
    """No whole answer within the time."""


class StoreAnswerTooLargeError(StoreError):
    """An answer with more bytes or rows than are taken, or one that the engine cut at its own limit."""


class StoreBusyError(StoreError):
    """A store that accepts no more requests at the moment."""


class StoreFailedError(StoreError):
    """A store that could not carry out what it was asked; its ``reason`` may repeat parts of that."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(what, reason)
        self.what = what
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.what}: {self.reason}"


class StoreBrokenError(StoreError):
    """A store that refuses its client, or gives answers that cannot be read."""


class StoreContentError(StoreError):
    """A store that does not hold what was written into it."""


class VersionReplaced(Unavailable):
    """A query whose version the store holds no longer, or not yet: it can be asked again of the one it holds."""


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
    """Return the error to show to whoever asked: nothing of what the engine said, and not where it is."""
    for kind, shown, message in _FOR_CLIENTS:
        if isinstance(error, kind):
            return shown(message)
    return StoreUnusable("the SPARQL engine behind this endpoint sent an unusable response; report it to the operator")
