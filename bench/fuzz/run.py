"""Runs the cases in a child, which is replaced when it dies or hangs, and over HTTP against a real server.

``python -m bench fuzz --shapes 20000 --data 50000 --command 2000 --http 2000 --seed 1``. ``--only shapes:17`` repeats a
case.
"""

import argparse
import multiprocessing
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from bench.fuzz import targets
from graph import build
from tests.endpoint import multipart
from tests.endpoint.multipart import Part
from tests.serving import running

PATIENCE = 30.0
SHOWN = 40
PROGRESS = 1_000
ALLOWED = frozenset({200, 400, 413, 422, 504})


def run(arguments: Sequence[str] = ()) -> None:
    """Run the fuzz, print what came out, and exit with 1 when a crash or any other unexpected outcome was found."""
    parser = argparse.ArgumentParser(prog="python -m bench fuzz", description=__doc__)
    for name, number in (("shapes", 2_000), ("data", 2_000), ("command", 200), ("http", 200)):
        parser.add_argument(f"--{name}", type=int, default=number)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", metavar="KIND:NUMBER")
    chosen = parser.parse_args(arguments)
    if chosen.only:
        kind, _, number = chosen.only.partition(":")
        print(targets.CASES[kind](int(number), chosen.seed))
        return
    found = [one for kind in targets.CASES for one in _in_children(kind, getattr(chosen, kind), chosen.seed)]
    found += _over_http(chosen.http, chosen.seed) if chosen.http else []
    for one in found[:SHOWN]:
        print(f"FOUND {one}")
    if found:
        sys.exit(f"{len(found)} unexpected outcomes")


def _in_children(kind: str, number: int, seed: int) -> list[str]:
    """Run cases 0 to ``number``, each in a child that has run others before; return what was unexpected."""
    outcomes: Counter[str] = Counter()
    found: list[str] = []
    at, begun = 0, time.monotonic()
    while at < number:
        ours, theirs = multiprocessing.Pipe(duplex=False)
        child = multiprocessing.get_context("fork").Process(target=_work, args=(kind, at, number, seed, theirs))
        child.start()
        theirs.close()
        at, ended = _listen(ours, at, outcomes, found, kind)
        if ended == "hung":
            child.kill()
        child.join()
        if ended == "died":
            found.append(f"{kind}:{at}: the process ended ({child.exitcode})")
        if ended != "done":
            outcomes[ended] += 1
            at += 1
    print(f"{kind}: {number} cases in {time.monotonic() - begun:.0f} s, {len(found)} unexpected")
    for outcome, count in outcomes.most_common():
        print(f"  {count:6} {outcome}")
    return found


def _listen(ours: Connection, at: int, outcomes: Counter[str], found: list[str], kind: str) -> tuple[int, str]:
    """Take outcomes of a child from case ``at`` on; return the case at which it ended, and how."""
    while True:
        if not ours.poll(PATIENCE):
            return at, "hung"
        try:
            outcome, error = ours.recv()
        except EOFError:
            return at, "died"
        if outcome == "done":
            return at, "done"
        outcomes[outcome] += 1
        found += [f"{kind}:{at}: {error}"] if error else []
        at += 1
        if at % PROGRESS == 0:
            print(f"  ... {kind}: {at} cases, {len(found)} unexpected", flush=True)


def _work(kind: str, at: int, number: int, seed: int, theirs: Connection) -> None:
    case = targets.CASES[kind]
    targets.prepare(kind)
    for one in range(at, number):
        try:
            theirs.send((case(one, seed), None))
        except Exception as error:  # noqa: BLE001
            place = "".join(traceback.format_tb(error.__traceback__)[-1:]).strip().splitlines()
            theirs.send(("unexpected", f"{type(error).__name__}: {error} ({place[0] if place else ''})"[:600]))
    theirs.send(("done", None))


def _over_http(number: int, seed: int) -> list[str]:
    """Send cases to ``POST /validate`` of a real server; return what was unexpected."""
    outcomes: Counter[str] = Counter()
    found = []
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as home:
        build.build_release(Path(home))
        limits = {"OPSC_CLIENT_RATE": "0", "OPSC_VALIDATION_SECONDS": "10"}
        with running(Path(home), **limits) as server:
            for one in range(number):
                parts, form = targets.http_parts(one, seed)
                content = multipart.body(*(Part(name, data, media) for name, (data, media) in parts.items()))
                path = f"/validate?against=none&format={form}"
                reply = server.request("POST", path, content, Content_Type=multipart.CONTENT_TYPE)
                outcomes[str(reply.status)] += 1
                if reply.status not in ALLOWED:
                    found.append(f"http:{one}: status {reply.status}: {reply.body[:300]!r}")
    print(f"http: {number} cases in {time.monotonic() - begun:.0f} s, {len(found)} unexpected")
    for outcome, count in outcomes.most_common():
        print(f"  {count:6} {outcome}")
    return found
