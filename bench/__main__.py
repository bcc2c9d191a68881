"""``python -m bench [NAME ...]``: runs the benchmarks that are named, or all of them; ``fuzz`` takes options."""

import sys

from bench import (
    build,
    contributions,
    fuzz,
    handover,
    processes,
    queries,
    remote,
    repeated,
    serve,
    siege,
    untc,
    validation,
    walk,
    writes,
)

BENCHMARKS = {
    "build": build.run,
    "contributions": contributions.run,
    "handover": handover.run,
    "processes": processes.run,
    "queries": queries.run,
    "remote": remote.run,
    "repeated": repeated.run,
    "serve": serve.run,
    "siege": siege.run,
    "untc": untc.run,
    "validation": validation.run,
    "walk": walk.run,
    "writes": writes.run,
}

if sys.argv[1:2] == ["fuzz"]:
    fuzz.run(sys.argv[2:])
    sys.exit()
for name in sys.argv[1:] or BENCHMARKS:
    if name not in BENCHMARKS:
        sys.exit(f"there is no benchmark '{name}'; there are {', '.join(BENCHMARKS)}")
    print(f"== {name}")
    BENCHMARKS[name]()
