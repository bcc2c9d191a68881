"""First answers: each competency question asked for the first time, of our server and its peers, in turn.

A comment that is never the same keeps every cache out of it. Also: the time from start to first answer, and memory.
"""

import contextlib
import statistics
import tempfile
import time
from pathlib import Path

from bench.servers import (
    ASK,
    Client,
    Server,
    has_peers,
    has_virtuoso,
    merged_nquads,
    opsc,
    oxigraph,
    rdflib_endpoint,
    virtuoso,
)
from graph import build
from graph.metadata.examples import Example, load_examples
from graph.sparql.dataset import create_store

ROUNDS = 5
SLOW_PEER_SECONDS = 90.0
PATIENCE = 10.0
TARGETS = {"oxigraph serve": 2, "rdflib-endpoint": 30, "Virtuoso 7": 1}


def run() -> None:
    """Print how many times longer each peer takes, start, p99 and memory."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as running:
        home = Path(folder)
        build.build_release(home)
        own = running.enter_context(opsc(home, OPSC_CLIENT_REQUESTS="0", OPSC_CLIENT_RATE="0"))
        print(f"opsc serve: {own.started:.2f} s from start to first answer (target under 2 s)")
        peers: list[Server] = []
        if has_virtuoso():
            peers.append(running.enter_context(virtuoso(home, home)))
        if has_peers():
            nquads = merged_nquads(create_store(build.assemble()), home / "merged.nq")
            peers += [running.enter_context(oxigraph(nquads, home)), running.enter_context(rdflib_endpoint(nquads))]
        if len(peers) < len(TARGETS):
            print("not every peer is installed: see bench/servers.py")
        times = _times([own, *peers])
        _print(own.name, times)
        sizes = sorted(own.resident.values(), reverse=True)
        print(f"resident memory of its processes: {', '.join(f'{size / 1024:.0f}' for size in sizes)} MB")


def _times(servers: list[Server]) -> dict[str, dict[str, list[float]]]:
    """Return the milliseconds of each answer by server and question.

    An answer that does not come in time counts as if it had come then, and a server that took long enough in all is
    asked no more.
    """
    times: dict[str, dict[str, list[float]]] = {server.name: {} for server in servers}
    spent = dict.fromkeys(times, 0.0)
    clients = {server.name: server.client() for server in servers}
    for number in range(ROUNDS):
        for example in load_examples():
            for name, client in clients.items():
                if spent[name] < SLOW_PEER_SECONDS:
                    begun = time.perf_counter()
                    taken = _milliseconds(client, example, number)
                    client.ask(ASK)  # A server that is still busy with the last question would be blamed twice.
                    spent[name] += time.perf_counter() - begun
                    if taken is not None:
                        times[name].setdefault(example.name, []).append(taken)
    return times


def _milliseconds(client: Client, example: Example, number: int) -> float | None:
    query = f"{example.query}\n# {number} {time.time_ns()}"
    begun = time.perf_counter()
    status, _ = client.ask(query, PATIENCE)
    taken = (time.perf_counter() - begun) * 1000
    is_late = status == 0 and taken > 1000 * PATIENCE
    return taken if status == 200 or is_late else None


def _print(own: str, times: dict[str, dict[str, list[float]]]) -> None:
    medians = {name: {key: statistics.median(found) for key, found in of.items()} for name, of in times.items()}
    for name, of_name in medians.items():
        every = sorted(taken for found in times[name].values() for taken in found)
        p99 = every[int(0.99 * (len(every) - 1))]
        mean = statistics.geometric_mean(of_name.values())
        print(f"{name}: {len(of_name)} questions answered, geometric mean {mean:.2f} ms, p99 {p99:.1f} ms")
        if name != own:
            ratios = [taken / medians[own][key] for key, taken in of_name.items() if key in medians[own]]
            target = TARGETS[name]
            print(f"  {statistics.geometric_mean(ratios):.1f} times longer than {own} (target {target})")
