"""What answers queries on one version of the graph: processes that hold it, or a store elsewhere."""

from collections.abc import Callable
from typing import Any, Protocol

from graph.pool.pool import Wording
from graph.pool.query_pool import BegunAnswer
from graph.pool.scheduler import Load
from graph.settings import QueryLimits, WorkerSettings
from graph.sparql.engine import Answer, Query


class Answering(Protocol):
    """Answers from one version; safe to use from several threads. A new version gets one of its own."""

    limits: QueryLimits
    settings: WorkerSettings

    @property
    def ready(self) -> bool:
        """Whether queries can be answered now."""

    @property
    def load(self) -> Load:
        """How many tasks are being worked on, and how many wait."""

    def answers(self) -> bool:
        """Whether something that can answer answers now; it is asked, where :attr:`ready` tells what is known."""

    def warm(self) -> None:
        """Get ready for queries; raise a ``QueryError`` when that fails."""

    def answer(self, query: Query, seconds: float | None = None) -> Answer:
        """Return the answer to ``query``, which may take ``seconds``, as far as the settings allow it.

        Raises a ``QueryError`` when there is none.
        """

    def begin_answer(self, query: Query, seconds: float | None = None) -> BegunAnswer | None:
        """Have the answer to ``query`` begun, without waiting; return ``None`` where that cannot be.

        Raises a ``QueryError`` for a query that is not answered.
        """

    def call(self, task: Callable[..., Any], arguments: tuple[Any, ...], seconds: float, wording: Wording) -> Any:  # noqa: ANN401 - what the task returns
        """Return what ``task`` returns for the graph in memory and ``arguments``, as ``Processes.call`` does."""

    def close(self) -> None:
        """Stop at once."""
