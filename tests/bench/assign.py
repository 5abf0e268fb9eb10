"""`make bench BENCH=assign`: max-sum over all pairs, proved, and the lexicographic mode, on seeded instances.

The generator: topics with unequal demand (a proposal's weights) and unequal supply (an expert's), the similarity
of a pair the product of both, with noise. Load 3, cap 8, 1.5 % of all pairs in conflict, PCG64 with seed 6. Each
size runs in its own process, so that `peak_mib` (resident set, interpreter and matrix included) is its own.
`value` is seconds from the arrays to the certificate; `floor` is bare pylmcf on the final arcs.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIZES = ((100, 50), (1_000, 500), (5_000, 2_000))
XL = ((20_000, 8_000),)
LOAD, CAP, SEED = 3, 8, 6
TOPICS = 40


def instance(height: int, width: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Similarities (height × width) int32 0..10⁶, and conflicts (n × 2)."""
    random = np.random.Generator(np.random.PCG64(SEED))
    demand = random.dirichlet(random.gamma(0.6, 0.5, TOPICS) + 0.02, height).astype(np.float32)
    supply = random.dirichlet(random.gamma(0.6, 0.5, TOPICS) + 0.02, width).astype(np.float32)
    demand, supply = np.sqrt(demand), np.sqrt(supply)
    scores = np.empty((height, width), np.int32)
    for low in range(0, height, 500):
        block = demand[low : low + 500] @ supply.T
        block *= random.uniform(0.55, 1.0, block.shape).astype(np.float32)
        scores[low : low + 500] = np.clip(block * 1e6, 0, 1_000_000)
    banned = np.unique(random.integers(0, height * width, height * width * 15 // 1000))
    return scores, np.stack((banned // width, banned % width), axis=1)


def ids(letter: str, count: int) -> list[str]:
    """Ids whose order is that of their numbers."""
    return [f"{letter}{i:06}" for i in range(count)]


def one(height: int, width: int) -> dict[str, Any]:
    """The row of one size, measured in this process."""
    from jiebang.matching.flow import maximum
    from jiebang.matching.lexicographic import fairest
    from jiebang.matching.network import graph
    from jiebang.matching.problem import SCALE, problem

    scores, conflicts = instance(height, width)
    names, people = ids("p", height), ids("e", width)
    # Warms imports and allocator alone.
    maximum(problem(names[:9], people[:9], scores[:9, :9].copy(), load=1, cap=3))
    start = perf_counter()
    task = problem(names, people, scores, load=LOAD, cap=CAP, conflicts=conflicts)
    best = maximum(task)
    value = perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    network, _ = graph(task, best.candidates, task.values(best.candidates), 1, 1, 3 * SCALE)
    start = perf_counter()
    network.solve()
    floor = perf_counter() - start
    start = perf_counter()
    fair = fairest(task, quality=(98, 100), best=best)
    lexicographic = value + perf_counter() - start
    proof = best.certificate
    return {
        "name": f"assign_{height}x{width}",
        "value": round(value, 4),
        "unit": "s",
        "floor": round(floor, 4),
        "ratio": round(value / floor, 2),
        "n": 1,
        "peak_mib": round(peak, 1),
        "objective": proof.objective,
        "proved": proof.proved,
        "lexicographic_s": round(lexicographic, 4),
        "rounds": proof.rounds,
        "arcs": proof.arcs,
        "threshold": fair.threshold,
        "lexicographic_objective": fair.certificate.objective,
    }


def rows() -> list[dict[str, Any]]:
    """A row for each size; `SIZE=xl` adds the largest."""
    sizes = SIZES + (XL if os.environ.get("SIZE") == "xl" else ())
    return [
        json.loads(subprocess.run([sys.executable, __file__, str(h), str(w)], check=True, capture_output=True).stdout)
        for h, w in sizes
    ]


if __name__ == "__main__":
    print(json.dumps(one(int(sys.argv[1]), int(sys.argv[2]))))
