"""A siege: 64 clients for a minute, one query in ten hostile, some of the clients reading slowly.

What counts is what the honest get: no failed answer, and a p95 near the one that they have without the attack.
"""

import itertools
import json
import os
import random
import socket
import tempfile
import threading
import time
import urllib.parse
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bench.servers import Server, opsc
from graph import build
from graph.metadata.examples import load_examples

CLIENTS = 64
SECONDS = float(os.environ.get("OPSC_BENCH_SIEGE_SECONDS", "60"))
HOSTILE_SHARE = 0.1
SLOW_READERS = 4
PAUSE = 0.5
HOSTILE = (
    "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f ?a",
    "SELECT * { ?a (!<x:p>|^!<x:p>)* ?b . ?b (!<x:p>|^!<x:p>)* ?c }",
    "SELECT * " + "{" * 5_000 + "?s ?p ?o" + "}" * 5_000,
    "SELECT * { ?s ?p ?o FILTER(" + "!" * 20_000 + "BOUND(?s)) }",
    "SELECT (GROUP_CONCAT(CONCAT(STR(?a), STR(?c), STR(?f))) AS ?all) { ?a ?b ?c . ?d ?e ?f }",
    "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
)


@dataclass
class Tally:
    """What the clients of one run met."""

    honest: list[float] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)
    hostile: Counter[int] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def p95(self) -> float:
        """Return the 95th percentile of the honest answers, in milliseconds."""
        return sorted(self.honest)[int(0.95 * (len(self.honest) - 1))]


def run() -> None:
    """Print what the honest get without the attack and under it, and the memory before and after."""
    with tempfile.TemporaryDirectory() as folder:
        build.build_release(Path(folder))
        # All clients are one address here: the limits for each client are for another bench.
        settings = {"OPSC_CLIENT_REQUESTS": "0", "OPSC_CLIENT_RATE": "0", "OPSC_QUERY_SECONDS": "2"}
        with opsc(Path(folder), **settings) as server:
            idle = server.memory
            calm = _siege(server, hostile=0.0, slow=0)
            before = server.memory
            attacked = _siege(server, hostile=HOSTILE_SHARE, slow=SLOW_READERS)
            time.sleep(5)
            after = server.memory
    print(f"calm: {len(calm.honest)} answers, p95 {calm.p95():.0f} ms, {calm.failed.total()} failed")
    print(
        f"attacked: {len(attacked.honest)} honest answers, p95 {attacked.p95():.0f} ms "
        f"({attacked.p95() / calm.p95():.1f} times; target 3), {attacked.failed.total()} failed (target 0) "
        f"{dict(attacked.failed) or ''}; hostile queries by status: {dict(sorted(attacked.hostile.items()))}"
    )
    sizes = f"{idle / 1024:.0f} MB at the start, {before / 1024:.0f} MB before the attack, {after / 1024:.0f} MB after"
    print(f"memory of all processes, what they share counted once: {sizes}")


def _siege(server: Server, hostile: float, slow: int) -> Tally:
    tally, until = Tally(), time.monotonic() + SECONDS
    clients = [threading.Thread(target=_client, args=(server, hostile, tally, until, n)) for n in range(CLIENTS)]
    readers = [threading.Thread(target=_read_slowly, args=(server, until)) for _ in range(slow)]
    for thread in (*clients, *readers):
        thread.start()
    for thread in (*clients, *readers):
        thread.join()
    return tally


def _client(server: Server, hostile: float, tally: Tally, until: float, number: int) -> None:
    chance, asked = random.Random(number), [example.query for example in load_examples()]
    client = server.client()
    for turn in itertools.count():
        if time.monotonic() > until:
            return
        is_hostile = chance.random() < hostile
        query = chance.choice(HOSTILE if is_hostile else asked) + f"\n# {number} {turn} {hostile}"
        begun = time.perf_counter()
        status, body = client.ask(query)
        taken = (time.perf_counter() - begun) * 1000
        with tally.lock:
            if is_hostile:
                tally.hostile[status] += 1
            elif status == 200:
                tally.honest.append(taken)
            else:
                tally.failed[_reason(status, body)] += 1
        time.sleep(chance.random() * 2 * PAUSE)


def _reason(status: int, body: bytes) -> str:
    return f"{status}: {json.loads(body)['detail']}" if body else "no answer"


def _read_slowly(server: Server, until: float) -> None:
    """Ask for much, and take it a few bytes at a time."""
    query = urllib.parse.urlencode({"query": "CONSTRUCT WHERE { ?s ?p ?o }"})
    while time.monotonic() < until:
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            connection.sendall(f"GET {server.path}?{query} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            for _ in range(100):
                if time.monotonic() > until or not connection.recv(64):
                    break
                time.sleep(0.1)
