import functools
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.pool.query_pool import QueryPool
from graph.pool.task import Cancellation, current_cancellation
from graph.settings import QueryLimits, WorkerSettings
from graph.sparql.dataset import load_nquads
from graph.sparql.engine import Query
from graph.sparql.errors import Unavailable

DEADLINE = 60.0
ENDLESS = Query("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }")


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[QueryPool]:
    quads = tmp_path / "graph.nq"
    quads.write_text("".join(f'<http://e/{n}> <http://e/p> "{n}" <http://e/g> .\n' for n in range(1000)))
    started = QueryPool(
        functools.partial(load_nquads, quads), QueryLimits(), WorkerSettings(workers=1, deadline=DEADLINE)
    )
    started.start()
    yield started
    started.close()


def test_the_process_of_a_query_is_replaced_when_its_caller_goes_away(pool: QueryPool) -> None:
    caller = Cancellation()
    begun = time.monotonic()
    threading.Timer(1.0, caller.cancel).start()
    with caller.as_current(), pytest.raises(Unavailable):
        pool.answer(ENDLESS)
    assert b"true" in pool.answer(Query("ASK { ?s ?p ?o }")).body
    assert time.monotonic() - begun < DEADLINE / 2


def test_a_query_whose_caller_went_away_before_is_never_run(pool: QueryPool) -> None:
    caller = Cancellation()
    caller.cancel()
    with caller.as_current(), pytest.raises(Unavailable):
        pool.answer(ENDLESS)
    assert b"true" in pool.answer(Query("ASK { ?s ?p ?o }")).body


def test_what_runs_is_stopped_when_its_caller_goes_away() -> None:
    stopped: list[str] = []
    caller = Cancellation()
    with caller.on_cancel(lambda: stopped.append("query")):
        assert stopped == []
        caller.cancel()
    assert stopped == ["query"]
    assert caller.is_cancelled


def test_what_is_begun_after_its_caller_went_away_is_stopped_at_once() -> None:
    stopped: list[str] = []
    caller = Cancellation()
    caller.cancel()
    with caller.on_cancel(lambda: stopped.append("query")):
        assert stopped == ["query"]


def test_what_is_done_already_is_not_stopped() -> None:
    stopped: list[str] = []
    caller = Cancellation()
    with caller.on_cancel(lambda: stopped.append("query")):
        pass
    caller.cancel()
    assert stopped == []


def test_a_cancellation_is_current_for_what_is_done_within() -> None:
    caller = Cancellation()
    assert current_cancellation() is None
    with caller.as_current():
        assert current_cancellation() is caller
    assert current_cancellation() is None
