"""A repeated query: requests per second of the server, beside nginx that serves the same bytes from a file.

Both run on this machine with one process for requests, are asked by ``wrk`` over loopback in alternating runs, and give
bodies of the same length.
"""

import contextlib
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

RUNS = 9
SECONDS = int(os.environ.get("OPSC_BENCH_WRK_SECONDS", "2"))
CONNECTIONS = 16
QUERY = "SELECT * { ?s a <https://w3id.org/opsc/ns#Provision> ; ?p ?o } LIMIT 20"
TARGET = 0.5
_CONFIGURATION = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr crit;
events {{ worker_connections 512; }}
http {{
  access_log off; sendfile on; keepalive_requests 100000000; default_type application/sparql-results+json;
  server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}
"""


def run() -> None:
    """Print the requests per second of both, and their ratio, plain and as 304."""
    programs = {name: shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin") for name in ("nginx", "wrk")}
    missing = [name for name, path in programs.items() if path is None]
    if missing:
        print(f"left out: install {' and '.join(missing)}")
        return
    with tempfile.TemporaryDirectory() as folder:
        _compare(Path(folder), str(programs["nginx"]), str(programs["wrk"]))


def _compare(folder: Path, nginx: str, wrk: str) -> None:
    home = {**os.environ, "OPSC_HOME": str(folder / "home")}
    subprocess.run([sys.executable, "-m", "opsc", "build"], env=home, check=True, capture_output=True)
    port, peer_port = _free_port(), _free_port()
    url = f"http://127.0.0.1:{port}/sparql?{urlencode({'query': QUERY})}"
    peer = f"http://127.0.0.1:{peer_port}/answer"
    folder.chmod(0o755)
    (folder / "nginx.conf").write_text(_CONFIGURATION.format(folder=folder, port=peer_port))
    serve = [sys.executable, "-m", "opsc", "serve", "--port", str(port)]
    with _running(serve, port, home), _running([nginx, "-p", str(folder), "-c", str(folder / "nginx.conf")], peer_port):
        with urllib.request.urlopen(url, timeout=60) as answer:
            body, tag = answer.read(), answer.headers["ETag"]
        (folder / "answer").write_bytes(body)
        own, theirs, unchanged = [], [], []
        for _ in range(RUNS):
            own.append(_requests_a_second(wrk, url))
            theirs.append(_requests_a_second(wrk, peer))
            unchanged.append(_requests_a_second(wrk, url, f"If-None-Match: {tag}"))
    # Of each two runs that follow each other: what else the machine does changes from run to run.
    ratio = statistics.median(ours / peers for ours, peers in zip(own, theirs, strict=True))
    print(f"{len(body)} bytes, {CONNECTIONS} connections, {RUNS} runs of {SECONDS} s each")
    print(f"repeated query: {statistics.median(own):.0f} requests/s ({min(own):.0f} to {max(own):.0f})")
    print(f"nginx, file:    {statistics.median(theirs):.0f} requests/s ({min(theirs):.0f} to {max(theirs):.0f})")
    print(f"ratio:          {ratio:.2f} (target: at least {TARGET})")
    print(f"answered 304:   {statistics.median(unchanged):.0f} requests/s")


def _requests_a_second(wrk: str, url: str, *headers: str) -> float:
    options = [option for header in headers for option in ("-H", header)]
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", *options, url]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    measured = re.search(r"Requests/sec:\s+([\d.]+)", told)
    if measured is None or "Non-2xx or 3xx" in told or "Socket errors" in told:
        raise RuntimeError(f"not every request was answered:\n{told}")
    return float(measured[1])


@contextlib.contextmanager
def _running(command: list[str], port: int, environment: dict[str, str] | None = None) -> Iterator[None]:
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        while not _listens(port):
            if process.poll() is not None:
                raise RuntimeError(f"{command[0]} ended with {process.returncode}")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(30)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
