"""`make bench BENCH=name`: runs tests/bench/<name>.py and writes its rows to bench.json.

A row is {name, value, unit, floor, ratio, n}, null where there is none, and what the benchmark adds. Figures are
ratios against a floor measured in the same run, since the machine is never alone.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

KEYS = ("name", "value", "unit", "floor", "ratio", "n")


def main() -> None:
    """Run the benchmark named on the command line; without a name, say which there are."""
    here = Path(__file__).parent
    known = sorted(path.stem for path in here.glob("*.py") if path.stem != "run")
    if len(sys.argv) != 2 or sys.argv[1] not in known:
        sys.exit(f"usage: make bench BENCH=<name>; there are: {', '.join(known)}")
    sys.path.insert(0, str(here))
    rows = [dict.fromkeys(KEYS) | row for row in importlib.import_module(sys.argv[1]).rows()]
    Path("bench.json").write_text(json.dumps(rows, indent=2) + "\n")
    for row in rows:
        print(json.dumps(row))


if __name__ == "__main__":
    main()
