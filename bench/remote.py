"""The competency questions over HTTP: answered by the server's own processes, and by Virtuoso behind the same front."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from graph.metadata.examples import load_examples
from tests.endpoint.conftest import running
from tests.engines import Engine, oxigraph, virtuoso

RUNS = 5


def run() -> None:
    """Print the median and geometric mean of each server's time for a question, and how long publishing takes."""
    with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        _opsc("build", home)
        ports = {"own processes": stack.enter_context(running(home)).port}
        if shutil.which("virtuoso-t"):
            (Path(folder) / "virtuoso").mkdir()
            engine = stack.enter_context(virtuoso(Path(folder) / "virtuoso"))
            _publish(home, engine, "Virtuoso")
            ports["Virtuoso behind the front"] = stack.enter_context(running(home, OPSC_STORE=engine.query_url)).port
        (Path(folder) / "oxigraph").mkdir()
        engine = stack.enter_context(oxigraph(Path(folder) / "oxigraph"))
        _publish(home, engine, "Oxigraph")
        ports["Oxigraph behind the front"] = stack.enter_context(running(home, OPSC_STORE=engine.query_url)).port
        _compare(ports)


def _opsc(command: str, home: Path, environment: dict[str, str] | None = None) -> float:
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "opsc", command],
        env={**os.environ, "OPSC_HOME": str(home), **(environment or {})},
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - begun


def _publish(home: Path, engine: Engine, name: str) -> None:
    first, again = (_opsc("publish", home, engine.environment) for _ in range(2))
    print(f"opsc publish into {name}: {first:.1f} s, and {again:.1f} s when nothing is new")


def _compare(ports: dict[str, int]) -> None:
    """Ask every question of each server in turn; a comment makes every text one that no cache has seen."""
    connections = {name: HTTPConnection("127.0.0.1", port, timeout=60) for name, port in ports.items()}
    times: dict[str, list[float]] = {name: [] for name in ports}
    for example in load_examples():
        measured: dict[str, list[float]] = {name: [] for name in ports}
        for number in range(RUNS):
            for name, connection in connections.items():
                measured[name].append(_asked(connection, f"{example.query}\n# {number}"))
        for name, one in measured.items():
            times[name].append(statistics.median(one))
    for name, all_times in times.items():
        mean = statistics.geometric_mean(all_times)
        print(
            f"{name}: median {statistics.median(all_times):.1f} ms, geometric mean {mean:.1f} ms, "
            f"slowest {max(all_times):.0f} ms ({len(all_times)} questions)"
        )
    for connection in connections.values():
        connection.close()


def _asked(connection: HTTPConnection, query: str) -> float:
    body = urlencode({"query": query})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/csv"}
    begun = time.perf_counter()
    connection.request("POST", "/sparql", body, headers)
    response = connection.getresponse()
    response.read()
    if response.status != 200:
        raise RuntimeError(f"status {response.status} for a competency question")
    return (time.perf_counter() - begun) * 1000
