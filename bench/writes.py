"""How long it takes to decide writes of ten triples against the OPSC graph, in process and recorded on disk."""

import statistics
import tempfile
import time
from pathlib import Path

from pyoxigraph import NamedNode

from graph import build
from graph.contributions.contributions import Contributions
from graph.contributions.submission import Submission
from graph.versions.ledger_records import Operation

RUNS = 5
LABEL = "<http://www.w3.org/2004/02/skos/core#prefLabel>"
SOURCE = NamedNode("https://example.org/source")
MINE = NamedNode("https://example.org/mine")
UPDATE = "application/sparql-update"
RENAME = (
    f"WITH {MINE} DELETE {{ ?s {LABEL} ?old }} INSERT {{ ?s {LABEL} ?new }} WHERE {{ ?s {LABEL} ?old "
    "BIND(STRLANG(CONCAT(STR(?old), ' %d'), 'en') AS ?new) FILTER(CONTAINS(STR(?s), '/inserted/0/')) }"
)


def run() -> None:
    """Print the median time of each kind of write, and that of a refusal."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        build.build_release(home)
        contributions = Contributions(home)
        _timed(contributions, "first decision, graph loaded", "update", [_inserted("first", 0)], UPDATE)
        _timed(contributions, "INSERT DATA", "update", [_inserted("inserted", n) for n in range(RUNS)], UPDATE)
        _timed(contributions, "DELETE/INSERT WHERE", "update", [RENAME % n for n in range(RUNS)], UPDATE)
        _timed(contributions, "PUT", "put", [_laws("put", n) for n in range(RUNS)], "text/turtle")
        _timed(contributions, "CLEAR ALL, refused", "update", ["CLEAR ALL"] * RUNS, UPDATE)


def _laws(kind: str, number: int) -> str:
    return "".join(f'<https://example.org/{kind}/{number}/{n}> {LABEL} "Law {n}"@en . ' for n in range(10))


def _inserted(kind: str, number: int) -> str:
    return f"INSERT DATA {{ GRAPH {MINE} {{ {_laws(kind, number)} }} }}"


def _timed(contributions: Contributions, what: str, operation: Operation, sent: list[str], media_type: str) -> None:
    target = NamedNode("https://example.org/put") if operation == "put" else None
    times = []
    for text in sent:
        submission = Submission(
            text.encode(), media_type, "sent", "Office", SOURCE, SOURCE, operation=operation, target=target
        )
        begun = time.perf_counter()
        decision = contributions.submit(submission)
        times.append(time.perf_counter() - begun)
    outcome = "let in" if decision.accepted else f"refused: {decision.code}"
    print(f"{what}: {statistics.median(times) * 1000:.0f} ms ({outcome}; target: well under 1000 ms)")
