"""Answers queries on one version from a store elsewhere; what needs the graph itself has it in memory here."""

import functools
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from graph.errors import GraphError
from graph.pool.pool import PoolLimits, ProcessPool, TaskLabel
from graph.pool.query_pool import QUERY, QueryPool, time_limit
from graph.pool.scheduler import Load
from graph.remote.credentials import Credentials
from graph.remote.engine import RemoteEngine
from graph.remote.settings import StoreSettings
from graph.settings import QueryLimits, WorkerSettings
from graph.sparql import guard
from graph.sparql.engine import Query, QueryResult

_PROBE_SECONDS: Final = 2.0
_PROBE_KEPT: Final = 1.0


class RemotePool:
    """Passes queries on to a store, in processes that can be killed; implements ``graph.pool.query_pool.QueryBackend``.

    The processes of ``local`` start with the first task that needs the graph itself: a validation, a graph that is
    read whole, a query over several graphs as one default graph, which engines do not merge.
    """

    def __init__(
        self,
        store: tuple[StoreSettings, Credentials | None],
        version: str,
        limits: QueryLimits,
        settings: WorkerSettings,
        local: QueryPool,
    ) -> None:
        """QueryResult from ``version`` in the ``store``; no process starts yet."""
        self.limits = limits
        self.settings = settings
        self._local = local
        opened = functools.partial(RemoteEngine, *store, version, limits, settings.default_graph)
        self._asking = ProcessPool(
            opened, PoolLimits(store[0].connections, settings.queue, settings.memory, sandboxed=False)
        )
        self._probe = ProcessPool(opened, PoolLimits(1, 1, settings.memory, sandboxed=False))
        self._probing = threading.Lock()
        self._probed = (0.0, False)

    @property
    def ready(self) -> bool:
        """Whether the store answers and holds the version; it is asked once a second at most."""
        with self._probing:
            when, held = self._probed
            if time.monotonic() - when > _PROBE_KEPT:
                self._probed = when, held = time.monotonic(), self._asking.ready and self._confirmed()
            return held

    @property
    def load(self) -> Load:
        """How many queries run, and how many wait for a connection to the store."""
        return self._asking.load

    def responds(self) -> bool:
        """Whether the store answers and holds the version."""
        return self.ready

    def start(self) -> None:
        """Start the processes that ask; raise ``Unavailable`` when one cannot be started."""
        self._asking.start()
        self._probe.start()

    def answer(self, query: Query, seconds: float | None = None) -> QueryResult:
        """Return the answer to ``query``; raise a ``QueryError``, ``VersionReplaced`` when another version is there."""
        outline, deadline = guard.inspect(query.text, self.limits), time_limit(self.settings, seconds)
        clauses = sum(not clause.named for clause in outline.dataset)
        if len(query.default_graphs) > 1 or (clauses > 1 and not (query.default_graphs or query.named_graphs)):
            return self._local.answer(query, deadline)
        answer: QueryResult = self._asking.call(RemoteEngine.answer, (query, outline, deadline), deadline, QUERY)
        return answer

    def try_start_answer(self, query: Query, seconds: float | None = None) -> None:
        """Begin nothing: to send a query to the store may take a while."""

    def call(self, task: Callable[..., Any], arguments: tuple[Any, ...], seconds: float, label: TaskLabel) -> Any:  # noqa: ANN401 - what the task returns
        """Return what ``task`` returns for the graph in memory; raise as ``ProcessPool.call`` does."""
        return self._local.call(task, arguments, seconds, label)

    def close(self) -> None:
        """Stop every process at once."""
        for processes in (self._asking, self._probe, self._local):
            processes.close()

    def _confirmed(self) -> bool:
        try:
            held: bool = self._probe.call(RemoteEngine.confirm, (_PROBE_SECONDS,), _PROBE_SECONDS, QUERY)
        except GraphError:
            return False
        return held
