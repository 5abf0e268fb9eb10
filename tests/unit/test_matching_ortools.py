"""The same integer objective as OR-Tools' min-cost flow, on all pairs, up to 5,000 × 2,000.

OR-Tools is no dependency of ours (79 MB for one test): `make test-oracle` brings it into a folder of its own and runs
these, as CI does; where it is not, they are skipped, visibly. The largest case takes some seconds and two gigabytes,
most of them OR-Tools'.
"""

import os
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from jiebang.matching.flow import maximum
from jiebang.matching.problem import SCALE, problem

if not os.environ.get("WITH_ORACLE"):
    pytest.importorskip("ortools", reason="OR-Tools is not at hand (make test-oracle)")
min_cost_flow = import_module("ortools.graph.python.min_cost_flow")
sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))


@pytest.mark.parametrize(("height", "width"), [(100, 50), (1_000, 500), (5_000, 2_000)])
def test_both_solvers_find_the_same_objective(height, width):
    from assign import CAP, LOAD, ids, instance  # pyright: ignore[reportMissingImports] -- beside this folder

    scores, conflicts = instance(height, width)
    ours = maximum(
        problem(ids("p", height), ids("e", width), scores, load=LOAD, cap=CAP, conflicts=conflicts)
    ).certificate
    allowed = np.ones(scores.shape, bool)
    allowed[conflicts[:, 0], conflicts[:, 1]] = False
    rows, columns = np.nonzero(allowed)
    source, sink = height + width, height + width + 1
    flow = min_cost_flow.SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(
        rows.astype(np.int32),
        (height + columns).astype(np.int32),
        np.ones(len(rows), np.int64),
        (SCALE - scores[rows, columns]).astype(np.int64),
    )
    for proposal in range(height):
        flow.add_arc_with_capacity_and_unit_cost(source, proposal, LOAD, 0)
    for expert in range(width):
        flow.add_arc_with_capacity_and_unit_cost(height + expert, sink, CAP, 0)
    flow.set_node_supply(source, LOAD * height)
    flow.set_node_supply(sink, -LOAD * height)
    assert flow.solve() == flow.OPTIMAL
    assert LOAD * height * SCALE - flow.optimal_cost() == ours.objective
    assert ours.proved
