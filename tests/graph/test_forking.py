"""Processes forked from one that holds something: what is shared, what is lost with one of them, and cancelling."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError
from functools import partial
from pathlib import Path

import pytest

from graph import rehearsal, store
from graph.forking import Expired, ForkedPool
from graph.settings import QueryLimits, WorkerSettings
from graph.workers import QueryPool

from .test_workers import alive, wait_until

SECONDS = 30.0


def hold(note: Path) -> None:
    with note.open("a") as file:
        file.write(f"{os.getpid()}\n")


def enter() -> None:
    return None


@pytest.fixture
def note(tmp_path: Path) -> Path:
    return tmp_path / "held"


@pytest.fixture
def pool(note: Path) -> Iterator[ForkedPool]:
    forked = ForkedPool(2, partial(hold, note), enter)
    yield forked
    forked.stop()


def number(pool: ForkedPool) -> int:
    """Return the number of a process that does a task."""
    done: int = pool.schedule(os.getpid, (), SECONDS).result(SECONDS)
    return done


def held(note: Path) -> list[str]:
    return note.read_text().splitlines()


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not alive(pid))


def test_what_is_held_is_loaded_once_for_all_processes_and_their_successors(pool: ForkedPool, note: Path) -> None:
    for _ in range(5):
        kill(number(pool))
    assert number(pool)
    assert len(held(note)) == 1


def test_the_process_that_is_forked_has_one_thread(pool: ForkedPool, note: Path) -> None:
    number(pool)
    holder = int(held(note)[0])
    assert threads(holder) == 1


def test_the_process_that_holds_the_graph_has_one_thread(tmp_path: Path) -> None:
    graph = tmp_path / "graph.nq"
    graph.write_text("".join(f'<http://e/{n}> <http://e/p> "{n}" <http://e/g> .\n' for n in range(20_000)))
    pool = QueryPool(partial(store.load, graph), QueryLimits(), WorkerSettings(workers=1), rehearsal.rehearse)
    pool.warm()
    parent = int(Path(f"/proc/{pool.processes[0]}/stat").read_text().rpartition(")")[2].split()[1])
    assert threads(parent) == 1
    pool.close()


def test_a_task_past_its_time_is_stopped_and_its_process_replaced_at_once(pool: ForkedPool) -> None:
    number(pool)
    assert wait_until(lambda: len(pool.processes) == 2)
    before = set(pool.processes)
    with pytest.raises(TimeoutError):
        pool.schedule(time.sleep, (60,), 0.2).result(SECONDS)
    assert wait_until(lambda: len(pool.processes) == 2 and len(before & set(pool.processes)) == 1)
    assert wait_until(lambda: sum(map(alive, before)) == 1)


def test_a_process_that_ended_leaves_no_trace(pool: ForkedPool) -> None:
    number(pool)
    assert wait_until(lambda: len(pool.processes) == 2)
    before = set(pool.processes)
    with pytest.raises(TimeoutError):
        pool.schedule(time.sleep, (60,), 0.2).result(SECONDS)
    assert wait_until(lambda: sum(Path(f"/proc/{pid}").exists() for pid in before) == 1)


def test_the_exit_code_of_a_process_is_told(pool: ForkedPool) -> None:
    for ended in (signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL):
        with pytest.raises(Expired) as caught:
            pool.schedule(signal.raise_signal, (ended,), SECONDS).result(SECONDS)
        assert caught.value.exitcode == -ended


def test_a_running_task_is_cancelled_with_its_process_and_no_other(pool: ForkedPool) -> None:
    other = pool.schedule(time.sleep, (1.0,), SECONDS)
    task = pool.schedule(time.sleep, (60,), SECONDS)
    assert wait_until(lambda: task.running() and other.running())
    assert task.cancel()
    with pytest.raises(CancelledError):
        task.result(SECONDS)
    assert other.result(SECONDS) is None
    assert number(pool)


def test_a_waiting_task_is_cancelled_before_it_runs(pool: ForkedPool, tmp_path: Path) -> None:
    busy = [pool.schedule(time.sleep, (1.0,), SECONDS) for _ in range(2)]
    assert wait_until(lambda: all(task.running() for task in busy))
    waiting = pool.schedule(Path.mkdir, (tmp_path / "never",), SECONDS)
    assert waiting.cancel()
    for task in busy:
        task.result(SECONDS)
    assert number(pool)
    assert not (tmp_path / "never").exists()


def test_a_task_that_is_done_cannot_be_cancelled(pool: ForkedPool) -> None:
    task = pool.schedule(os.getpid, (), SECONDS)
    done = task.result(SECONDS)
    assert not task.cancel()
    assert number(pool)
    assert alive(done)


def fail(raised: type[BaseException]) -> None:
    raise raised("what went wrong")


def test_an_error_comes_back_and_the_process_lives_on(pool: ForkedPool) -> None:
    number(pool)
    before = set(pool.processes)
    with pytest.raises(ZeroDivisionError, match="what went wrong") as caught:
        pool.schedule(fail, (ZeroDivisionError,), SECONDS).result(SECONDS)
    assert "raise raised" in caught.value.__notes__[0]
    assert set(pool.processes) >= before


def test_a_panic_ends_the_process_only(pool: ForkedPool) -> None:
    with pytest.raises(Expired):
        pool.schedule(fail, (GeneratorExit,), SECONDS).result(SECONDS)
    assert number(pool)


@pytest.mark.parametrize(
    ("function", "arguments"), [(threading.Lock, ()), (len, (threading.Lock(),))], ids=["result", "argument"]
)
def test_what_cannot_pass_between_processes_is_an_error_of_its_task(
    pool: ForkedPool, function: Callable[..., object], arguments: tuple[object, ...]
) -> None:
    with pytest.raises((TypeError, Expired)):
        pool.schedule(function, arguments, SECONDS).result(SECONDS)
    assert number(pool)


def test_without_the_process_that_is_forked_the_pool_is_not_active(pool: ForkedPool, note: Path) -> None:
    number(pool)
    assert pool.active
    os.kill(int(held(note)[0]), signal.SIGKILL)
    assert wait_until(lambda: not pool.active)


def test_what_is_under_way_when_the_pool_is_stopped_ends_with_it(note: Path) -> None:
    pool = ForkedPool(1, partial(hold, note), enter)
    tasks = [pool.schedule(time.sleep, (60,), SECONDS) for _ in range(3)]
    assert wait_until(lambda: tasks[0].running() and bool(pool.processes))
    pids = [*pool.processes, int(held(note)[0])]
    pool.stop()
    for task in tasks:
        with pytest.raises((CancelledError, Expired, BrokenExecutor)):
            task.result(SECONDS)
    assert wait_until(lambda: not any(map(alive, pids)))
    assert not pool.active
    pool.stop()


def test_a_pool_that_never_started_stops(note: Path) -> None:
    pool = ForkedPool(2, partial(hold, note), enter)
    pool.stop()
    with pytest.raises((CancelledError, BrokenExecutor)):
        pool.schedule(os.getpid, (), SECONDS).result(SECONDS)
    assert not note.exists()
