"""The processes of ``opsc serve`` on the release: start, memory, and how long a query waits after one was stopped."""

import contextlib
import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

HONEST = "ASK { ?s ?p ?o }"
HOSTILE = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o }"
STOPS = 10


def run() -> None:
    """Print the times with one query process, and the memory of each process."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "OPSC_HOME": home, "OPSC_WORKERS": "1", "OPSC_QUERY_SECONDS": "1"}
        subprocess.run([sys.executable, "-m", "opsc", "build"], env=environment, check=True, capture_output=True)
        port = _free_port()
        begun = time.perf_counter()
        command = [sys.executable, "-m", "opsc", "serve", "--port", str(port)]
        quiet = subprocess.DEVNULL
        with subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet) as server:
            while not _answers(port):
                time.sleep(0.01)
            started = time.perf_counter() - begun
            processes = _tree(server.pid)
            busy = sum(map(_cpu_seconds, processes))
            print(f"{started:8.2f} s from start to first answer, of which {busy:.2f} s of processor time")
            for process in processes:
                print(f"{_memory(process)}  process {process}")
            waits = [_wait_after_a_stop(port) for _ in range(STOPS)]
            print(f"{statistics.median(waits):8.1f} ms for a query after a stopped one, at most {max(waits):.1f} ms")
            server.send_signal(signal.SIGTERM)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ask(port: int, query: str) -> int:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("GET", f"/sparql?{urlencode({'query': query})}")
        answer = connection.getresponse()
        answer.read()
        return answer.status


def _answers(port: int) -> bool:
    try:
        return _ask(port, HONEST) == http.client.OK
    except OSError:
        return False


def _wait_after_a_stop(port: int) -> float:
    if _ask(port, HOSTILE) != http.client.GATEWAY_TIMEOUT:
        raise RuntimeError("the hostile query was not stopped")
    begun = time.perf_counter()
    if _ask(port, HONEST) != http.client.OK:
        raise RuntimeError("the query after it was not answered")
    return (time.perf_counter() - begun) * 1000


def _tree(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(below for child in children for below in _tree(int(child)))]


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> str:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in rollup}
    resident, own = kilobytes["Rss"] // 1024, kilobytes["Private_Dirty"] // 1024
    return f"{resident:8} MB resident, {own:4} MB of its own"
