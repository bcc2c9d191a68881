"""Answers that a process begins while nobody waits: what is there at once, and how it is waited for otherwise."""

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from graph.pool.query_pool import PendingAnswer, QueryPool
from graph.pool.scheduler import Load
from graph.pool.task import Cancellation
from graph.settings import QueryLimits
from graph.sparql.engine import Query
from graph.sparql.errors import DeadlineExceeded, NotAcceptable, QueryCrashed, QueryTooDeep, Unavailable
from tests.graph.pool.test_query_pool import COUNT, ENDLESS, UNGUARDED, answers, pool_of, quads_file
from tests.polling import PATIENCE, eventually

__all__ = ["quads_file"]

SLOW = Query("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . FILTER(STRLEN(CONCAT(STR(?a), STR(?d))) > 5) }")
LARGE = Query("SELECT * { ?a ?b ?c . ?d ?e ?f . FILTER(STRENDS(STR(?d), '7')) }")


@pytest.fixture(scope="module")
def pool(quads_file: Path) -> Iterator[QueryPool]:
    started = pool_of(quads_file, deadline=100.0, quick_seconds=60.0)
    started.start()
    yield started
    started.close()


@pytest.fixture
def begin(pool: QueryPool) -> Iterator[Callable[..., PendingAnswer]]:
    begun = []

    def begin(query: Query, seconds: float | None = None) -> PendingAnswer:
        answer = pool.try_start_answer(query, seconds)
        assert answer is not None
        begun.append(answer)
        return answer

    yield begin
    for answer in begun:
        answer.release()
    assert pool.load == Load(0, 0)
    assert eventually(lambda: len(pool.pids) == pool.settings.workers)


def readable(answer: PendingAnswer, seconds: float = 10) -> bool:
    return bool(select.select([answer], [], [], seconds)[0])


def test_an_answer_that_is_there_is_that_of_the_pool(pool: QueryPool, begin: Callable[..., PendingAnswer]) -> None:
    answer = begin(COUNT)
    assert readable(answer)
    assert answer.is_available
    assert answer.result() == pool.answer(COUNT)
    assert pool.load == Load(0, 0)


def test_what_is_not_there_yet_is_waited_for_and_not_begun_anew(
    pool: QueryPool, begin: Callable[..., PendingAnswer]
) -> None:
    answer = begin(SLOW)
    assert not answer.is_available
    assert pool.load == Load(1, 0)
    process = answer.job.worker
    assert answer.result() == pool.answer(SLOW)
    assert answer.job.worker is process


def test_the_processor_time_that_it_has_had_before_counts(quads_file: Path) -> None:
    pool = pool_of(quads_file, UNGUARDED, workers=1, deadline=20.0, quick_seconds=1.0)
    pool.start()
    answer = pool.try_start_answer(ENDLESS)
    assert answer is not None
    worker = answer.job.worker
    assert eventually(lambda: worker.cpu_seconds() > 1)
    assert not answer.is_available
    before = worker.cpu_seconds()
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(answer.result)
        is_low_priority, needed = eventually(lambda: worker.is_low_priority), worker.cpu_seconds() - before
        pool.close()
        assert is_low_priority
        assert needed < 0.5
        assert isinstance(waiting.exception(20), Unavailable)


def test_an_answer_too_large_to_be_there_at_once_is_whole(pool: QueryPool, begin: Callable[..., PendingAnswer]) -> None:
    answer = begin(LARGE)
    assert readable(answer)
    assert not answer.is_available
    assert answer.result().body == pool.answer(LARGE).body
    assert len(pool.answer(LARGE).body) > 1_000_000


def test_an_error_is_not_there_and_is_raised_when_it_is_waited_for(begin: Callable[..., PendingAnswer]) -> None:
    answer = begin(Query("DESCRIBE <http://e/1>", graph_format=None))
    assert readable(answer)
    assert not answer.is_available
    with pytest.raises(NotAcceptable):
        answer.result()


def test_a_query_past_its_deadline_is_stopped(begin: Callable[..., PendingAnswer]) -> None:
    with pytest.raises(DeadlineExceeded):
        begin(ENDLESS, 0.3).result()


def test_a_process_that_ends_is_no_answer(begin: Callable[..., PendingAnswer]) -> None:
    answer = begin(ENDLESS)
    os.kill(answer.job.worker.pid, signal.SIGKILL)
    assert readable(answer)
    assert not answer.is_available
    with pytest.raises(QueryCrashed):
        answer.result()


def test_who_goes_away_before_it_is_waited_for_stops_it(begin: Callable[..., PendingAnswer]) -> None:
    answer, caller = begin(ENDLESS), Cancellation()
    caller.cancel()
    started = time.monotonic()
    with caller.as_current(), pytest.raises(Unavailable):
        answer.result()
    assert time.monotonic() - started < PATIENCE / 4


def test_who_goes_away_while_it_is_waited_for_stops_it(begin: Callable[..., PendingAnswer]) -> None:
    answer, caller = begin(ENDLESS), Cancellation()
    threading.Timer(0.3, caller.cancel).start()
    started = time.monotonic()
    with caller.as_current(), pytest.raises(Unavailable):
        answer.result()
    assert time.monotonic() - started < PATIENCE / 4


def test_one_that_nobody_wants_any_longer_is_stopped(pool: QueryPool, begin: Callable[..., PendingAnswer]) -> None:
    answer = begin(ENDLESS)
    answer.release()
    assert pool.load == Load(0, 0)
    assert eventually(lambda: answer.job.worker.pid not in pool.pids)
    answer.release()
    assert pool.load == Load(0, 0)


def test_nothing_is_begun_without_an_idle_process(pool: QueryPool, begin: Callable[..., PendingAnswer]) -> None:
    taken = [begin(ENDLESS) for _ in range(pool.settings.workers)]
    assert pool.try_start_answer(COUNT) is None
    taken[0].release()
    assert eventually(lambda: answers(pool))


def test_nothing_is_begun_for_a_text_that_would_have_to_be_waited_for(pool: QueryPool) -> None:
    assert pool.try_start_answer(Query(COUNT.text + "#" + "x" * 30_000)) is None
    assert pool.load == Load(0, 0)


def test_the_guard_stands_before_what_is_begun(quads_file: Path) -> None:
    guarded = pool_of(quads_file, QueryLimits())
    with pytest.raises(QueryTooDeep):
        guarded.try_start_answer(Query("SELECT * {" + "{" * 500 + "}" * 500 + "}"))
    guarded.close()


def test_a_pool_that_is_not_warm_or_is_closed_begins_nothing(quads_file: Path) -> None:
    cold = pool_of(quads_file, UNGUARDED)
    assert cold.try_start_answer(COUNT) is None
    cold.start()
    cold.close()
    assert cold.try_start_answer(COUNT) is None


def test_a_process_that_ended_while_it_was_idle_is_not_given_anything(quads_file: Path) -> None:
    pool = pool_of(quads_file, UNGUARDED, workers=1)
    pool.start()
    (process,) = pool.pids
    os.kill(process, signal.SIGKILL)
    assert eventually(lambda: not Path(f"/proc/{process}").exists())
    assert pool.try_start_answer(COUNT) is None
    assert answers(pool)
    pool.close()
