"""``opsc build``, start and validation included; the peer is the ``pyshacl`` command on the same graph and shapes."""

import statistics
import sys
import tempfile
from pathlib import Path

from pyoxigraph import DefaultGraph, RdfFormat, serialize

import shapes.documents
from bench.command import PEER_SECONDS, cpu_seconds
from graph.build import assemble
from graph.sparql.dataset import create_store

RUNS = 3


def run() -> None:
    """Print the CPU time of the build, and that of validating its graph with pySHACL alone."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        command = [sys.executable, "-m", "opsc", "build"]
        builds = [cpu_seconds(command, {"OPSC_HOME": folder}) for _ in range(RUNS)]
        print(f"opsc build: {statistics.median(builds):.2f} s of CPU (median of {RUNS}; target under 5 s)")
        peer = cpu_seconds(_pyshacl(home), {}, PEER_SECONDS)
        stopped = " (stopped there)" if peer > 0.9 * PEER_SECONDS else ""
        print(f"pyshacl on the command line, same graph and shapes: {peer:.2f} s of CPU{stopped}")
        print(f"ratio: the whole build takes {statistics.median(builds) / peer:.3f} of that")


def _pyshacl(folder: Path) -> list[str]:
    """Write the graph and its shapes as N-Triples, and return the command that validates the one with the other."""
    dataset = create_store(assemble())
    triples = (quad.triple for quad in dataset.quads_for_pattern(None, None, None, DefaultGraph()))
    data, shapes_file = folder / "data.nt", folder / "shapes.nt"
    data.write_bytes(serialize(triples, format=RdfFormat.N_TRIPLES))
    shapes_file.write_bytes(serialize((quad.triple for quad in shapes.documents.core()), format=RdfFormat.N_TRIPLES))
    pyshacl = str(Path(sys.executable).parent / "pyshacl")
    return [pyshacl, "--shacl", str(shapes_file), "--format", "nt", "--allow-warnings", str(data)]
