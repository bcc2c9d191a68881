"""Prometheus metrics of the server, independent of the web framework so that every layer can use them.

Label values come from fixed lists (kinds, methods, outcomes), never from client input.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from endpoint.observability.counters import CacheCounters, RequestCounters
from graph.pool import stats
from graph.pool.scheduler import Load

disable_created_metrics()  # type: ignore[no-untyped-call]

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
_OTHER_METHOD: Final = "other"

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
