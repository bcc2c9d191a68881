"""Answers quick queries without the application: to wake a thread and route a request takes longer than they do.

A worker process begins the query, and the event loop waits for a moment. An answer that is there by then is sent as the
application would send it. In all other cases, errors included, the application takes over the pending answer.
"""

import asyncio
import os
from typing import Final

from endpoint.front.response import Response
from endpoint.http.headers import EVERYWHERE_IN_LOWER_CASE
from endpoint.http.sparql_protocol import SparqlRequest
from graph.pool.query_pool import PendingAnswer, QueryBackend
from graph.sparql.errors import QueryError

_OK: Final = 200
# As long as a query is a quick one by default; the client may disconnect unnoticed for so long.
_MOMENT_SECONDS: Final = 0.02


def begin(sparql: SparqlRequest, pool: QueryBackend) -> PendingAnswer | None:
    """Have a worker process of ``pool`` begin to answer; return ``None`` where only the application can answer."""
    if sparql.downloads or sparql.as_page:
        return None
    try:
        return pool.try_start_answer(sparql.to_query(), sparql.timeout)
    except QueryError:
        # The application refuses the query too, and reports the problem.
        return None


async def is_ready(pending: PendingAnswer) -> bool:
    """Return whether there is an answer within a moment."""
    loop = asyncio.get_running_loop()
    woken = loop.create_future()

    def wake() -> None:
        if not woken.done():
            woken.set_result(None)

    loop.add_reader(pending.fileno(), wake)
    timer = loop.call_later(_MOMENT_SECONDS, wake)
    try:
        await woken
    finally:
        timer.cancel()
        loop.remove_reader(pending.fileno())
        # The loop makes what it watches non-blocking; the thread that reads next waits for the whole message.
        os.set_blocking(pending.fileno(), True)
    return pending.is_available


def response(sparql: SparqlRequest, pending: PendingAnswer) -> Response:
    """Return the response with an answer that is ready."""
    answer = pending.result()
    return Response(_OK, [*sparql.response_headers(answer), *EVERYWHERE_IN_LOWER_CASE], answer.body)
