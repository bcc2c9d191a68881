"""Answers queries that ask other endpoints with SERVICE (https://www.w3.org/TR/sparql11-federated-query/).

The processes that hold the graph can open no socket. Others, which hold nothing, ask the endpoints; each has a memory
limit and is stopped when an endpoint takes too long.
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
from graph.federation.messages import Question, Table
from graph.federation.settings import FederationSettings
from graph.pool.pool import PoolLimits, ProcessPool
from graph.pool.query_pool import QUERY, QueryBackend
from graph.sparql.engine import Query
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
from graph.sparql.serialize import QueryResult

_MARK: Final = "urn:opsc:blank-node:"
# How much longer a process may live than its request: the client itself ends most that are too slow.
_GRACE_SECONDS: Final = 1.0
_PLACES: Final = 2


class Federation:
    """Asks the endpoints that the settings allow; safe to use from several threads."""

    def __init__(self, settings: FederationSettings | None = None, memory: int = 0) -> None:
        """Take the endpoints and limits of ``settings``; each process may use ``memory`` bytes of address space."""
        self._settings = settings or FederationSettings()
        self._processes = self._started(memory) if self.is_allowed else None

    @property
    def is_allowed(self) -> bool:
        """Whether there are endpoints that may be asked."""
        return bool(self._settings.endpoints)

    def answer(self, pool: QueryBackend, query: Query, seconds: float | None = None) -> QueryResult:
        """Return the answer of ``pool`` to ``query``, for which other endpoints were asked what its SERVICE wants.

        ``seconds`` is the time that the client wants, as in ``QueryPool.answer``; each step may take that long.

        Raises a ``QueryError``: those of ``QueryBackend.answer``, ``ServiceRefused`` or ``ServiceUnsupported`` before
        any endpoint is asked, ``ServiceFailed``, ``ServiceTooSlow`` or ``ServiceTooLarge`` when one gave no usable
        answer.
        """
        if self._processes is None or "service" not in query.text.lower():
            return pool.answer(query, seconds)
        outline, clauses = service_clauses.read(query.text, pool.limits)
        if not clauses:
            return pool.answer(query, seconds)
        deadline = pool.settings.time_limit(seconds)
        asked = pool.call(rewrite.questions, (query.text, outline, clauses, pool.limits), deadline, QUERY)
        self._check(query.text, clauses, asked)
        mark = _MARK + secrets.token_hex(16)
        tables = self._tables(self._processes, asked, mark)
        text = rewrite.together(query.text, clauses, asked, tables, mark)
        answer: QueryResult = pool.call(rewrite.answer, (replace(query, text=text), outline, mark), deadline, QUERY)
        return replace(answer, federated=True)

    def close(self) -> None:
        """Stop every process at once; requests to other endpoints are lost."""
        if self._processes is not None:
            self._processes.close()

    def _started(self, memory: int) -> ProcessPool:
        # Few may wait: each holds a thread of the server, which other queries need.
        places = _PLACES * max(self._settings.processes, self._settings.clauses)
        limits = PoolLimits(self._settings.processes, places, memory, sandboxed=False)
        return ProcessPool(functools.partial(ServiceClient, self._settings), limits)

    def _check(self, query: str, clauses: Sequence[ServiceClause], asked: Sequence[Question]) -> None:
        for clause, question in zip(clauses, asked, strict=True):
            if question.endpoint not in self._settings.endpoints:
                line, column = position(query, clause.start)
                raise ServiceRefused(
                    f"SERVICE at line {line}, column {column}: this endpoint does not ask <{question.endpoint}>; "
                    "ask it yourself, or its operator to allow it"
                )
        most = self._settings.clauses
        if len(clauses) > most:
            raise ServiceUnsupported(f"the query has {len(clauses)} SERVICE clauses; at most {most} are asked")

    def _tables(self, processes: ProcessPool, asked: Sequence[Question], mark: str) -> list[Table]:
        """Return the answers to what is ``asked``, for which the endpoints are asked at the same time."""
        with ThreadPoolExecutor(len(asked)) as threads:
            return list(threads.map(functools.partial(self._table, processes, mark), asked))

    def _table(self, processes: ProcessPool, mark: str, question: Question) -> Table:
        try:
            return self._answered(processes, mark, question)
        except (ServiceFailed, ServiceTooSlow, ServiceTooLarge):
            if question.silent:
                return rewrite.silent_table(question)
            raise

    def _answered(self, processes: ProcessPool, mark: str, question: Question) -> Table:
        endpoint, seconds = question.endpoint, self._settings.seconds
        try:
            table: Table = processes.call(ServiceClient.table, (question, mark), seconds + _GRACE_SECONDS, QUERY)
        except DeadlineExceeded as error:
            raise ServiceTooSlow(client.too_slow(endpoint, seconds)) from error
        except MemoryExceeded as error:
            raise ServiceTooLarge(client.too_large(endpoint, "fits into memory")) from error
        except QueryCrashed as error:
            raise ServiceFailed(
                f"the endpoint <{endpoint}> sent what could not be read; ask it yourself, or leave the SERVICE out"
            ) from error
        return table
