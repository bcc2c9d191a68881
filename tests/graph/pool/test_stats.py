import os
import threading
import time

import pytest

from graph.pool import stats
from graph.pool.pool import PoolLimits, ProcessPool, TaskLabel
from graph.pool.scheduler import Load
from graph.pool.task import Cancellation
from graph.settings import SettingsError
from graph.sparql.errors import DeadlineExceeded, MemoryExceeded, QueryCrashed, Unavailable
from tests.polling import eventually

LABEL = TaskLabel("the task", "try again")


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
    task: object, arguments: tuple[object, ...], error: type[Exception], reason: stats.StopReason
) -> None:
    pool = ProcessPool(nothing, PoolLimits(1, 4, 0))
    pool.start()
    before = stats.stopped_tasks()
    with pytest.raises(error):
        pool.call(task, arguments, 1.0 if reason == "deadline" else 60.0, LABEL)  # type: ignore[arg-type]
    pool.close()
    assert stats.stopped_tasks() == before | {reason: before[reason] + 1}


def test_running_and_waiting_tasks_are_told_apart() -> None:
    pool = ProcessPool(nothing, PoolLimits(1, 4, 0))
    pool.start()
    assert pool.load == Load(0, 0)
    calling = [threading.Thread(target=pool.call, args=(rest, (1.0,), 60.0, LABEL)) for _ in range(3)]
    for thread in calling:
        thread.start()
    assert eventually(lambda: pool.load == Load(1, 2))
    assert pool.responds()
    for thread in calling:
        thread.join()
    assert pool.load == Load(0, 0)
    pool.close()
    assert not pool.responds()


def test_processes_that_hold_nothing_do_not_answer() -> None:
    pool = ProcessPool(unreadable, PoolLimits(2, 4, 0))
    assert not pool.responds()
    with pytest.raises(Unavailable):
        pool.start()
    assert not pool.responds()
    pool.close()


def test_the_memory_of_the_workers_of_each_pool_is_told() -> None:
    before = len(stats.worker_memory())
    pools = [ProcessPool(nothing, PoolLimits(number, 4, 0)) for number in (1, 2)]
    for pool in pools:
        pool.start()
    told = stats.worker_memory()
    assert len(told) == before + 3
    assert all(size > 1_000_000 for size in told)
    for pool in pools:
        pool.close()
    assert len(stats.worker_memory()) == before


def test_a_task_whose_caller_goes_away_is_counted_as_a_hang_up() -> None:
    pool, caller = ProcessPool(nothing, PoolLimits(1, 4, 0)), Cancellation()
    pool.start()
    before = stats.stopped_tasks()
    threading.Timer(0.5, caller.cancel).start()
    with pytest.raises(Unavailable):
        pool.call(rest, (60,), 120.0, LABEL, caller)
    with pytest.raises(Unavailable):
        pool.call(rest, (60,), 120.0, LABEL, caller)
    pool.close()
    assert stats.stopped_tasks() == before | {"hang-up": before["hang-up"] + 2}


def test_a_task_that_is_done_when_its_caller_goes_away_is_no_hang_up() -> None:
    pool, caller = ProcessPool(nothing, PoolLimits(1, 4, 0)), Cancellation()
    pool.start()
    before = stats.stopped_tasks()
    pool.call(rest, (0,), 60.0, LABEL, caller)
    caller.cancel()
    pool.close()
    assert stats.stopped_tasks() == before
