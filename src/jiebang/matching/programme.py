"""Rules that cross, as the rows of a programme over candidate pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from jiebang.kernel.errors import Refused, Rule
from jiebang.matching.problem import Ints, Problem

RULES_MALFORMED = Rule(
    "assignment.rules_malformed",
    zh="专家类别、地区应与专家一一对应，要求的人数应为不小于 0 的整数。未作分配。",
    en="Kinds and regions are given for each expert, and the numbers asked for are whole and not negative. Nobody was "
    "assigned.",
)


@dataclass(frozen=True, slots=True)
class Rules:
    """In the order of the problem's experts.

    Of each kind in `at_least` a proposal has that many experts (one number, or one for each proposal).
    `kinds`, `regions` one per expert; `per_region` experts of one region at most (None: no such rule).
    `reciprocal`: two pairs, flat keys, of which one at most may stand. Institutions are the problem's.
    """

    kinds: Sequence[str] = ()
    at_least: Sequence[tuple[str, int | Sequence[int]]] = ()
    regions: Sequence[str] = ()
    per_region: int | None = None
    reciprocal: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True, slots=True)
class Programme:
    """Limits below and above of each family of rows (proposals × groups), and the group of each expert in it."""

    groups: tuple[NDArray[np.int64], ...]
    low: tuple[NDArray[np.float64], ...]
    high: tuple[NDArray[np.float64], ...]


def programme_of(task: Problem, rules: Rules) -> Programme:
    """The families of rows that the rules ask for, checked."""
    height, width = len(task.proposals), len(task.experts)
    asked = [counts_of(count, height) for _, count in rules.at_least]
    if rules.per_region is not None and (type(rules.per_region) is not int or rules.per_region < 0):
        raise Refused(RULES_MALFORMED)
    if (rules.at_least and len(rules.kinds) != width) or (rules.per_region is not None and len(rules.regions) != width):
        raise Refused(RULES_MALFORMED)
    if any(not 0 <= key < height * width for pair in rules.reciprocal for key in pair):
        raise Refused(RULES_MALFORMED)
    groups: list[NDArray[np.int64]] = []
    low: list[NDArray[np.float64]] = []
    high: list[NDArray[np.float64]] = []

    def family(group: NDArray[np.int64], least: NDArray[np.float64], most: NDArray[np.float64]) -> None:
        groups.append(group)
        low.append(np.ascontiguousarray(np.broadcast_to(least, (height, least.shape[-1]))))
        high.append(np.ascontiguousarray(np.broadcast_to(most, (height, most.shape[-1]))))

    for (kind, _), counts in zip(rules.at_least, asked, strict=True):
        of = np.where(np.array([one == kind for one in rules.kinds]), 0, -1)
        family(of, counts.astype(float)[:, None], np.array([np.inf]))
    if task.institution is not None:
        size = int(task.institution.max()) + 1
        family(task.institution, np.full(size, -np.inf), np.ones(size))
    if rules.per_region is not None:
        number = {name: i for i, name in enumerate(sorted(set(rules.regions)))}
        of = np.array([number[name] for name in rules.regions])
        family(of, np.full(len(number), -np.inf), np.full(len(number), float(rules.per_region)))
    return Programme(tuple(groups), tuple(low), tuple(high))


def counts_of(count: object, height: int) -> Ints:
    """A number for each proposal. Raises `Refused` (`RULES_MALFORMED`) for anything else than whole ones from 0."""
    given = np.asarray(count)
    if given.dtype.kind not in "iu" or given.shape not in {(), (height,)} or (given < 0).any():
        raise Refused(RULES_MALFORMED)
    return np.broadcast_to(given.astype(np.int64), (height,))


def rows_of(
    task: Problem, rules: Rules, programme: Programme, keys: Ints
) -> tuple[csr_array, NDArray[np.float64], NDArray[np.float64]]:
    """The matrix of all rows over `keys`, and their limits below and above."""
    height, width = len(task.proposals), len(task.experts)
    rows, columns = keys // width, keys % width
    matrices = [
        csr_array((np.ones(len(keys)), (rows, np.arange(len(keys)))), shape=(height, len(keys))),
        csr_array((np.ones(len(keys)), (columns, np.arange(len(keys)))), shape=(width, len(keys))),
    ]
    low = [task.loads.astype(float), task.minimums.astype(float)]
    high = [task.loads.astype(float), task.caps.astype(float)]
    for group, least, most in zip(programme.groups, programme.low, programme.high, strict=True):
        inside = group[columns] >= 0
        place = np.where(inside, rows * least.shape[1] + group[columns], -1)
        size = least.size
        where = np.flatnonzero(inside)
        matrices.append(csr_array((np.ones(len(where)), (place[where], where)), shape=(size, len(keys))))
        low.append(least.reshape(-1))
        high.append(most.reshape(-1))
    twos = np.array(rules.reciprocal, np.int64).reshape(-1, 2)
    pairs = np.searchsorted(keys, twos[np.isin(twos, keys).all(axis=1)])
    matrices.append(
        csr_array(
            (np.ones(pairs.size), (np.repeat(np.arange(len(pairs)), 2), pairs.reshape(-1))),
            shape=(len(pairs), len(keys)),
        )
    )
    low.append(np.full(len(pairs), -np.inf))
    high.append(np.ones(len(pairs)))
    return csr_array(vstack(matrices)), np.concatenate(low), np.concatenate(high)
