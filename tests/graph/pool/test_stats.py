import os
import threading
import time

import pytest

from graph.pool import stats, stopped
from graph.pool.cancellation import Cancellation
from graph.pool.pool import Limits, Processes, Wording
from graph.pool.scheduler import Load
from graph.settings import SettingsError
from graph.sparql.errors import DeadlineExceeded, MemoryExceeded, QueryCrashed, Unavailable

WORDING = Wording("late", "greedy", "crashed")


def nothing() -> str:
    return "held"


def unreadable() -> str:
    raise SettingsError("nothing can be loaded")


def rest(_held: str, seconds: float) -> None:
    time.sleep(seconds)


def die(_held: str) -> None:
    os._exit(3)


def abort(_held: str) -> None:
    os.abort()


def want_too_much(_held: str) -> None:
    raise MemoryError


@pytest.mark.parametrize(
    ("task", "arguments", "error", "reason"),
    [
        (rest, (60,), DeadlineExceeded, "deadline"),
        (die, (), QueryCrashed, "crash"),
        (abort, (), MemoryExceeded, "memory"),
        (want_too_much, (), MemoryExceeded, "memory"),
    ],
)
def test_what_was_stopped_is_counted_by_its_reason(
    task: object, arguments: tuple[object, ...], error: type[Exception], reason: stopped.Reason
) -> None:
    processes = Processes(nothing, Limits(1, 4, 0))
    processes.warm()
    before = stopped.counts()
    with pytest.raises(error):
        processes.call(task, arguments, 1.0 if reason == "deadline" else 60.0, WORDING)  # type: ignore[arg-type]
    processes.close()
    assert stopped.counts() == before | {reason: before[reason] + 1}


def test_running_and_waiting_tasks_are_told_apart() -> None:
    processes = Processes(nothing, Limits(1, 4, 0))
    processes.warm()
    assert processes.load == Load(0, 0)
    calling = [threading.Thread(target=processes.call, args=(rest, (2.0,), 60.0, WORDING)) for _ in range(3)]
    for thread in calling:
        thread.start()
    end = time.monotonic() + 30
    while processes.load != Load(1, 2) and time.monotonic() < end:
        time.sleep(0.01)
    assert processes.load == Load(1, 2)
    assert processes.answers()
    for thread in calling:
        thread.join()
    assert processes.load == Load(0, 0)
    processes.close()
    assert not processes.answers()


def test_processes_that_hold_nothing_do_not_answer() -> None:
    processes = Processes(unreadable, Limits(2, 4, 0))
    assert not processes.answers()
    with pytest.raises(Unavailable):
        processes.warm()
    assert not processes.answers()
    processes.close()


def test_the_memory_of_the_workers_of_each_pool_is_told() -> None:
    before = len(stats.workers())
    pools = [Processes(nothing, Limits(number, 4, 0)) for number in (1, 2)]
    for pool in pools:
        pool.warm()
    told = stats.workers()
    assert len(told) == before + 3
    assert all(size > 1_000_000 for size in told)
    for pool in pools:
        pool.close()
    assert len(stats.workers()) == before


def test_a_task_whose_caller_goes_away_is_counted_as_a_hang_up() -> None:
    processes, caller = Processes(nothing, Limits(1, 4, 0)), Cancellation()
    processes.warm()
    before = stopped.counts()
    threading.Timer(0.5, caller.happen).start()
    with pytest.raises(Unavailable):
        processes.call(rest, (60,), 120.0, WORDING, caller)
    with pytest.raises(Unavailable):
        processes.call(rest, (60,), 120.0, WORDING, caller)
    processes.close()
    assert stopped.counts() == before | {"hang-up": before["hang-up"] + 2}


def test_a_task_that_is_done_when_its_caller_goes_away_is_no_hang_up() -> None:
    processes, caller = Processes(nothing, Limits(1, 4, 0)), Cancellation()
    processes.warm()
    before = stopped.counts()
    processes.call(rest, (0,), 60.0, WORDING, caller)
    caller.happen()
    processes.close()
    assert stopped.counts() == before
