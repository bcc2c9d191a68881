"""All status tables of the UN Treaty Collection of 2015, read by ``opsc load untc``; the peer parses what it wrote."""

import os
import statistics
import sys
import tempfile
from pathlib import Path

from bench.command import cpu_seconds

RUNS = 3
TABLES = Path(os.environ.get("OPSC_UNTC_TABLES", Path(__file__).parent.parent.parent / "shared" / "data" / "untc-2015"))
PARSE = "import rdflib, sys; rdflib.Dataset().parse(sys.argv[1], format='nquads')"


def run() -> None:
    """Print the CPU time of reading all tables, and that of rdflib parsing the N-Quads that come out of it."""
    if not TABLES.is_dir():
        print(f"no tables at {TABLES}; set OPSC_UNTC_TABLES")
        return
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "untc.nq")
        command = [sys.executable, "-m", "opsc", "load", "untc", str(TABLES), "--out", out]
        loads = [cpu_seconds(command, {}) for _ in range(RUNS)]
        quads = Path(out).read_bytes().count(b"\n")
        own = statistics.median(loads)
        print(f"opsc load untc: {own:.2f} s of CPU for {quads} quads (median of {RUNS}; target under 5 s)")
        peer = cpu_seconds([sys.executable, "-c", PARSE, out], {})
        print(f"rdflib parsing the result: {peer:.2f} s of CPU; ratio {own / peer:.2f}")
