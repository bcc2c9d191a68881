"""A fork server and its workers: shared memory, replacement of lost workers, and how processes end."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError
from functools import partial
from pathlib import Path

import pytest
from pyoxigraph import Store

from graph import warmup
from graph.pool.fork_server import ForkServer
from graph.pool.query_pool import QueryPool
from graph.pool.task import Task, WorkerExitedError
from graph.settings import QueryLimits, WorkerSettings
from graph.sparql.dataset import load_nquads
from tests.polling import eventually
from tests.processes import alive

SECONDS = 30.0


def load(note: Path) -> None:
    with note.open("a") as file:
        file.write(f"{os.getpid()}\n")


def set_up() -> None:
    return None


@pytest.fixture
def note(tmp_path: Path) -> Path:
    return tmp_path / "held"


@pytest.fixture
def server(note: Path) -> Iterator[ForkServer]:
    server = ForkServer(2, partial(load, note), set_up)
    server.fill()
    yield server
    server.stop()


def done(server: ForkServer, function: Callable[..., object], *arguments: object, seconds: float = SECONDS) -> object:
    """Return what a function returns, or raise what it raises, in a process that is given back."""
    task, worker = Task((function, arguments), seconds), server.acquire()
    try:
        task.run(worker)
    finally:
        server.release(worker)
    return task.result()


def number(server: ForkServer) -> int:
    """Return the number of a process that does a task."""
    found = done(server, os.getpid)
    assert isinstance(found, int)
    return found


def held(note: Path) -> list[str]:
    return note.read_text().splitlines()


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: not alive(pid))


def test_data_are_loaded_once_for_all_workers_and_their_successors(server: ForkServer, note: Path) -> None:
    for _ in range(5):
        kill(number(server))
    assert number(server)
    assert len(held(note)) == 1


def test_the_fork_server_has_one_thread(server: ForkServer, note: Path) -> None:
    number(server)
    holder = int(held(note)[0])
    assert threads(holder) == 1


def test_the_process_that_holds_the_graph_has_one_thread(tmp_path: Path) -> None:
    graph = tmp_path / "graph.nq"
    graph.write_text("".join(f'<http://e/{n}> <http://e/p> "{n}" <http://e/g> .\n' for n in range(20_000)))
    pool = QueryPool(partial(load_nquads, graph), QueryLimits(), WorkerSettings(workers=1), warmup.warm_up)
    pool.start()
    parent = int(Path(f"/proc/{pool.pids[0]}/stat").read_text().rpartition(")")[2].split()[1])
    assert threads(parent) == 1
    pool.close()


def test_a_task_past_its_time_is_stopped_and_its_process_replaced_before_the_next(server: ForkServer) -> None:
    before = set(server.pids)
    assert len(before) == 2
    with pytest.raises(TimeoutError):
        done(server, time.sleep, 60, seconds=0.2)
    assert eventually(lambda: len(server.pids) == 2 and len(before & set(server.pids)) == 1)
    assert eventually(lambda: sum(map(alive, before)) == 1)


def test_a_killed_worker_leaves_no_zombie(server: ForkServer) -> None:
    before = set(server.pids)
    with pytest.raises(TimeoutError):
        done(server, time.sleep, 60, seconds=0.2)
    assert eventually(lambda: sum(Path(f"/proc/{pid}").exists() for pid in before) == 1)


def test_the_exit_code_of_a_worker_is_returned(server: ForkServer) -> None:
    for ended in (signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL):
        with pytest.raises(WorkerExitedError) as caught:
            done(server, signal.raise_signal, ended)
        assert server.exit_code(caught.value.worker) == -ended


# The engine's sort finds that its own comparison is no total order.
PANICKING = """
  PREFIX x: <http://www.w3.org/2001/XMLSchema#>
  SELECT ?v { VALUES ?v {
    "2010"^^x:gYear 960 1927 "2012-08-13"^^x:date "1999-04-21"^^x:date 2143 63 "1997-03-25"^^x:date "1996"^^x:gYear 128
    "2003"^^x:gYear 1588 "2024-07-13"^^x:date "2013-08-05"^^x:date "1998"^^x:gYear 2028 1787 "2022-05-14"^^x:date
    "2007-10-12"^^x:date "2008-10-08"^^x:date "2016"^^x:gYear
  } } ORDER BY ?v
"""


def panic() -> None:
    """Have the engine abort this process."""
    Store().query(PANICKING)


def test_the_exit_code_after_a_panic_is_not_that_of_lacking_memory(server: ForkServer) -> None:
    for _ in range(3):
        with pytest.raises(WorkerExitedError) as caught:
            done(server, panic)
        assert server.exit_code(caught.value.worker) == 70


def test_a_process_is_used_again(server: ForkServer) -> None:
    before = set(server.pids)
    assert {number(server) for _ in range(20)} <= before
    assert set(server.pids) == before


def test_a_process_that_has_worked_comes_before_a_new_one(server: ForkServer) -> None:
    used, lost = server.acquire(), server.acquire()
    server.release(used)
    lost.kill()
    server.release(lost)
    assert eventually(lambda: lost.pid not in server.pids and len(server.pids) == 2)
    assert number(server) == used.pid


def test_no_more_workers_than_the_size_of_the_pool_stay_idle(server: ForkServer) -> None:
    taken = [server.acquire() for _ in range(5)]
    assert len(server.pids) == 5
    for worker in taken:
        server.release(worker)
    assert eventually(lambda: len(server.pids) == 2)
    assert number(server)


def test_an_extra_worker_is_replaced_and_ends_with_its_task(server: ForkServer) -> None:
    worker = server.acquire()
    worker.lower_priority()
    server.make_extra(worker)
    assert os.sched_getscheduler(worker.pid) == os.SCHED_IDLE
    assert eventually(lambda: len(server.pids) == 3)
    task = Task((os.getpid, ()), SECONDS)
    task.run(worker)
    assert task.result() == worker.pid
    server.release(worker)
    assert eventually(lambda: not alive(worker.pid))
    assert len(server.pids) == 2
    assert os.sched_getscheduler(number(server)) == os.SCHED_OTHER


def test_a_worker_with_a_low_priority_takes_no_other_task(server: ForkServer) -> None:
    worker = server.acquire()
    worker.lower_priority()
    server.release(worker)
    assert eventually(lambda: not alive(worker.pid))
    assert eventually(lambda: len(server.pids) == 2)
    assert os.sched_getscheduler(number(server)) == os.SCHED_OTHER


def test_a_running_task_is_cancelled_with_its_process_and_no_other(server: ForkServer) -> None:
    other, worker = server.acquire(), server.acquire()
    undisturbed, task = Task((time.sleep, (1.0,)), SECONDS), Task((time.sleep, (60,)), SECONDS)
    resting = threading.Thread(target=undisturbed.run, args=(other,))
    resting.start()
    threading.Timer(0.3, task.cancel).start()
    with pytest.raises(CancelledError):
        task.run(worker)
    resting.join()
    assert undisturbed.result() is None
    for taken in (other, worker):
        server.release(taken)
    assert number(server)


def test_a_task_that_was_cancelled_before_does_not_run(server: ForkServer, tmp_path: Path) -> None:
    worker, task = server.acquire(), Task((Path.mkdir, (tmp_path / "never",)), SECONDS)
    assert task.cancel()
    with pytest.raises(CancelledError):
        task.run(worker)
    server.release(worker)
    assert number(server)
    assert not (tmp_path / "never").exists()


def test_a_task_that_is_done_cannot_be_cancelled(server: ForkServer) -> None:
    worker, task = server.acquire(), Task((os.getpid, ()), SECONDS)
    task.run(worker)
    assert not task.cancel()
    assert task.result() == worker.pid
    assert alive(worker.pid)
    server.release(worker)


def spin(seconds: float) -> str:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return "done"


def test_waiting_for_a_task_ends_with_its_share_of_cpu_time(server: ForkServer) -> None:
    worker, task = server.acquire(), Task((spin, (0.6,)), SECONDS)
    task.run(worker, 0.1)
    assert not task.is_done
    assert 0.1 <= worker.cpu_seconds() < 0.6
    task.wait(worker)
    assert task.result() == "done"
    server.release(worker)


def test_a_task_that_sleeps_uses_no_cpu_time(server: ForkServer) -> None:
    worker, task = server.acquire(), Task((time.sleep, (0.5,)), SECONDS)
    task.run(worker, 0.1)
    assert task.is_done
    server.release(worker)


def test_the_cpu_time_of_earlier_tasks_does_not_count(server: ForkServer) -> None:
    worker = server.acquire()
    for _ in range(4):
        task = Task((spin, (0.15,)), SECONDS)
        task.run(worker, 0.3)
        assert task.is_done
    server.release(worker)


def fail(raised: type[BaseException]) -> None:
    raise raised("what went wrong")


def test_an_error_comes_back_and_the_process_lives_on(server: ForkServer) -> None:
    before = set(server.pids)
    with pytest.raises(ZeroDivisionError, match="what went wrong") as caught:
        done(server, fail, ZeroDivisionError)
    assert "raise raised" in caught.value.__notes__[0]
    assert set(server.pids) == before


def test_a_panic_ends_the_process_only(server: ForkServer) -> None:
    with pytest.raises(WorkerExitedError):
        done(server, fail, GeneratorExit)
    assert number(server)


@pytest.mark.parametrize(
    ("function", "arguments"), [(threading.Lock, ()), (len, (threading.Lock(),))], ids=["result", "argument"]
)
def test_what_cannot_pass_between_processes_is_an_error_of_its_task(
    server: ForkServer, function: Callable[..., object], arguments: tuple[object, ...]
) -> None:
    with pytest.raises(TypeError, match="pickle"):
        done(server, function, *arguments)
    assert number(server)


def test_a_fork_server_whose_process_was_killed_is_not_active(server: ForkServer, note: Path) -> None:
    number(server)
    assert server.is_active
    os.kill(int(held(note)[0]), signal.SIGKILL)
    assert eventually(lambda: not server.is_active)


def test_running_tasks_end_with_the_fork_server(note: Path) -> None:
    server, ended = ForkServer(1, partial(load, note), set_up), []

    def rest() -> None:
        with contextlib.suppress(WorkerExitedError, BrokenExecutor):
            done(server, time.sleep, 60)
        ended.append(True)

    resting = [threading.Thread(target=rest) for _ in range(3)]
    for thread in resting:
        thread.start()
    assert eventually(lambda: len(server.pids) == 3)
    pids = [*server.pids, int(held(note)[0])]
    server.stop()
    for thread in resting:
        thread.join()
    assert ended == [True] * 3
    assert eventually(lambda: not any(map(alive, pids)))
    assert not server.is_active
    server.stop()


def test_a_fork_server_that_never_started_stops(note: Path) -> None:
    server = ForkServer(2, partial(load, note), set_up)
    server.stop()
    with pytest.raises(BrokenExecutor):
        done(server, os.getpid)
    assert not note.exists()
