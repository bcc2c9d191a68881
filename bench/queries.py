"""Every competency question in process; the peer is rdflib's own SPARQL engine over the same merged graph."""

import statistics
import time

import rdflib
from pyoxigraph import DefaultGraph, RdfFormat, Store, serialize

from graph import build
from graph.metadata.examples import load_examples
from graph.sparql.dataset import create_store

RUNS = 5
PEER_SECONDS = 60.0


def run() -> None:
    """Print the slowest questions, the median, and how much longer rdflib takes over those it answers in a minute."""
    dataset = create_store(build.assemble())
    own = {example.name: _median(dataset, example.query) for example in load_examples()}
    for name, milliseconds in sorted(own.items(), key=lambda item: -item[1])[:5]:
        print(f"{milliseconds:8.2f} ms  {name}")
    median, slowest = statistics.median(own.values()), max(own.values())
    print(f"{len(own)} questions: median {median:.2f} ms, slowest {slowest:.2f} ms (target 50 ms)")
    ratios = _ratios(dataset, own)
    mean = statistics.geometric_mean(ratios)
    print(f"rdflib over the same triples: {mean:.0f} times longer (geometric mean of {len(ratios)})")


def _median(dataset: Store, query: str) -> float:
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        list(dataset.query(query))
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def _ratios(dataset: Store, own: dict[str, float]) -> list[float]:
    triples = (quad.triple for quad in dataset.quads_for_pattern(None, None, None, DefaultGraph()))
    peer = rdflib.Graph().parse(data=serialize(triples, format=RdfFormat.N_TRIPLES), format="nt")
    ratios = []
    begun = time.perf_counter()
    for example in load_examples():
        if "GRAPH" in example.query or time.perf_counter() - begun > PEER_SECONDS:
            continue
        start = time.perf_counter()
        list(peer.query(example.query))
        ratios.append((time.perf_counter() - start) * 1000 / own[example.name])
    return ratios
