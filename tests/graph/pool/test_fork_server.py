"""Processes forked from one that holds something: what is shared, what is replaced, and how each ends."""

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

from graph import warmup
from graph.pool.fork_server import Forks
from graph.pool.query_pool import QueryPool
from graph.pool.task import ChildEndedError, Run
from graph.settings import QueryLimits, WorkerSettings
from graph.sparql import dataset
from tests.graph.pool.test_query_pool import alive, wait_until

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
def forks(note: Path) -> Iterator[Forks]:
    forked = Forks(2, partial(hold, note), enter)
    forked.fill()
    yield forked
    forked.stop()


def done(forks: Forks, function: Callable[..., object], *arguments: object, seconds: float = SECONDS) -> object:
    """Return what a function returns, or raise what it raises, in a process that is given back."""
    run, child = Run((function, arguments), seconds), forks.take()
    try:
        run.begin(child)
    finally:
        forks.give_back(child)
    return run.result()


def number(forks: Forks) -> int:
    """Return the number of a process that does a task."""
    found = done(forks, os.getpid)
    assert isinstance(found, int)
    return found


def held(note: Path) -> list[str]:
    return note.read_text().splitlines()


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not alive(pid))


def test_what_is_held_is_loaded_once_for_all_processes_and_their_successors(forks: Forks, note: Path) -> None:
    for _ in range(5):
        kill(number(forks))
    assert number(forks)
    assert len(held(note)) == 1


def test_the_process_that_is_forked_has_one_thread(forks: Forks, note: Path) -> None:
    number(forks)
    holder = int(held(note)[0])
    assert threads(holder) == 1


def test_the_process_that_holds_the_graph_has_one_thread(tmp_path: Path) -> None:
    graph = tmp_path / "graph.nq"
    graph.write_text("".join(f'<http://e/{n}> <http://e/p> "{n}" <http://e/g> .\n' for n in range(20_000)))
    pool = QueryPool(partial(dataset.load, graph), QueryLimits(), WorkerSettings(workers=1), warmup.rehearse)
    pool.warm()
    parent = int(Path(f"/proc/{pool.processes[0]}/stat").read_text().rpartition(")")[2].split()[1])
    assert threads(parent) == 1
    pool.close()


def test_a_task_past_its_time_is_stopped_and_its_process_replaced_before_the_next(forks: Forks) -> None:
    before = set(forks.processes)
    assert len(before) == 2
    with pytest.raises(TimeoutError):
        done(forks, time.sleep, 60, seconds=0.2)
    assert wait_until(lambda: len(forks.processes) == 2 and len(before & set(forks.processes)) == 1)
    assert wait_until(lambda: sum(map(alive, before)) == 1)


def test_a_process_that_ended_leaves_no_trace(forks: Forks) -> None:
    before = set(forks.processes)
    with pytest.raises(TimeoutError):
        done(forks, time.sleep, 60, seconds=0.2)
    assert wait_until(lambda: sum(Path(f"/proc/{pid}").exists() for pid in before) == 1)


def test_the_exit_code_of_a_process_is_told(forks: Forks) -> None:
    for ended in (signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL):
        with pytest.raises(ChildEndedError) as caught:
            done(forks, signal.raise_signal, ended)
        assert forks.exitcode(caught.value.child) == -ended


def test_a_process_is_used_again(forks: Forks) -> None:
    before = set(forks.processes)
    assert {number(forks) for _ in range(20)} <= before
    assert set(forks.processes) == before


def test_a_process_that_has_worked_comes_before_a_new_one(forks: Forks) -> None:
    used, lost = forks.take(), forks.take()
    forks.give_back(used)
    lost.kill()
    forks.give_back(lost)
    assert wait_until(lambda: lost.pid not in forks.processes and len(forks.processes) == 2)
    assert number(forks) == used.pid


def test_no_more_processes_are_kept_than_wanted(forks: Forks) -> None:
    taken = [forks.take() for _ in range(5)]
    assert len(forks.processes) == 5
    for child in taken:
        forks.give_back(child)
    assert wait_until(lambda: len(forks.processes) == 2)
    assert number(forks)


def test_a_process_that_is_set_aside_is_replaced_and_ends_with_its_task(forks: Forks) -> None:
    child = forks.take()
    child.fall_back()
    forks.set_aside(child)
    assert os.sched_getscheduler(child.pid) == os.SCHED_IDLE
    assert wait_until(lambda: len(forks.processes) == 3)
    run = Run((os.getpid, ()), SECONDS)
    run.begin(child)
    assert run.result() == child.pid
    forks.give_back(child)
    assert wait_until(lambda: not alive(child.pid))
    assert len(forks.processes) == 2
    assert os.sched_getscheduler(number(forks)) == os.SCHED_OTHER


def test_a_process_that_has_fallen_back_is_of_no_use_for_another_task(forks: Forks) -> None:
    child = forks.take()
    child.fall_back()
    forks.give_back(child)
    assert wait_until(lambda: not alive(child.pid))
    assert wait_until(lambda: len(forks.processes) == 2)
    assert os.sched_getscheduler(number(forks)) == os.SCHED_OTHER


def test_a_running_task_is_cancelled_with_its_process_and_no_other(forks: Forks) -> None:
    other, child = forks.take(), forks.take()
    undisturbed, run = Run((time.sleep, (1.0,)), SECONDS), Run((time.sleep, (60,)), SECONDS)
    resting = threading.Thread(target=undisturbed.begin, args=(other,))
    resting.start()
    threading.Timer(0.3, run.cancel).start()
    with pytest.raises(CancelledError):
        run.begin(child)
    resting.join()
    assert undisturbed.result() is None
    for taken in (other, child):
        forks.give_back(taken)
    assert number(forks)


def test_a_task_that_was_cancelled_before_does_not_run(forks: Forks, tmp_path: Path) -> None:
    child, run = forks.take(), Run((Path.mkdir, (tmp_path / "never",)), SECONDS)
    assert run.cancel()
    with pytest.raises(CancelledError):
        run.begin(child)
    forks.give_back(child)
    assert number(forks)
    assert not (tmp_path / "never").exists()


def test_a_task_that_is_done_cannot_be_cancelled(forks: Forks) -> None:
    child, run = forks.take(), Run((os.getpid, ()), SECONDS)
    run.begin(child)
    assert not run.cancel()
    assert run.result() == child.pid
    assert alive(child.pid)
    forks.give_back(child)


def spin(seconds: float) -> str:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return "done"


def test_a_task_is_left_when_it_has_had_its_share_of_processor_time(forks: Forks) -> None:
    child, run = forks.take(), Run((spin, (0.6,)), SECONDS)
    run.begin(child, 0.1)
    assert not run.is_done
    assert 0.1 <= child.processor_seconds() < 0.6
    run.go_on(child)
    assert run.result() == "done"
    forks.give_back(child)


def test_a_task_that_rests_has_no_share_of_processor_time(forks: Forks) -> None:
    child, run = forks.take(), Run((time.sleep, (0.5,)), SECONDS)
    run.begin(child, 0.1)
    assert run.is_done
    forks.give_back(child)


def test_the_time_of_earlier_tasks_does_not_count(forks: Forks) -> None:
    child = forks.take()
    for _ in range(4):
        run = Run((spin, (0.15,)), SECONDS)
        run.begin(child, 0.3)
        assert run.is_done
    forks.give_back(child)


def fail(raised: type[BaseException]) -> None:
    raise raised("what went wrong")


def test_an_error_comes_back_and_the_process_lives_on(forks: Forks) -> None:
    before = set(forks.processes)
    with pytest.raises(ZeroDivisionError, match="what went wrong") as caught:
        done(forks, fail, ZeroDivisionError)
    assert "raise raised" in caught.value.__notes__[0]
    assert set(forks.processes) == before


def test_a_panic_ends_the_process_only(forks: Forks) -> None:
    with pytest.raises(ChildEndedError):
        done(forks, fail, GeneratorExit)
    assert number(forks)


@pytest.mark.parametrize(
    ("function", "arguments"), [(threading.Lock, ()), (len, (threading.Lock(),))], ids=["result", "argument"]
)
def test_what_cannot_pass_between_processes_is_an_error_of_its_task(
    forks: Forks, function: Callable[..., object], arguments: tuple[object, ...]
) -> None:
    with pytest.raises(TypeError, match="pickle"):
        done(forks, function, *arguments)
    assert number(forks)


def test_without_the_process_that_is_forked_nothing_is_active(forks: Forks, note: Path) -> None:
    number(forks)
    assert forks.active
    os.kill(int(held(note)[0]), signal.SIGKILL)
    assert wait_until(lambda: not forks.active)


def test_what_is_under_way_when_the_processes_are_stopped_ends_with_them(note: Path) -> None:
    forks, ended = Forks(1, partial(hold, note), enter), []

    def rest() -> None:
        with contextlib.suppress(ChildEndedError, BrokenExecutor):
            done(forks, time.sleep, 60)
        ended.append(True)

    resting = [threading.Thread(target=rest) for _ in range(3)]
    for thread in resting:
        thread.start()
    assert wait_until(lambda: len(forks.processes) == 3)
    pids = [*forks.processes, int(held(note)[0])]
    forks.stop()
    for thread in resting:
        thread.join()
    assert ended == [True] * 3
    assert wait_until(lambda: not any(map(alive, pids)))
    assert not forks.active
    forks.stop()


def test_what_never_started_stops(note: Path) -> None:
    forks = Forks(2, partial(hold, note), enter)
    forks.stop()
    with pytest.raises(BrokenExecutor):
        done(forks, os.getpid)
    assert not note.exists()
