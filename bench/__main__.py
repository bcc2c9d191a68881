"""``python -m bench [build|queries|untc|validation|writes ...]``: runs those that are named, or all of them."""

import sys

from bench import build, queries, untc, validation, writes

BENCHMARKS = {
    "build": build.run,
    "queries": queries.run,
    "untc": untc.run,
    "validation": validation.run,
    "writes": writes.run,
}

for name in sys.argv[1:] or BENCHMARKS:
    if name not in BENCHMARKS:
        sys.exit(f"there is no benchmark '{name}'; there are {', '.join(BENCHMARKS)}")
    print(f"== {name}")
    BENCHMARKS[name]()
