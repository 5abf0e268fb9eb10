"""`make bench` (all) or `make bench BENCH=name` (one): prints rows and writes them to bench.json.

A row is {name, value, unit, floor, ratio, n}, null where there is none, and what the benchmark adds. Figures are
ratios against a floor measured in the same run, since the machine is never alone. `pace` says what a bare figure is worth:
the CPU-ms of one fixed piece of Python, by this interpreter, on this machine, at this hour.
"""

from __future__ import annotations

import importlib
import inspect
import json
import sys
import time
from pathlib import Path

import uvloop

KEYS = ("name", "value", "unit", "floor", "ratio", "n")
BENCHES = {
    "assign": "assign:rows",
    "audit": "audit:rows",
    "list": "reads:list_",
    "list_growth": "reads:list_growth",
    "review_page": "reads:review_page",
    "queue_list": "reads:queue_list",
    "overhead": "reads:overhead",
    "submit_surge": "surge:submit_surge",
    "upload": "files:upload",
    "jobs": "queues:jobs",
    "start_warm": "starts:start_warm",
    "start_cold": "starts:start_cold",
}


def pace() -> float:
    """CPU-ms of a hundred thousand turns of a loop over what requests are made of: tuples, dicts, strings, calls."""
    took = []
    for _ in range(5):
        began = time.process_time()
        held: dict[int, tuple[int, str]] = {}
        for n in range(100_000):
            held[n & 255] = (n, str(n & 15))
            max(held[n & 127][1], "7") if n & 127 in held else len(held)
        took.append(time.process_time() - began)
    return round(min(took) * 1000, 1)


def main() -> None:
    """Run the benchmark named on the command line, or all."""
    here = Path(__file__).parent
    asked = sys.argv[1:] or list(BENCHES)
    if unknown := set(asked) - BENCHES.keys():
        sys.exit(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(BENCHES)}")
    sys.path[:0] = [str(here.parent), str(here)]
    rows = []
    for name in asked:
        module, _, function = BENCHES[name].partition(":")
        found = getattr(importlib.import_module(module), function)()
        for one in uvloop.run(found) if inspect.iscoroutine(found) else found:
            rows.append(dict.fromkeys(KEYS) | one | {"pace": pace()})
            print(json.dumps(rows[-1]), flush=True)
    Path("bench.json").write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
