"""Prometheus metrics of the server, independent of the web framework so that every layer can use them.

Label values come from fixed lists (kinds, methods, outcomes), never from client input.
"""

import itertools
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from graph.pool import stats
from graph.pool.scheduler import Load

disable_created_metrics()  # type: ignore[no-untyped-call]

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
_OTHER_METHOD: Final = "other"
_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_BOUNDS: Final = (*map(str, _BUCKETS), "+Inf")


# Counters of the Prometheus client look up labels and take a lock each time, which takes longer than a response from
# the cache. The next two only add up, and are read when the metrics are.
class _Kind:
    """The durations of one kind of requests by bucket, their sum, and the sum of the response sizes."""

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
    """Hits and misses of the response cache; safe to use from several threads."""

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


_REGISTRY: Final = CollectorRegistry()
_REQUESTS: Final = RequestCounters()
_REGISTRY.register(_REQUESTS)
_SUBMISSIONS: Final = Counter(
    "opsc_contributions", "Decisions on contributions, updates and graph writes.", ("decision",), registry=_REGISTRY
)
_CACHE: Final = CacheCounters()
_REGISTRY.register(_CACHE)
_CACHE_BYTES: Final = Gauge("opsc_cache_bytes", "Size of the response cache in bytes.", registry=_REGISTRY)
_VERSIONS: Final = Counter(
    "opsc_versions_served", "Versions served since the start of the process.", registry=_REGISTRY
)
_LOST_LINES: Final = Counter(
    "opsc_log_lines_lost", "Log lines dropped because standard error was not read.", registry=_REGISTRY
)
ProcessCollector(registry=_REGISTRY)

for _decision in ("accepted", "refused"):
    _SUBMISSIONS.labels(_decision)


def count_request(kind: str, method: str, status: int, seconds: float, size: int) -> None:
    """Count a request of a ``kind`` (:mod:`endpoint.observability.observer`), with its seconds and response bytes."""
    _REQUESTS.count(kind, method if method in METHODS else _OTHER_METHOD, status, seconds, size)


def count_decision(*, accepted: bool) -> None:
    """Count a decision on a submission."""
    _SUBMISSIONS.labels("accepted" if accepted else "refused").inc()


def count_cache_lookup(outcome: Literal["hit", "miss"]) -> None:
    """Count a lookup in the response cache."""
    _CACHE.count(outcome)


def set_cache_bytes(size: int) -> None:
    """Set the size of the response cache in bytes."""
    _CACHE_BYTES.set(size)


def count_version() -> None:
    """Count a newly served version."""
    _VERSIONS.inc()


def count_lost_line() -> None:
    """Count a log line that could not be written."""
    _LOST_LINES.inc()


@dataclass(frozen=True)
class CurrentGauges:
    """The state of the server at the time of the scrape."""

    version: str
    ready: bool
    load: Load


def exposition(now: Callable[[], CurrentGauges]) -> bytes:
    """Return all metrics in the Prometheus text format."""
    momentary = CollectorRegistry()
    momentary.register(_Momentary(now()))
    return generate_latest(_REGISTRY) + generate_latest(momentary)


class _Momentary(Collector):
    def __init__(self, now: CurrentGauges) -> None:
        self._now = now

    def collect(self) -> Iterator[Metric]:
        now = self._now
        version = GaugeMetricFamily("opsc_version", "Version currently served.", labels=("version",))
        version.add_metric((now.version,), 1)
        yield version
        yield GaugeMetricFamily("opsc_ready", "1 if the server can answer queries, else 0.", value=int(now.ready))
        yield GaugeMetricFamily("opsc_queries_running", "Tasks running in worker processes.", value=now.load.running)
        yield GaugeMetricFamily("opsc_queries_waiting", "Tasks waiting for a process.", value=now.load.waiting)
        kills = CounterMetricFamily("opsc_stopped", "Tasks stopped before their end, by reason.", labels=("reason",))
        for reason, number in stats.stopped_tasks().items():
            kills.add_metric((reason,), number)
        yield kills
        yield from _memory()


def _memory() -> Iterator[Metric]:
    workers = stats.worker_memory()
    yield GaugeMetricFamily("opsc_workers", "Number of live worker processes.", value=len(workers))
    memory = GaugeMetricFamily(
        "opsc_worker_resident_bytes",
        "Resident memory of each worker process in bytes, oldest process first.",
        labels=("worker",),
    )
    for number, size in enumerate(workers, 1):
        memory.add_metric((str(number),), size)
    yield memory
