"""Validation of the tables of the UN Treaty Collection of 2015, turned into quads; the peer is pySHACL.

Also: full validation of the merged OPSC graph, ten times the data, and peak memory. ``OPSC_BENCH_PEER_SECONDS`` limits
how long the peer may take over one measurement.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pyoxigraph import Quad, RdfFormat, parse, serialize

from bench.untc import TABLES
from graph import build, store
from shapes import validation

FOLDER = Path(__file__).parent
CORE, SPARQL = FOLDER / "untc-core.ttl", FOLDER / "untc-sparql.ttl"
BUDGET = float(os.environ.get("OPSC_BENCH_PEER_SECONDS", "120"))
LOAD = "import pyoxigraph as o, sys; quads = list(o.parse(path=sys.argv[1], format=o.RdfFormat.N_QUADS))"
PEAK = "; print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
VALIDATE = (
    "; from shapes import validation; validation.validate(quads, o.parse(path=sys.argv[2], format=o.RdfFormat.TURTLE))"
)
PEER = """
import pyshacl, rdflib, sys, time
data = rdflib.Graph().parse(sys.argv[1], format="nt")
begun = time.perf_counter()
pyshacl.validate(data, shacl_graph=rdflib.Graph().parse(sys.argv[2]), inplace=True)
print(time.perf_counter() - begun)
"""


def run() -> None:
    """Print the times and ratios that issue 3 names, and the peak memory."""
    _opsc_graph()
    if not TABLES.is_dir():
        print(f"no tables at {TABLES}; set OPSC_UNTC_TABLES")
        return
    with tempfile.TemporaryDirectory() as folder:
        quads_file, triples_file = Path(folder) / "untc.nq", Path(folder) / "untc.nt"
        _run([sys.executable, "-m", "opsc", "load", "untc", str(TABLES), "--out", str(quads_file)])
        quads = list(parse(path=quads_file, format=RdfFormat.N_QUADS))
        serialize((quad.triple for quad in quads), triples_file, RdfFormat.N_TRIPLES)
        _command_line(quads_file, triples_file)
        for name, shapes in (("core shapes", CORE), ("bound before signed (SPARQL)", SPARQL)):
            _in_process(name, quads, triples_file, shapes)
        _scaling(quads)
        _memory(quads_file)


def _opsc_graph() -> None:
    dataset = store.store_of(build.assemble())
    validation.validate(dataset)
    seconds = _best(lambda: validation.validate(dataset))
    print(f"merged OPSC graph, all core shapes, warm: {seconds * 1000:.0f} ms (target: well under 300 ms)")


def _command_line(quads_file: Path, triples_file: Path) -> None:
    options = ["--against", "none", "--shapes", str(CORE), str(quads_file)]
    own = _seconds([sys.executable, "-m", "opsc", "validate", *options])
    pyshacl = str(Path(sys.executable).parent / "pyshacl")
    peer = _seconds([pyshacl, "--shacl", str(CORE), "--format", "nt", str(triples_file)])
    _compare("core shapes, command line, load included", own, peer, 10)


def _in_process(name: str, quads: list[Quad], triples_file: Path, shapes: Path) -> None:
    parsed = list(parse(path=shapes, format=RdfFormat.TURTLE))
    own = _best(lambda: validation.validate(quads, parsed))
    output = _run([sys.executable, "-c", PEER, str(triples_file), str(shapes)])
    peer = None if output is None else float(output)
    _compare(f"{name}, without loading", own, peer, 20 if shapes == CORE else 100)
    print(f"  {len(validation.validate(quads, parsed).results)} results")


def _compare(what: str, own: float, peer: float | None, target: int) -> None:
    if peer is None:
        print(f"{what}: {own:.2f} s; pySHACL did not finish in {BUDGET:.0f} s: over {BUDGET / own:.0f} times longer")
    else:
        print(f"{what}: {own:.2f} s; pySHACL {peer:.2f} s: {peer / own:.1f} times longer (target {target})")


def _scaling(quads: list[Quad]) -> None:
    shapes = list(parse(path=CORE, format=RdfFormat.TURTLE))
    subjects = list(dict.fromkeys(quad.subject for quad in quads))
    few = set(subjects[: len(subjects) // 10])
    tenth = [quad for quad in quads if quad.subject in few]
    small, large = (_best(lambda data=data: validation.validate(data, shapes)) for data in (tenth, quads))
    print(f"{len(tenth)} quads {small:.2f} s, {len(quads)} quads {large:.2f} s: {large / small:.1f} times (target 12)")


def _memory(quads_file: Path) -> None:
    loaded, validated = (
        int(_run([sys.executable, "-c", code + PEAK, str(quads_file), str(CORE)]) or 0)
        for code in (LOAD, LOAD + VALIDATE)
    )
    print(f"peak memory: {validated / 1024:.0f} MB, loaded {loaded / 1024:.0f} MB: {validated / loaded:.2f} times")


def _best(validate: Callable[[], object], runs: int = 3) -> float:
    times = []
    for _ in range(runs):
        begun = time.perf_counter()
        validate()
        times.append(time.perf_counter() - begun)
    return min(times)


def _seconds(command: Sequence[str]) -> float | None:
    begun = time.perf_counter()
    return None if _run(command) is None else time.perf_counter() - begun


def _run(command: Sequence[str]) -> str | None:
    """Return what a command prints, or ``None`` when it takes longer than the peer's budget."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=BUDGET, check=False).stdout
    except subprocess.TimeoutExpired:
        return None
