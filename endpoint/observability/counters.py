"""Counts answered requests with less effort than the client of Prometheus, which reads the sums when it is asked.

Its own counters look up their labels and take a lock each time, which takes longer than a kept answer.
"""

import itertools
import threading
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_BOUNDS: Final = (*map(str, _BUCKETS), "+Inf")


class _Kind:
    """What the answers to one kind of requests took: in how many of them how long, and all together."""

    __slots__ = ("buckets", "seconds", "size")

    def __init__(self) -> None:
        self.buckets = [0] * len(_BOUNDS)
        self.seconds = 0.0
        self.size = 0


class RequestCounters(Collector):
    """How many requests were answered, how fast, and with how many bytes; safe to use from several threads."""

    def __init__(self) -> None:
        self._counting = threading.Lock()
        self._requests: dict[tuple[str, str, int], int] = {}
        self._kinds: dict[str, _Kind] = {}

    def count(self, kind: str, method: str, status: int, seconds: float, size: int) -> None:
        """Count a request of a ``kind``, with the seconds and bytes of its answer."""
        key = (kind, method, status)
        with self._counting:
            self._requests[key] = self._requests.get(key, 0) + 1
            one = self._kinds.get(kind)
            if one is None:
                one = self._kinds[kind] = _Kind()
            one.buckets[bisect_left(_BUCKETS, seconds)] += 1
            one.seconds += seconds
            one.size += size

    def collect(self) -> Iterator[Metric]:
        """Return the sums."""
        requests = CounterMetricFamily("opsc_requests", "Requests answered.", labels=("kind", "method", "status"))
        seconds = HistogramMetricFamily(
            "opsc_request_seconds", "Time from request to response in seconds.", labels=("kind",)
        )
        sizes = CounterMetricFamily("opsc_response_bytes", "Size of response bodies in bytes.", labels=("kind",))
        with self._counting:
            for (kind, method, status), number in self._requests.items():
                requests.add_metric((kind, method, str(status)), number)
            for kind, one in self._kinds.items():
                numbers = map(float, itertools.accumulate(one.buckets))
                seconds.add_metric((kind,), list(zip(_BOUNDS, numbers, strict=True)), one.seconds)
                sizes.add_metric((kind,), one.size)
        return iter((requests, seconds, sizes))


class CacheCounters(Collector):
    """How often the result cache held what was asked for, and how often not; safe to use from several threads."""

    def __init__(self) -> None:
        self._counting = threading.Lock()
        self._numbers = {"hit": 0, "miss": 0}

    def count(self, outcome: str) -> None:
        """Count a look into the cache: a hit or a miss."""
        with self._counting:
            self._numbers[outcome] += 1

    def collect(self) -> Iterator[Metric]:
        """Return the sums."""
        looks = CounterMetricFamily(
            "opsc_cache_requests", "Lookups in the response cache, by outcome.", labels=("outcome",)
        )
        for outcome, number in self._numbers.items():
            looks.add_metric((outcome,), number)
        return iter((looks,))
