"""One min-cost-flow problem over given pairs: the network, its solution by network simplex, and its prices.

Source of the method: LEMON's network simplex by way of pylmcf. A proposal sends its reviews to experts (through a
node for each institution that has several candidates for it), experts send them to the sink. What cannot be
placed takes a shortage arc, dearer than any detour through the pairs; so the network is always feasible and the
shortage the least possible.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pylmcf

from jiebang.matching.problem import SCALE, Ints, Problem


@dataclass(frozen=True, slots=True)
class Flow:
    """A solution. `amounts` per pair, in units; `shortage` units that found no place.

    Prices, in similarity: `proposal` (P,) what one more unit of a proposal adds to the sum, `expert` (E,) what one
    more of an expert's capacity adds (negative: what one less of their minimum does). `gain` per pair is its
    similarity above both prices.
    """

    amounts: Ints
    proposal: Ints
    expert: Ints
    gain: Ints
    shortage: int


def graph(task: Problem, keys: Ints, values: Ints, unit: int, most: int, dear: int) -> tuple[pylmcf.Graph, Ints]:
    """The network, and at which of its arcs each pair's flow is read.

    `unit` is how many units one review has, `most` (≤ unit) how many a pair may carry; `dear` what a unit without a
    place costs.
    """
    height, width = len(task.proposals), len(task.experts)
    rows, columns = keys // width, keys % width
    tails, seats, seat_rows = rows, 0, rows[:0]
    if task.institution is not None:
        places = rows * (int(task.institution.max()) + 1) + task.institution[columns]
        found, where, count = np.unique(places, return_inverse=True, return_counts=True)
        shared = count > 1
        number = np.cumsum(shared) - 1
        seats = int(shared.sum())
        tails = np.where(shared[where], height + number[where], rows)
        seat_rows = found[shared] // (int(task.institution.max()) + 1)
    first = height + seats  # of the experts
    source, sink = first + width, first + width + 1
    everybody, everything = np.arange(first, first + width), np.arange(height)
    required = np.flatnonzero(task.minimums)
    starts = np.concatenate(
        (tails, seat_rows, everything, everybody, np.full(len(required), source), np.full(1, source))
    )
    ends = np.concatenate(
        (
            first + columns,
            np.arange(height, first),
            np.full(height, sink),
            everybody * 0 + sink,
            first + required,
            np.full(1, sink),
        )
    )
    loads, caps, minimums = task.loads * unit, task.caps * unit, task.minimums * unit
    minimum, total = minimums.sum(), loads.sum() + minimums.sum()
    capacities = np.concatenate(
        (np.full(len(keys), most), np.full(seats, unit), loads, caps, minimums[required], np.full(1, minimum))
    )
    costs = np.zeros(len(starts), np.int64)
    costs[: len(keys)] = SCALE - values
    costs[len(keys) + seats : len(keys) + seats + height] = dear
    costs[len(starts) - 1 - len(required) : -1] = dear
    order = np.argsort(starts * (sink + 1) + ends, kind="stable")
    network = pylmcf.Graph(sink + 1, starts[order], ends[order])
    supply = np.zeros(sink + 1, np.int64)
    supply[:height], supply[source], supply[sink] = loads, minimum, -total
    network.set_node_supply(supply)
    network.set_edge_capacities(capacities[order])
    network.set_edge_costs(costs[order])
    if minimum:
        least = np.zeros(len(starts), np.int64)
        least[len(keys) + seats + height : len(keys) + seats + height + width] = minimums
        network.set_edge_minimums(least[order])
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return network, place


def solve(task: Problem, keys: Ints, unit: int = 1, most: int = 1, dear: int = SCALE) -> Flow:
    """The best flow over the pairs `keys` (flat, sorted)."""
    values = task.values(keys)
    network, place = graph(task, keys, values, unit, most, dear)
    network.solve()
    flow = network.result()[place]
    height, width = len(task.proposals), len(task.experts)
    # As the sink sees it: an expert's price is what a unit there is dearer than at the sink.
    potential = network.potentials()
    sink = potential[-1]
    proposal = SCALE + potential[:height] - sink
    expert = sink - potential[-2 - width : -2]
    seats = len(place) - len(keys) - height - width - int((task.minimums > 0).sum()) - 1
    short = flow[len(keys) + seats : len(keys) + seats + height].sum()
    short += flow[len(keys) + seats + height + width : -1].sum()
    gain = values - proposal[keys // width] - expert[keys % width]
    return Flow(flow[: len(keys)], proposal, expert, gain, int(short))
