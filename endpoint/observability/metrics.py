"""Counts what the server does, for Prometheus; no framework, so that every layer can call it.

No label holds what a client wrote: kinds, methods and outcomes come from fixed lists.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from endpoint.observability.counters import CacheLooks, Requests
from graph.pool import stats
from graph.pool.scheduler import Load

disable_created_metrics()  # type: ignore[no-untyped-call]

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
_OTHER_METHOD: Final = "other"

_REGISTRY: Final = CollectorRegistry()
_REQUESTS: Final = Requests()
_REGISTRY.register(_REQUESTS)
_SUBMISSIONS: Final = Counter(
    "opsc_contributions", "Contributions, updates and graphs that were decided.", ("decision",), registry=_REGISTRY
)
_CACHE: Final = CacheLooks()
_REGISTRY.register(_CACHE)
_CACHE_BYTES: Final = Gauge("opsc_cache_bytes", "Bytes that the result cache holds.", registry=_REGISTRY)
_VERSIONS: Final = Counter("opsc_versions_served", "Versions that were taken over since the start.", registry=_REGISTRY)
_LOST_LINES: Final = Counter(
    "opsc_log_lines_lost", "Lines of the log that were left out as nobody read it.", registry=_REGISTRY
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
    """Count a look into the result cache."""
    _CACHE.count(outcome)


def set_cache_bytes(size: int) -> None:
    """Tell how many bytes the result cache holds."""
    _CACHE_BYTES.set(size)


def count_version() -> None:
    """Count a version that is served from now on."""
    _VERSIONS.inc()


def count_lost_line() -> None:
    """Count a line of the log that could not be written."""
    _LOST_LINES.inc()


@dataclass(frozen=True)
class Now:
    """What can only be told at the moment of asking."""

    version: str
    ready: bool
    load: Load


def exposition(now: Callable[[], Now]) -> bytes:
    """Return all figures in the Prometheus text format."""
    momentary = CollectorRegistry()
    momentary.register(_Momentary(now()))
    return generate_latest(_REGISTRY) + generate_latest(momentary)


class _Momentary(Collector):
    def __init__(self, now: Now) -> None:
        self._now = now

    def collect(self) -> Iterator[Metric]:
        now = self._now
        version = GaugeMetricFamily("opsc_version", "The version that is served.", labels=("version",))
        version.add_metric((now.version,), 1)
        yield version
        yield GaugeMetricFamily("opsc_ready", "Whether queries can be answered.", value=int(now.ready))
        yield GaugeMetricFamily("opsc_queries_running", "Tasks in worker processes.", value=now.load.running)
        yield GaugeMetricFamily("opsc_queries_waiting", "Tasks that wait for a process.", value=now.load.waiting)
        kills = CounterMetricFamily("opsc_stopped", "Tasks that were stopped, by the reason.", labels=("reason",))
        for reason, number in stats.stopped_tasks().items():
            kills.add_metric((reason,), number)
        yield kills
        yield from _memory()


def _memory() -> Iterator[Metric]:
    workers = stats.worker_memory()
    yield GaugeMetricFamily("opsc_workers", "Worker processes that are alive.", value=len(workers))
    memory = GaugeMetricFamily(
        "opsc_worker_resident_bytes", "Resident memory of each worker process, the oldest first.", labels=("worker",)
    )
    for number, size in enumerate(workers, 1):
        memory.add_metric((str(number),), size)
    yield memory
