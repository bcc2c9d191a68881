"""``python -m bench [NAME ...]``: runs the benchmarks that are named, or all of them."""

import sys

from bench import build, contributions, queries, remote, untc, validation, writes

BENCHMARKS = {
    "build": build.run,
    "contributions": contributions.run,
    "queries": queries.run,
    "remote": remote.run,
    "untc": untc.run,
    "validation": validation.run,
    "writes": writes.run,
}

for name in sys.argv[1:] or BENCHMARKS:
    if name not in BENCHMARKS:
        sys.exit(f"there is no benchmark '{name}'; there are {', '.join(BENCHMARKS)}")
    print(f"== {name}")
    BENCHMARKS[name]()
