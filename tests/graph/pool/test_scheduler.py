"""Places for tasks: how many, in which order, and that whoever waits can give up."""

import threading
from collections.abc import Callable

import pytest

from graph.pool.scheduler import QueueFullError, Slot, Slots, SlotTimeoutError
from tests.polling import eventually


def wait_on(_cancel: Callable[[], None]) -> None:
    return None


def test_as_many_places_are_given_as_there_are() -> None:
    slots = Slots(2, 10)
    for _ in range(2):
        slots.acquire(0, wait_on)
    assert (slots.taken, slots.waiting) == (2, 0)
    assert not slots.try_acquire()
    with pytest.raises(SlotTimeoutError):
        slots.acquire(0.01, wait_on)
    slots.release()
    assert slots.try_acquire()
    assert (slots.taken, slots.waiting) == (2, 0)


def test_no_more_run_than_may_run_or_wait() -> None:
    slots = Slots(2, 1)
    slots.acquire(0, wait_on)
    with pytest.raises(QueueFullError, match="1"):
        slots.acquire(10, wait_on)


def test_places_are_given_in_the_order_of_asking() -> None:
    slots, order = Slots(1, 10), []

    def take(number: int) -> None:
        slots.acquire(30, wait_on)
        order.append(number)
        slots.release()

    slots.acquire(0, wait_on)
    waiting = [threading.Thread(target=take, args=(number,)) for number in range(5)]
    for number, thread in enumerate(waiting):
        thread.start()
        assert eventually(lambda number=number: slots.waiting == number + 1)
    slots.release()
    for thread in waiting:
        thread.join()
    assert order == [0, 1, 2, 3, 4]
    assert (slots.taken, slots.waiting) == (0, 0)


def test_whoever_waits_can_cancel() -> None:
    slots = Slots(1, 10)
    slots.acquire(0, wait_on)
    with pytest.raises(SlotTimeoutError):
        slots.acquire(60, lambda cancel: threading.Timer(0.1, cancel).start())
    assert slots.waiting == 0
    slots.release()
    slots.acquire(0, wait_on)


def test_whoever_cannot_wait_leaves_no_place_behind() -> None:
    slots = Slots(1, 10)

    def fail(_cancel: Callable[[], None]) -> None:
        raise KeyboardInterrupt

    def fail_when_given(_cancel: Callable[[], None]) -> None:
        slots.release()
        raise KeyboardInterrupt

    slots.acquire(0, wait_on)
    with pytest.raises(KeyboardInterrupt):
        slots.acquire(60, fail)
    assert (slots.taken, slots.waiting) == (1, 0)
    with pytest.raises(KeyboardInterrupt):
        slots.acquire(60, fail_when_given)
    assert (slots.taken, slots.waiting) == (0, 0)


def test_one_who_waits_takes_a_place_that_others_leave() -> None:
    slots = Slots(1, 10)
    slots.acquire(0, wait_on)
    threading.Timer(0.1, slots.release).start()
    slots.acquire(30, wait_on)
    assert slots.taken == 1


def test_a_place_is_changed_where_one_of_the_other_kind_is_free() -> None:
    quick, slow = Slots(1, 1), Slots(1, 1)
    quick.acquire(0, wait_on)
    slot = Slot(quick)
    assert slot.try_move(slow)
    assert (quick.taken, slow.taken) == (0, 1)
    quick.acquire(0, wait_on)
    other = Slot(quick)
    assert not other.try_move(slow)
    assert (quick.taken, slow.taken) == (1, 1)
    slot.release()
    other.release()
    assert (quick.taken, slow.taken) == (0, 0)
