"""Outcomes that are remembered: what clients send hardly differs from request to request."""

import functools
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

_Given = TypeVarTuple("_Given")
_Outcome = TypeVar("_Outcome")


def remembered(most: int, longest: int) -> Callable[[Callable[[*_Given], _Outcome]], Callable[[*_Given], _Outcome]]:
    """Remember the outcomes of a function for the ``most`` arguments used last; what it raises is not remembered.

    Arguments whose texts have more than ``longest`` characters or bytes together are not: a client chooses them, and
    they would take memory for as long as they are remembered.
    """

    def decorated(function: Callable[[*_Given], _Outcome]) -> Callable[[*_Given], _Outcome]:
        kept = functools.lru_cache(most)(function)

        @functools.wraps(function)
        def outcome(*given: *_Given) -> _Outcome:
            length = 0
            for one in given:
                if isinstance(one, str | bytes):
                    length += len(one)
            return kept(*given) if length <= longest else function(*given)

        return outcome

    return decorated
