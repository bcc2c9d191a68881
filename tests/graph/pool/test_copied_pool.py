"""Pools whose graph is a copy of another pool's, with changes: what they answer, and how independent they are."""

import functools
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from graph.pool import stats
from graph.pool.query_pool import QUERY, QueryPool
from graph.settings import WorkerSettings
from graph.sparql.dataset import apply_change, load_nquads
from graph.sparql.engine import Query, QueryEngine
from graph.sparql.errors import DeadlineExceeded, EvaluationFailed, Unavailable
from graph.sparql.guard import ParsedQuery
from tests.graph.pool.test_query_pool import COUNT, ENDLESS, UNGUARDED, pool_of
from tests.polling import eventually
from tests.processes import alive

TRIPLES = 50
NEW = Quad(NamedNode("http://e/new"), NamedNode("http://e/p"), Literal("new"), NamedNode("http://e/g0"))


def add_one(engine: QueryEngine) -> None:
    apply_change(engine.store, (), (NEW,))
    engine.update_copies((NEW,))


def add_another(engine: QueryEngine, number: int) -> None:
    quad = Quad(NEW.subject, NEW.predicate, Literal(number), NEW.graph_name)
    apply_change(engine.store, (), (quad,))
    engine.update_copies((quad,))


def fail(_engine: QueryEngine) -> None:
    raise ValueError("no change")


def crash(_engine: QueryEngine) -> None:
    os.abort()


def panic(_engine: QueryEngine) -> None:
    raise GeneratorExit


@pytest.fixture
def quads(tmp_path: Path) -> Path:
    path = tmp_path / "graph.nq"
    path.write_text("".join(f'<http://e/{n}> <http://e/p> "{n}" <http://e/g{n % 2}> .\n' for n in range(TRIPLES)))
    return path


@pytest.fixture
def pool(quads: Path) -> Iterator[QueryPool]:
    started = pool_of(quads, deadline=20.0)
    started.start()
    yield started
    started.close()


def copy_of(pool: QueryPool, quads: Path, change: object = add_one) -> QueryPool:
    settings = WorkerSettings(workers=2, deadline=20.0)
    return QueryPool(functools.partial(load_nquads, quads), UNGUARDED, settings, source=(pool, change))  # type: ignore[arg-type]


def count(pool: QueryPool) -> int:
    return next(number for number in range(1000) if f'"{number}"'.encode() in pool.answer(COUNT).body)


def test_a_copy_has_the_changes_and_reads_nothing_from_disk(pool: QueryPool, quads: Path) -> None:
    quads.unlink()
    copy = copy_of(pool, quads)
    copy.start()
    assert copy.ready
    assert (count(copy), count(pool)) == (TRIPLES + 1, TRIPLES)
    copy.close()


def test_a_copy_of_a_copy_goes_on_when_the_pools_before_it_are_closed(quads: Path) -> None:
    pool = pool_of(quads, deadline=20.0)
    pool.start()
    quads.unlink()
    for number in range(1, 6):
        copy = copy_of(pool, quads, functools.partial(add_another, number=number))
        copy.start()
        pool.close()
        pool = copy
        assert count(pool) == TRIPLES + number
    assert eventually(lambda: len(pool.pids) == 2)
    with pytest.raises(DeadlineExceeded):
        pool.answer(ENDLESS, 0.2)
    assert count(pool) == TRIPLES + 5
    assert eventually(lambda: len([pid for pid in pool.pids if alive(pid)]) == 2)
    assert len(stats.worker_memory()) == 2
    pids = pool.pids
    os.kill(pids[0], signal.SIGKILL)
    assert eventually(lambda: not alive(pids[0]))
    assert count(pool) == TRIPLES + 5
    pool.close()
    assert eventually(lambda: not any(map(alive, pids)))


def test_a_query_that_began_before_ends_on_its_version(pool: QueryPool, quads: Path) -> None:
    slow = Query("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(STRLEN(STR(?a)) > 0) }")
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(pool.answer, slow)
        copy = copy_of(pool, quads)
        copy.start()
        assert f'"{TRIPLES**3}"'.encode() in answer.result().body
    copy.close()
    assert count(pool) == TRIPLES


@pytest.mark.parametrize("change", [fail, crash, panic])
def test_a_graph_that_cannot_be_changed_is_loaded(pool: QueryPool, quads: Path, change: object) -> None:
    copy = copy_of(pool, quads, change)
    copy.start()
    assert (count(copy), count(pool)) == (TRIPLES, TRIPLES)
    copy.close()


def test_a_graph_is_loaded_when_the_pool_to_copy_is_gone(quads: Path) -> None:
    pool = pool_of(quads)
    pool.start()
    pool.close()
    copy = copy_of(pool, quads)
    copy.start()
    assert count(copy) == TRIPLES
    copy.close()


def test_a_copy_that_can_neither_be_changed_nor_loaded_does_not_start(pool: QueryPool, quads: Path) -> None:
    quads.unlink()
    copy = copy_of(pool, quads, fail)
    with pytest.raises(Unavailable, match="the graph cannot be loaded"):
        copy.start()
    copy.close()
    assert count(pool) == TRIPLES


def test_a_copy_is_loaded_anew_when_its_process_was_lost(pool: QueryPool, quads: Path) -> None:
    copy = copy_of(pool, quads)
    copy.start()
    server = int(Path(f"/proc/{copy.pids[0]}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(server, signal.SIGKILL)
    assert eventually(lambda: not alive(server))
    assert eventually(lambda: not copy._server.is_active)
    # The file holds the graph before the change here; in a server it holds the version of the pool.
    assert count(copy) == TRIPLES
    assert count(pool) == TRIPLES
    copy.close()


def test_the_workers_of_a_copy_can_open_no_file(pool: QueryPool, quads: Path) -> None:
    copy = copy_of(pool, quads)
    copy.start()
    call = Query("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }")
    with pytest.raises(EvaluationFailed):
        copy.call(QueryEngine.answer_parsed, (call, ParsedQuery("", ())), 5.0, QUERY)
    with pytest.raises(OSError, match="Too many open files"):
        copy.call(read_file, (str(quads),), 5.0, QUERY)
    copy.close()


def read_file(_engine: QueryEngine, path: str) -> bytes:
    return Path(path).read_bytes()


def test_workers_of_copies_make_different_uuids(pool: QueryPool, quads: Path) -> None:
    copies = [copy_of(pool, quads) for _ in range(2)]
    for copy in copies:
        copy.start()
    new = Query("SELECT (UUID() AS ?new) {}")
    answers = {started.answer(new).body for started in (pool, *copies) for _ in range(10)}
    assert len(answers) == 30
    for copy in copies:
        copy.close()
