"""The pairs a solver begins with."""

from __future__ import annotations

import numpy as np

from jiebang.matching.problem import ABSENT, Ints, Problem

OF_PROPOSAL = 12
OF_EXPERT = 4


def begin(task: Problem, least: int = 0) -> Ints:
    """The best experts of each proposal and the best proposals of each expert, as sorted keys."""
    height, width = len(task.proposals), len(task.experts)
    per_row = min(width, max(OF_PROPOSAL, 2 * int(task.loads.max(initial=0))))
    per_column = min(OF_EXPERT, height)
    found: list[Ints] = []
    best = np.full((width, per_column), ABSENT, np.int32)
    rows = np.zeros((width, per_column), np.int64)
    for low in range(0, height, task.rows_at_once):
        high = min(low + task.rows_at_once, height)
        block = task.block(low, high, least)
        top = np.argpartition(block, width - per_row, axis=1)[:, width - per_row :]
        good = np.take_along_axis(block, top, 1) > ABSENT
        found.append((top + np.arange(low, high)[:, None] * width)[good])
        turned = np.concatenate((best, block.T), axis=1)
        top = np.argpartition(turned, turned.shape[1] - per_column, axis=1)[:, -per_column:]
        best = np.take_along_axis(turned, top, 1)
        rows = np.take_along_axis(
            np.concatenate((rows, np.broadcast_to(np.arange(low, high), (width, high - low))), axis=1), top, 1
        )
    good = best > ABSENT
    found.append((rows * width + np.arange(width)[:, None])[good])
    return np.unique(np.concatenate(found))
