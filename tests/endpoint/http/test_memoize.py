"""Outcomes that are remembered, and how much of what clients choose is kept for that."""

import pytest

from endpoint.http.memoize import memoize


def test_outcomes_are_remembered_for_short_arguments_alone() -> None:
    asked: list[tuple[str, bytes | None]] = []

    @memoize(2, longest=5)
    def told(text: str, data: bytes | None) -> int:
        asked.append((text, data))
        return len(asked)

    assert [told("abc", b"12"), told("abc", b"12"), told("abc", None), told("abc", None)] == [1, 1, 2, 2]
    assert [told("abc", b"123"), told("abc", b"123")] == [3, 4]
    assert [told("a", None), told("abc", None), told("abc", b"12")] == [5, 2, 6]


def test_what_is_raised_is_not_remembered() -> None:
    outcomes = iter([ValueError("first"), "second"])

    @memoize(2, longest=5)
    def told(_text: str) -> str:
        outcome = next(outcomes)
        if isinstance(outcome, ValueError):
            raise outcome
        return outcome

    with pytest.raises(ValueError, match="first"):
        told("a")
    assert told("a") == "second"
