"""Turns for decisions: a sender of many or slow submissions costs another nothing but its share."""

import threading
import time

import pytest

from graph.contributions.fair_turns import FairTurns, TurnTimeoutError
from tests.polling import eventually


def waiting(turns: FairTurns) -> int:
    return sum(map(len, turns._waiting.values()))


def run(turns: FairTurns, senders: list[str], seconds: dict[str, float]) -> list[str]:
    """Return the order in which ``senders``, who came in this order behind one turn, had theirs."""
    order: list[str] = []

    def work(sender: str) -> None:
        with turns.turn(sender, 60):
            order.append(sender)
            time.sleep(seconds.get(sender, 0))

    threads = [threading.Thread(target=work, args=(sender,)) for sender in senders]
    with turns.turn("slow", 60):
        for number, thread in enumerate(threads):
            thread.start()
            eventually(lambda number=number: waiting(turns) == number + 1)
        time.sleep(0.02)
    for thread in threads:
        thread.join()
    return order


def test_a_sender_who_comes_later_is_before_the_rest_of_one_with_many() -> None:
    assert run(FairTurns(), ["slow", "slow", "slow", "quick"], {"slow": 0.02})[0] == "quick"


def test_within_a_sender_the_order_is_that_of_arrival_and_two_take_turns() -> None:
    order = run(FairTurns(), ["a", "a", "b", "b"], {"a": 0.05, "b": 0.05})
    assert sorted(order[:2]) == ["a", "b"]
    assert sorted(order[2:]) == ["a", "b"]


def test_a_turn_that_does_not_come_in_time_is_an_error_and_holds_nobody_up() -> None:
    turns = FairTurns()
    with turns.turn("a", 1), pytest.raises(TurnTimeoutError), turns.turn("b", 0.01):
        pass
    with turns.turn("c", 1):
        pass


def test_a_sender_and_all_together_have_a_limit() -> None:
    turns = FairTurns()
    assert [turns.admit("a", 2, 3) for _ in range(3)] == [None, None, "sender"]
    assert [turns.admit(name, 2, 3) for name in ("b", "c")] == [None, "all"]
    turns.leave("a")
    assert turns.admit("c", 2, 3) is None
