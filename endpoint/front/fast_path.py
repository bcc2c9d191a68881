"""Answers to queries that take hardly any time: to wake a thread for them, and the application, would take longer.

The query is begun in a process, and the event loop waits for a moment. What is there by then is sent as the application
would send it. In all other cases, errors included, the application is asked, and goes on with what was begun.
"""

import asyncio
import os
from typing import Final

from endpoint.front.wsgi import Whole
from endpoint.http.headers import EVERYWHERE_IN_LOWER_CASE
from endpoint.http.sparql_request import Question
from graph.pool.query_pool import PendingAnswer, QueryBackend
from graph.sparql.errors import QueryError

_OK: Final = 200
# As long as a query is a quick one by default; the client may go away unnoticed for so long.
_MOMENT_SECONDS: Final = 0.02


def begun(question: Question, pool: QueryBackend) -> PendingAnswer | None:
    """Have a process of ``pool`` begin to answer; return ``None`` where that cannot be, or needs the application."""
    if question.asked.downloads:
        return None
    try:
        return pool.try_start_answer(question.query(), question.asked.seconds)
    except QueryError:
        # The application refuses the query too, and knows how to say that.
        return None


async def is_there(answer: PendingAnswer) -> bool:
    """Return whether there is an answer within a moment."""
    loop = asyncio.get_running_loop()
    woken = loop.create_future()

    def wake() -> None:
        if not woken.done():
            woken.set_result(None)

    loop.add_reader(answer.fileno(), wake)
    timer = loop.call_later(_MOMENT_SECONDS, wake)
    try:
        await woken
    finally:
        timer.cancel()
        loop.remove_reader(answer.fileno())
        # The loop changes that for what it watches; whoever reads from it expects to wait for the whole message.
        os.set_blocking(answer.fileno(), True)
    return answer.is_available


def response(question: Question, answer: PendingAnswer) -> Whole:
    """Return the response with an answer that is there."""
    answered = answer.result()
    return Whole(_OK, [*question.headers(answered), *EVERYWHERE_IN_LOWER_CASE], answered.body)
