"""How many reviews there can be at all: maximum flow over all eligible pairs, and the smallest minimum cut.

Only a few pairs are held; those that cross the cut are added until none does. Then the cut is one of the whole
problem, and its smallest, since what the flow reaches within the held pairs is all that it reaches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from jiebang.matching.candidates import begin
from jiebang.matching.problem import ABSENT, Ints, Problem


@dataclass(frozen=True, slots=True)
class Cut:
    """A maximum flow: what it lacks, and the side of the smallest minimum cut: proposals, experts (bool arrays)."""

    lacking: int
    proposals: NDArray[np.bool_]
    experts: NDArray[np.bool_]
    keys: Ints
    used: Ints


def most_reviews(task: Problem, least: int = 0, warm: Ints | None = None) -> Cut:
    """As many reviews as loads, caps and eligible pairs allow (minimums aside), over all pairs."""
    height, width = len(task.proposals), len(task.experts)
    keys = begin(task, least) if warm is None else warm[task.values(warm) >= least]
    while True:
        cut = _cut(task, keys)
        if not cut.lacking:
            return cut
        more: list[Ints] = []
        for low in range(0, height, task.rows_at_once):
            high = min(low + task.rows_at_once, height)
            rows = low + np.flatnonzero(cut.proposals[low:high])
            if not len(rows):
                continue
            first, last = np.searchsorted(keys, (low * width, high * width))
            crossing = task.block(low, high, least) > ABSENT
            crossing.reshape(-1)[keys[first:last] - low * width] = False
            crossing[~cut.proposals[low:high]] = False
            crossing[:, cut.experts] = False
            if task.institution is not None:
                _without_taken(task, cut, keys[first:last], low, crossing)
            found = np.flatnonzero(crossing)
            more.append(_few(found, width) + low * width)
        fresh = np.concatenate(more) if more else keys[:0]
        if not len(fresh):
            return cut
        keys = np.sort(np.concatenate((keys, fresh)), kind="stable")


def _few(found: Ints, width: int, most: int = 12) -> Ints:
    """At most `most` places of each row, spread over the columns."""
    rows = found // width
    rank = np.arange(len(found)) - np.searchsorted(rows, rows)
    step = np.maximum(np.bincount(rows)[rows] // most, 1) if len(rows) else rank
    return found[(rank % step == rows % step) | (step == 1)]


def _without_taken(task: Problem, cut: Cut, mine: Ints, low: int, crossing: NDArray[np.bool_]) -> None:
    """A seat that is taken and not reached gains nothing from another expert of its institution."""
    assert task.institution is not None  # noqa: S101 -- the caller's case
    used = np.intersect1d(mine, cut.used, assume_unique=True)
    width = len(task.experts)
    rows, columns = used // width, used % width
    closed = cut.proposals[rows] & ~cut.experts[columns]
    for row, column in zip(rows[closed].tolist(), columns[closed].tolist(), strict=True):
        crossing[row - low, task.institution == task.institution[column]] = False


def _cut(task: Problem, keys: Ints) -> Cut:
    height, width = len(task.proposals), len(task.experts)
    rows, columns = keys // width, keys % width
    tails, seats, seat_rows = rows, 0, rows[:0]
    if task.institution is not None:
        groups = int(task.institution.max()) + 1
        found, where = np.unique(rows * groups + task.institution[columns], return_inverse=True)
        seats, seat_rows, tails = len(found), found // groups, height + where
    first = height + seats
    source, sink = first + width, first + width + 1
    starts = np.concatenate(
        (tails, seat_rows, np.full(height, source), np.arange(first, source)),
    )
    ends = np.concatenate((first + columns, np.arange(height, first), np.arange(height), np.full(width, sink)))
    capacity = np.concatenate((np.ones(len(keys) + seats, np.int64), task.loads, task.caps)).astype(np.int32)
    network = csr_array((capacity, (starts, ends)), shape=(sink + 1, sink + 1))
    result = maximum_flow(network, source, sink)
    rest = csr_array(network - result.flow)
    rest.eliminate_zeros()
    reached = np.zeros(sink + 1, bool)
    reached[breadth_first_order(rest, source, return_predecessors=False)] = True
    sent = result.flow.tocoo()
    of_pair = (sent.data > 0) & (sent.col >= first) & (sent.col < source)
    tail = sent.row[of_pair].astype(np.int64)
    if seats:
        tail = seat_rows[tail - height]
    used = np.sort(tail * width + sent.col[of_pair] - first)
    lacking = int(task.loads.sum()) - int(result.flow_value)
    return Cut(lacking, reached[:height], reached[first:source], keys, used)
