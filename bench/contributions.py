"""How long it takes to decide on a hundred triples: against the OPSC graph, and with all status tables beside it.

The tables are made to conform first: what violates the core shapes is left out, as nothing that does would be served.
"""

import itertools
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from bench.untc import TABLES
from graph import build
from graph.contributions.contributions import Contributions
from graph.contributions.submission import Submission
from graph.versions import release
from shapes import reports, validation

RUNS = 5
STATES = "NOR SWE DNK FIN ISL DEU FRA ESP ITA PRT AUT CHE BEL NLD LUX POL CZE SVK HUN ROU"
CLAIM = """
<https://example.org/claim/{number}> a opsc:Claim ;
  opsc:about <https://w3id.org/opsc/id/action/opsc/{state}/ratification> ;
  opsc:claimKind <https://w3id.org/opsc/scheme/claim-kind/date> ; opsc:claimedValue "2001-10-{day:02}"^^xsd:date ;
  opsc:accordingTo <https://w3id.org/opsc/id/source/untc-2015> ."""
PREFIXES = """
@prefix opsc: <https://w3id.org/opsc/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> ."""


def run() -> None:
    """Print the times of the first and of later decisions against both graphs."""
    facts = list(build.assemble())
    _measure("the OPSC graph", facts, 300)
    if TABLES.is_dir():
        _measure("the OPSC graph and all status tables", [*facts, *_conforming(facts, list(_tables()))], 2000)
    else:
        print(f"no tables at {TABLES}; set OPSC_UNTC_TABLES")


def _measure(what: str, quads: list[Quad], target: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        release.write(home, release.sorted_nquads(quads), {"inputs": {}}, b"")
        contributions = Contributions(home)
        numbers = itertools.count()
        first, *later = (_milliseconds(contributions, _claims(numbers)) for _ in range(RUNS + 1))
    print(
        f"100 triples against {what}, {len(quads)} quads: {statistics.median(later):.0f} ms "
        f"(median of {RUNS}; target {target}); the first, which loads the graph: {first:.0f} ms"
    )


def _milliseconds(contributions: Contributions, data: bytes) -> float:
    source = NamedNode("https://example.org/source")
    begun = time.perf_counter()
    decision = contributions.submit(Submission(data, "text/turtle", "claims.ttl", "bench", source))
    taken = (time.perf_counter() - begun) * 1000
    if not decision.accepted:
        sys.exit(f"refused: {decision.problem or (decision.report and reports.write(decision.report, 'text'))}")
    return taken


def _claims(numbers: Iterator[int]) -> bytes:
    claims = (CLAIM.format(number=next(numbers), state=state, day=next(numbers) % 28 + 1) for state in STATES.split())
    return (PREFIXES + "".join(claims)).encode()


def _tables() -> Iterator[Quad]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "untc.nq"
        command = [sys.executable, "-m", "opsc", "load", "untc", str(TABLES), "--out", str(out)]
        subprocess.run(command, check=True, capture_output=True)
        tables = NamedNode("https://w3id.org/opsc/graph/tables")
        for quad in parse(path=out, format=RdfFormat.N_QUADS):
            yield Quad(quad.subject, quad.predicate, quad.object, tables)


def _conforming(facts: list[Quad], tables: list[Quad]) -> list[Quad]:
    """Return the quads of ``tables`` without the things that violate the core shapes together with ``facts``."""
    while True:
        report = validation.validate([*facts, *tables])
        wrong = {result.focus_node for result in report.results if result.severity_name == "violation"}
        if not wrong:
            return tables
        tables = [quad for quad in tables if quad.subject not in wrong]
