"""Maximum-sum assignment over all pairs, proved, without ever holding all pairs as arcs.

Column generation: solve over a few candidates, price every pair with the solution's dual prices, add the pairs that
would gain, repeat. When none gains the prices bound the sum over *all* pairs, and the bound equals the sum: that
is the certificate, which `bound` recomputes without solving anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from jiebang.matching.blocking import blocked, refusal
from jiebang.matching.candidates import begin
from jiebang.matching.network import Flow, solve
from jiebang.matching.problem import ABSENT, SCALE, Ints, Problem

ADDED = 6  # pairs a proposal may add in one round
MODEST = 3  # similarities that leaving a review out costs at first


@dataclass(frozen=True, slots=True)
class Certificate:
    """`objective` reached and `bound` that nothing can exceed, both summed similarities (× unit), fixed pairs aside.

    `rounds` of pricing, `arcs` in the last network. `proposal_prices` (P,) and `expert_prices` (E,) are the
    evidence: `bound(task, ...)` gives `bound` again.
    """

    objective: int
    bound: int
    rounds: int
    arcs: int
    proposal_prices: Ints = field(repr=False, compare=False)
    expert_prices: Ints = field(repr=False, compare=False)

    @property
    def gap(self) -> int:
        """What the objective may lack at most."""
        return self.bound - self.objective

    @property
    def proved(self) -> bool:
        """Whether nothing better exists."""
        return self.gap == 0


@dataclass(frozen=True, slots=True)
class Assignment:
    """Decided pairs as sorted flat keys (fixed ones included), or units per pair where reviews are divided.

    `candidates` are the pairs of the last network, a warm start for a later solve of a changed problem.
    """

    keys: Ints
    amounts: Ints
    certificate: Certificate
    candidates: Ints = field(repr=False)


def maximum(
    task: Problem,
    *,
    unit: int = 1,
    most: int | None = None,
    least: int = 0,
    warm: Ints | None = None,
) -> Assignment:
    """The assignment with the greatest sum of similarities, using pairs of at least `least` only.

    `unit` and `most` divide a review into units of which a pair may carry `most`: marginals of a draw. `warm` are
    candidates of an earlier solve. Raises `Refused` in the words of
    `blocking` if no assignment meets loads, caps and minimums.
    """
    most = unit if most is None else most
    if unit < 1 or not 1 <= most <= unit or (most < unit and task.institution is not None):
        raise ValueError("a pair carries 1..unit units, and all of them under institution rules")
    keys = warm if warm is not None else begin(task, least)
    if warm is not None:
        keys = np.setdiff1d(warm, task.banned, assume_unique=True)
        keys = keys[task.values(keys) >= least]
    # A modest price for what finds no place keeps the others telling; the full one only decides whether it must.
    dearest = SCALE * (min(task.similarity.shape) + 2)
    dear = min(MODEST * SCALE, dearest)
    rounds = 0
    while True:
        rounds += 1
        flow = solve(task, keys, unit, most, dear)
        more, ceiling = _price(task, keys, flow, unit, most, least)
        if not len(more):
            if not flow.shortage or dear == dearest:
                break
            dear = dearest
            continue
        keys = np.sort(np.concatenate((keys, more)), kind="stable")
    if flow.shortage:
        raise refusal(blocked(task, least, keys, relax=False), -(-flow.shortage // unit))
    used = np.flatnonzero(flow.amounts)
    objective = int(task.values(keys[used]) @ flow.amounts[used])
    proof = Certificate(objective, ceiling, rounds, len(keys), flow.proposal, flow.expert)
    chosen, amounts = keys[used], flow.amounts[used]
    if len(task.forced):
        chosen = np.concatenate((chosen, task.forced))
        amounts = np.concatenate((amounts, np.full(len(task.forced), unit, np.int64)))
        order = np.argsort(chosen)
        chosen, amounts = chosen[order], amounts[order]
    return Assignment(chosen, amounts, proof, keys)


def bound(
    task: Problem, proposal: Ints, expert: Ints, *, unit: int = 1, most: int | None = None, least: int = 0
) -> int:
    """No assignment of `task` has a greater sum than this, whatever the prices; weak duality, one pass over all pairs.

    `proposal` (P,) and `expert` (E,) are prices in similarity, of any sign.
    """
    nothing = np.empty(0, np.int64)
    flow = Flow(nothing, proposal, expert, nothing, 0)
    return _price(task, nothing, flow, unit, unit if most is None else most, least, collect=False)[1]


def _price(
    task: Problem, keys: Ints, flow: Flow, unit: int, most: int, least: int, *, collect: bool = True
) -> tuple[Ints, int]:
    """Pairs beside `keys` that would gain, at most `ADDED` a proposal, and the bound that the prices prove."""
    height = len(task.proposals)
    total = int(flow.proposal @ task.loads) * unit
    total += int(np.maximum(flow.expert, 0) @ task.caps + np.minimum(flow.expert, 0) @ task.minimums) * unit
    if task.institution is not None:
        return _price_seats(task, keys, flow, unit, least, total, collect=collect)
    total += int(np.maximum(flow.gain, 0).sum()) * most
    new: list[Ints] = []
    for low in range(0, height, task.rows_at_once):
        gains, first = _gains(task, keys, flow, low, min(low + task.rows_at_once, height), least)
        places = np.flatnonzero(gains > 0)
        if not len(places):
            continue
        total += int(gains.reshape(-1)[places].sum(dtype=np.int64)) * most
        if collect:
            new.append(_best(gains, places, first))
    return (np.concatenate(new) if new else keys[:0]), total


def _gains(task: Problem, keys: Ints, flow: Flow, low: int, high: int, least: int) -> tuple[NDArray[np.integer], int]:
    """What each pair of the rows would gain; not positive for candidates, banned and weak pairs."""
    width = len(task.experts)
    block = task.block(low, high, least)
    wide = max(int(np.abs(flow.proposal).max()), int(np.abs(flow.expert).max())) >= 2**29
    kind = np.int64 if wide else np.int32
    gains = block.astype(kind, copy=False)
    absent = block == ABSENT if wide or least or len(task.banned) else None
    gains = gains - flow.expert.astype(kind)
    gains -= flow.proposal[low:high, None].astype(kind)
    if absent is not None:
        gains[absent] = 0
    first, last = np.searchsorted(keys, (low * width, high * width))
    gains.reshape(-1)[keys[first:last] - low * width] = 0
    return gains, low


def _best(gains: NDArray[np.integer], places: Ints, first: int) -> Ints:
    """Of the gaining `places` (flat), the `ADDED` best of each row, as sorted keys."""
    height, width = gains.shape
    if len(places) > ADDED * height and width > ADDED:
        top = np.argpartition(gains, width - ADDED, axis=1)[:, width - ADDED :]
        good = np.zeros(gains.shape, bool)
        np.put_along_axis(good, top, np.take_along_axis(gains, top, 1) > 0, 1)
        places = np.flatnonzero(good)
    return places + first * width


def _price_seats(
    task: Problem, keys: Ints, flow: Flow, unit: int, least: int, total: int, *, collect: bool
) -> tuple[Ints, int]:
    """As `_price`, where a proposal has one expert of an institution at most: a seat gains once."""
    height, width = len(task.proposals), len(task.experts)
    assert task.institution is not None  # noqa: S101 -- the caller's case
    order = np.argsort(task.institution, kind="stable")
    groups = task.institution[order]
    starts = np.flatnonzero(np.concatenate(([True], groups[1:] != groups[:-1])))
    group_of = np.empty(width, np.int64)
    group_of[order] = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, width)))
    new: list[Ints] = []
    for low in range(0, height, task.rows_at_once):
        high = min(low + task.rows_at_once, height)
        gains, first = _gains(task, keys, flow, low, high, least)
        held = np.zeros((high - low, len(starts)), np.int64)
        begin_at, end = np.searchsorted(keys, (low * width, high * width))
        mine = keys[begin_at:end]
        np.maximum.at(held, (mine // width - low, group_of[mine % width]), flow.gain[begin_at:end])
        reached = np.maximum(np.maximum.reduceat(gains[:, order], starts, axis=1), held)
        total += int(reached.sum()) * unit
        if collect:
            gains = gains - held[:, group_of]
            new.append(_best(gains, np.flatnonzero(gains > 0), first))
    return (np.concatenate(new) if new else keys[:0]), total
