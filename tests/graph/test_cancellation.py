from graph import cancellation
from graph.cancellation import Cancellation


def test_what_runs_is_stopped_when_its_caller_goes_away() -> None:
    stopped: list[str] = []
    caller = Cancellation()
    with caller.stopping(lambda: stopped.append("query")):
        assert stopped == []
        caller.happen()
    assert stopped == ["query"]
    assert caller.happened


def test_what_is_begun_after_its_caller_went_away_is_stopped_at_once() -> None:
    stopped: list[str] = []
    caller = Cancellation()
    caller.happen()
    with caller.stopping(lambda: stopped.append("query")):
        assert stopped == ["query"]


def test_what_is_done_already_is_not_stopped() -> None:
    stopped: list[str] = []
    caller = Cancellation()
    with caller.stopping(lambda: stopped.append("query")):
        pass
    caller.happen()
    assert stopped == []


def test_a_cancellation_is_current_for_what_is_done_within() -> None:
    caller = Cancellation()
    assert cancellation.current() is None
    with caller.made_current():
        assert cancellation.current() is caller
    assert cancellation.current() is None
