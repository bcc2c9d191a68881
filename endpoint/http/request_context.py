"""One request on its way through the layers: the layer in front hands it to the application in the WSGI environment."""

import os
import time
from collections.abc import Iterator
from typing import Final, Literal

from flask import request

from endpoint.http.problems import Problem
from endpoint.http.sparql_protocol import SparqlRequest
from graph.pool.query_pool import PendingAnswer

ENVIRON_KEY: Final = "opsc.request"

CacheOutcome = Literal["hit", "miss"]

_ID_BYTES: Final = 16
_IDS_AT_ONCE: Final = 256


class RequestContext:
    """A request, and what each layer has found out about it.

    ``peer`` is the address of the other end of the connection, which may be a proxy; ``began`` the time at which the
    request came, as ``time.perf_counter`` has it. ``version`` is the version of the graph that was current then.
    ``cache_outcome`` is set after the cache look-up. ``sparql`` is the parsed and negotiated request to the
    query endpoint, or the problem that parsing found; ``pending`` its answer, if a worker process has begun it.
    ``query`` is the text of a query that was evaluated, ``problem_code`` the code of the problem in the response.
    """

    __slots__ = (
        "began",
        "cache_outcome",
        "method",
        "path",
        "peer",
        "pending",
        "problem_code",
        "query",
        "request_id",
        "sparql",
        "version",
    )

    def __init__(self, request_id: str, method: str, path: str, peer: str) -> None:
        self.began = time.perf_counter()
        self.request_id = request_id
        self.method = method
        self.path = path
        self.peer = peer
        self.version: str | None = None
        self.cache_outcome: CacheOutcome | None = None
        self.sparql: SparqlRequest | Problem | None = None
        self.pending: PendingAnswer | None = None
        self.query: str | None = None
        self.problem_code: str | None = None

    @property
    def is_disconnected(self) -> bool:
        """Whether the client was seen to end the connection."""
        return False


def current() -> RequestContext:
    """Return the request that Flask handles now; a new one where the application is called without the front."""
    context: RequestContext | None = request.environ.get(ENVIRON_KEY)
    if context is None:
        identifier = os.urandom(_ID_BYTES).hex()
        context = RequestContext(identifier, request.method, request.path, request.remote_addr or "")
        request.environ[ENVIRON_KEY] = context
    return context


def request_ids() -> Iterator[str]:
    """Yield random identifiers of requests; to be used from one thread.

    They are drawn many at once, since a call of the operating system takes longer than a response from the cache.
    """
    digits = 2 * _ID_BYTES
    while True:
        drawn = os.urandom(_ID_BYTES * _IDS_AT_ONCE).hex()
        for start in range(0, len(drawn), digits):
            yield drawn[start : start + digits]
