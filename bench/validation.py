"""Validation of the tables of the UN Treaty Collection of 2015, turned into quads; the peer is pySHACL.

Times are CPU times, as other work on the machine would count otherwise. Also: full validation of the merged OPSC
graph, ten times the data, and peak memory. ``OPSC_BENCH_PEER_SECONDS`` limits how long the peer may take over one
measurement.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import rdflib
from pyoxigraph import NamedNode, Quad, RdfFormat, parse, serialize

from bench.command import cpu_seconds
from bench.untc import TABLES
from graph import build
from graph.sparql.dataset import create_store
from shapes import validation
from shapes.adapter.processor import report_from_rdflib
from shapes.report import Result

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
rdflib.NORMALIZE_LITERALS = False
data = rdflib.Graph().parse(sys.argv[1], format="nt")
begun = time.process_time()
_, report, _ = pyshacl.validate(data, shacl_graph=rdflib.Graph().parse(sys.argv[2]), inplace=True)
print(time.process_time() - begun)
report.serialize(sys.argv[3], format="nt", encoding="utf-8")
"""


def run() -> None:
    """Print times and ratios, whether the reports are the same, and the peak memory."""
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
    dataset = create_store(build.assemble())
    validation.validate(dataset)
    seconds = _best(lambda: validation.validate(dataset))
    print(f"merged OPSC graph, all core shapes, warm: {seconds * 1000:.0f} ms (target: well under 300 ms)")


def _command_line(quads_file: Path, triples_file: Path) -> None:
    # Has Python compile the modules of a new checkout, as installing the peer did with its own.
    _run([sys.executable, "-m", "opsc", "validate", "--explain"])
    options = ["--against", "none", "--shapes", str(CORE), str(quads_file)]
    own = cpu_seconds([sys.executable, "-m", "opsc", "validate", *options], {}, BUDGET, conforms=False)
    pyshacl = str(Path(sys.executable).parent / "pyshacl")
    peer = cpu_seconds([pyshacl, "--shacl", str(CORE), "--format", "nt", str(triples_file)], {}, BUDGET, conforms=False)
    _compare("core shapes, command line, load included", own, peer, 10)


def _in_process(name: str, quads: list[Quad], triples_file: Path, shapes: Path) -> None:
    parsed = list(parse(path=shapes, format=RdfFormat.TURTLE))
    own = _best(lambda: validation.validate(quads, parsed))
    report_file = triples_file.with_name(f"{shapes.stem}.report")
    output = _run([sys.executable, "-c", PEER, str(triples_file), str(shapes), str(report_file)])
    _compare(f"{name}, without loading", own, float(output) if output else None, 20 if shapes == CORE else 100)
    results = validation.validate(quads, parsed).results
    print(f"  {len(results)} results{_agreement(results, report_file)}")


def _agreement(results: Iterable[Result], report_file: Path) -> str:
    if not report_file.exists():
        return ""
    of_peer = report_from_rdflib(rdflib.Graph().parse(report_file, format="nt")).results
    same = {_known(result) for result in results} == {_known(result) for result in of_peer}
    return ", the same as pySHACL's" if same else f", NOT those of pySHACL, which has {len(of_peer)}"


def _known(result: Result) -> tuple[str, ...]:
    """Return what identifies a result, whatever names blank nodes have."""
    path = result.path if isinstance(result.path, NamedNode) else None
    terms = (result.focus_node, result.component, path, result.value, result.severity, *result.messages)
    return tuple(map(str, terms))


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
        begun = time.process_time()
        validate()
        times.append(time.process_time() - begun)
    return min(times)


def _run(command: Sequence[str]) -> str | None:
    """Return what a command prints, or ``None`` when it takes longer than the peer's budget."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=BUDGET, check=False).stdout
    except subprocess.TimeoutExpired:
        return None
