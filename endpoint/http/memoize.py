"""A cache of results of pure functions of headers and URLs, which hardly differ from request to request."""

import functools
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

_Arguments = TypeVarTuple("_Arguments")
_Result = TypeVar("_Result")


def memoize(
    maxsize: int, longest: int
) -> Callable[[Callable[[*_Arguments], _Result]], Callable[[*_Arguments], _Result]]:
    """Cache the results of a function for the ``maxsize`` arguments used last; exceptions are not cached.

    Arguments with more than ``longest`` characters or bytes in all are not cached: clients choose them, and they would
    take memory for as long as they are in the cache.
    """

    def decorate(function: Callable[[*_Arguments], _Result]) -> Callable[[*_Arguments], _Result]:
        cached = functools.lru_cache(maxsize)(function)

        @functools.wraps(function)
        def call(*arguments: *_Arguments) -> _Result:
            length = 0
            for argument in arguments:
                if isinstance(argument, str | bytes):
                    length += len(argument)
            return cached(*arguments) if length <= longest else function(*arguments)

        return call

    return decorate
