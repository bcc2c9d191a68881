"""The pool with real processes: deadlines, crashes, memory, isolation, and that nothing is left behind."""

import functools
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pyoxigraph import Store

from graph.pool.query_pool import QUERY, QueryPool
from graph.pool.scheduler import Load
from graph.settings import QueryLimits, WorkerSettings
from graph.sparql.dataset import load_nquads
from graph.sparql.engine import Query, QueryEngine
from graph.sparql.errors import (
    Busy,
    DeadlineExceeded,
    EvaluationFailed,
    MemoryExceeded,
    QueryCrashed,
    QueryTooDeep,
    ServiceRefused,
    Unavailable,
)
from graph.sparql.guard import ParsedQuery
from tests.polling import eventually
from tests.processes import alive

TRIPLES = 500
COUNT = Query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
ENDLESS = Query("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }")
GREEDY = Query("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l } ORDER BY ?a ?d ?g ?j")
CRASHING = Query("SELECT * {" + "{" * 500_000 + "}" * 500_000 + "}")
UNGUARDED = QueryLimits(length=10**7, depth=10**6, width=10**6)


class Canary:
    """A server on this machine that notes every request, and answers none of them."""

    def __init__(self) -> None:
        self.hits: list[str] = []
        hits = self.hits

        class Handler(BaseHTTPRequestHandler):
            def handle_one_request(self) -> None:
                hits.append(self.rfile.readline().decode("latin-1"))
                self.wfile.write(b"HTTP/1.0 502 Bad Gateway\r\n\r\n")
                self.close_connection = True

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    listening = Canary()
    yield listening
    listening.close()


@pytest.fixture(scope="module")
def quads_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("quads") / "graph.nq"
    path.write_text("".join(f'<http://e/{n}> <http://e/p> "{n}" <http://e/g{n % 2}> .\n' for n in range(TRIPLES)))
    return path


def pool_of(quads_file: Path, limits: QueryLimits = UNGUARDED, **settings: float) -> QueryPool:
    chosen = WorkerSettings(**{"workers": 2, "deadline": 0.5, **settings})
    return QueryPool(functools.partial(load_nquads, quads_file), limits, chosen)


@pytest.fixture(scope="module")
def pool(quads_file: Path) -> Iterator[QueryPool]:
    started = pool_of(quads_file)
    started.start()
    yield started
    started.close()


def answers(pool: QueryPool) -> bool:
    return f'"{TRIPLES}"'.encode() in pool.answer(COUNT).body


def test_a_query_is_answered(pool: QueryPool) -> None:
    assert pool.ready
    assert answers(pool)


def test_a_query_past_its_deadline_is_stopped_and_the_next_is_answered(pool: QueryPool) -> None:
    for _ in range(3):
        with pytest.raises(DeadlineExceeded):
            pool.answer(ENDLESS)
    assert answers(pool)


def test_a_deadline_can_be_given_for_one_query(pool: QueryPool) -> None:
    with pytest.raises(DeadlineExceeded):
        pool.answer(ENDLESS, seconds=0.2)


def test_the_time_in_the_queue_counts(quads_file: Path) -> None:
    pool = pool_of(quads_file, workers=1, deadline=60.0)
    pool.start()
    first, second = 2.0, 3.0
    with ThreadPoolExecutor() as threads:
        running = threads.submit(pool.answer, ENDLESS, first)
        assert eventually(lambda: pool.load.running == 1)
        begun = time.monotonic()
        with pytest.raises(DeadlineExceeded):
            pool.answer(ENDLESS, second)
        assert time.monotonic() - begun < first + second
        assert isinstance(running.exception(), DeadlineExceeded)
    pool.close()


def test_a_query_that_ends_its_process_is_an_error_and_the_next_is_answered(quads_file: Path) -> None:
    pool = pool_of(quads_file, deadline=120.0)
    pool.start()
    for _ in range(2):
        with pytest.raises(QueryCrashed):
            pool.answer(CRASHING)
    assert answers(pool)
    pool.close()


def test_a_stopped_process_is_gone(pool: QueryPool) -> None:
    assert eventually(lambda: len(processes(pool)) == 2)
    before = processes(pool)
    with pytest.raises(DeadlineExceeded):
        pool.answer(ENDLESS)
    assert answers(pool)
    assert eventually(lambda: any(not alive(pid) for pid in before))


def test_an_idle_process_that_ends_is_replaced(quads_file: Path) -> None:
    pool = pool_of(quads_file)
    pool.start()
    os.kill(processes(pool)[0], signal.SIGKILL)
    assert eventually(lambda: recovered(pool))
    pool.close()


def recovered(pool: QueryPool) -> bool:
    """Tell whether the pool answers; the loss of a process may still be under way, which it says with an error."""
    try:
        return pool.ready and answers(pool)
    except (QueryCrashed, Unavailable):
        return False


def test_a_query_beyond_the_memory_limit_is_stopped(quads_file: Path) -> None:
    pool = pool_of(quads_file, workers=1, deadline=120.0, memory=400_000_000)
    pool.start()
    with pytest.raises(MemoryExceeded):
        pool.answer(GREEDY)
    assert answers(pool)
    pool.close()


def test_the_guard_stands_before_the_pool(quads_file: Path) -> None:
    guarded = pool_of(quads_file, limits=QueryLimits(length=10**7))
    with pytest.raises(QueryTooDeep):
        guarded.answer(CRASHING)
    with pytest.raises(ServiceRefused):
        guarded.answer(Query("SELECT * { SERVICE <http://127.0.0.1:1/> {} }"))
    guarded.close()


def test_a_process_can_call_no_other_machine_even_past_the_guard(pool: QueryPool, canary: Canary) -> None:
    call = Query(f"SELECT * {{ SERVICE <{canary.url}> {{ ?s ?p ?o }} }}")
    with pytest.raises(EvaluationFailed):
        pool.call(QueryEngine.answer_parsed, (call, ParsedQuery("", ())), 5.0, QUERY)
    assert canary.hits == []
    with pytest.raises(OSError, match="502"):
        list(Store().query(call.text))
    assert canary.hits, "the canary hears a call from a process that is not isolated"


def test_more_queries_than_may_wait_are_refused(quads_file: Path) -> None:
    pool = pool_of(quads_file, queue=1, deadline=2.0, quick_seconds=60.0)
    pool.start()
    running = threading.Thread(target=occupy, args=(pool,), daemon=True)
    running.start()
    assert eventually(lambda: refused(pool))
    running.join()
    assert answers(pool)
    pool.close()


def occupy(pool: QueryPool) -> None:
    """Keep one process busy until its deadline."""
    while True:
        try:
            pool.answer(ENDLESS)
        except DeadlineExceeded:
            return
        except Busy:
            time.sleep(0.01)


def refused(pool: QueryPool) -> bool:
    try:
        pool.answer(COUNT)
    except Busy as error:
        return str(error).startswith("1 queries are running or waiting")
    return False


@contextmanager
def occupied(quads_file: Path, **settings: float) -> Iterator[QueryPool]:
    """Give a pool of one process, which works on a query that never ends; at the end its time is over."""
    pool = pool_of(quads_file, workers=1, **settings)
    pool.start()
    running = threading.Thread(target=occupy, args=(pool,), daemon=True)
    running.start()
    assert eventually(lambda: pool.load.running == 1)
    yield pool
    running.join()
    assert answers(pool)
    assert pool.load == Load(0, 0)
    assert eventually(lambda: len(processes(pool)) == 1)
    pool.close()


def test_a_query_that_waits_in_vain_is_refused(quads_file: Path) -> None:
    with occupied(quads_file, deadline=2.0, quick_seconds=60.0) as pool:
        with pytest.raises(Busy, match="no process was free"):
            pool.answer(COUNT, seconds=0.2)
        assert pool.load.running == 1


def test_a_slow_query_leaves_its_place_to_another(quads_file: Path) -> None:
    with occupied(quads_file, deadline=1.5, long_seconds=60.0, slow_workers=1) as pool:
        assert eventually(lambda: len(processes(pool)) == 2)
        assert sorted(map(os.sched_getscheduler, processes(pool))) == sorted((os.SCHED_OTHER, os.SCHED_IDLE))
        for _ in range(20):
            assert answers(pool)
        assert pool.load.running == 1


def test_a_slow_query_stays_where_it_is_when_as_many_as_may_have_left(quads_file: Path) -> None:
    with occupied(quads_file, deadline=1.5, quick_seconds=0.01, long_seconds=60.0, slow_workers=0) as pool:
        with pytest.raises(Busy, match="no process was free"):
            pool.answer(COUNT, seconds=0.5)
        assert [os.sched_getscheduler(pid) for pid in processes(pool)] == [os.SCHED_IDLE]


def test_long_queries_keep_no_short_one_waiting(quads_file: Path) -> None:
    pool = pool_of(quads_file, deadline=20.0, quick_seconds=0.1, long_seconds=0.1, long_workers=1, long_queue=3)
    pool.start()
    ends: list[BaseException] = []
    attackers = [threading.Thread(target=lambda: ends.append(ending(pool, ENDLESS, 3.0))) for _ in range(6)]
    for thread in attackers:
        thread.start()
    assert eventually(lambda: (pool.load.running, pool.load.waiting) == (1, 3))
    for _ in range(50):
        assert answers(pool)
    assert pool.load.running == 1
    for thread in attackers:
        thread.join()
    kinds = Counter(map(type, ends))
    assert kinds[Busy] >= 2
    assert kinds[DeadlineExceeded] >= 1
    assert kinds.total() == 6
    pool.close()


def ending(pool: QueryPool, query: Query, seconds: float) -> BaseException:
    with pytest.raises((Busy, DeadlineExceeded)) as caught:
        pool.answer(query, seconds)
    return caught.value


def test_a_long_query_is_answered_wherever_it_comes_to_its_end(quads_file: Path) -> None:
    pool = pool_of(quads_file, deadline=60.0, quick_seconds=0.01, long_seconds=0.01, long_workers=1, long_queue=3)
    pool.start()
    query = Query("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f }")
    bodies: list[bytes] = []
    asking = [threading.Thread(target=lambda: bodies.append(pool.answer(query).body)) for _ in range(4)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert len(bodies) == 4
    assert all(f'"{TRIPLES**2}"'.encode() in body for body in bodies)
    assert eventually(lambda: len(processes(pool)) == 2)
    pool.close()


def test_queries_from_many_threads_are_all_answered(pool: QueryPool) -> None:
    outcomes: list[bool] = []
    threads = [threading.Thread(target=lambda: outcomes.append(answers(pool))) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [True] * 24


def test_a_graph_that_cannot_be_loaded_is_reported(tmp_path: Path) -> None:
    pool = pool_of(tmp_path / "missing.nq")
    with pytest.raises(Unavailable, match="the graph cannot be loaded"):
        pool.start()
    assert not pool.ready
    pool.close()


def test_a_closed_pool_answers_nothing_and_leaves_no_process(quads_file: Path) -> None:
    pool = pool_of(quads_file)
    pool.start()
    started = processes(pool)
    pool.close()
    assert eventually(lambda: not any(alive(pid) for pid in started))
    assert not pool.ready
    with pytest.raises(Unavailable, match="stopping"):
        pool.answer(COUNT)


ORPHANS = """
import functools, pathlib, sys, threading
from graph.sparql.engine import Query
from graph.settings import QueryLimits, WorkerSettings
from graph.sparql.dataset import load_nquads
from graph.pool.query_pool import QueryPool
pool = QueryPool(functools.partial(load_nquads, pathlib.Path(sys.argv[1])), QueryLimits(), WorkerSettings(workers=2))
pool.start()
threading.Thread(target=pool.answer, args=(Query(sys.argv[2]),), daemon=True).start()
print(*pool.pids, flush=True)
threading.Event().wait()
"""


def test_processes_end_with_the_one_that_started_them_even_when_it_is_killed(quads_file: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ORPHANS, str(quads_file), ENDLESS.text], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        started = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(started) == 2
        assert all(alive(pid) for pid in started)
        parent.kill()
    assert eventually(lambda: not any(alive(pid) for pid in started))


def processes(pool: QueryPool) -> list[int]:
    return list(pool.pids)
