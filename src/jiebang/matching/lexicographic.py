"""First everybody is served, then the worst pair is made as good as can be, then the sum: within a quality floor.

The threshold is found by binary search; that no higher one will do is witnessed either by a cut (some proposals
whose experts above it are too few) or by prices that keep the sum below the agency's floor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jiebang.kernel.errors import Refused
from jiebang.matching.blocking import blocked
from jiebang.matching.cut import most_reviews
from jiebang.matching.flow import Assignment, Certificate, maximum
from jiebang.matching.problem import SCALE, Ints, Problem


@dataclass(frozen=True, slots=True)
class Fair:
    """`threshold`: every decided pair has at least this similarity, and no assignment within the floor can do better.

    `assignment` is the greatest sum at that threshold, `best_sum` the greatest without one. `limited_by_quality`
    says that a higher threshold (up to `reachable`) could be served, but with a sum below the floor.
    """

    assignment: Assignment
    threshold: int
    reachable: int
    best_sum: int

    @property
    def certificate(self) -> Certificate:
        """Of the sum at the threshold."""
        return self.assignment.certificate

    @property
    def limited_by_quality(self) -> bool:
        """Whether the floor, not the experts, set the threshold."""
        return self.threshold < self.reachable


def fairest(task: Problem, *, quality: tuple[int, int] = (98, 100), best: Assignment | None = None) -> Fair:
    """The lexicographic assignment; `quality` is the floor as a fraction (numerator, denominator) of the best sum.

    `best` is the result of `maximum(task)`, if the caller has it. Raises `Refused` as `maximum` does.
    """
    above, below = quality
    if not 0 <= above <= below or below < 1:
        raise ValueError("a quality floor is a fraction from 0 to 1")
    best = best or maximum(task)
    reach = _reachable(task, best)
    floor = best.certificate.objective * above

    def good(least: int) -> Assignment | None:
        try:
            found = maximum(task, least=least, warm=best.candidates)
        except Refused:
            return None  # minimum loads, or institutions beside them, need the weaker pairs
        return found if found.certificate.objective * below >= floor else None

    result, low, high = best, _worst(task, best), reach
    probe = reach
    while low < high:
        if (found := good(probe)) is None:
            high = probe - 1
        else:
            result, low = found, max(probe, _worst(task, found))
        probe = (low + high + 1) // 2
    return Fair(result, low, reach, best.certificate.objective)


def _worst(task: Problem, found: Assignment) -> int:
    """The similarity of the weakest decided pair (fixed ones aside)."""
    decided = np.setdiff1d(found.keys, task.forced, assume_unique=True)
    return int(task.values(decided).min()) if len(decided) else 0


def _reachable(task: Problem, best: Assignment) -> int:
    """The greatest threshold at which all loads can still be met."""
    low = _worst(task, best)
    high = _ceiling(task)
    warm = best.candidates
    while low < high:
        middle = (low + high + 1) // 2
        cut = most_reviews(task, middle, warm)
        if cut.lacking or (task.minimums.any() and blocked(task, middle, cut.keys, relax=False)):
            high = middle - 1
        else:
            low = max(middle, int(task.values(cut.used).min(initial=middle)))
    return low


def _ceiling(task: Problem) -> int:
    """No threshold can exceed a proposal's weakest needed expert."""
    height, width = len(task.proposals), len(task.experts)
    least = SCALE
    for low in range(0, height, task.rows_at_once):
        high = min(low + task.rows_at_once, height)
        block = task.block(low, high)
        for load in np.unique(task.loads[low:high]).tolist():
            if 0 < load <= width:
                mine: Ints = np.flatnonzero(task.loads[low:high] == load)
                least = min(least, int(np.partition(block[mine], width - load, axis=1)[:, width - load].min()))
    return max(least, 0)
