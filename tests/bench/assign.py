"""`make bench BENCH=assign`: max-sum over all pairs, proved, the lexicographic mode, rules that cross, and a draw.

The generator: topics with unequal demand (a proposal's weights) and unequal supply (an expert's), the similarity
of a pair the product of both, with noise. Load 3, cap 8, 1.5 % of all pairs in conflict, PCG64 with seed 6. Each
size runs in its own process, so that `peak_mib` (resident set, interpreter and matrix included) is its own.
`value` is seconds from the arrays to the certificate, `cpu_s` the processor's among them (one thread works, so on a
machine with nothing else to do both are the same); `floor` is bare pylmcf on the final arcs.

`assign_rules_1000x500`: one technical, industry and finance expert at least, one per institution (125) and two per
region (20) at most; kinds, institutions and regions by PCG64 with the same seed. `gap_ppm` is what the objective may
lack of the proved bound; its floor is the proved assignment without those rules. `draw_rules_…`: chances and rounding
of a draw with those rules and exactly one expert of each kind; its floor is the best whole assignment. `blocked_…`:
a planted block is found with its remedies; its floor is the proved assignment without the block.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from time import perf_counter, process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIZES = ((100, 50), (1_000, 500), (5_000, 2_000))
XL = ((20_000, 8_000),)
LOAD, CAP, SEED = 3, 8, 6
TOPICS = 40
KINDS = ("technical", "industry", "finance")


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
    start, worked = perf_counter(), process_time()
    task = problem(names, people, scores, load=LOAD, cap=CAP, conflicts=conflicts)
    best = maximum(task)
    value, worked = perf_counter() - start, process_time() - worked
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
        "cpu_s": round(worked, 4),
        "peak_mib": round(peak, 1),
        "objective": proof.objective,
        "proved": proof.proved,
        "lexicographic_s": round(lexicographic, 4),
        "rounds": proof.rounds,
        "arcs": proof.arcs,
        "threshold": fair.threshold,
        "lexicographic_objective": fair.certificate.objective,
    }


def ruled_one(height: int, width: int) -> list[dict[str, Any]]:
    """The rows of the rules that cross, measured in this process."""
    from jiebang.matching.crossing import ruled
    from jiebang.matching.flow import maximum
    from jiebang.matching.lottery import UNIT, lottery, whole
    from jiebang.matching.problem import problem
    from jiebang.matching.programme import Rules
    from jiebang.matching.rounding import Stream, rounded
    from jiebang.matching.seats import Person, seats

    scores, conflicts = instance(height, width)
    random = np.random.Generator(np.random.PCG64(SEED))
    kinds = [KINDS[k] for k in random.choice(3, width, p=[0.4, 0.3, 0.3])]
    houses = [f"o{i}" for i in random.integers(0, width // 4, width)]
    regions = [f"r{int(house[1:]) % 20}" for house in houses]
    names, people = ids("p", height), ids("e", width)
    start, worked = perf_counter(), process_time()
    task = problem(names, people, scores, load=LOAD, cap=CAP, conflicts=conflicts, institutions=houses)
    found = ruled(task, Rules(kinds, [(kind, 1) for kind in KINDS], regions, 2))
    value, worked = perf_counter() - start, process_time() - worked
    start = perf_counter()
    maximum(problem(names, people, scores, load=LOAD, cap=CAP, conflicts=conflicts))
    floor = perf_counter() - start
    first = {
        "name": f"assign_rules_{height}x{width}",
        "value": round(value, 3),
        "unit": "s",
        "floor": round(floor, 4),
        "ratio": round(value / floor, 1),
        "n": 1,
        "cpu_s": round(worked, 3),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "objective": found.objective,
        "bound": found.bound,
        "gap_ppm": round(found.gap / found.objective * 1e6, 2),
        "rounds": found.rounds,
    }
    everybody = [Person(*one, CAP) for one in zip(people, kinds, houses, regions, strict=True)]
    needs = {(name, kind): 1 for name in names for kind in KINDS}
    barred = [(names[p], people[e]) for p, e in conflicts.tolist()]
    of = seats(names, everybody, needs, scores, barred=barred, per_region=2)
    start, worked = perf_counter(), process_time()
    drawn = lottery(of, most=500, quality=90)
    solved = perf_counter()
    rounded(dict(zip(drawn.pairs, drawn.chances, strict=True)), UNIT, Stream(bytes(32)), of.groups)
    value, worked = perf_counter() - start, process_time() - worked
    rounding = perf_counter() - solved
    start = perf_counter()
    whole(of, of.similarity)
    floor = perf_counter() - start
    return [
        first,
        {
            "name": f"draw_rules_{height}x{width}",
            "value": round(value, 3),
            "unit": "s",
            "floor": round(floor, 3),
            "ratio": round(value / floor, 2),
            "n": 1,
            "cpu_s": round(worked, 3),
            "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
            "objective": drawn.certificate.objective,
            "best": drawn.certificate.best,
            "bound": drawn.certificate.bound,
            "rounding_s": round(rounding, 3),
            "over": len(drawn.over),
            "pairs": len(drawn.pairs),
        },
    ]


def blocked_one(height: int, width: int) -> dict[str, Any]:
    """Seconds to find a planted block: 17 proposals that have 5 experts between them."""
    from jiebang.matching.blocking import blocked
    from jiebang.matching.flow import maximum
    from jiebang.matching.problem import problem

    scores, _ = instance(height, width)
    random = np.random.Generator(np.random.PCG64(SEED))
    mine, theirs = random.permutation(height)[:17], random.permutation(width)[:5]
    others = np.setdiff1d(np.arange(width), theirs)
    conflicts = np.stack((np.repeat(mine, len(others)), np.tile(others, len(mine))), axis=1)
    names, people = ids("p", height), ids("e", width)
    task = problem(names, people, scores, load=LOAD, cap=CAP, conflicts=conflicts)
    start = perf_counter()
    (block,) = blocked(task)
    value = perf_counter() - start
    if {names[p] for p in mine} != set(block.proposals):
        raise RuntimeError("another block was found than the one planted")
    start = perf_counter()
    maximum(problem(names, people, scores, load=LOAD, cap=CAP))
    floor = perf_counter() - start
    return {
        "name": f"blocked_{height}x{width}",
        "value": round(value, 4),
        "unit": "s",
        "floor": round(floor, 4),
        "ratio": round(value / floor, 2),
        "n": 1,
        "relaxations": [one.amount for one in block.relaxations],
    }


def rows() -> list[dict[str, Any]]:
    """A row for each size; `SIZE=xl` adds the largest."""
    sizes = SIZES + (XL if os.environ.get("SIZE") == "xl" else ())
    asked = [("one", *size) for size in sizes] + [("rules", 1_000, 500), ("blocked", 1_000, 500)]
    found: list[dict[str, Any]] = []
    for what, height, width in asked:
        command = [sys.executable, __file__, what, str(height), str(width)]
        row = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        found += row if isinstance(row, list) else [row]
    return found


if __name__ == "__main__":
    measure = {"one": one, "rules": ruled_one, "blocked": blocked_one}[sys.argv[1]]
    print(json.dumps(measure(int(sys.argv[2]), int(sys.argv[3]))))
