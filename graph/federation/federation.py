"""SPARQL 1.1 Federated Query (https://www.w3.org/TR/sparql11-federated-query/): queries with SERVICE clauses.

The processes that hold the graph cannot open sockets. Others, which hold no data, query the endpoints; each has a
memory limit and is stopped when an endpoint takes too long.
"""

import functools
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

from graph.federation import clauses as service_clauses
from graph.federation import client, rewrite
from graph.federation.clauses import ServiceClause
from graph.federation.client import ServiceClient
from graph.federation.messages import ServiceRequest, ServiceSolutions
from graph.federation.settings import FederationSettings
from graph.pool.pool import PoolLimits, ProcessPool
from graph.pool.query_pool import QUERY, QueryBackend, time_limit
from graph.sparql.engine import Query, QueryResult
from graph.sparql.errors import (
    DeadlineExceeded,
    MemoryExceeded,
    QueryCrashed,
    ServiceFailed,
    ServiceRefused,
    ServiceTooLarge,
    ServiceTooSlow,
    ServiceUnsupported,
)
from graph.sparql.lexer import position

_MARK: Final = "urn:opsc:blank-node:"
# The time that a process has beyond the timeout of its request: most slow requests are ended by the client itself.
_GRACE_SECONDS: Final = 1.0
_QUEUE_PER_PROCESS: Final = 2


class Federation:
    """Queries the endpoints that the settings allow; safe to use from several threads."""

    def __init__(self, settings: FederationSettings | None = None, memory: int = 0) -> None:
        """Take the endpoints and limits of ``settings``; each process may use ``memory`` bytes of address space."""
        self._settings = settings or FederationSettings()
        self._processes = self._start(memory) if self.is_allowed else None

    @property
    def is_allowed(self) -> bool:
        """Whether the settings allow any endpoint."""
        return bool(self._settings.endpoints)

    def answer(self, pool: QueryBackend, query: Query, seconds: float | None = None) -> QueryResult:
        """Return the result of ``query``, evaluated by ``pool`` with the solutions of its SERVICE clauses.

        ``seconds`` is the timeout of the request, as in ``QueryPool.answer``; it applies to each step.

        Raises a ``QueryError``: those of ``QueryBackend.answer``, ``ServiceRefused`` or ``ServiceUnsupported`` before
        any endpoint is queried, ``ServiceFailed``, ``ServiceTooSlow`` or ``ServiceTooLarge`` when one of them
        fails.
        """
        if self._processes is None or "service" not in query.text.lower():
            return pool.answer(query, seconds)
        parsed, clauses = service_clauses.parse(query.text, pool.limits)
        if not clauses:
            return pool.answer(query, seconds)
        deadline = time_limit(pool.settings, seconds)
        requests = pool.call(rewrite.create_requests, (query.text, parsed, clauses, pool.limits), deadline, QUERY)
        self._check(query.text, clauses, requests)
        mark = _MARK + secrets.token_hex(16)
        solutions = self._query_endpoints(self._processes, requests, mark)
        text = rewrite.insert_solutions(query.text, clauses, requests, solutions, mark)
        result: QueryResult = pool.call(
            rewrite.answer_joined, (replace(query, text=text), parsed, mark), deadline, QUERY
        )
        return replace(result, federated=True)

    def close(self) -> None:
        """Stop every process at once; requests to other endpoints are lost."""
        if self._processes is not None:
            self._processes.close()

    def _start(self, memory: int) -> ProcessPool:
        # The queue is short: each waiting request holds a thread of the server, which other queries need.
        capacity = _QUEUE_PER_PROCESS * max(self._settings.processes, self._settings.clauses)
        limits = PoolLimits(self._settings.processes, capacity, memory, sandboxed=False)
        return ProcessPool(functools.partial(ServiceClient, self._settings), limits)

    def _check(self, query: str, clauses: Sequence[ServiceClause], requests: Sequence[ServiceRequest]) -> None:
        for clause, request in zip(clauses, requests, strict=True):
            if request.endpoint not in self._settings.endpoints:
                line, column = position(query, clause.start)
                raise ServiceRefused(
                    f"SERVICE at line {line}, column {column}: <{request.endpoint}> is not in the list of "
                    "allowed endpoints; query it directly, or ask the operator of this server to allow it"
                )
        max_clauses = self._settings.clauses
        if len(clauses) > max_clauses:
            raise ServiceUnsupported(f"the query has {len(clauses)} SERVICE clauses; at most {max_clauses} are allowed")

    def _query_endpoints(
        self, processes: ProcessPool, requests: Sequence[ServiceRequest], mark: str
    ) -> list[ServiceSolutions]:
        """Return the solutions of ``requests``, which are sent concurrently."""
        with ThreadPoolExecutor(len(requests)) as threads:
            return list(threads.map(functools.partial(self._query_endpoint, processes, mark), requests))

    def _query_endpoint(self, processes: ProcessPool, mark: str, request: ServiceRequest) -> ServiceSolutions:
        try:
            return self._call(processes, mark, request)
        except (ServiceFailed, ServiceTooSlow, ServiceTooLarge):
            if request.silent:
                return rewrite.empty_solution(request)
            raise

    def _call(self, processes: ProcessPool, mark: str, request: ServiceRequest) -> ServiceSolutions:
        endpoint, seconds = request.endpoint, self._settings.seconds
        try:
            solutions: ServiceSolutions = processes.call(
                ServiceClient.fetch_solutions, (request, mark), seconds + _GRACE_SECONDS, QUERY
            )
        except DeadlineExceeded as error:
            raise ServiceTooSlow(client.too_slow_message(endpoint, seconds)) from error
        except MemoryExceeded as error:
            raise ServiceTooLarge(client.too_large_message(endpoint, "fits into memory")) from error
        except QueryCrashed as error:
            raise ServiceFailed(
                f"the endpoint <{endpoint}> returned unreadable results; query it directly, or remove the SERVICE"
            ) from error
        return solutions
