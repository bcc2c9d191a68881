"""Places for tasks: how many, in which order, and that whoever waits can give up."""

import threading
from collections.abc import Callable

import pytest

from graph.pool.slots import FullError, NoTurnError, Place, Turns
from tests.graph.pool.test_query_pool import wait_until


def patiently(_give_up: Callable[[], None]) -> None:
    return None


def test_as_many_places_are_given_as_there_are() -> None:
    turns = Turns(2, 10)
    for _ in range(2):
        turns.take(0, patiently)
    assert (turns.taken, turns.waiting) == (2, 0)
    assert not turns.try_to_take()
    with pytest.raises(NoTurnError):
        turns.take(0.01, patiently)
    turns.leave()
    assert turns.try_to_take()
    assert (turns.taken, turns.waiting) == (2, 0)


def test_no_more_run_than_may_run_or_wait() -> None:
    turns = Turns(2, 1)
    turns.take(0, patiently)
    with pytest.raises(FullError, match="1"):
        turns.take(10, patiently)


def test_places_are_given_in_the_order_of_asking() -> None:
    turns, order = Turns(1, 10), []

    def take(number: int) -> None:
        turns.take(30, patiently)
        order.append(number)
        turns.leave()

    turns.take(0, patiently)
    waiting = [threading.Thread(target=take, args=(number,)) for number in range(5)]
    for number, thread in enumerate(waiting):
        thread.start()
        assert wait_until(lambda number=number: turns.waiting == number + 1)
    turns.leave()
    for thread in waiting:
        thread.join()
    assert order == [0, 1, 2, 3, 4]
    assert (turns.taken, turns.waiting) == (0, 0)


def test_whoever_waits_can_give_up() -> None:
    turns = Turns(1, 10)
    turns.take(0, patiently)
    with pytest.raises(NoTurnError):
        turns.take(60, lambda give_up: threading.Timer(0.1, give_up).start())
    assert turns.waiting == 0
    turns.leave()
    turns.take(0, patiently)


def test_whoever_cannot_wait_leaves_no_place_behind() -> None:
    turns = Turns(1, 10)

    def fail(_give_up: Callable[[], None]) -> None:
        raise KeyboardInterrupt

    def fail_when_given(_give_up: Callable[[], None]) -> None:
        turns.leave()
        raise KeyboardInterrupt

    turns.take(0, patiently)
    with pytest.raises(KeyboardInterrupt):
        turns.take(60, fail)
    assert (turns.taken, turns.waiting) == (1, 0)
    with pytest.raises(KeyboardInterrupt):
        turns.take(60, fail_when_given)
    assert (turns.taken, turns.waiting) == (0, 0)


def test_one_who_waits_takes_a_place_that_others_leave() -> None:
    turns = Turns(1, 10)
    turns.take(0, patiently)
    threading.Timer(0.1, turns.leave).start()
    turns.take(30, patiently)
    assert turns.taken == 1


def test_a_place_is_changed_where_one_of_the_other_kind_is_free() -> None:
    quick, slow = Turns(1, 1), Turns(1, 1)
    quick.take(0, patiently)
    place = Place(quick)
    assert place.change(slow)
    assert (quick.taken, slow.taken) == (0, 1)
    quick.take(0, patiently)
    other = Place(quick)
    assert not other.change(slow)
    assert (quick.taken, slow.taken) == (1, 1)
    place.leave()
    other.leave()
    assert (quick.taken, slow.taken) == (0, 0)
