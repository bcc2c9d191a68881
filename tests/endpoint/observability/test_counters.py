"""What is counted of requests reads like the counters of the Prometheus client, whichever threads count."""

import threading

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from endpoint.observability.metrics import CacheCounters, RequestCounters

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
ANSWERS = [
    ("query", "GET", 200, 0.0001, 100),
    ("query", "GET", 200, 0.001, 50),
    ("query", "POST", 400, 0.7, 7),
    ("page", "other", 404, 99.0, 0),
    ("query", "HEAD", 200, 1.0, 0),
]


def test_sums_are_those_of_the_client_of_prometheus() -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    tally = RequestCounters()
    ours.register(tally)
    requests = Counter("opsc_requests", "Requests answered.", ("kind", "method", "status"), registry=theirs)
    seconds = Histogram(
        "opsc_request_seconds", "Time from request to response in seconds.", ("kind",), buckets=BUCKETS, registry=theirs
    )
    sizes = Counter("opsc_response_bytes", "Size of response bodies in bytes.", ("kind",), registry=theirs)
    for kind, method, status, took, size in ANSWERS:
        tally.count(kind, method, status, took, size)
        requests.labels(kind, method, status).inc()
        seconds.labels(kind).observe(took)
        sizes.labels(kind).inc(size)
    assert generate_latest(ours) == generate_latest(theirs)


def test_no_request_is_lost_among_threads() -> None:
    tally, looks = RequestCounters(), CacheCounters()

    def count() -> None:
        for _ in range(5_000):
            tally.count("query", "GET", 200, 0.001, 1)
            looks.count("hit")

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    samples = {sample.name: sample.value for metric in tally.collect() for sample in metric.samples}
    assert samples["opsc_requests_total"] == samples["opsc_request_seconds_count"] == 20_000
    assert samples["opsc_response_bytes_total"] == 20_000
    (metric,) = looks.collect()
    assert [sample.value for sample in metric.samples] == [20_000, 0]
